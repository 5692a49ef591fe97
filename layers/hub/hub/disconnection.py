"""Ending a connection: the sealed tokens are gone and no longer readable at once, revocation at
the provider follows by the jobs queue, history stays.
"""

from collections.abc import Callable
from typing import Final
from uuid import uuid4

from hub import providers, revocations, vault
from hub.audit import Audit, WriteLine, person
from hub.errors import Conflict, Unreadable
from hub.events import DISCONNECTED, event
from hub.grant_records import holder
from hub.models import Caller, Consent, Integration
from hub.revocations import Ended
from hub.sealing import KeyCache
from hub.store import accounts, consents, credentials, integrations, keys
from hub.store.database import Contested, Database, Write
from hub.values import Value
from hub.vault import Found

_TRIES: Final = 5
_QUEUED: Final = "queued"
_UNREADABLE: Final = "unreadable"
_DESTROYED: Final = "destroyed_before"


class Disconnected(Value):
    """`shared`: the grant stays alive at the provider, because other live integrations of the
    same external account depend on it. `unreadable`: the tokens do not open, so there was nothing
    left to revoke.
    """

    integration: Integration
    shared: bool
    unreadable: bool


class Disconnection:
    def __init__(
        self,
        database: Database,
        key_cache: KeyCache,
        write_audit: WriteLine,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = key_cache
        self._write_audit = write_audit
        self._clock = clock

    def disconnect(
        self, caller: Caller, integration_id: str, *, request_id: str
    ) -> Disconnected | None:
        """Disconnect; None if it was disconnected already.

        Raises NotFound, Conflict when others kept changing it, TemporarilyUnavailable.
        """
        for _ in range(_TRIES):
            found = vault.find(self._database, caller.organization_id, integration_id)
            integration = found.integration
            if not integration.live:
                return None
            shared = self._shared(integration)
            outcome, revocation = self._revocation(found, self._audit_of(caller))
            after = integrations.disconnected(integration, int(self._clock()), revocation=outcome)
            writes = self._writes(integration, after, caller, request_id)
            try:
                self._database.transact([*writes, *revocation])
            except Contested:
                continue
            return Disconnected(
                integration=integration, shared=shared, unreadable=outcome == _UNREADABLE
            )
        raise Conflict

    def _audit_of(self, caller: Caller) -> Audit:
        return Audit(by=person(caller.user_id), purpose="disconnect", write=self._write_audit)

    def _shared(self, integration: Integration) -> bool:
        provider = providers.get(integration.provider_id)
        return provider.revocation_scope.reaches_further and accounts.is_held(
            self._database,
            integration.account_hash,
            besides=holder(integration, exclusive=provider.exclusive),
        )

    def _writes(
        self, before: Integration, after: Integration, caller: Caller, request_id: str
    ) -> list[Write]:
        now = int(self._clock())
        organization_id = before.organization_id
        return [
            integrations.write(after, seen=before.generation),
            credentials.destroy(organization_id, before.id),
            keys.destroy(keys.integration_salt(organization_id, before.id)),
            accounts.release(holder(before, exclusive=providers.get(before.provider_id).exclusive)),
            consents.append(
                Consent(
                    organization_id=organization_id,
                    id=uuid4().hex,
                    integration_id=before.id,
                    provider_id=before.provider_id,
                    event="withdrawn",
                    subject=caller.user_id,
                    at=now,
                    request_id=request_id,
                    previous=before.consent_id,
                )
            ),
            event(DISCONNECTED, after, now),
        ]

    def _revocation(self, found: Found, audit: Audit) -> tuple[str, list[Write]]:
        """Seal the tokens anew for revocation. Credentials that cannot be opened must not keep
        anyone from disconnecting; there is nothing left to revoke with. Nor is there when they
        were kept for as long as they may be.
        """
        integration, now = found.integration, int(self._clock())
        if integration.has_no_tokens(now):
            return _DESTROYED, []
        try:
            opened = vault.open_tokens(found, self._keys, audit)
        except Unreadable:
            return _UNREADABLE, []
        ended = Ended(
            organization_id=integration.organization_id,
            provider_id=integration.provider_id,
            integration_id=integration.id,
            generation=integration.generation + 1,
            account_hash=integration.account_hash,
            tokens=opened.tokens,
        )
        return _QUEUED, revocations.queue(ended, opened.key, now)
