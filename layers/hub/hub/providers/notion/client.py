"""Notion's API, as far as Targetym uses it. https://developers.notion.com/reference/post-page

Errors and limits: /reference/status-codes and /reference/request-limits of the same site.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import (
    ClientRefused,
    Conflict,
    HubError,
    InsufficientScope,
    InvalidRequest,
    RateLimited,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired

API: Final = "https://api.notion.com/v1"
READ: Final = "read_content"
INSERT: Final = "insert_content"
VERSION: Final[Mapping[str, str]] = {"notion-version": "2026-03-11"}

_OVERLOADED: Final = 529  # asks to come back like a 429, and like it has done nothing
_BLOCKED: Final = "public_api_request_blocked"
_CODES: Final[Mapping[str, type[HubError]]] = {
    "validation_error": InvalidRequest,
    "object_not_found": InvalidRequest,
    "restricted_resource": InsufficientScope,
    "conflict_error": Conflict,
}
_EXPLAINED: Final[Mapping[str, str]] = {
    "validation_error": "Notion does not accept this. Check the id of the page or data source, "
    "that it is not in the trash, and the text.",
    "object_not_found": "Notion knows no such page or data source, or it was not shared with "
    "Targetym. Share it in Notion, under Connections.",
    "restricted_resource": "Targetym may not add pages there. Whoever connected Notion needs full "
    "access to the page; if they have it, reconnect.",
    "conflict_error": "Something else changed this in Notion just now. Try again.",
}
_PLAN_LIMIT: Final = (
    "This Notion workspace has used up the blocks of its plan. Ask its owner for another plan."
)


class NotionClient:
    """The API for one token, which reaches the pages that a person picked or shared.

    `NotionClient(token).create_page("Welcome", parent_page="…", markdown="# Day 1")`. Raises
    InvalidRequest for what Notion finds wrong with the arguments, ReauthRequired,
    InsufficientScope, Conflict, RateLimited, ClientRefused, ProviderError, ProviderUnavailable,
    ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(api)
        self._api = api

    def create_page(
        self,
        title: str,
        *,
        parent_page: str | None = None,
        data_source: str | None = None,
        markdown: str | None = None,
    ) -> dict[str, Any]:
        """Add a page below another page, or as a row of a database's data source, with content in
        Notion's Markdown. Gives its id, and its link where Notion tells it.
        """
        body: dict[str, Any] = {
            "parent": _parent(parent_page, data_source),
            # The id, and not the name, of the title in every data source too.
            "properties": {"title": {"title": [{"text": {"content": title}}]}},
        }
        if markdown is not None:
            body["markdown"] = markdown
        answer = _rest.post(self._send, self._token, f"{self._api}/pages", body, VERSION)
        if saved := _saved_too_late(answer):
            return {"id": saved, "url": None}
        if refused := _failure(answer):
            raise refused
        page = answer.json()
        return {"id": _rest.required(page, "id"), "url": _rest.link(page.get("url"))}

    def search(
        self, kind: str, page_size: int, cursor: str | None = None, *, oldest_first: bool = False
    ) -> dict[str, Any]:
        """Read a page of what the token reaches of a kind, page or data_source, by when it was last
        edited: the newest first, unless asked otherwise. Raises CursorExpired for a cursor that
        Notion does not take, which is another validation error to it.
        https://developers.notion.com/reference/post-search
        """
        direction = "ascending" if oldest_first else "descending"
        body: dict[str, Any] = {
            "filter": {"property": "object", "value": kind},
            "sort": {"timestamp": "last_edited_time", "direction": direction},
            "page_size": page_size,
        }
        if cursor is not None:
            body["start_cursor"] = cursor
        answer = _rest.post(self._send, self._token, f"{self._api}/search", body, VERSION)
        refused = _failure(answer)
        if cursor is not None and isinstance(refused, InvalidRequest):
            raise CursorExpired
        if refused:
            raise refused
        return answer.json()


def _parent(page: str | None, data_source: str | None) -> dict[str, str]:
    if page is not None and data_source is None:
        return {"type": "page_id", "page_id": page}
    if data_source is not None and page is None:
        return {"type": "data_source_id", "data_source_id": data_source}
    raise InvalidRequest("Say where the page belongs: below a page or in a data source, not both.")


def _additional(content: Mapping[str, Any]) -> Mapping[str, Any]:
    data = content.get("additional_data")
    return data if isinstance(data, dict) else {}


def _saved_too_late(answer: Answer) -> str | None:
    """Give the id of a page that was created although the answer is a 503: Notion ran out of time
    for more, and says what it has done (request-limits, "Retry a write that returns 503").
    """
    if answer.status != 503:  # noqa: PLR2004  # the one status that this comes with
        return None
    return _rest.text(_additional(_rest.content(answer)).get("committed_resource_id"))


def _failure(answer: Answer) -> HubError | None:
    """Read Notion's error object: by its code first, by the status second."""
    standard = _rest.failure(answer)
    if standard is None:
        return None
    content = _rest.content(answer)
    additional = _additional(content)
    if additional.get("rate_limit_reason") == _BLOCKED:
        return ClientRefused()
    if answer.status == _OVERLOADED:
        return RateLimited(retry_after=answer.retry_after)
    if "block_limit" in additional:
        return InvalidRequest(_PLAN_LIMIT)
    code = str(content.get("code"))
    kind = _CODES.get(code)
    return kind(_EXPLAINED[code]) if kind else standard
