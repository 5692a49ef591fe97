"""What becomes of a verified delivery: for each integration that it is about, one transaction with
everything that follows, or nothing.

    mark of the delivery | event on the bus | line in the log | what a sync is wanted for
    and, where the grant or the subscription is over, what follows from that

A worker that dies in between leaves nothing half done, and the queue brings the envelope again; the
mark stops what was done before (WH-10). Routing follows verified data alone: the subscription whose
secret verified it, or the account that the signed body names (WH-13).
"""

from collections.abc import Callable, Iterable
from copy import replace
from typing import Final
from uuid import uuid4

from hub import endings, events
from hub.envelopes import Envelope
from hub.errors import TemporarilyUnavailable
from hub.jobs import ForgetJob, SubscribeJob, SyncJob
from hub.models import Integration, Problem, Status
from hub.providers._webhooks import Effect, Event
from hub.schemes import Verdict
from hub.store import credentials, deliveries, integrations, keys, outbox, routes, subscriptions
from hub.store.database import Contested, Database, Item, Write
from hub.store.deliveries import EVERYTHING, Changes, Delivery
from hub.store.subscriptions import Subscription, Target
from hub.values import Value

_TRIES: Final = 6
_SENT_SECONDS: Final = 120  # what was noted for longer may have been sent, and lost
_OVER: Final = frozenset({Effect.REVOKED, Effect.ERASED})
_TENDED: Final = frozenset({Effect.LOST, Effect.EXPIRING})


class Outcome:
    """How a delivery ended, in the words that people see."""

    APPLIED: Final = "applied"
    DUPLICATE: Final = "duplicate"
    STALE: Final = "stale"
    IGNORED: Final = "ignored"


class Told(Value):
    """What a delivery came to for one integration."""

    target: Target
    outcome: str


class Hearing:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def hear(self, envelope: Envelope) -> list[Told]:
        """Apply a delivery to every integration it is about; none, if nobody connected the account
        (WH-14). Raises TemporarilyUnavailable; what was done stays done.
        """
        return [
            Told(target=target, outcome=self._apply(envelope, target, held))
            for target, held in self._targets(envelope)
        ]

    def _targets(self, envelope: Envelope) -> list[tuple[Target, Subscription | None]]:
        if envelope.webhook_id is not None:
            held = subscriptions.get(self._database, envelope.webhook_id)
            if held is None or held.provider_id != envelope.provider_id:
                return []
            target = Target(
                organization_id=held.organization_id, integration_id=held.integration_id
            )
            return [(target, held)] if self._is_of(target, envelope.accounts) else []
        found = {
            target
            for account in envelope.accounts
            for target in routes.targets(self._database, account)
        }
        return [(target, None) for target in sorted(found, key=repr)]

    def _is_of(self, target: Target, accounts: tuple[str, ...]) -> bool:
        """Tell whether an integration is of the account that the body names, if it names one."""
        return not accounts or any(
            routes.is_routed(self._database, target, account) for account in accounts
        )

    def _apply(self, envelope: Envelope, target: Target, held: Subscription | None) -> str:
        for _ in range(_TRIES):
            item, mark, noted = self._database.get_many(
                [
                    integrations.place(target.organization_id, target.integration_id),
                    deliveries.mark_place(target, envelope.dedup),
                    deliveries.changes_place(target),
                ]
            )
            integration = integrations.from_item(item) if item else None
            if integration is None or not _hears(integration, held, envelope):
                return Outcome.IGNORED
            if deliveries.is_marked(mark, self._clock()):
                return Outcome.DUPLICATE
            outcome, writes = self._writes(envelope, integration, held, noted)
            try:
                self._database.transact(writes)
            except Contested:
                continue
            return outcome
        raise TemporarilyUnavailable

    def _writes(
        self,
        envelope: Envelope,
        integration: Integration,
        held: Subscription | None,
        noted: Item | None,
    ) -> tuple[str, list[Write]]:
        now, target = int(self._clock()), _target(integration)
        current = [
            _of(each, held)
            for each in envelope.events
            if not _is_stale(each, integration, envelope)
        ]
        outcome = Outcome.APPLIED if current else Outcome.STALE
        writes: list[Write] = [
            deliveries.mark(target, envelope.dedup, now),
            deliveries.log(target, _line(envelope, held, outcome)),
        ]
        if current:
            writes.append(_told(integration, envelope, current, now))
        if any(event.effect in _OVER for event in current):
            erased = any(event.effect is Effect.ERASED for event in current)
            return outcome, [*writes, *_over(integration, now, erased=erased)]
        seen = deliveries.changes_from_item(noted)
        if wanted := _wanted(current, seen, now):
            due, _ = wanted
            writes.append(deliveries.note_changes(target, seen, *wanted))
            if any(at != seen.due.get(name) for name, at in due.items()):
                writes.append(_sync(integration, now))
        if held is not None and any(event.effect in _TENDED for event in current):
            writes.append(_see_to(integration, now, held.webhook_id))
        if any(event.effect is Effect.MOVED for event in current):
            writes.append(_see_to(integration, now))
        return outcome, writes


def _hears(integration: Integration, held: Subscription | None, envelope: Envelope) -> bool:
    """Tell whether an integration is in use, and the subscription one of its present grant."""
    ours = integration.provider_id == envelope.provider_id
    present = held is None or held.generation == integration.generation
    return ours and present and integration.status is Status.ACTIVE


def _of(event: Event, held: Subscription | None) -> Event:
    """Give an event with the resource that it is about, where only the subscription tells."""
    return replace(event, resource=held.resource) if held and event.resource is None else event


def _is_stale(event: Event, integration: Integration, envelope: Envelope) -> bool:
    """Tell whether a grant ended before somebody gave it anew: what is told late must not undo
    that (WH-20).
    """
    at = event.occurred_at or envelope.received_at
    return event.effect in _OVER and at < (integration.verified_at or 0) * 1000


def _line(envelope: Envelope, held: Subscription | None, outcome: str) -> Delivery:
    first = _of(envelope.events[0], held) if envelope.events else None
    return Delivery(
        at=envelope.received_at,
        event_type=first.type if first else "",
        resource=first.resource if first else None,
        verdict=Verdict.VERIFIED,
        outcome=outcome,
        dedup=envelope.dedup,
    )


def _told(
    integration: Integration, envelope: Envelope, current: Iterable[Event], now: int
) -> Write:
    heard = [
        {
            "type": event.type,
            "resource": event.resource,
            "externalId": event.external_id,
            "occurredAt": event.occurred_at,
        }
        for event in current
    ]
    return events.event(
        events.WEBHOOK_RECEIVED, integration, now, deliveryId=envelope.dedup, events=heard
    )


def _over(integration: Integration, now: int, *, erased: bool) -> list[Write]:
    """Ask people for a new grant: this one is over. What the provider wants erased, goes: tokens,
    what sealed values could be opened with, the account's name, and by jobs its routes and all
    that was synced.
    """
    cause = endings.REVOKED_AT_PROVIDER
    if not erased:
        return endings.over(integration, cause, now)
    whose = (integration.organization_id, integration.id)
    return [
        integrations.require_consent(integration, Problem(category=cause, since=now), erased=True),
        credentials.destroy(*whose),
        keys.destroy(keys.integration_salt(*whose)),
        *endings.told(integration, cause, now),
        _see_to(integration, now),
        _forget(integration, now),
    ]


def _wanted(
    current: Iterable[Event], seen: Changes, now: int
) -> tuple[dict[str, int], dict[str, int]] | None:
    """Tell what a sync is wanted for, and the newest change of each; None if of nothing."""
    due: dict[str, int] = {}
    changed: dict[str, int] = {}
    for event in current:
        if event.effect is Effect.EXPIRING:
            continue
        missed = event.effect is not Effect.CHANGED and event.resource is None
        name = EVERYTHING if missed else event.resource
        if name is None:
            continue
        noted = seen.due.get(name, 0)
        due[name] = noted if now - noted <= _SENT_SECONDS else now
        before = changed.get(name, seen.changed.get(name, 0))
        changed[name] = max(before, event.occurred_at or 0)
    return (due, changed) if due else None


def _see_to(integration: Integration, now: int, webhook_id: str | None = None) -> Write:
    """Have a subscription renewed or made anew at once; None: have all of them, and what is routed
    to the integration, be what they should.
    """
    job = SubscribeJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
        webhook_id=webhook_id,
    )
    return outbox.enqueue(f"subscribe#{uuid4().hex}", job.to_item(), now)


def _forget(integration: Integration, now: int) -> Write:
    """Have everything removed that was synced. A run that is under way can write nothing more."""
    job = ForgetJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
        generation=integration.generation,
    )
    return outbox.enqueue(f"forget#{uuid4().hex}", job.to_item(), now)


def _sync(integration: Integration, now: int) -> Write:
    """Have what was told synced at once. Until that is done, what is told further finds it noted,
    and sends no more.
    """
    job = SyncJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    return outbox.enqueue(f"sync#{uuid4().hex}", job.to_item(), now)


def _target(integration: Integration) -> Target:
    return Target(organization_id=integration.organization_id, integration_id=integration.id)
