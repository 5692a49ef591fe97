"""Notion's search: what is shared with a bot, last edited first, in pages.

Rules played here: `page_size` is 100 at most and unless asked for; a cursor that is none of ours,
of before it was expired, or of another order, fails validation; what is in the trash is not listed;
what is edited while somebody reads moves to the front, so that pages shift. A list ends after
10,000 results, and each of its pages says then that it is incomplete.

Sources: developers.notion.com/reference/post-search, /reference/intro#pagination,
/guides/data-apis/query-large-data-sources; PostHog/posthog pull request 90205 (the refused cursor).
Not confirmed: that search is cut off as queries of data sources are.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.providers.notion.errors import ApiError
from tests.simulator.providers.notion.validation import failed
from tests.simulator.providers.notion.workspaces import (
    PLACES,
    SEATS,
    find,
    made_up_id,
    new_hires,
    onboarding,
)
from tests.simulator.wire import Malformed, Request

KINDS = {"pages": "page", "data_sources": "data_source"}
FIELDS = {"query", "filter", "sort", "page_size", "start_cursor"}
LARGEST_PAGE = 100
MOST_RESULTS = 10_000
INCOMPLETE = {
    "request_status": {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
}
DIRECTIONS = ("ascending", "descending")


class Search:
    def __init__(self, now: Callable[[], float]) -> None:
        self._held = {
            (workspace, kind): _collection(workspace, kind, now)
            for workspace in {seat.workspace for seat in SEATS.values()}
            for kind in KINDS.values()
        }

    def dataset(self, resource: str, account: str) -> Collection:
        seat = find(account)
        if seat is None:
            raise LookupError(account)
        return self._held[seat.workspace, KINDS[resource]]

    def add(self, workspace: str, page: Body) -> None:
        self._held[workspace, "page"].create(**page)

    def search(self, request: Request, workspace: str) -> Body:
        body = _read(request)
        kind = body["filter"]["value"]
        held = self._held[workspace, kind]
        order = body["sort"]["direction"]
        shown = sorted(
            (each for each in held.live() if not each["in_trash"]),
            key=lambda each: (each["last_edited_time"], each["id"]),
            reverse=order == "descending",
        )
        start = _opened(body.get("start_cursor"), held.epoch, order)
        size = body.get("page_size", LARGEST_PAGE)
        listed, ends = shown[:MOST_RESULTS], start + size
        more = len(listed) > ends
        return {
            "object": "list",
            "results": listed[start:ends],
            "next_cursor": made_up_cursor(held.epoch, order, ends) if more else None,
            "has_more": more,
            "type": "page_or_data_source",
            "page_or_data_source": {},
            **(INCOMPLETE if len(shown) > MOST_RESULTS else {}),
        }


def minute(at: float) -> str:
    """Notion tells times by the minute."""
    return datetime.fromtimestamp(at // 60 * 60, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def made_up_cursor(epoch: int, order: str, start: int) -> str:
    return f"cursor-{epoch}-{order}-{start}"


def _opened(cursor: Any, epoch: int, order: str) -> int:
    if cursor is None:
        return 0
    before, _, start = str(cursor).rpartition("-")
    if before != f"cursor-{epoch}-{order}" or not start.isdigit():
        raise ApiError("validation_error", f"The start_cursor provided is invalid: {cursor}")
    return int(start)


def _read(request: Request) -> Body:
    try:
        body = request.json()
    except Malformed as bad:
        raise ApiError("invalid_json") from bad
    if not isinstance(body, dict):
        raise failed("body should be an object")
    for name in sorted(body.keys() - FIELDS):
        raise failed(f"body.{name} should be not present")
    wanted = body.get("filter")
    if not isinstance(wanted, dict) or wanted.get("property") != "object":
        raise failed('body.filter.property should be `"object"`')
    if wanted.get("value") not in KINDS.values():
        raise failed(f"body.filter.value should be a kind, instead was {json.dumps(wanted)}")
    if body.get("sort") not in [
        {"timestamp": "last_edited_time", "direction": d} for d in DIRECTIONS
    ]:
        raise failed("body.sort is none that is played here")
    size = body.get("page_size", LARGEST_PAGE)
    if type(size) is not int or not 1 <= size <= LARGEST_PAGE:
        raise failed("body.page_size should be ≤ `100`")
    return body


def _collection(workspace: str, kind: str, now: Callable[[], float]) -> Collection:
    make = _page if kind == "page" else _data_source
    held = Collection(
        make=lambda number, at: make(workspace, number, at),
        now=now,
        touch=lambda body, at: body.update(last_edited_time=minute(at)),
    )
    for place in PLACES.values():
        here = place.workspace == workspace and place.shared and not place.in_trash
        if here and place.kind == kind:
            held.create(id=place.id)
    return held


def _common(workspace: str, kind: str, number: int, at: float) -> Body:
    by = {"object": "user", "id": made_up_id(workspace, "author")}
    id_ = made_up_id(workspace, kind, str(number))
    return {
        "object": kind,
        "id": id_,
        "created_time": minute(at),
        "last_edited_time": minute(at),
        "created_by": by,
        "last_edited_by": by,
        "cover": None,
        "icon": None,
        "in_trash": False,
        "url": f"https://www.notion.so/{id_.replace('-', '')}",
        "public_url": None,
    }


def _page(workspace: str, number: int, at: float) -> Body:
    title = [
        {"type": "text", "text": {"content": f"Page {number}"}, "plain_text": f"Page {number}"}
    ]
    return _common(workspace, "page", number, at) | {
        "parent": {"type": "page_id", "page_id": onboarding(workspace)},
        "is_locked": False,
        "properties": {"title": {"id": "title", "type": "title", "title": title}},
    }


def _data_source(workspace: str, number: int, at: float) -> Body:
    database = made_up_id(workspace, "database", new_hires(workspace))
    return _common(workspace, "data_source", number, at) | {
        "title": [{"type": "text", "plain_text": f"Table {number}"}],
        "description": [],
        "parent": {"type": "database_id", "database_id": database},
        "properties": {"Name": {"id": "title", "name": "Name", "type": "title", "title": {}}},
    }
