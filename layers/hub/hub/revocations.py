"""Revocation: decided in the transaction that ends a grant, carried out by the jobs worker, and
recorded when it ended.

The worker alone decides whether the provider is called, at the moment it would call: where
revoking one token ends the whole grant or installation at the provider (`revocation_scope`),
another live integration of any organization that holds the account must survive (OA-21). Tokens
on their way here are sealed for this purpose only, and are gone once the outcome is on record.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final
from uuid import uuid4

from hub import oauth
from hub.audit import Audit
from hub.errors import HubError, TemporarilyUnavailable, Unreadable
from hub.jobs import RevokeJob
from hub.models import Consent, Tokens
from hub.providers._provider import Access, GetAccess
from hub.providers._values import RevocationScope
from hub.sealing import DataKey, KeyCache, Place, Purpose, new_salt
from hub.store import accounts, consents, credentials, integrations, keys, outbox
from hub.store.credentials import Revocation
from hub.store.database import Contested, Database, Item, Write
from hub.values import Value


class Outcome(StrEnum):
    REVOKED = "revoked"
    SHARED = "kept_for_other_integrations"
    IN_USE = "in_use"
    UNKNOWN_ACCOUNT = "account_unknown"
    UNSUPPORTED = "not_offered_by_provider"
    FAILED = "failed"


_SYSTEM: Final = "system"


class Last:
    """The tokens of an ended grant, for the last calls with them: opened at the first use. `keep`
    puts others in their place, which came of refreshing them.
    """

    def __init__(self, opening: Callable[[], tuple[Tokens, Callable[[Tokens], None]]]) -> None:
        self._opening = opening
        self._opened: tuple[Tokens, Callable[[Tokens], None]] | None = None

    def tokens(self) -> Tokens:
        """Give them. Raises Unreadable, TemporarilyUnavailable."""
        if self._opened is None:
            self._opened = self._opening()
        return self._opened[0]

    def keep(self, renewed: Tokens) -> None:
        if self._opened is not None:
            self._opened[1](renewed)
            self._opened = (renewed, self._opened[1])


type Leave = Callable[[Access, Revocation, Last], None]
"""Ends at the provider what needs the tokens that are about to be revoked."""
_LONGEST_CLOSING: Final = 60_000  # milliseconds: the worker's timeout, should it die in between


class Ended(Value):
    """A grant that has ended. `account_hash` None: the provider never said whose it was.

    `consent_id` is that of a grant whose storing failed: should it turn out to have been stored
    after all, it lives.
    """

    organization_id: str
    provider_id: str
    integration_id: str
    generation: int
    account_hash: str | None
    tokens: Tokens
    consent_id: str | None = None


def queue(ended: Ended, key: DataKey, now: int) -> list[Write]:
    """Give the writes that hand the grant's tokens over to revocation, for a transaction."""
    revocation_id = f"revocation#{uuid4().hex}"
    salt = new_salt()
    sealed = key.seal(ended.tokens.to_json(), _place(ended, revocation_id), salt)
    job = RevokeJob(
        organization_id=ended.organization_id,
        provider_id=ended.provider_id,
        revocation_id=revocation_id,
    )
    return [
        keys.create(keys.revocation_salt(ended.organization_id, revocation_id), salt),
        credentials.write_revocation(
            Revocation(
                organization_id=ended.organization_id,
                id=revocation_id,
                provider_id=ended.provider_id,
                integration_id=ended.integration_id,
                generation=ended.generation,
                account_hash=ended.account_hash,
                consent_id=ended.consent_id,
                sealed=sealed,
                expires_at=now + credentials.REVOCATION_RETENTION,
            )
        ),
        outbox.enqueue(revocation_id, job.to_item(), now),
    ]


class Revocations:
    """Carries out queued revocations. One call per job; a job may come twice."""

    def __init__(
        self,
        database: Database,
        key_cache: KeyCache,
        access: GetAccess,
        audit: Audit,
        *,
        clock: Callable[[], float],
        leave: Leave,
    ) -> None:
        self._leave = leave
        self._database = database
        self._keys = key_cache
        self._access = access
        self._audit = audit
        self._clock = clock

    def settle(self, job: RevokeJob, *, last_try: bool) -> Outcome | None:
        """Revoke and record; None if this was done before.

        Raises ProviderUnavailable and the like while another try may help; on the last one the
        failure itself is recorded and the tokens stay sealed for an operator's redrive.
        """
        revocation, (wrapped, salt) = credentials.get_revocation(
            self._database,
            job.organization_id,
            job.revocation_id,
            keys.organization_key(job.organization_id),
            keys.revocation_salt(job.organization_id, job.revocation_id),
        )
        if revocation is None or revocation.expires_at <= self._clock():
            return None
        try:
            last = Last(lambda: self._open(revocation, wrapped, salt))
            self._unsubscribe(revocation, last, last_try=last_try)
            outcome = self._revoke(revocation, last)
        except Exception:
            if last_try:
                self._record(revocation, Outcome.FAILED, [])
            raise
        done: list[Write] = [
            credentials.finish_revocation(revocation),
            keys.destroy(keys.revocation_salt(revocation.organization_id, revocation.id)),
        ]
        self._record(revocation, outcome, done)
        return outcome

    def _unsubscribe(self, revocation: Revocation, last: Last, *, last_try: bool) -> None:
        """End the webhook subscriptions first: that takes a token which is alive. On the last try,
        revoking comes before everything.
        """
        try:
            self._leave(self._access(revocation.provider_id), revocation, last)
        except HubError:
            if not last_try:
                raise

    def _revoke(self, revocation: Revocation, last: Last) -> Outcome:
        access = self._access(revocation.provider_id)
        scope = access.provider.revocation_scope
        if kept := self._reason_to_keep(revocation, scope):
            return kept
        if not scope.reaches_further or revocation.account_hash is None:
            oauth.revoke(access, last.tokens(), self._clock(), last.keep)
            return Outcome.REVOKED
        with self._closed(revocation.account_hash):
            if self._is_needed(revocation, revocation.account_hash):
                return Outcome.SHARED
            oauth.revoke(access, last.tokens(), self._clock(), last.keep)
        return Outcome.REVOKED

    def _reason_to_keep(self, revocation: Revocation, scope: RevocationScope) -> Outcome | None:
        if scope is RevocationScope.NONE:
            return Outcome.UNSUPPORTED
        if self._stored_after_all(revocation):
            return Outcome.IN_USE
        if not scope.reaches_further:
            return None
        if revocation.account_hash is None:  # whose connections it would end, nobody can tell
            return Outcome.UNKNOWN_ACCOUNT
        needed = self._is_needed(revocation, revocation.account_hash)
        return Outcome.SHARED if needed else None

    def _is_needed(self, revocation: Revocation, account_hash: str) -> bool:
        """Tell whether a live integration depends on the account's grants. The one whose tokens
        these were does not, unless somebody has connected it anew.
        """
        organization_id, integration_id = revocation.organization_id, revocation.integration_id
        item = self._database.get(*integrations.place(organization_id, integration_id))
        over = item is not None and item["generation"] == revocation.generation
        own = accounts.Holder(
            account_hash=account_hash,
            organization_id=organization_id,
            integration_id=integration_id,
            exclusive=False,
        )
        return accounts.is_held(self._database, account_hash, besides=own if over else None)

    @contextmanager
    def _closed(self, account_hash: str) -> Iterator[None]:
        """Close an account. Whoever is connecting it right now either holds it already or is
        refused and tries again. Raises Contested while another revocation has it closed.
        """
        by, now = uuid4().hex, self._milliseconds()
        self._database.put(accounts.close(account_hash, by, now, now + _LONGEST_CLOSING))
        try:
            yield
        finally:
            with suppress(Contested):  # it took longer than it may, and another has it closed
                self._database.put(accounts.end_closing(account_hash, by, self._milliseconds()))

    def _open(
        self, revocation: Revocation, wrapped: Item | None, salt: Item | None
    ) -> tuple[Tokens, Callable[[Tokens], None]]:
        """Open the tokens; give them, and a way to keep others in their place. Leaves one line in
        the audit, whatever comes of it.
        """
        organization_id, integration_id = revocation.organization_id, revocation.integration_id
        with self._audit.opening(organization_id, integration_id, revocation.provider_id):
            if wrapped is None or salt is None:
                raise Unreadable
            key = self._keys.unwrap(wrapped["value"], organization_id, Purpose.CREDENTIALS)
            place, own_salt = _place(revocation, revocation.id), salt["value"]
            tokens = Tokens.from_json(key.open(revocation.sealed, place, own_salt))

        def keep(renewed: Tokens) -> None:
            """Keep them if we can: with them in hand, revoking comes first."""
            sealed = key.seal(renewed.to_json(), place, own_salt)
            with suppress(Contested, TemporarilyUnavailable):
                self._database.update(credentials.renew_revocation(revocation, sealed))

        return tokens, keep

    def _milliseconds(self) -> int:
        return int(self._clock() * 1000)

    def _stored_after_all(self, revocation: Revocation) -> bool:
        if revocation.consent_id is None:
            return False
        item = self._database.get(
            *integrations.place(revocation.organization_id, revocation.integration_id)
        )
        return item is not None and item["consentId"] == revocation.consent_id

    def _record(self, revocation: Revocation, outcome: Outcome, done: list[Write]) -> None:
        now = int(self._clock())
        entry = consents.append(
            Consent(
                organization_id=revocation.organization_id,
                id=uuid4().hex,
                integration_id=revocation.integration_id,
                provider_id=revocation.provider_id,
                event="revocation_settled",
                subject=_SYSTEM,
                at=now,
                outcome=outcome,
            )
        )
        shown = integrations.settle_revocation(
            revocation.organization_id,
            revocation.integration_id,
            revocation.generation,
            outcome,
        )
        try:
            self._database.transact([entry, *done, shown])
        except Contested:
            self._database.transact([entry, *done])


def _place(of: Ended | Revocation, revocation_id: str) -> Place:
    return Place(
        organization_id=of.organization_id,
        integration_id=revocation_id,
        provider_id=of.provider_id,
        field=credentials.REVOCATION,
        generation=of.generation,
    )
