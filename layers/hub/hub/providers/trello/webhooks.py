"""Trello's webhooks, as they come.
https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/

Each webhook is about one board or one member (`subscriptions`). The signature covers the body and
the address that the webhook was made for, so that the webhook id in the address is as good as
signed: a delivery is good for its own address and for no other.

Quirks
- The signature is an HMAC-SHA1 in base64. That is Trello's choice, and there is no other.
- Before a webhook is made, Trello sends a HEAD to its address.
- An action comes from every webhook that it concerns: from its board's, and from that of the member
  who did it. It has one id in all of them and in each repetition.
- There are three repetitions, after 30, 60 and 120 seconds (secondary sources). After 30 days of
  failures Trello switches a webhook off.
- Nothing tells that a grant has ended.

Unconfirmed: which secret signs webhooks that were made with a token of OAuth 2.0. The guide names
the application's secret, which is that of OAuth 1.0. `webhookSecret` of the registration counts if
it is set, else the client's secret.
"""

import json
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers import _rest
from hub.providers._times import milliseconds
from hub.providers._webhooks import Effect, Event, Example, Heard, Keyring, Webhooks, no_account
from hub.providers.trello.subscriptions import BOARDS, CARDS, SUBSCRIBING
from hub.schemes import Incoming, Signature, Verdict

_LISTS_MOVED: Final = frozenset({"moveListFromBoard", "moveListToBoard"})
_BOARDS_MOVED: Final = frozenset(
    {"addMemberToBoard", "copyBoard", "createBoard", "deleteBoard", "removeMemberFromBoard"}
)


def _covered(incoming: Incoming) -> bytes:
    return incoming.body + incoming.url.encode()


SIGNATURE: Final = Signature(
    header="x-trello-webhook", digest="sha1", in_base64=True, covers=_covered
)


def _secrets(keyring: Keyring) -> tuple[bytes, ...]:
    return keyring.webhook_secrets() or keyring.client_secrets()


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    if incoming.webhook_id is None:
        return Verdict.INVALID
    return SIGNATURE.verify(incoming, _secrets(keyring))


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    action = incoming.json().get("action")
    if not isinstance(action, dict):
        raise InvalidRequest
    action_id, kind = _rest.text(action.get("id")), _rest.text(action.get("type"))
    if not action_id or not kind:
        raise InvalidRequest
    return (
        Heard(
            webhook_id=incoming.webhook_id,
            dedup=action_id,
            events=_events(kind, _part(action, "data"), milliseconds(action.get("date"))),
        ),
    )


def _events(kind: str, data: dict[str, Any], at: int | None) -> tuple[Event, ...]:
    """Read an action: of a card, if it names one, of a board otherwise. With a list that goes to
    another board, its cards go.
    """
    card, board = (_rest.text(_part(data, name).get("id")) for name in ("card", "board"))
    if card:
        return (Event(type=kind, resource=CARDS, external_id=card, occurred_at=at),)
    of_board = Event(
        type=kind,
        resource=BOARDS if board else None,
        external_id=board,
        occurred_at=at,
        effect=Effect.MOVED if board and _moves(kind, data) else Effect.CHANGED,
    )
    if kind not in _LISTS_MOVED:
        return (of_board,)
    return (of_board, Event(type=kind, resource=CARDS, occurred_at=at))


def _moves(kind: str, data: dict[str, Any]) -> bool:
    """Tell whether there may be a board more or less to watch; closed ones are not."""
    return kind in _BOARDS_MOVED or (kind == "updateBoard" and "closed" in _part(data, "old"))


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _example(of: Example, keyring: Keyring) -> Incoming:
    secrets = _secrets(keyring)
    if of.held is None or not secrets:
        raise InvalidRequest
    action: dict[str, Any] = {"id": of.id, "type": "targetym_test", "date": None, "data": {}}
    unsigned = Incoming(
        headers={"content-type": "application/json"},
        body=json.dumps({"action": action, "model": {}}).encode(),
        url=of.url,
        webhook_id=of.held.webhook_id,
        at=of.at,
    )
    return unsigned.signed({SIGNATURE.header: SIGNATURE.sign(unsigned, secrets[0])})


WEBHOOKS: Final = Webhooks(
    events=(
        "createCard",
        "updateCard",
        "deleteCard",
        "commentCard",
        "createBoard",
        "updateBoard",
        "createList",
        "updateList",
    ),
    verify=_verify,
    read=_read,
    example=_example,
    routes=no_account,
    subscribing=SUBSCRIBING,
)
