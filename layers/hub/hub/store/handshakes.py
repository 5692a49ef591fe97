"""Handshakes of providers whose notifications are subscribed to by hand, once for the whole app:
one row of the `webhooks` table for each, in the form of a subscription, with the provider's id in
place of a webhook id.

    webhook#<provider>  | subscription

The row is there from when an operator expects the handshake until its secret was shown, a day at
most. It holds one secret, sealed: the first that comes ends the expectation.
"""

from copy import replace

from hub.store import subscriptions
from hub.store.database import Contested, Database, Delete
from hub.store.subscriptions import State, Subscription


def row(provider_id: str, now: float) -> Subscription:
    """Give the row as it is at first: for the whole app, so of nobody's integration."""
    return Subscription(
        webhook_id=provider_id,
        organization_id="",
        integration_id="",
        provider_id=provider_id,
        generation=0,
        key="handshake",
        resource=None,
        state=State.PENDING,
        created_at=int(now),
    )


def expect(database: Database, provider_id: str, now: float) -> None:
    """Expect a handshake from now on; what came of an earlier one is dropped."""
    database.put(replace(subscriptions.change(row(provider_id, now)), condition=""))


def keep(database: Database, provider_id: str, sealed: bytes, now: float) -> bool:
    """Keep a secret until it is shown. False if none is expected any more, or one is there."""
    found = subscriptions.get(database, provider_id)
    if found is None or found.sealed_secret is not None or found.is_left_over(now):
        return False
    write = replace(
        subscriptions.change(replace(found, sealed_secret=sealed)),
        condition="createdAt = :created AND attribute_not_exists(sealedSecret)",
        values={":created": found.created_at},
    )
    try:
        database.put(write)
    except Contested:
        return False
    return True


def take(database: Database, provider_id: str, now: float) -> Subscription | None:
    """Take the row with its secret away; None if no secret is there. Of several takers one gets
    it.
    """
    table, key = subscriptions.place(provider_id)
    item = database.take(Delete(table=table, key=key, condition="attribute_exists(sealedSecret)"))
    found = subscriptions.from_item(item) if item else None
    return None if found is None or found.is_left_over(now) else found
