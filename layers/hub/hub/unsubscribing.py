"""Ending webhook subscriptions, with their integration's grant or before a new one takes its place.

It needs a token that is alive, so it comes before revocation.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from hub import oauth, reaching
from hub.errors import GrantRefused, ProviderError, ReauthRequired, Unreadable
from hub.models import Tokens
from hub.providers._provider import Access
from hub.providers._webhooks import Held, Reach, Subscribing
from hub.revocations import Last
from hub.store import integrations, routes, subscriptions, turns
from hub.store.credentials import Revocation
from hub.store.database import Database
from hub.store.subscriptions import Subscription, Target

_AT_ONCE: Final = 8


class Unsubscribing:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def leave(self, access: Access, revocation: Revocation, last: Last) -> None:
        """End what the ended grant, or one before it, subscribed to; let nothing be routed to an
        integration that is not connected. Raises what may pass.
        """
        whose = (revocation.organization_id, revocation.integration_id)
        held = subscriptions.of_integration(self._database, *whose)
        over = [each for each in held if each.generation < revocation.generation]
        if over:
            self._end(access, over, last)
        item = self._database.get(*integrations.place(*whose))
        if item is None or not integrations.from_item(item).live:
            forget(self._database, Target(organization_id=whose[0], integration_id=whose[1]))

    def _end(self, access: Access, over: list[Subscription], last: Last) -> None:
        by = access.provider.load_webhooks().subscribing
        reach = self._reach(access, last) if by else None
        for each in over:
            if by is None or reach is None:
                self._database.transact(subscriptions.remove(each))
            else:
                end(self._database, by, reach, each)

    def _reach(self, access: Access, last: Last) -> Reach | None:
        """Give the provider with a token that is alive; None where there is none to be had."""
        try:
            held = last.tokens()
            tokens = oauth.live(access, held, self._clock())
        except (Unreadable, GrantRefused):
            return None
        if tokens is not held:
            last.keep(tokens)
        return make_reach(access, tokens, frozenset(), self._clock())


def forget(database: Database, target: Target) -> None:
    """Let nothing be routed to an integration any more, nor its subscriptions be looked over."""
    turns.forget(database, target)
    writes = routes.remove(target, routes.of_integration(database, target))
    for first in range(0, len(writes), _AT_ONCE):
        database.transact(writes[first : first + _AT_ONCE])


def make_reach(access: Access, tokens: Tokens, scopes: frozenset[str], now: float) -> Reach:
    return Reach(
        client=reaching.client(access, tokens),
        connection=reaching.connection(access, tokens),
        registration=access.client,
        scopes=scopes,
        now=now,
    )


def end(database: Database, by: Subscribing, reach: Reach, held: Subscription) -> None:
    """End a subscription at the provider, as far as it is known there and no other integration of
    the account needs it, and forget it. What the provider refuses to end, trying again does not
    end. Raises what may pass.
    """
    needed = held.key in by.of_account and _is_shared(database, held)
    if held.external_id and not needed:
        with suppress(ProviderError, ReauthRequired):
            by.delete(reach, as_held(held))
    database.transact(subscriptions.remove(held))


def _is_shared(database: Database, held: Subscription) -> bool:
    """Tell whether another integration hears of the same account."""
    own = Target(organization_id=held.organization_id, integration_id=held.integration_id)
    accounts = routes.of_integration(database, own)
    return any(set(routes.targets(database, each)) - {own} for each in accounts)


def as_held(subscription: Subscription) -> Held:
    return Held(
        webhook_id=subscription.webhook_id,
        key=subscription.key,
        resource=subscription.resource,
        external_id=subscription.external_id,
        ends_at=subscription.ends_at,
        more=subscription.more,
    )
