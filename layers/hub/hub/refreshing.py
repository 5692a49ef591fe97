"""Refreshing credentials: one at a time, never lost, whoever asks (RFC 6749 section 6).

The order is the safety. The tokens are opened first, and with them the data key that will seal
what comes; then one write takes the lease and notes the attempt; then the provider is asked, within
less time than the lease lasts; then one transaction stores the answer. Whoever dies in between
leaves a note that there may be a newer token than the one that is stored.
"""

from typing import Final
from uuid import uuid4

from hub import oauth, refresh_plan, vault
from hub.audit import Audit
from hub.errors import (
    HubError,
    IntegrationDisconnected,
    Misconfigured,
    ProviderUnavailable,
    ProviderUnconfigured,
    ReauthRequired,
    TemporarilyUnavailable,
)
from hub.permissions import require_active
from hub.providers._provider import Access
from hub.refresh_attempt import REFUSED, Attempt, Means, end, named, version
from hub.store import leases
from hub.store.health import Answered, Cause
from hub.store.leases import Lease
from hub.vault import Found, Opened

WRITE_SECONDS: Final = 4.0
EXPIRED: Final = "token_expired"
_POLL_SECONDS: Final = 0.25


class Refreshing:
    def __init__(self, means: Means) -> None:
        self._means = means

    def fresh(self, opened: Opened, audit: Audit, ends: float) -> Opened:
        """Give credentials whose main token can be used, refreshing first where it ends soon. A
        token that is still good is given all the same when that fails, or somebody else is at it.

        Raises ReauthRequired, IntegrationDisconnected, ProviderUnconfigured, ProviderUnavailable,
        ProviderTimeout, ProviderError, TemporarilyUnavailable.
        """
        main = opened.tokens.main
        if not refresh_plan.is_used_up(main, self._means.clock()):
            return opened
        alive = refresh_plan.is_alive(main, self._means.clock())
        try:
            return self.refresh(opened, audit, ends, patient=not alive)
        except HubError as error:
            over = isinstance(error, ReauthRequired | IntegrationDisconnected)
            if over or not refresh_plan.is_alive(main, self._means.clock()):
                raise
            return opened

    def refresh(
        self,
        opened: Opened,
        audit: Audit,
        ends: float,
        *,
        name: str = "",
        forced: bool = False,
        patient: bool = True,
    ) -> Opened:
        """Refresh one of the tokens now, or give what somebody else makes of them meanwhile; who
        is not `patient` does not wait for that. After a failure nobody asks again before its time,
        unless `forced`. Raises as `fresh` does.
        """
        before = opened
        while True:
            access = self._access(opened, name)
            if access is None:
                return opened
            if ends - self._means.clock() < oauth.REFRESH_SECONDS + WRITE_SECONDS:
                raise TemporarilyUnavailable  # RF-19: what is begun must be finished
            if not forced:
                self._require_turn(opened.found)
            self._means.health.require_open(access.provider.id)
            lease = self._take(opened.found)
            if lease is not None:
                return Attempt(
                    means=self._means,
                    opened=opened,
                    audit=audit,
                    access=access,
                    lease=lease,
                    name=name,
                    ends=ends,
                ).run()
            if not patient:
                raise TemporarilyUnavailable
            opened = self._await_other(opened, audit, ends)
            if version(opened.found) != version(before.found):
                return opened
            if _failures(opened.found) > _failures(before.found):
                raise ProviderUnavailable  # whoever had the lease has tried, just now

    def give_up(self, opened: Opened) -> None:
        """Take a grant for dead whose token the provider's API refuses and nothing can renew."""
        integration = opened.integration
        if self._means.health.may_be_believed(integration.provider_id, Answered.REFUSED):
            end(self._means, opened.found, REFUSED)

    def _access(self, opened: Opened, name: str) -> Access | None:
        """Give the provider; None where a token cannot be renewed and is good as it is."""
        require_active(opened.integration)
        access = self._reach(opened.integration.provider_id)
        token = named(opened.tokens, name)
        if access.provider.refresh is not None and token.refresh is not None:
            return access
        if refresh_plan.is_alive(token, self._means.clock()):
            return None
        end(self._means, opened.found, EXPIRED)
        raise ReauthRequired

    def _reach(self, provider_id: str) -> Access:
        """Raise ProviderUnconfigured where our registration is gone or wrong. That is everybody's
        there, and ours to mend: an alarm is raised, and the schedule sends one only to probe.
        """
        try:
            return self._means.access(provider_id)
        except (ProviderUnconfigured, Misconfigured) as error:
            self._means.health.stop(provider_id, Cause.MISCONFIGURED)
            if isinstance(error, Misconfigured):
                raise ProviderUnconfigured from error
            raise

    def _require_turn(self, found: Found) -> None:
        """Let the pause after a failure pass (RF-16)."""
        sealed = found.sealed
        if sealed is None or not sealed.failures or sealed.lease_until:
            return
        left = (sealed.refresh_due_at or 0) - self._means.clock()
        if left > 0:
            raise ProviderUnavailable(retry_after=int(left) + 1)

    def _take(self, found: Found) -> Lease | None:
        if found.sealed is None:
            raise TemporarilyUnavailable
        now = int(self._means.clock() * 1000)
        return leases.take(self._means.database, found.sealed, uuid4().hex, now)

    def _await_other(self, opened: Opened, audit: Audit, ends: float) -> Opened:
        """Wait for whoever has the lease, as long as there is time."""
        means = self._means
        while True:
            if means.clock() + _POLL_SECONDS >= ends:
                raise TemporarilyUnavailable
            means.sleep(_POLL_SECONDS * (0.5 + means.draw()))
            found = means.look(opened.integration)
            if found is None:
                raise IntegrationDisconnected
            require_active(found.integration)
            if found.sealed is None or found.sealed.lease_until <= means.clock() * 1000:
                return vault.open_tokens(found, means.keys, audit)


def _failures(found: Found) -> int:
    return found.sealed.failures if found.sealed else 0
