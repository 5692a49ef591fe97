"""From tokens to a connected integration: one transaction writes the integration, its sealed
credentials, the consent and the hold on the external account. If it cannot be written, the
tokens go to revocation: none is left both unrecorded and alive.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

from hub import oauth, revocations, vault
from hub.errors import HubError, TemporarilyUnavailable
from hub.models import Account, Consent, Integration, OAuthState, Problem, Status, Tokens
from hub.providers._provider import Access, Provider, RevocationScope, TokenAnswer
from hub.revocations import Ended
from hub.sealing import DataKey, KeyCache, Place, Purpose, new_salt
from hub.store import accounts, consents, credentials, integrations, keys
from hub.store.credentials import SealedCredentials
from hub.store.database import Contested, Database, Item, Write
from hub.store.states import register_key

NOTICE_VERSION: Final = "2026-11"
METHOD: Final = "oauth2_authorization_code"
INSUFFICIENT_SCOPE: Final = "insufficient_scope"
ACCOUNT_MISMATCH: Final = "account_mismatch"
_TRIES: Final = 6
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTH: Final = 26
_NAME_LENGTH: Final = 200


class Unrecorded(TemporarilyUnavailable):
    """A grant could be neither stored nor handed to revocation. Somebody has to look."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a consent came from. Address and agent are kept sealed only."""

    ip_address: str = field(repr=False)
    user_agent: str = field(repr=False)
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What must be at hand before a code is spent: the keys, and the person's register."""

    register: Item | None
    key: DataKey
    index: DataKey
    person_salt: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """`error` is the callback's word for a grant that gives no active integration."""

    integration: Integration | None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fresh:
    """A grant on its way into the tables."""

    state: OAuthState
    tokens: Tokens
    scopes: tuple[str, ...]
    missing: tuple[str, ...]
    account_name: str
    account_hash: str
    integration_id: str
    notice: str
    consent_id: str
    at: int


class Grants:
    def __init__(self, database: Database, key_cache: KeyCache, clock: Callable[[], float]) -> None:
        self._database = database
        self._keys = key_cache
        self._clock = clock

    def prepare(self, state: OAuthState) -> Opening:
        """Read and, the first time, make what the grant will be sealed with."""
        organization_id = state.organization_id
        salt_place = keys.person_salt(organization_id, state.user_id)
        register, wrapped, index, salt = self._database.get_many(
            [
                ("states", register_key(organization_id, state.user_id)),
                keys.organization_key(organization_id),
                keys.external_accounts_key(),
                salt_place,
            ]
        )
        return Opening(
            register=register,
            key=self._key(wrapped, organization_id, Purpose.CREDENTIALS),
            index=self._key(index, keys.DEPLOYMENT, Purpose.EXTERNAL_ACCOUNTS),
            person_salt=salt["value"]
            if salt
            else keys.ensure(self._database, salt_place, new_salt()),
        )

    def record(
        self,
        state: OAuthState,
        opening: Opening,
        access: Access,
        answer: TokenAnswer,
        origin: Origin,
    ) -> Granted:
        """Store the grant; of a reconnect only if it is for the same external account."""
        ended = Ended(
            organization_id=state.organization_id,
            provider_id=state.provider_id,
            integration_id=f"flow#{state.id}",
            generation=0,
            account_hash=None,
            tokens=answer.tokens,
        )
        try:
            fresh = _fresh(state, opening, access, answer, int(self._clock()))
            ended = replace(ended, account_hash=fresh.account_hash)
            if state.integration_id in {None, fresh.integration_id}:
                return self._store(fresh, opening, origin)
        except HubError:
            self._abandon(ended, opening, access)
            raise
        self._abandon(ended, opening, access)
        return Granted(integration=None, error=ACCOUNT_MISMATCH)

    def note_refusal(self, state: OAuthState, reason: str) -> None:
        """Put an attempt that was refused on the ledger, as far as the ledger can be reached:
        the refusal itself stands either way.
        """
        entry = Consent(
            organization_id=state.organization_id,
            id=uuid4().hex,
            integration_id=f"flow#{state.id}",
            provider_id=state.provider_id,
            event=reason,
            subject=state.user_id,
            at=int(self._clock()),
        )
        with suppress(TemporarilyUnavailable):
            self._database.put(consents.append(entry))

    def _key(self, item: Item | None, organization_id: str, purpose: Purpose) -> DataKey:
        if item is None:
            _, wrapped = self._keys.generate(organization_id, purpose)
            place = (
                keys.external_accounts_key()
                if purpose is Purpose.EXTERNAL_ACCOUNTS
                else keys.organization_key(organization_id)
            )
            item = {"value": keys.ensure(self._database, place, wrapped)}
        return self._keys.unwrap(item["value"], organization_id, purpose)

    def _store(self, fresh: _Fresh, opening: Opening, origin: Origin) -> Granted:
        """Write it all in one transaction, again on what is there by then if others were first.

        A transaction whose acknowledgement was lost is recognised by its consent id (RF-09).
        """
        place = integrations.place(fresh.state.organization_id, fresh.integration_id)
        failure: HubError = TemporarilyUnavailable()
        for _ in range(_TRIES):
            item = self._database.get(*place)
            current = integrations.from_item(item) if item else None
            if current and current.consent_id == fresh.consent_id:
                return _granted(current, fresh)
            integration = _connected(fresh, current)
            try:
                self._database.transact(_writes(integration, current, fresh, opening, origin))
            except (Contested, TemporarilyUnavailable) as error:
                failure = error
                continue
            return _granted(integration, fresh)
        raise failure

    def _abandon(self, ended: Ended, opening: Opening, access: Access) -> None:
        """Hand tokens that nobody will use to revocation."""
        try:
            writes = revocations.queue(ended, opening.key, int(self._clock()))
            self._database.transact(writes)
        except HubError:
            if access.provider.revocation_scope is not RevocationScope.TOKEN:
                raise Unrecorded from None
            oauth.revoke(access, ended.tokens)


def _fresh(
    state: OAuthState, opening: Opening, access: Access, answer: TokenAnswer, now: int
) -> _Fresh:
    provider = access.provider
    account = provider.identify(answer, access)
    granted = answer.scopes if answer.scopes is not None else frozenset(state.scopes)
    known = [scope.id for scope in provider.scopes]
    return _Fresh(
        state=state,
        tokens=answer.tokens,
        scopes=tuple(sorted(granted, key=lambda s: (known.index(s) if s in known else 999, s))),
        missing=tuple(s for s in provider.required_scopes if s not in granted),
        account_name=account.name[:_NAME_LENGTH],
        account_hash=opening.index.fingerprint(provider.id, account.id).hex(),
        integration_id=_integration_id(opening.index, state.organization_id, provider.id, account),
        notice=_notice(provider, state.scopes),
        consent_id=uuid4().hex,
        at=now,
    )


def _integration_id(
    index: DataKey, organization_id: str, provider_id: str, account: Account
) -> str:
    """Derive the id from whose account it is: one organization has one integration of an
    external account by construction, and connecting it again finds the same one.
    """
    number = int.from_bytes(index.fingerprint(organization_id, provider_id, account.id))
    digits = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "int_" + "".join(digits)


def _connected(fresh: _Fresh, current: Integration | None) -> Integration:
    """Give the integration as it will be: new, revived under its old id, or renewed."""
    renewed = current is not None and current.live
    problem = Problem(category=INSUFFICIENT_SCOPE, since=fresh.at) if fresh.missing else None
    return Integration(
        organization_id=fresh.state.organization_id,
        id=fresh.integration_id,
        provider_id=fresh.state.provider_id,
        account_name=fresh.account_name,
        account_hash=fresh.account_hash,
        status=Status.REAUTH_REQUIRED if fresh.missing else Status.ACTIVE,
        generation=(current.generation if current else 0) + 1,
        connected_by=fresh.state.user_id,
        connected_at=current.connected_at if current and renewed else fresh.at,
        scopes_asked=fresh.state.scopes,
        scopes_granted=fresh.scopes,
        consent_id=fresh.consent_id,
        token_expires_at=fresh.tokens.expires_at,
        verified_at=fresh.at,
        problem=problem,
    )


def _writes(
    integration: Integration,
    current: Integration | None,
    fresh: _Fresh,
    opening: Opening,
    origin: Origin,
) -> list[Write]:
    organization_id = integration.organization_id
    salt = new_salt()
    sealed = opening.key.seal(fresh.tokens.to_json(), vault.tokens_place(integration), salt)
    return [
        integrations.write(integration, seen=current.generation if current else None),
        credentials.write(
            SealedCredentials(
                organization_id=organization_id,
                integration_id=integration.id,
                provider_id=integration.provider_id,
                generation=integration.generation,
                sealed=sealed,
            )
        ),
        keys.replace(keys.integration_salt(organization_id, integration.id), salt),
        consents.append(_consent(integration, current, fresh, opening, origin)),
        accounts.hold(integration.account_hash, organization_id, integration.id),
    ]


def _consent(
    integration: Integration,
    current: Integration | None,
    fresh: _Fresh,
    opening: Opening,
    origin: Origin,
) -> Consent:
    place = Place(
        organization_id=integration.organization_id,
        integration_id=integration.id,
        provider_id=integration.provider_id,
        field=f"consent#{fresh.consent_id}",
        generation=integration.generation,
    )
    where = json.dumps([origin.ip_address, origin.user_agent]).encode()
    return Consent(
        organization_id=integration.organization_id,
        id=fresh.consent_id,
        integration_id=integration.id,
        provider_id=integration.provider_id,
        event="granted",
        subject=fresh.state.user_id,
        at=fresh.at,
        scopes_asked=integration.scopes_asked,
        scopes_granted=integration.scopes_granted,
        notice_version=NOTICE_VERSION,
        notice_hash=fresh.notice,
        method=METHOD,
        request_id=origin.request_id,
        sealed_origin=opening.key.seal(where, place, opening.person_salt),
        previous=current.consent_id if current else None,
    )


def _granted(integration: Integration, fresh: _Fresh) -> Granted:
    return Granted(integration=integration, error=INSUFFICIENT_SCOPE if fresh.missing else None)


def _notice(provider: Provider, scopes: tuple[str, ...]) -> str:
    """Hash the words that were shown for the scopes asked for."""
    shown = [[scope.id, scope.explanation] for scope in provider.scopes if scope.id in scopes]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()
