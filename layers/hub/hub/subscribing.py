"""Webhook subscriptions: made when an integration is connected, kept alive, made anew when they are
lost, ended with the grant. One job at a time sees to one integration; any of them may come twice.

A subscription is on record, as pending, before the provider is asked: its handshake comes while it
is being made, and its first notification may come before the answer does. A process that dies in
between leaves a pending row, whose subscription nobody listens to, and which the next job replaces.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import replace
from typing import Final
from uuid import uuid4

from hub import endings, vault
from hub.audit import Audit
from hub.envelopes import account_hash
from hub.errors import (
    ClientRefused,
    GrantRefused,
    HubError,
    InsufficientScope,
    ProviderError,
    ReauthRequired,
    SubscriptionGone,
)
from hub.jobs import SubscribeJob
from hub.models import Integration, Status
from hub.providers._provider import Access, GetAccess
from hub.providers._webhooks import Made, Notify, Subscribing, Wanted, Webhooks, own_account
from hub.refresh_plan import Draw
from hub.store import deliveries, routes, subscriptions, turns
from hub.store.database import Contested, Database
from hub.store.subscriptions import State, Subscription, Target
from hub.subscription_making import Making, Secrets, Unfinished
from hub.token_source import TokenSource
from hub.unsubscribing import as_held, end, forget, make_reach
from hub.values import Value
from hub.vault import Opened
from hub.webhook_secrets import seal_account

_LOOK_AGAIN_SECONDS: Final = 86_400
_SPREAD: Final = 0.2
_MARGIN_SECONDS: Final = 5.0
_REFUSALS: Final = (ProviderError, InsufficientScope)


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
            forget(database, whose)
        elif held := subscriptions.get(database, job.webhook_id):
            with suppress(Contested):
                database.put(subscriptions.change(replace(held, due_at=None)))


class _Work:
    """One job on one integration, with its provider within reach."""

    def __init__(self, means: Means, access: Access, opened: Opened, ends: float) -> None:
        self._database, self._clock, self._draw = means.database, means.clock, means.draw
        self._ends, self._secrets = ends, means.secrets()
        self._integration: Integration = opened.integration
        self._webhooks: Webhooks = access.provider.load_webhooks()
        scopes = frozenset(self._integration.scopes_granted)
        reach = make_reach(access, opened.tokens, scopes, self._clock())
        self._reach = replace(reach, is_on_record=self._is_on_record)
        self._making = Making(
            database=self._database,
            access=access,
            reach=self._reach,
            integration=self._integration,
            secrets=self._secrets,
            base_url=means.base_url,
            clock=self._clock,
            draw=self._draw,
            ends=ends,
        )
        self._target = self._making.target

    def complete(self) -> None:
        """Have everything routed and subscribed to that should be, and nothing else."""
        with self._alone(again=True):
            self._complete()

    def tend(self, webhook_id: str) -> None:
        """Renew a subscription, or make it anew if it is gone."""
        by, held = self._webhooks.subscribing, subscriptions.get(self._database, webhook_id)
        if by is None or held is None or held.generation != self._integration.generation:
            return
        try:
            self._renew(by, held)
        except (ReauthRequired, Unfinished):
            raise
        except HubError as error:
            self._making.note_failure(held)
            known = held.state is State.REFUSED and isinstance(error, _REFUSALS)
            if not known or isinstance(error, ClientRefused):
                raise
        else:
            if held.key in by.of_account:
                self.complete()

    @contextmanager
    def _alone(self, *, again: bool = False) -> Iterator[None]:
        """Make subscriptions while nobody else makes any of this integration's. Raises Unfinished
        where somebody does.
        """
        by, until = uuid4().hex, self._ends + _MARGIN_SECONDS
        if not turns.take(self._database, self._target, by, self._clock(), until):
            raise Unfinished
        try:
            yield
        finally:
            provider_id, at = self._integration.provider_id, self._look_again_at()
            with suppress(Contested):
                turns.give_back(
                    self._database, self._target, provider_id, by, at if again else None
                )

    def _look_again_at(self) -> int | None:
        """Give when all of it is looked over again, where it may change without being told."""
        if self._webhooks.subscribing is None and self._webhooks.routes is own_account:
            return None
        pause = _LOOK_AGAIN_SECONDS * (1 - _SPREAD * self._draw())
        return int(self._clock() + pause)

    def _complete(self) -> None:
        by = self._webhooks.subscribing
        whose = (self._target.organization_id, self._target.integration_id)
        held = subscriptions.of_integration(self._database, *whose) if by else []
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

    def _make_what_is_wanted(
        self, by: Subscribing, held: list[Subscription], live: list[Subscription]
    ) -> None:
        """Make what is lacking, and end what nobody wants, or what is there twice. What the
        provider refuses, such as the calendar of a person who has none, stops nothing else.
        """
        wanted = {each.key: each for each in by.wanted(self._reach)}
        kept = {each.key: each.webhook_id for each in live if each.key in wanted}
        lacking = {each.key: each for each in held if self._is_lacking(each) and each.key in wanted}
        stays = {*kept.values(), *(each.webhook_id for each in lacking.values())}
        for old in held:
            if old.webhook_id not in stays:
                end(self._database, by, self._reach, old)
        for key, each in wanted.items():
            if key not in kept:
                self._make(by, each, lacking.get(key))

    def _is_lacking(self, held: Subscription) -> bool:
        """Tell one that the present grant should have, and that is on record as what it lacks."""
        lacks = held.state in {State.LOST, State.REFUSED}
        return lacks and held.generation == self._integration.generation

    def _make(self, by: Subscribing, wanted: Wanted, lacking: Subscription | None) -> None:
        """Make one, and forget that it was lacking only then."""
        try:
            self._making.make(by, wanted)
        except ClientRefused:  # of our registration: that is for us to mend
            raise
        except _REFUSALS:
            if lacking is None:
                self._making.refuse(wanted)
            else:
                self._making.note_failure(lacking)
        else:
            if lacking is not None:
                self._database.transact(subscriptions.remove(lacking))

    def _renew(self, by: Subscribing, held: Subscription) -> None:
        notify = self._making.notify(held.webhook_id)
        try:
            made = self._longer(by, held, notify)
        except SubscriptionGone:
            with self._alone():
                self._replace(by, held)
            return
        if made is not None:
            self._making.keep(by, held, made)
            return
        with self._alone():
            self._making.make(by, Wanted(key=held.key, resource=held.resource))
            end(self._database, by, self._reach, held)

    def _longer(self, by: Subscribing, held: Subscription, notify: Notify) -> Made | None:
        """Have it live longer; None where only a new one can be made."""
        if by.renew is None or held.state is State.REFUSED or not self._making.can_verify(held):
            return None
        return by.renew(self._reach, as_held(held), notify)

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
        self._making.write(routes.add(self._target, provider_id, sealed, sealed))
        self._making.write(routes.remove(self._target, before - named.keys()))

    def _end_grant(self) -> None:
        """Ask people for a new grant: this one reaches nothing any more. If somebody changed it
        meanwhile, the job comes again, and looks again.
        """
        cause, now = endings.REVOKED_AT_PROVIDER, int(self._clock())
        try:
            self._database.transact(endings.over(self._integration, cause, now))
        except Contested:
            raise Unfinished from None

    def _replace(self, by: Subscribing, held: Subscription) -> None:
        """Make anew what was lost, and forget it only then: a try that fails comes again, and one
        that died may have made it. Meanwhile something may have changed that nobody told.
        """
        if not subscriptions.is_replaced(self._database, held):
            self._making.make(by, Wanted(key=held.key, resource=held.resource))
        unrouted = routes.remove(self._target, self._making.hashes(by, as_held(held)))
        self._database.transact([*subscriptions.remove(held), *unrouted])
        deliveries.note_missed(self._database, self._target, held.resource, int(self._clock()))
