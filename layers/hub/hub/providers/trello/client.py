"""Trello's REST API, as far as Targetym uses it.

https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post
https://developer.atlassian.com/cloud/trello/rest/api-group-members/#api-members-id-get
https://developer.atlassian.com/cloud/trello/guides/rest-api/status-codes/
https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/

Most errors are one line of plain text, some are JSON with the same words as `message`, and these
words are all there is to tell them apart by: 401 is the answer to a token that ended, to a scope
that is missing and to a board that is somebody else's. They are compared, never repeated. The words
for scopes are those that the API has for missing credentials and that Atlassian's gateway has; what
it says to a token of OAuth 2.0 that lacks a scope is not documented.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hub.errors import (
    ClientRefused,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import Vanished
from hub.providers._times import zulu

API: Final = "https://api.trello.com"
READ_MEMBER: Final = "read:member:trello"
READ_BOARD: Final = "read:board:trello"
WRITE_BOARD: Final = "write:board:trello"

_LONGEST_ERROR: Final = 200
_OK: Final = 200
_CLOSED: Final = frozenset({401, 403, 404})
_DENIED: Final = "unauthorized "  # … card permission requested, … org access, …
_WORDS: Final[Mapping[str, type[HubError]]] = {
    "invalid token": ReauthRequired,
    "expired token": ReauthRequired,
    "invalid key": ClientRefused,
    "missing scopes": InsufficientScope,
    "unauthorized; scope does not match": InsufficientScope,
}
_MAY_NOT: Final = "This Trello account may not add cards there. Ask an administrator of the board."
_NO_LIST: Final = "Trello knows no such list. Take the id of an open list on one of your boards."
_EXPLAINED: Final[Mapping[str, str]] = {
    "could not find the board that the card belongs to": _NO_LIST,
    "invalid value for idlist": _NO_LIST,
    "invalid value for name": "Trello does not accept this name for a card.",
    "invalid value for desc": "Trello does not accept this description. It may be too long.",
    "invalid value for due": "Trello does not accept this due date.",
    "invalid value for start": "Trello does not accept this start date.",
    "invalid value for pos": "A card stands at the top or at the bottom of its list.",
    "invalid value for idmembers": "A member is not on the board of this list.",
    "invalid value for idlabels": "A label is not one of the board of this list.",
    "invalid objectid": "An id is none of Trello's: they have 24 characters of 0-9 and a-f.",
    "invalid id": "An id is none of Trello's: they have 24 characters of 0-9 and a-f.",
}
_BY_STATUS: Final[Mapping[int, str]] = {
    400: "Trello does not accept these values. Check ids and dates.",
    403: "Trello does not allow this. The board may be full, or its workspace out of our reach.",
    404: _NO_LIST,
}
# Which limit it was -> the header with the length of its window.
_WINDOWS: Final[Mapping[str, str]] = {
    "API_KEY_LIMIT_EXCEEDED": "x-rate-limit-api-key-interval-ms",
    "API_TOKEN_LIMIT_EXCEEDED": "x-rate-limit-api-token-interval-ms",
}
_USUAL_WINDOW: Final = 10_000


class TrelloClient:
    """Boards and cards for one person's token.

    `TrelloClient(token).create_card("5abbe4b7ddc1b351ef961414", "Order a laptop")`. Raises
    InvalidRequest for what Trello finds wrong with the arguments, ReauthRequired,
    InsufficientScope, RateLimited, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(API)
        self._api = api

    def me(self) -> dict[str, str]:
        """Tell whose token it is: `id`, `username`, `fullName`."""
        url = f"{self._api}/1/members/me?fields=id,username,fullName"
        member = _content(_rest.get(self._send, self._token, url))
        return {
            "id": _rest.required(member, "id"),
            "username": _rest.required(member, "username"),
            "fullName": _rest.text(member.get("fullName")) or "",
        }

    def create_card(
        self,
        list_id: str,
        name: str,
        *,
        description: str | None = None,
        start: datetime | None = None,
        due: datetime | None = None,
        members: Sequence[str] = (),
        labels: Sequence[str] = (),
        position: str = "bottom",
    ) -> dict[str, Any]:
        """Add a card to a list. Times need an offset; members and labels are ids of those on the
        list's board. Gives the card's id and link.
        """
        card = {
            "idList": list_id,
            "name": name,
            "desc": description,
            "start": zulu(start) if start else None,
            "due": zulu(due) if due else None,
            "idMembers": ",".join(members) or None,
            "idLabels": ",".join(labels) or None,
            "pos": position,
        }
        sent = {field: value for field, value in card.items() if value is not None}
        created = _content(_rest.post(self._send, self._token, f"{self._api}/1/cards", sent))
        return {"id": _rest.required(created, "id"), "url": _rest.link(created.get("shortUrl"))}

    def boards(self, fields: str) -> list[dict[str, Any]]:
        """List all boards that the person is on, closed ones included. There are no pages."""
        return self._list("members/me/boards", filter="all", fields=fields)

    def cards(
        self, board: str, fields: str, limit: int, before: str | None = None
    ) -> list[dict[str, Any]]:
        """Read a page of a board's cards, archived ones included, newest first. `before`: only
        those made before the card with this id. Raises Vanished for a board that is gone, or out of
        this person's reach.
        https://developer.atlassian.com/cloud/trello/rest/api-group-boards/
        """
        path = f"boards/{_rest.segment(board)}/cards/all"
        return self._list(path, fields=fields, limit=limit, before=before)

    def deletions(self, board: str, since: str, limit: int) -> list[dict[str, Any]]:
        """Read the newest actions since a time, ISO 8601, that deleted cards of a board. Raises as
        `cards`.
        """
        path = f"boards/{_rest.segment(board)}/actions"
        return self._list(
            path, filter="deleteCard", since=since, limit=limit, fields="data", member="false"
        )

    def _list(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = _rest.read(self._send, self._token, f"{self._api}/1/{path}", query)
        refused = failure(answer)
        if isinstance(refused, InvalidRequest):  # its words are about making cards
            raise Vanished if answer.status in _CLOSED else ProviderError
        if refused:
            raise refused
        return _rest.entries(answer)


def _content(answer: Answer) -> dict[str, Any]:
    if refused := failure(answer):
        raise refused
    if answer.status != _OK:
        raise ProviderUnavailable
    return answer.json()


def failure(answer: Answer) -> HubError | None:
    """Read an error: by its words first, by the status second."""
    standard = _rest.failure(answer)
    if standard is None or isinstance(standard, ProviderUnavailable):
        return standard
    if isinstance(standard, RateLimited):
        return RateLimited(retry_after=_wait(answer))
    words = _words(answer)
    if kind := _WORDS.get(words):
        return kind()
    if words.startswith(_DENIED):
        return InvalidRequest(_MAY_NOT)
    if explained := _EXPLAINED.get(words) or _BY_STATUS.get(answer.status):
        return InvalidRequest(explained)
    return standard


def _words(answer: Answer) -> str:
    try:
        told = answer.json().get("message")
    except ProviderUnavailable:
        told = answer.body[:_LONGEST_ERROR].decode(errors="replace")
    return told.strip().lower() if isinstance(told, str) else ""


def _wait(answer: Answer) -> int | None:
    """Tell how long to wait: until another window begins, where Trello says no more. A limit on
    the time its database may take has no published window.
    """
    if answer.retry_after is not None:
        return answer.retry_after
    limit = _rest.content(answer).get("error")
    if not isinstance(limit, str) or limit not in _WINDOWS:
        return None
    told = _rest.header_number(answer, _WINDOWS[limit])
    length = _USUAL_WINDOW if told is None else told
    return min(max(-(-length // 1000), 1), 3600)
