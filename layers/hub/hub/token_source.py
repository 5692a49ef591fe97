"""Where a usable token comes from, for whoever needs one: actions, backend services, workers.

A fresh one costs one read and nothing else. One that ends soon is refreshed on the way. Sealed
bytes that do not open take the integration out of use (TS-01) instead of reaching a provider.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from hub import refresh_plan, refresh_records, retirement, vault
from hub.audit import Audit
from hub.errors import Quarantined, ReauthRequired, Unreadable
from hub.models import Status
from hub.permissions import require_active
from hub.refresh_attempt import version
from hub.refreshing import Refreshing
from hub.sealing import KeyCache
from hub.store.database import Contested, Database
from hub.vault import Found, Opened

UNREADABLE: Final = "credentials_unreadable"
_SLACK_SECONDS: Final = 2  # a queue's delay is in whole seconds


class TokenSource:
    def __init__(
        self,
        database: Database,
        keys: KeyCache,
        refreshing: Refreshing,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = keys
        self._refreshing = refreshing
        self._clock = clock

    def usable(self, found: Found, audit: Audit, ends: float) -> Opened:
        """Give tokens that can be used now.

        Raises IntegrationDisconnected, ReauthRequired, Quarantined, and what refreshing raises.
        """
        require_active(found.integration)
        return self._refreshing.fresh(self.open(found, audit), audit, ends)

    def open(self, found: Found, audit: Audit) -> Opened:
        """Open the tokens as they are. Raises Quarantined, TemporarilyUnavailable."""
        try:
            return vault.open_tokens(found, self._keys, audit)
        except Unreadable:
            now = int(self._clock())
            with suppress(Contested):  # by a newer grant, or a disconnection
                self._database.transact(refresh_records.out_of_use(found, UNREADABLE, now))
            raise Quarantined from None

    def renew_due(self, found: Found, audit: Audit, ends: float) -> bool:
        """Refresh what the schedule found due, if it still is: a message may come twice, or late.
        What is no longer in use is due for its end. Tell whether it was refreshed.

        Raises what refreshing raises.
        """
        sealed = found.sealed
        if sealed is None or sealed.refresh_due_at is None:
            return False
        if found.integration.status is not Status.ACTIVE:
            retirement.retire(self._database, self._keys, found, audit, int(self._clock()))
            return False
        if sealed.refresh_due_at > self._clock() + _SLACK_SECONDS:
            return False
        opened = self.open(found, audit)
        name = refresh_plan.first_due(opened.tokens)
        self._refreshing.refresh(opened, audit, ends, name=name)
        return True

    def renew_now(self, found: Found, audit: Audit, ends: float) -> Opened:
        """Refresh because somebody asks for it. Raises as `usable` does."""
        require_active(found.integration)
        opened = self.open(found, audit)
        return self._refreshing.refresh(opened, audit, ends, forced=True)

    def after_refusal(self, opened: Opened, audit: Audit, ends: float) -> Opened:
        """Give other tokens, where the provider's API has refused these: what somebody else has
        stored meanwhile (RF-20), or new ones. A grant that nothing can renew is dead.

        Raises ReauthRequired, and what refreshing raises.
        """
        integration = opened.integration
        found = vault.find(self._database, integration.organization_id, integration.id)
        require_active(found.integration)
        if version(found) != version(opened.found):
            return self.open(found, audit)
        if opened.tokens.main.refresh is None:
            self._refreshing.give_up(opened)
            raise ReauthRequired
        return self._refreshing.refresh(opened, audit, ends)
