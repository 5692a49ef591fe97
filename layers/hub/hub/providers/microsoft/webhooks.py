"""Microsoft Graph's change notifications.
https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
https://learn.microsoft.com/graph/change-notifications-lifecycle-events
https://learn.microsoft.com/graph/api/resources/changenotification

They are not signed: each item of a request repeats the `clientState` that we chose for its
subscription. Every subscription has an address of its own, so all items of a request must bear the
secret of that address; a request with any other in it is refused as a whole.

Quirks
- An address is proven by repeating `validationToken`, unsigned, while the subscription is made.
- Lifecycle notices come in the same form and to the same address.
- What changed in a drive is not told, nor which change it was: notices of two changes are the same
  to the byte, and those that losses are told by too. Each that comes counts, since to take one for
  a repetition would lose a change; what they lead to, a sync, is done once for many.
- Directory notices number what happened in place of an etag, and say when it did.
- Bodies seen in the wild name the tenant `organizationId`: it is not read here, the secret tells.

Unconfirmed: that addresses are proven at no other time; which notices carry an `id`.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers._rest import text
from hub.providers._webhooks import (
    Effect,
    Event,
    Example,
    Heard,
    Keyring,
    Reply,
    Webhooks,
    no_account,
)
from hub.providers.microsoft.subscriptions import CREATED, DELETED, SUBSCRIBING, UPDATED
from hub.schemes import Incoming, Verdict, is_chosen

_CHALLENGE: Final = "validationToken"
_PLAIN: Final = re.compile("[ -;=?-~]{1,2048}")  # ASCII that shows, without < and >
_MOST_APART: Final = 50
_EFFECTS: Final = {
    "reauthorizationRequired": Effect.EXPIRING,
    "subscriptionRemoved": Effect.LOST,
    "missed": Effect.MISSED,
}
_ONCE: Final = frozenset({Effect.EXPIRING, Effect.LOST})
_MILLISECONDS: Final = 1000


def _greet(incoming: Incoming, keyring: Keyring) -> Reply | None:
    """Repeat the word by which Graph sees that the address is ours, as text that is nothing else,
    while a subscription is being made for it.
    """
    word = incoming.query.get(_CHALLENGE, "")
    if incoming.webhook_id is None or not _PLAIN.fullmatch(word):
        return None
    return Reply(body=word) if keyring.is_expected(incoming.webhook_id) else None


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    if incoming.webhook_id is None or _CHALLENGE in incoming.query:
        return Verdict.INVALID
    try:
        items = _items(incoming)
    except InvalidRequest:
        return Verdict.INVALID
    secrets = keyring.chosen(incoming.webhook_id)
    verdicts = {is_chosen(text(item.get("clientState")) or "", secrets) for item in items}
    return verdicts.pop() if len(verdicts) == 1 else Verdict.INVALID


def _items(incoming: Incoming) -> list[dict[str, Any]]:
    items = incoming.json().get("value")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidRequest
    return items


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    """Tell each item by itself; of very many, all in one."""
    told = {_identity(item, incoming): _event(item) for item in _items(incoming)}
    if len(told) > _MOST_APART:
        told_by_one = Heard(
            webhook_id=incoming.webhook_id, dedup="".join(told), events=tuple(told.values())
        )
        return (told_by_one,)
    return tuple(
        Heard(webhook_id=incoming.webhook_id, dedup=identity, events=(event,))
        for identity, event in told.items()
    )


def _event(item: dict[str, Any]) -> Event:
    """Read what happened; of which resource, the subscription tells."""
    lifecycle = text(item.get("lifecycleEvent"))
    kind = lifecycle or text(item.get("changeType"))
    if kind is None:
        raise InvalidRequest
    concerned = _concerned(item)
    return Event(
        type=kind,
        external_id=text(concerned.get("id")),
        occurred_at=_milliseconds(concerned.get("eventTime")),
        effect=_EFFECTS.get(lifecycle or "", Effect.CHANGED),
    )


def _identity(item: dict[str, Any], incoming: Incoming) -> str:
    """Tell an item from all others of its subscription, but not from its repetitions."""
    concerned = _concerned(item)
    version = concerned.get("@odata.etag") or concerned.get("sequenceNumber")
    told: tuple[Any, ...]
    if item.get("id"):
        told = ("id", item["id"])
    elif version:
        told = ("version", concerned.get("id"), version, item.get("changeType"))
    elif _EFFECTS.get(text(item.get("lifecycleEvent")) or "") in _ONCE:
        told = ("until", item["lifecycleEvent"], item.get("subscriptionExpirationDateTime"))
    else:
        told = ("arrival", incoming.at)
    return json.dumps([incoming.webhook_id, item.get("subscriptionId"), *told])


def _concerned(item: dict[str, Any]) -> dict[str, Any]:
    found = item.get("resourceData")
    return found if isinstance(found, dict) else {}


def _milliseconds(moment: Any) -> int | None:
    if not isinstance(moment, str):
        return None
    try:
        read = datetime.fromisoformat(moment)
        at = read if read.tzinfo else read.replace(tzinfo=UTC)
        return int(at.timestamp() * _MILLISECONDS)
    except (ValueError, OverflowError):
        return None


def _example(of: Example, keyring: Keyring) -> Incoming:
    held = of.held
    if held is None:
        raise InvalidRequest
    item = {
        "id": of.id,
        "subscriptionId": held.external_id,
        "changeType": UPDATED,
        "clientState": keyring.chosen(held.webhook_id)[0].decode(),
        "resourceData": None,
    }
    return Incoming(
        headers={"content-type": "application/json; charset=utf-8"},
        query={"webhook_id": held.webhook_id},
        body=json.dumps({"value": [item]}).encode(),
        url=of.url,
        webhook_id=held.webhook_id,
        at=of.at,
    )


WEBHOOKS: Final = Webhooks(
    events=(CREATED, UPDATED, DELETED, *_EFFECTS),
    greet=_greet,
    verify=_verify,
    read=_read,
    example=_example,
    routes=no_account,
    subscribing=SUBSCRIBING,
)
