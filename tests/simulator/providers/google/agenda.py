"""Google Calendar's `events.list`: pages, and by sync token what has changed since.

Rules played here: `maxResults` is 250 unless asked for, 2500 at most; the last page alone has a
`nextSyncToken`, the same as before where nothing has changed; a pass by sync token tells of
deletions as events with the status cancelled; a token that is none of ours, or has expired, is 410
`fullSyncRequired`.

Source: developers.google.com/workspace/calendar/api/v3/reference/events/list, /api/guides/sync.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.google.door import Door
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, Person, find
from tests.simulator.providers.google.scopes import AUTH, CALENDAR, CALENDAR_EVENTS
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 2500
READS = frozenset({CALENDAR, CALENDAR_EVENTS, f"{AUTH}calendar.readonly"})


class Agenda:
    def __init__(self, grants: Grants, now: Callable[[], float]) -> None:
        self._door = Door(grants, "calendar-json.googleapis.com", "calendar.v3.Events.List", READS)
        self.held = {
            person.sub: Collection(
                make=lambda number, at, of=person: _event(of, number, at),
                now=now,
                touch=lambda body, at: body.update(updated=_written(at)),
            ).seed(2)
            for person in PEOPLE.values()
        }

    def dataset(self, account: str) -> Collection:
        person = find(account)
        if person is None:
            raise LookupError(account)
        return self.held[person.sub]

    def list(self, request: Request, call: Call) -> Answer:
        person = PEOPLE[self._door.enter(request, call).sub]
        if request.named["calendar"].lower() not in {"primary", person.email}:
            raise ApiError(HTTPStatus.NOT_FOUND, "notFound", "Not Found")
        held = self.held[person.sub]
        size = int(last(request.query, "maxResults") or "250")
        if not 1 <= size <= LARGEST_PAGE:
            raise bad_request("invalid", "Invalid value for: maxResults")
        told, at = _told(held, request)
        page, rest = told[:size], told[size:]
        content = {"kind": "calendar#events", "summary": person.email, "items": page}
        if rest:
            content["nextPageToken"] = _token({**at, "skip": at["skip"] + size})
        else:
            content["nextSyncToken"] = _token({"epoch": held.epoch, "since": at["until"]})
        return Answer.json(content)


def _told(held: Collection, request: Request) -> tuple[list[Body], dict[str, Any]]:
    """Give what is left to tell, and where that is. A list holds what there was when it began."""
    if page := last(request.query, "pageToken"):
        at = _opened(held, page)
    else:
        since = last(request.query, "syncToken")
        begun = _opened(held, since)["since"] if since else None
        at = {"epoch": held.epoch, "since": begun, "until": held.revision, "skip": 0}
    if at["since"] is None:
        shown = sorted(held.live(), key=lambda each: str(each["id"]))
    else:
        told = [each for each in held.since(at["since"]) if each.revision <= at["until"]]
        shown = [
            {"id": each.id, "status": "cancelled"} if each.deleted else each.body for each in told
        ]
    return shown[at["skip"] :], at


def _token(at: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(at).encode()).decode()


def _opened(held: Collection, token: str) -> dict[str, Any]:
    try:
        at: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        at = {}
    if at.get("epoch") != held.epoch:
        raise ApiError(HTTPStatus.GONE, "fullSyncRequired", "Sync token is no longer valid.")
    return at


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _event(person: Person, number: int, at: float) -> Body:
    oneself = {"email": person.email, "self": True}
    return {
        "kind": "calendar#event",
        "etag": f'"{int(at * 1000)}"',
        "id": f"held{number:022}",
        "status": "confirmed",
        "htmlLink": f"https://www.google.com/calendar/event?eid=held{number}",
        "created": _written(at),
        "updated": _written(at),
        "summary": f"Event {number}",
        "creator": oneself,
        "organizer": oneself,
        "attendees": [{"email": f"guest{number}@example.org", "responseStatus": "accepted"}],
        "start": {"dateTime": "2026-12-01T10:00:00+01:00"},
        "end": {"dateTime": "2026-12-01T11:00:00+01:00"},
    }
