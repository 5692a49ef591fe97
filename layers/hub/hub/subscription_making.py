"""The steps of a subscription's life at the provider and in our table: made, kept, failed at."""

from collections.abc import Callable
from contextlib import suppress
from copy import replace
from typing import Final
from uuid import uuid4

from hub import public_keys
from hub.envelopes import account_hash, address
from hub.errors import HubError, Unreadable
from hub.models import Integration, Problem
from hub.providers._provider import Access
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.refresh_plan import Draw
from hub.schemes import derive
from hub.store import integrations, routes, subscriptions
from hub.store.database import Contested, Database, Write
from hub.store.subscriptions import State, Subscription, Target
from hub.unsubscribing import as_held
from hub.values import Value
from hub.webhook_secrets import open_secret, seal_secret

LOST: Final = "subscription_lost"
_HALF: Final = 0.5
_SPREAD: Final = 0.2
_FIRST_PAUSE: Final = 300
_LONGEST_PAUSE: Final = 6 * 3600
_STEP_SECONDS: Final = 15.0
_ROUTES_AT_ONCE: Final = 4


class Unfinished(HubError):
    """There was no time for all of it, or not now: the job comes again and goes on."""

    transient = True


class Secrets(Value, hidden=("ingress", "earlier", "routing")):
    """This deployment's ingress secret, those before it that are not over, and its routing secret
    (`hub.keyrings`).
    """

    ingress: bytes
    earlier: tuple[bytes, ...]
    routing: bytes


class Making(Value):
    """What it takes to make subscriptions of one integration, its provider within reach. `ends`:
    when there is no more time.
    """

    database: Database
    access: Access
    reach: Reach
    integration: Integration
    secrets: Secrets
    base_url: str
    clock: Callable[[], float]
    draw: Draw
    ends: float

    @property
    def target(self) -> Target:
        return Target(
            organization_id=self.integration.organization_id, integration_id=self.integration.id
        )

    def hashes(self, by: Subscribing, held: Held) -> set[str]:
        """Give the accounts, hashed, by which notifications name a subscription."""
        routing, provider_id = self.secrets.routing, self.integration.provider_id
        return {account_hash(routing, provider_id, each) for each in by.names(held)}

    def write(self, writes: list[Write]) -> None:
        """Write routes, which need not come at once."""
        for first in range(0, len(writes), 2 * _ROUTES_AT_ONCE):
            self.database.transact(writes[first : first + 2 * _ROUTES_AT_ONCE])

    def refuse(self, wanted: Wanted) -> None:
        """Keep in mind what the provider does not let us subscribe to, and ask again some day."""
        refused = replace(self._new(wanted), state=State.REFUSED, due_at=self._retry_at(0))
        self.database.transact(subscriptions.write(refused))

    def make(self, by: Subscribing, wanted: Wanted) -> None:
        """Make one. Raises Unfinished, and what the provider's client raises."""
        if self.clock() + _STEP_SECONDS > self.ends:
            raise Unfinished
        pending = self._new(wanted)
        self.database.transact(subscriptions.write(pending))
        try:
            if wanted.key in by.of_account:  # its first notification may come at once
                public_keys.ensure(self.database, self.access, self.clock())
            made = by.create(self.reach, wanted, self.notify(pending.webhook_id))
        except HubError:
            with suppress(HubError):  # it ends by itself otherwise
                self.database.transact(subscriptions.remove(pending))
            raise
        self.keep(by, pending, made)

    def keep(self, by: Subscribing, held: Subscription, made: Made) -> None:
        secret = self._secret_of(held) if made.secret is None else made.secret
        sealed = None if secret is None else seal_secret(held, secret, self.secrets.ingress)
        active = replace(
            held,
            state=State.ACTIVE,
            external_id=made.external_id,
            ends_at=made.ends_at,
            more=made.more,
            sealed_secret=sealed,
            due_at=self._due_at(by, made),
            failures=0,
        )
        names = self.hashes(by, as_held(active))
        self.write(routes.add(self.target, active.provider_id, names))
        self.database.put(subscriptions.change(active))
        if self.integration.subscription_problem is not None and not self._lacks_one():
            self._note_problem(None)

    def can_verify(self, held: Subscription) -> bool:
        """Tell whether a subscription's own secret, if it has one, can still be opened."""
        try:
            self._secret_of(held)
        except Unreadable:
            return False
        return True

    def _secret_of(self, held: Subscription) -> str | None:
        """Open it, to be sealed anew: the ingress secret that it was sealed under ends some day
        (WH-19). Raises Unreadable.
        """
        if held.sealed_secret is None:
            return None
        return open_secret(held, (self.secrets.ingress, *self.secrets.earlier)).decode()

    def _lacks_one(self) -> bool:
        """Tell whether a subscription has ended and no other has taken its place yet."""
        states = [
            (each.key, each.state_at(self.clock()))
            for each in subscriptions.of_present_grant(self.database, self.integration)
        ]
        return any(s is State.LOST and (key, State.ACTIVE) not in states for key, s in states)

    def _due_at(self, by: Subscribing, made: Made) -> int | None:
        """Renew as advised, else at half of its life, a little earlier or later; look at what does
        not end.
        """
        now, share = self.clock(), 1.0
        left: float | None = made.renew_in or by.check_seconds
        if made.ends_at is not None and made.renew_in is None:
            left, share = made.ends_at - now, _HALF
        if left is None:
            return None
        return int(now + left * (share + _SPREAD * (self.draw() - _HALF)))

    def note_failure(self, held: Subscription) -> None:
        """Try again after a pause, the longer the more often it failed; once it has ended, people
        are shown that changes are no longer told.
        """
        now = int(self.clock())
        over = held.ends_at is not None and held.ends_at <= now
        noted = replace(
            held,
            failures=held.failures + 1,
            due_at=self._retry_at(held.failures),
            state=State.LOST if over else held.state,
        )
        with suppress(Contested):
            self.database.put(subscriptions.change(noted))
        if over:
            self._note_problem(Problem(category=LOST, since=now))

    def _retry_at(self, failures: int) -> int:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures)
        return int(self.clock()) + int(pause * (1 - self.draw() * _HALF))

    def _new(self, wanted: Wanted) -> Subscription:
        return Subscription(
            webhook_id=str(uuid4()),
            organization_id=self.integration.organization_id,
            integration_id=self.integration.id,
            provider_id=self.integration.provider_id,
            generation=self.integration.generation,
            key=wanted.key,
            resource=wanted.resource,
            state=State.PENDING,
            created_at=int(self.clock()),
        )

    def _note_problem(self, problem: Problem | None) -> None:
        with suppress(Contested):
            self.database.update(integrations.note_subscription_problem(self.integration, problem))

    def notify(self, webhook_id: str) -> Notify:
        provider_id = self.integration.provider_id
        secret = derive(self.secrets.ingress, "webhook", provider_id, webhook_id)
        return Notify(
            webhook_id=webhook_id,
            url=address(self.base_url, provider_id, webhook_id),
            secret=secret.decode(),
        )
