"""Trello's webhooks, as they are made, looked after and ended.
https://developer.atlassian.com/cloud/trello/rest/api-group-webhooks/
https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/

There is one for the member and one for each of their open boards. The member's tells of what they
do themselves and of nothing else (a Trello developer in trello-archive/api-docs issue 75), such as
opening a board; what others do to cards, the boards' own tell. Of more than `MOST_BOARDS` boards
the oldest are not watched, and neither is a board that somebody else has just put the member on:
sync reads them on its own schedule.

Quirks
- A webhook belongs to the token that made it and ends with it. Whether it lives on when a token of
  OAuth 2.0 is refreshed is unconfirmed, so whether it still lives is asked once a day.
- One that Trello switched off is made anew: what it missed is read by a sync.
- Ids begin with the time at which they were given.
"""

from typing import Any, Final

from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    SubscriptionGone,
)
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.providers.trello.client import READ_BOARD, READ_MEMBER, failure

BOARDS: Final = "boards"
CARDS: Final = "cards"
MOST_BOARDS: Final = 50
_CHECK_SECONDS: Final = 86_400
_SCOPES: Final = frozenset({READ_MEMBER, READ_BOARD})
_MEMBER: Final = "member"
_BOARD: Final = "board"
_GONE: Final = 404


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    if not reach.scopes >= _SCOPES:
        return ()
    url = _url(reach, "members/me?fields=id&boards=open&board_fields=id")
    boards = _checked(_rest.get(*_caller(reach), url)).get("boards")
    if not isinstance(boards, list):
        raise ProviderUnavailable
    newest = sorted(_rest.required(board, "id") for board in boards)[-MOST_BOARDS:]
    return (
        Wanted(key=f"{_MEMBER}/{reach.connection.account_id}", resource=BOARDS),
        *(Wanted(key=f"{_BOARD}/{board}", resource=CARDS) for board in newest),
    )


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:
    webhook = {
        "idModel": wanted.key.partition("/")[2],
        "callbackURL": notify.url,
        "description": "Targetym",
    }
    made = _checked(_rest.post(*_caller(reach), _url(reach, "webhooks"), webhook))
    return Made(external_id=_rest.required(made, "id"))


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:
    """Look whether it lives, and sends to where we are."""
    answer = _rest.get(*_caller(reach), _of(reach, held))
    if answer.status == _GONE:
        raise SubscriptionGone
    webhook = _checked(answer)
    if webhook.get("active") is not True or webhook.get("callbackURL") != notify.url:
        _delete(reach, held)
        raise SubscriptionGone
    return Made(external_id=held.external_id)


def _delete(reach: Reach, held: Held) -> None:
    answer = _rest.delete(*_caller(reach), _of(reach, held))
    if answer.status != _GONE:
        _checked(answer)


def _of(reach: Reach, held: Held) -> str:
    return _url(reach, f"webhooks/{_rest.segment(held.external_id)}")


def _url(reach: Reach, path: str) -> str:
    return f"{reach.connection.endpoints.api}/1/{path}"


def _caller(reach: Reach) -> tuple[Any, str]:
    return reach.connection.send, reach.connection.token.reveal()


def _checked(answer: Answer) -> dict[str, Any]:
    """Read an answer. What Trello finds wrong here is nobody's input."""
    error = failure(answer)
    if isinstance(error, InvalidRequest | InsufficientScope):
        raise ProviderError
    if error is not None:
        raise error
    return _rest.content(answer)


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted,
    create=_create,
    delete=_delete,
    renew=_renew,
    check_seconds=_CHECK_SECONDS,
)
