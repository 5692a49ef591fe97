"""What webhook functions put into their queue: versioned envelopes of ids and times, nothing else.

A queue outlives what it carries, and a dead-letter queue more so: names, addresses and text stay
out by construction. Of what a provider declares as type or id, only what looks like one is taken.
One envelope is about one account or subscription, and small however much came (WH-16): beyond
`MOST_EVENTS`, what happened is told by resource alone, and sync finds out the rest.

A handshake's secret, for an operator to see, comes by the same way: sealed, in a message of another
kind.
"""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from hub.errors import InvalidRequest
from hub.providers._webhooks import Effect, Event, Heard
from hub.schemes import derive
from hub.values import Value

VERSION: Final = 1
MOST_EVENTS: Final = 200
MANY: Final = "many"
HANDSHAKE: Final = "handshake"
_TYPE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:/=+-]{1,255}")
_LATEST: Final = 10**13


class Envelope(Value):
    """A verified delivery about one account or subscription. `accounts` are keyed hashes, `dedup`
    a hash; `received_at` is milliseconds by our clock.
    """

    provider_id: str
    webhook_id: str | None
    accounts: tuple[str, ...]
    dedup: str
    received_at: int
    events: tuple[Event, ...]

    @property
    def group(self) -> str:
        """Give whom it is about, for a queue that is fair between them."""
        whom = self.webhook_id or next(iter(self.accounts), "")
        return f"{self.provider_id}#{whom}"

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "providerId": self.provider_id,
            "webhookId": self.webhook_id,
            "accounts": self.accounts,
            "dedup": self.dedup,
            "receivedAt": self.received_at,
            "events": [_event_item(event) for event in self.events],
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            provider_id=item["providerId"],
            webhook_id=item["webhookId"],
            accounts=tuple(item["accounts"]),
            dedup=item["dedup"],
            received_at=item["receivedAt"],
            events=tuple(map(_event, item["events"])),
        )


class Kept(Value, hidden=("sealed",)):
    """A secret that a provider sent unsigned, sealed under the ingress secret."""

    provider_id: str
    sealed: bytes

    @property
    def group(self) -> str:
        return f"{self.provider_id}#{HANDSHAKE}"

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "kind": HANDSHAKE,
            "providerId": self.provider_id,
            "sealed": b64encode(self.sealed).decode(),
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(provider_id=item["providerId"], sealed=b64decode(item["sealed"], validate=True))


def read(body: str) -> Envelope | Kept:
    """Read a message of the queue. Raises InvalidRequest: it belongs in the dead-letter queue."""
    try:
        item = json.loads(body)
        if item["version"] != VERSION:
            raise InvalidRequest("This is no envelope of a version known here.")
        kept = item.get("kind") == HANDSHAKE
        return Kept.from_item(item) if kept else Envelope.from_item(item)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidRequest("This is no envelope.") from None


def seal_off(provider_id: str, heard: Heard, routing_key: bytes, now: float) -> Envelope:
    """Make the envelope of what was heard."""
    return Envelope(
        provider_id=provider_id,
        webhook_id=heard.webhook_id,
        accounts=tuple(account_hash(routing_key, provider_id, each) for each in heard.accounts),
        dedup=hashlib.sha256(f"{provider_id}\n{heard.dedup}".encode()).hexdigest(),
        received_at=int(now * 1000),
        events=_fewer(_plain(event) for event in heard.events),
    )


def account_hash(routing_key: bytes, provider_id: str, account: str) -> str:
    """Give the keyed hash by which an account is routed: some accounts are named by an address."""
    return derive(routing_key, "account", provider_id, account).decode()


def address(base_url: str, provider_id: str, webhook_id: str | None) -> str:
    """Give the URL a provider sends to."""
    url = f"{base_url}/api/webhooks/{provider_id}"
    return f"{url}?webhook_id={webhook_id}" if webhook_id else url


def _plain(event: Event) -> Event:
    at, of = event.occurred_at, event.external_id
    return Event(
        type=event.type if _TYPE.fullmatch(event.type) else "other",
        resource=event.resource,
        external_id=of if of and _ID.fullmatch(of) else None,
        occurred_at=at if at is not None and 0 < at < _LATEST else None,
        effect=event.effect,
    )


def _fewer(events: Iterable[Event]) -> tuple[Event, ...]:
    """Keep the newest of events that say the same; if there are still too many, one for each
    resource and effect.
    """
    kept: dict[Any, Event] = {}
    for event in events:
        same = (event.type, event.resource, event.external_id, event.effect)
        kept[same] = _newer(kept.get(same), event)
    if len(kept) <= MOST_EVENTS:
        return tuple(kept.values())
    summed: dict[Any, Event] = {}
    for event in kept.values():
        many = Event(
            type=MANY,
            resource=event.resource,
            occurred_at=event.occurred_at,
            effect=event.effect,
        )
        summed[event.resource, event.effect] = _newer(
            summed.get((event.resource, event.effect)), many
        )
    return tuple(summed.values())


def _newer(one: Event | None, other: Event) -> Event:
    if one is None or (other.occurred_at or 0) >= (one.occurred_at or 0):
        return other
    return one


def _event_item(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "resource": event.resource,
        "externalId": event.external_id,
        "occurredAt": event.occurred_at,
        "effect": event.effect,
    }


def _event(item: Mapping[str, Any]) -> Event:
    return Event(
        type=item["type"],
        resource=item["resource"],
        external_id=item["externalId"],
        occurred_at=item["occurredAt"],
        effect=Effect(item["effect"]),
    )
