"""Webhook subscriptions: made when an integration is connected, kept alive, made anew when they are
lost, ended with the grant. One job at a time sees to one integration; any of them may come twice.

A subscription is on record, as pending, before the provider is asked: its handshake comes while it
is being made, and its first notification may come before the answer does. A process that dies in
between leaves a pending row, whose subscription nobody listens to, and which the next job replaces.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import replace
from typing import Final
from uuid import uuid4

from hub import endings, public_keys, vault
from hub.audit import Audit
from hub.envelopes import account_hash, address
from hub.errors import (
    GrantRefused,
    HubError,
    ProviderError,
    ReauthRequired,
    SubscriptionGone,
)
from hub.jobs import SubscribeJob
from hub.models import Integration, Problem, Status
from hub.providers._provider import Access, GetAccess
from hub.providers._webhooks import Made, Notify, Subscribing, Wanted, Webhooks
from hub.refresh_plan import Draw
from hub.schemes import derive
from hub.store import deliveries, integrations, routes, subscriptions
from hub.store.database import Contested, Database, Write
from hub.store.subscriptions import State, Subscription, Target
from hub.token_source import TokenSource
from hub.unsubscribing import as_held, end, forget_routes, make_reach
from hub.values import Value
from hub.vault import Opened
from hub.webhook_secrets import seal_account, seal_secret

LOST: Final = "subscription_lost"
_HALF: Final = 0.5
_SPREAD: Final = 0.2
_FIRST_PAUSE: Final = 300
_LONGEST_PAUSE: Final = 6 * 3600
_STEP_SECONDS: Final = 15.0
_ROUTES_AT_ONCE: Final = 4


class Unfinished(HubError):
    """There was no time for all of it: the job comes again and goes on."""

    transient = True


class Secrets(Value, hidden=("ingress", "routing")):
    """This deployment's ingress secret and routing secret (`hub.keyrings`)."""

    ingress: bytes
    routing: bytes


class Means(Value):
    """What it takes to make subscriptions; `secrets` reads them when they are needed."""

    database: Database
    access: GetAccess
    source: TokenSource
    audit: Audit
    base_url: str
    secrets: Callable[[], Secrets]
    clock: Callable[[], float]
    draw: Draw


class Subscriptions:
    def __init__(self, means: Means) -> None:
        self._means = means

    def see_to(self, job: SubscribeJob, ends: float) -> None:
        """Give an integration the subscriptions it should have, or look after one of them. Of an
        integration that is not in use, nothing.

        Raises what the provider's client raises, and Unfinished.
        """
        found = vault.look(self._means.database, job.organization_id, job.integration_id)
        if found is None or found.integration.status is not Status.ACTIVE:
            self._rest(job)
            return
        access = self._means.access(job.provider_id)
        opened = self._means.source.usable(found, self._means.audit, ends)
        try:
            self._work(access, opened, ends, job.webhook_id)
        except ReauthRequired:  # the access token died early: once more with another
            opened = self._means.source.after_refusal(opened, self._means.audit, ends)
            self._work(access, opened, ends, job.webhook_id)

    def _work(self, access: Access, opened: Opened, ends: float, webhook_id: str | None) -> None:
        work = _Work(self._means, access, opened, ends)
        if webhook_id is None:
            work.complete()
        else:
            work.tend(webhook_id)

    def _rest(self, job: SubscribeJob) -> None:
        """Take a subscription of what is not in use out of the index, or what is routed to it away:
        connecting makes both anew.
        """
        database = self._means.database
        if job.webhook_id is None:
            whose = Target(organization_id=job.organization_id, integration_id=job.integration_id)
            forget_routes(database, whose)
        elif held := subscriptions.get(database, job.webhook_id):
            with suppress(Contested):
                database.put(subscriptions.change(replace(held, due_at=None)))


class _Work:
    """One job on one integration, with its provider within reach."""

    def __init__(self, means: Means, access: Access, opened: Opened, ends: float) -> None:
        self._database, self._base_url = means.database, means.base_url
        self._clock, self._draw, self._ends = means.clock, means.draw, ends
        self._secrets = means.secrets()
        self._integration: Integration = opened.integration
        self._access = access
        self._webhooks: Webhooks = access.provider.load_webhooks()
        scopes = frozenset(self._integration.scopes_granted)
        reach = make_reach(access, opened.tokens, scopes, self._clock())
        self._reach = replace(reach, is_on_record=self._is_on_record)
        self._target = Target(
            organization_id=self._integration.organization_id,
            integration_id=self._integration.id,
        )

    def complete(self) -> None:
        by = self._webhooks.subscribing
        held = self._held() if by else []
        current = self._integration.generation
        live = [s for s in held if s.state is State.ACTIVE and s.generation == current]
        try:
            names = self._webhooks.routes(self._reach)
        except GrantRefused:
            self._end_grant()
            return
        self._route([*names, *(name for each in live if by for name in by.names(as_held(each)))])
        if by is not None:
            self._make_what_is_wanted(by, held, live)

    def _held(self) -> list[Subscription]:
        return subscriptions.of_integration(
            self._database, self._target.organization_id, self._target.integration_id
        )

    def _make_what_is_wanted(
        self, by: Subscribing, held: list[Subscription], live: list[Subscription]
    ) -> None:
        current = self._integration.generation
        wanted = by.wanted(self._reach)
        kept = {s.key for s in live}
        keys = {each.key for each in wanted}
        for old in held:
            if old.key not in keys & kept or old.generation != current:
                end(self._database, by, self._reach, old)
        self._make_all(by, [each for each in wanted if each.key not in kept])

    def _make_all(self, by: Subscribing, wanted: list[Wanted]) -> None:
        """Make what can be made. What the provider refuses, such as the calendar of a person who
        has none, stops nothing else.
        """
        refused: ProviderError | None = None
        for each in wanted:
            try:
                self._make(by, each)
            except ProviderError as error:
                refused = error
        if refused is not None:
            raise refused

    def tend(self, webhook_id: str) -> None:
        """Renew a subscription, or make it anew if it is gone."""
        by, held = self._webhooks.subscribing, subscriptions.get(self._database, webhook_id)
        if by is None or held is None or held.generation != self._integration.generation:
            return
        try:
            self._renew(by, held)
        except ReauthRequired:
            raise
        except HubError:
            self._note_failure(held)
            raise
        else:
            if held.key in by.of_account:
                self.complete()

    def _renew(self, by: Subscribing, held: Subscription) -> None:
        wanted = Wanted(key=held.key, resource=held.resource)
        notify = self._notify(held.webhook_id)
        try:
            made = by.renew(self._reach, as_held(held), notify) if by.renew else None
        except SubscriptionGone:
            self._replace(by, held, wanted)
            return
        if made is None:
            self._make(by, wanted)
            end(self._database, by, self._reach, held)
        else:
            self._keep(by, held, made)

    def _is_on_record(self, webhook_id: str) -> bool:
        return subscriptions.is_in_use(self._database, webhook_id, self._clock())

    def _route(self, names: Iterable[str]) -> None:
        """Let what names the account or a subscription of it reach this integration, and nothing
        that no longer does.
        """
        provider_id, routing = self._integration.provider_id, self._secrets.routing
        named = {account_hash(routing, provider_id, each): each for each in names}
        before = set(routes.of_integration(self._database, self._target))
        sealed = {
            route: seal_account(self._target, provider_id, route, named[route], routing)
            for route in named.keys() - before
        }
        self._write(routes.add(self._target, provider_id, sealed, sealed))
        self._write(routes.remove(self._target, before - named.keys()))

    def _end_grant(self) -> None:
        """Ask people for a new grant: this one reaches nothing any more. If somebody changed it
        meanwhile, the job comes again, and looks again.
        """
        cause, now = endings.REVOKED_AT_PROVIDER, int(self._clock())
        try:
            self._database.transact(endings.over(self._integration, cause, now))
        except Contested:
            raise Unfinished from None

    def _hashes(self, names: Iterable[str]) -> set[str]:
        routing, provider_id = self._secrets.routing, self._integration.provider_id
        return {account_hash(routing, provider_id, each) for each in names}

    def _write(self, writes: list[Write]) -> None:
        for first in range(0, len(writes), 2 * _ROUTES_AT_ONCE):
            self._database.transact(writes[first : first + 2 * _ROUTES_AT_ONCE])

    def _replace(self, by: Subscribing, held: Subscription, wanted: Wanted) -> None:
        """Make anew what was lost, and forget it only then: a try that fails comes again, and one
        that died may have made it. Meanwhile something may have changed that nobody told.
        """
        if not subscriptions.is_replaced(self._database, held):
            self._make(by, wanted)
        names = self._hashes(by.names(as_held(held)))
        unrouted = routes.remove(self._target, names)
        self._database.transact([*subscriptions.remove(held), *unrouted])
        deliveries.note_missed(self._database, self._target, held.resource, int(self._clock()))

    def _make(self, by: Subscribing, wanted: Wanted) -> None:
        if self._clock() + _STEP_SECONDS > self._ends:
            raise Unfinished
        pending = Subscription(
            webhook_id=str(uuid4()),
            organization_id=self._target.organization_id,
            integration_id=self._target.integration_id,
            provider_id=self._integration.provider_id,
            generation=self._integration.generation,
            key=wanted.key,
            resource=wanted.resource,
            state=State.PENDING,
            created_at=int(self._clock()),
        )
        self._database.transact(subscriptions.write(pending))
        try:
            if wanted.key in by.of_account:  # its first notification may come at once
                public_keys.ensure(self._database, self._access, self._clock())
            made = by.create(self._reach, wanted, self._notify(pending.webhook_id))
        except HubError:
            with suppress(HubError):  # it ends by itself otherwise
                self._database.transact(subscriptions.remove(pending))
            raise
        self._keep(by, pending, made)

    def _keep(self, by: Subscribing, held: Subscription, made: Made) -> None:
        sealed = held.sealed_secret
        if made.secret is not None:
            sealed = seal_secret(held, made.secret, self._secrets.ingress)
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
        names = self._hashes(by.names(as_held(active)))
        self._write(routes.add(self._target, active.provider_id, names))
        self._database.put(subscriptions.change(active))
        if self._integration.subscription_problem is not None and not self._lacks_one():
            self._note_problem(None)

    def _lacks_one(self) -> bool:
        """Tell whether a subscription has ended and no other has taken its place yet."""
        states = [
            (each.key, each.state_at(self._clock()))
            for each in subscriptions.of_present_grant(self._database, self._integration)
        ]
        return any(s is State.LOST and (key, State.ACTIVE) not in states for key, s in states)

    def _due_at(self, by: Subscribing, made: Made) -> int | None:
        """Renew as advised, else at half of its life, a little earlier or later; look at what does
        not end.
        """
        now, share = self._clock(), 1.0
        left: float | None = made.renew_in or by.check_seconds
        if made.ends_at is not None and made.renew_in is None:
            left, share = made.ends_at - now, _HALF
        if left is None:
            return None
        return int(now + left * (share + _SPREAD * (self._draw() - _HALF)))

    def _note_failure(self, held: Subscription) -> None:
        """Try again after a pause, the longer the more often it failed; once it has ended, people
        are shown that changes are no longer told.
        """
        now = int(self._clock())
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**held.failures)
        over = held.ends_at is not None and held.ends_at <= now
        noted = replace(
            held,
            failures=held.failures + 1,
            due_at=now + int(pause * (1 - self._draw() * _HALF)),
            state=State.LOST if over else held.state,
        )
        with suppress(Contested):
            self._database.put(subscriptions.change(noted))
        if over:
            self._note_problem(Problem(category=LOST, since=now))

    def _note_problem(self, problem: Problem | None) -> None:
        with suppress(Contested):
            self._database.update(
                integrations.note_subscription_problem(self._integration, problem)
            )

    def _notify(self, webhook_id: str) -> Notify:
        provider_id = self._integration.provider_id
        secret = derive(self._secrets.ingress, "webhook", provider_id, webhook_id)
        return Notify(
            webhook_id=webhook_id,
            url=address(self._base_url, provider_id, webhook_id),
            secret=secret.decode(),
        )
