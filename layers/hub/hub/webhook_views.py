"""How an integration's webhooks look from outside: what is subscribed until when, and what came.
Never a body, a secret, or the account that it was about.
"""

from typing import TYPE_CHECKING, Literal, TypedDict

from hub.views import SubscriptionView, instant, optional_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.store.deliveries import Delivery
    from hub.store.subscriptions import Subscription
    from hub.trial import Tried


class DeliveryView(TypedDict):
    """One notification. `outcome` is `applied`, or `stale` where a newer grant had made it void."""

    receivedAt: str
    verdict: str
    eventType: str
    resource: str | None
    outcome: str


class WebhooksView(TypedDict):
    """`url` is where the provider sends to, that of the first subscription if there are several.
    Deliveries are the last 50 of seven days, newest first; what did not verify is nobody's.
    """

    url: str
    subscriptions: list[SubscriptionView]
    deliveries: list[DeliveryView]


class TriedView(TypedDict):
    """What became of a test: the HTTP status that our URL answered, the verdict as far as that
    tells it, and the outcome in the log. `refused`: our URL did not take it. `not_yet_processed`:
    it was taken, and is not in the log yet.
    """

    sent: Literal[True]
    status: int
    verdict: str | None
    outcome: str


def subscriptions(held: "Iterable[Subscription]", now: int) -> list[SubscriptionView]:
    return [
        {
            "id": each.webhook_id,
            "resource": each.resource,
            "status": each.state_at(now).value,
            "createdAt": instant(each.created_at),
            "expiresAt": optional_instant(each.ends_at),
        }
        for each in held
    ]


def deliveries(found: "Iterable[Delivery]") -> list[DeliveryView]:
    return [
        {
            "receivedAt": instant(each.at // 1000),
            "verdict": each.verdict,
            "eventType": each.event_type,
            "resource": each.resource,
            "outcome": each.outcome,
        }
        for each in found
    ]


def tried(of: "Tried") -> TriedView:
    return {
        "sent": True,
        "status": of.status,
        "verdict": of.verdict,
        "outcome": of.outcome,
    }
