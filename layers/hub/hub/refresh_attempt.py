"""One attempt at refreshing, under a lease: from the provider's answer to what is written of it.

Nobody deletes or overwrites tokens because something failed. An answer that comes too late, after
a reconnect or a disconnection, is not stored but handed to revocation.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import replace
from typing import Final

from hub import oauth, refresh_plan, refresh_records, vault
from hub.audit import Audit
from hub.errors import (
    ClientRefused,
    GrantRefused,
    HubError,
    IntegrationDisconnected,
    ProviderUnavailable,
    ReauthRequired,
    TemporarilyUnavailable,
)
from hub.models import Integration, Token, Tokens
from hub.permissions import require_active
from hub.provider_health import ProviderHealth
from hub.providers._provider import Access, GetAccess
from hub.providers._values import TokenAnswer
from hub.refresh_plan import Draw
from hub.refresh_records import Renewed
from hub.sealing import KeyCache
from hub.store import leases
from hub.store.database import Contested, Database
from hub.store.health import Answered, Cause
from hub.store.leases import Lease
from hub.values import Value
from hub.vault import Found, Opened

REFUSED: Final = "grant_refused"
LOST_ROTATION: Final = "lost_rotation"
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_LAST_WORDS: Final = 1.0  # seconds that parking may take

type Park = Callable[[Integration, Lease, Renewed], None]
type SendAgain = Callable[[Integration, int], None]


class Unstored(TemporarilyUnavailable):
    """New tokens could not be stored in time. They wait, sealed, in the jobs queue (RF-07)."""


class Means(Value):
    """What refreshing works with. `clock` is the time of day, and deadlines are measured by it;
    `sleep` waits, `draw` draws lots, `park` keeps what could not be stored, `send_again` has a
    worker try once more after so many seconds.
    """

    database: Database
    keys: KeyCache
    access: GetAccess
    health: ProviderHealth
    park: Park
    send_again: SendAgain
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    draw: Draw

    def look(self, integration: Integration) -> Found | None:
        return vault.look(self.database, integration.organization_id, integration.id)


class Attempt(Value):
    """`name` is which of the grant's tokens is refreshed; `ends` is when the invocation does."""

    means: Means
    opened: Opened
    audit: Audit
    access: Access
    lease: Lease
    name: str
    ends: float

    def run(self) -> Opened:
        """Ask the provider, once, and store what it gives.

        Raises ReauthRequired, IntegrationDisconnected, ProviderUnavailable, ProviderTimeout,
        ProviderError, TemporarilyUnavailable, Unstored.
        """
        health, provider_id = self.means.health, self.access.provider.id
        if (self.means.clock() + oauth.REFRESH_SECONDS) * 1000 > self.lease.until:
            raise TemporarilyUnavailable  # frozen meanwhile: by now another may be asking
        try:
            answer = oauth.refresh(self.access, named(self.opened.tokens, self.name))
        except GrantRefused as error:
            return self._refused(error)
        except ClientRefused as error:
            health.stop(provider_id, Cause.MISCONFIGURED)
            raise self._failed(error, settled=True) from error
        except HubError as error:
            health.count(provider_id, Answered.FAILED)
            raise self._failed(error, settled=not error.effect_unknown) from error
        stored = self._store(self._renewed(answer))
        health.count(provider_id, Answered.OK)
        return stored

    def _renewed(self, answer: TokenAnswer) -> Renewed:
        now, rule = self.means.clock(), self.access.provider.refresh
        before = named(self.opened.tokens, self.name)
        new = refresh_plan.bounded(answer.tokens.main, before, now)
        tokens = _with(self.opened.tokens, self.name, new)
        return Renewed(
            tokens=tokens,
            sealed=vault.seal_tokens(self.opened, tokens),
            scopes=refresh_records.narrowed(self.opened.integration, answer, self.name),
            at=int(now),
            due_at=refresh_plan.due_at(tokens, rule, now, self.means.draw),
        )

    # Storing

    def _store(self, renewed: Renewed) -> Opened:
        """Store new tokens, as often as it takes until the end of the invocation."""
        store, pause = leases.store, _FIRST_PAUSE
        while True:
            writes = refresh_records.success(
                self.opened.integration, self.access.provider, self.lease, renewed, store
            )
            with suppress(TemporarilyUnavailable):
                try:
                    self.means.database.transact(writes)
                except Contested:
                    if (known := self._told_by_others(renewed)) is not None:
                        return known
                    store = leases.rescue if self._is_fenced_off() else leases.store
                else:
                    return self._as_stored(renewed)
            if self.means.clock() + pause + _LAST_WORDS >= self.ends:
                self.means.park(self.opened.integration, self.lease, renewed)
                raise Unstored
            self.means.sleep(pause * (0.5 + self.means.draw() / 2))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _is_fenced_off(self) -> bool:
        """Tell whether the lease is somebody else's by now."""
        found = self.means.look(self.opened.integration)
        sealed = found.sealed if found else None
        return sealed is not None and sealed.fence != self.lease.fence

    def _as_stored(self, renewed: Renewed) -> Opened:
        """Give what was stored, without reading it again."""
        found, sealed = self.opened.found, self.opened.found.sealed
        integration = refresh_records.refreshed(found.integration, self.access.provider, renewed)
        require_active(integration)
        kept = sealed and replace(
            sealed,
            sealed=renewed.sealed,
            revision=self.lease.revision + 1,
            fence=self.lease.fence,
            last_attempt=self.lease.attempt_id,
            failures=0,
            refresh_due_at=renewed.due_at,
        )
        found = replace(found, integration=integration, sealed=kept)
        return replace(self.opened, found=found, tokens=renewed.tokens)

    def _told_by_others(self, renewed: Renewed) -> Opened | None:
        """Tell why a write was refused: it is ours already and only its acknowledgement was lost
        (RF-09), somebody has stored newer tokens (RF-02), or the grant no longer counts. None: none
        of these, so that the tokens in hand are still the newest.
        """
        found = self.means.look(self.opened.integration)
        if found is None or is_over(found, self.lease):
            return self._too_late(found, renewed.tokens)
        sealed = found.sealed
        if sealed is None:
            return None
        if sealed.last_attempt == self.lease.attempt_id:
            return self._as_stored(renewed)
        return self._open(found) if sealed.revision != self.lease.revision else None

    def _too_late(self, found: Found | None, tokens: Tokens) -> Opened:
        """End tokens that came after a disconnection or a new consent (RF-21, RF-22)."""
        self.means.database.transact(
            refresh_records.late_revocation(
                self.opened.integration, self.opened.key, tokens, int(self.means.clock())
            )
        )
        if found is None:
            raise IntegrationDisconnected
        require_active(found.integration)
        return self._open(found)

    # Failures

    def _refused(self, error: GrantRefused) -> Opened:
        """Take the grant for dead, unless somebody else has a newer token (RF-03) or the provider
        refuses so many that it must be its own fault (RF-13).
        """
        integration = self.opened.integration
        if (newer := self._newer()) is not None:
            return newer
        if not self.means.health.may_be_believed(integration.provider_id, Answered.REFUSED):
            raise self._failed(ProviderUnavailable(), settled=False) from error
        cause = LOST_ROTATION if self.lease.doubtful else REFUSED
        ended = end(self.means, self.opened.found, cause, self.lease)
        if not ended and (newer := self._newer()) is not None:
            return newer
        raise ReauthRequired from error

    def _newer(self) -> Opened | None:
        """Give what somebody else has stored since the lease was taken."""
        found = self.means.look(self.opened.integration)
        if found is None:
            raise IntegrationDisconnected
        if version(found) == (self.lease.generation, self.lease.revision):
            return None
        require_active(found.integration)
        return self._open(found)

    def _failed(self, error: HubError, *, settled: bool) -> HubError:
        """Note a failure that may pass: the tokens stay, and another try follows. It does not wait
        for the schedule: a provider that takes a spent token for some minutes more is to be asked
        several times within them (RF-10).
        """
        now = int(self.means.clock())
        settled = settled and not self.lease.doubtful  # says nothing of the attempts before
        due_at = refresh_plan.retry_at(
            self.lease.failures,
            error.retry_after,
            now,
            self.means.draw,
            until=None if settled else self._grace_ends(),
        )
        writes = refresh_records.failure(
            self.opened.integration, self.lease, error, due_at, now, settled=settled
        )
        with suppress(Contested):  # by whoever has it now
            try:
                self.means.database.transact(writes)
            except TemporarilyUnavailable:  # it is due when the lease ends, unless this was stored
                due_at = max(due_at, self.lease.until // 1000)
            if due_at < now + refresh_plan.TICK_SECONDS:
                self.means.send_again(self.opened.integration, due_at - now)
        return ProviderUnavailable() if isinstance(error, ClientRefused) else error

    def _grace_ends(self) -> float | None:
        """Give until when the provider takes a token that it may have replaced, where that is for a
        while only.
        """
        rule = self.access.provider.refresh
        return self.lease.first_attempt_at / 1000 + rule.grace if rule and rule.grace else None

    def _open(self, found: Found) -> Opened:
        return vault.open_tokens(found, self.means.keys, self.audit)


def end(means: Means, found: Found, cause: str, lease: Lease | None = None) -> bool:
    """Ask a person for a new consent: once, with one event (RF-14). Tell whether it was so:
    somebody may have stored newer tokens, disconnected or said it first.
    """
    now = int(means.clock())
    try:
        means.database.transact(refresh_records.ended(found, cause, now, lease))
    except Contested:
        return False
    return True


def named(tokens: Tokens, name: str) -> Token:
    return tokens.extra[name] if name else tokens.main


def version(found: Found) -> tuple[int, int] | None:
    """Tell which tokens these are."""
    return (found.sealed.generation, found.sealed.revision) if found.sealed else None


def is_over(found: Found, lease: Lease) -> bool:
    """Tell whether the grant that was being refreshed is no longer the one that counts."""
    integration = found.integration
    return not integration.live or integration.generation != lease.generation


def _with(tokens: Tokens, name: str, renewed: Token) -> Tokens:
    if not name:
        return replace(tokens, main=renewed)
    return replace(tokens, extra={**tokens.extra, name: renewed})
