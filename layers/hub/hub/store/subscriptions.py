"""Webhook subscriptions in the `webhooks` table: each by its webhook id, and by whose it is.

    webhook#<webhook id>            | subscription            the subscription itself
    <organization>#<integration>    | webhook#<webhook id>    so that people find theirs

A subscription is on record before the provider hears of it, since the handshake comes while it is
being made. Index `renewals` holds those that want looking after, sharded. Times are whole seconds.
"""

from collections.abc import Iterator
from copy import replace
from enum import StrEnum
from typing import Any, Final

from hub.models import Integration
from hub.store.database import Database, Delete, Item, Key, Put, Write
from hub.store.due import Index
from hub.values import NOTHING, Value

TABLE: Final = "webhooks"
DUE: Final = Index(
    table=TABLE,
    name="renewals",
    shard="renewShard",
    time="renewDueAt",
    prefix="renewal",
    shards=4,
)
EXPECTED_SECONDS: Final = 600
_LEFTOVER_SECONDS: Final = 86_400


class State(StrEnum):
    """PENDING: the provider is being asked. LOST: it has ended, and could not be made anew yet.
    REFUSED: the provider does not let us subscribe, and is asked again some day.
    """

    PENDING = "pending"
    ACTIVE = "active"
    LOST = "lost"
    REFUSED = "refused"


class Subscription(Value, hidden=("sealed_secret",)):
    """What one integration asked its provider to tell. `key` is the provider's word for which of
    the integration's subscriptions it is; `ends_at`: when the provider ends it; `due_at`: when it
    wants renewing, or looking at.
    """

    webhook_id: str
    organization_id: str
    integration_id: str
    provider_id: str
    generation: int
    key: str
    resource: str | None
    state: State
    created_at: int
    external_id: str = ""
    ends_at: int | None = None
    more: Any = NOTHING
    sealed_secret: bytes | None = None
    due_at: int | None = None
    failures: int = 0

    def is_expected(self, now: float) -> bool:
        """Tell whether its handshake may come now."""
        awaited = self.state is State.PENDING and self.sealed_secret is None
        return awaited and now < self.created_at + EXPECTED_SECONDS

    def is_left_over(self, now: float) -> bool:
        """Tell whether it has been pending for so long that it counts as absent."""
        return self.state is State.PENDING and now >= self.created_at + _LEFTOVER_SECONDS

    def state_at(self, now: float) -> State:
        """Give its state: what has ended is lost, whether or not anybody has looked since."""
        return State.LOST if self.ends_at is not None and self.ends_at <= now else self.state


class Target(Value):
    """An integration that hears something."""

    organization_id: str
    integration_id: str


def place(webhook_id: str) -> tuple[str, Key]:
    return TABLE, {"whose": f"webhook#{webhook_id}", "part": "subscription"}


def owner(organization_id: str, integration_id: str) -> str:
    return f"{organization_id}#{integration_id}"


def get(database: Database, webhook_id: str) -> Subscription | None:
    item = database.get(*place(webhook_id))
    return from_item(item) if item else None


def write(subscription: Subscription) -> list[Write]:
    """Store a subscription, and where its integration finds it."""
    return [_row(subscription), _pointer(subscription)]


def change(subscription: Subscription) -> Put:
    """Store a subscription that must still be there."""
    return replace(_row(subscription), condition="attribute_exists(part)")


def remove(subscription: Subscription) -> list[Write]:
    pointer = _pointer(subscription).item
    return [
        Delete(table=TABLE, key=place(subscription.webhook_id)[1]),
        Delete(table=TABLE, key={"whose": pointer["whose"], "part": pointer["part"]}),
    ]


def of_integration(
    database: Database, organization_id: str, integration_id: str
) -> list[Subscription]:
    """Give all subscriptions of an integration, at most a hundred."""
    read = database.query(
        TABLE,
        "whose = :whose AND begins_with(part, :webhook)",
        {":whose": owner(organization_id, integration_id), ":webhook": "webhook#"},
        limit=100,
    )
    ids = [item["part"].removeprefix("webhook#") for item in read.items]
    found = database.get_many([place(each) for each in ids]) if ids else []
    return [from_item(item) for item in found if item]


def is_in_use(database: Database, webhook_id: str, now: float) -> bool:
    """Tell whether a subscription is some integration's, or is being made for one right now."""
    found = get(database, webhook_id)
    return found is not None and (found.state is not State.PENDING or found.is_expected(now))


def is_replaced(database: Database, held: Subscription) -> bool:
    """Tell whether another subscription has taken the place of one."""
    return any(
        each.state is State.ACTIVE
        and (each.key, each.generation) == (held.key, held.generation)
        and each.webhook_id != held.webhook_id
        for each in of_integration(database, held.organization_id, held.integration_id)
    )


def of_present_grant(database: Database, integration: Integration) -> list[Subscription]:
    """Give those that an integration hears by, oldest first: what an earlier grant left is not
    listened to, and goes.
    """
    held = of_integration(database, integration.organization_id, integration.id)
    present = [each for each in held if each.generation == integration.generation]
    return sorted(present, key=lambda each: (each.created_at, each.key, each.webhook_id))


class Due(Value):
    """A subscription that wants renewing, as the index has it. Without a webhook id: all that an
    integration should hear by (`hub.store.turns`). Of no integration: a provider's public keys
    (`hub.store.published`) that want fetching.
    """

    webhook_id: str | None
    organization_id: str
    integration_id: str
    provider_id: str


def due(database: Database, until: int) -> Iterator[Due]:
    """Give what wants renewing until then."""
    return map(_due_from_item, DUE.due(database, until))


def _due_from_item(item: Item) -> Due:
    kind, _, webhook_id = item["whose"].partition("#")
    return Due(
        webhook_id=webhook_id if kind == "webhook" and item["part"] == "subscription" else None,
        organization_id=item["organizationId"],
        integration_id=item["integrationId"],
        provider_id=item["providerId"],
    )


def _pointer(subscription: Subscription) -> Put:
    return Put(
        table=TABLE,
        item={
            "whose": owner(subscription.organization_id, subscription.integration_id),
            "part": f"webhook#{subscription.webhook_id}",
        },
    )


def _row(subscription: Subscription) -> Put:
    pending = subscription.state is State.PENDING
    return Put(
        table=TABLE,
        item={
            **place(subscription.webhook_id)[1],
            "organizationId": subscription.organization_id,
            "integrationId": subscription.integration_id,
            "providerId": subscription.provider_id,
            "generation": subscription.generation,
            "key": subscription.key,
            "resource": subscription.resource,
            "state": subscription.state,
            "createdAt": subscription.created_at,
            "externalId": subscription.external_id,
            "endsAt": subscription.ends_at,
            "more": subscription.more,
            "sealedSecret": subscription.sealed_secret,
            "failures": subscription.failures,
            "expiresAt": subscription.created_at + _LEFTOVER_SECONDS if pending else None,
            **_due(subscription),
        },
    )


def _due(subscription: Subscription) -> dict[str, Any]:
    if subscription.due_at is None:
        return {}
    return in_index(subscription.webhook_id, subscription.due_at)


def in_index(of: str, due_at: int) -> dict[str, Any]:
    """Give what puts a row into the index of what wants renewing."""
    return DUE.attributes(of, due_at)


def from_item(item: Item) -> Subscription:
    return Subscription(
        webhook_id=item["whose"].removeprefix("webhook#"),
        organization_id=item["organizationId"],
        integration_id=item["integrationId"],
        provider_id=item["providerId"],
        generation=item["generation"],
        key=item["key"],
        resource=item.get("resource"),
        state=State(item["state"]),
        created_at=item["createdAt"],
        external_id=item.get("externalId", ""),
        ends_at=item.get("endsAt"),
        more=item.get("more", NOTHING),
        sealed_secret=item.get("sealedSecret"),
        due_at=item.get("renewDueAt"),
        failures=item.get("failures", 0),
    )
