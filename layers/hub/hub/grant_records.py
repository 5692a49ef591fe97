"""What one grant becomes: the integration, its sealed credentials, the consent, the hold on the
external account. Pure: `hub.grants` reads before and commits after.
"""

import hashlib
import json
from copy import replace
from typing import Final
from uuid import uuid4

from hub import vault
from hub.events import CONNECTED, event
from hub.jobs import SubscribeJob, SyncJob
from hub.models import (
    IDLE,
    Account,
    Consent,
    Grant,
    Integration,
    OAuthState,
    Problem,
    Run,
    Status,
    SyncState,
    Tokens,
    Trigger,
)
from hub.providers._provider import Provider
from hub.providers._values import RefreshRule
from hub.sealing import DataKey, Place, new_salt
from hub.store import accounts, consents, credentials, integrations, keys, outbox
from hub.store.credentials import SealedCredentials
from hub.store.database import Item, Write
from hub.values import NOTHING, Value

NOTICE_VERSION: Final = "2026-11"
METHOD: Final = "oauth2_authorization_code"
INSUFFICIENT_SCOPE: Final = "insufficient_scope"
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTH: Final = 26
_NAME_LENGTH: Final = 200
_FIRST_SYNC_SECONDS: Final = 120  # should the message that begins it at once get lost


class Origin(Value, hidden=("ip_address", "user_agent")):
    """Where a consent came from. Address and agent are kept sealed only."""

    ip_address: str
    user_agent: str
    request_id: str


class Opening(Value):
    """What must be at hand before a code is spent: the keys, the person's register, the time."""

    begun_at: float
    register: Item | None
    key: DataKey
    index: DataKey
    person_salt: bytes


class FreshGrant(Value):
    """A grant on its way into the tables."""

    state: OAuthState
    tokens: Tokens
    needs_refresh_token: bool
    exclusive: bool
    refresh: RefreshRule | None
    scopes: tuple[str, ...]
    missing: tuple[str, ...]
    account_name: str
    account_hash: str
    integration_id: str
    notice: str
    consent_id: str
    at: int
    due_at: int | None = None


def read_grant(
    state: OAuthState,
    opening: Opening,
    provider: Provider,
    grant: Grant,
    now: int,
) -> FreshGrant:
    """Tell what becomes of a grant."""
    account, granted = grant.account, grant.scopes
    known = [scope.id for scope in provider.scopes]
    return FreshGrant(
        state=state,
        tokens=replace(grant.tokens, account_id=account.id),
        needs_refresh_token=provider.needs_refresh_token,
        exclusive=provider.exclusive,
        refresh=provider.refresh,
        scopes=tuple(sorted(granted, key=lambda s: (known.index(s) if s in known else 999, s))),
        missing=tuple(s for s in provider.required_scopes if s not in granted),
        account_name=_printable(account.name) or provider.name,
        account_hash=opening.index.fingerprint(provider.id, account.id).hex(),
        integration_id=integration_id(opening.index, state.organization_id, provider.id, account),
        notice=_notice(provider, state.scopes),
        consent_id=uuid4().hex,
        at=now,
    )


def _printable(name: str) -> str:
    """Give a name that can be stored and shown: a provider may send anything as one."""
    return "".join(c if c.isprintable() else " " for c in name)[:_NAME_LENGTH].strip()


def integration_id(index: DataKey, organization_id: str, provider_id: str, account: Account) -> str:
    """Derive the id from whose account it is: one organization has one integration of an
    external account by construction, and connecting it again finds the same one.
    """
    number = int.from_bytes(index.fingerprint(organization_id, provider_id, account.id))
    digits = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "int_" + "".join(digits)


def connected(fresh: FreshGrant, current: Integration | None) -> Integration:
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
        extra_roles=current.extra_roles if current else (),
        sync_settings=current.sync_settings if current else NOTHING,
        sync=_first_sync(fresh, current),
    )


def _first_sync(fresh: FreshGrant, current: Integration | None) -> SyncState:
    """Have everything synced at once that the grant allows; a run of the grant before is over."""
    before = current.sync if current else IDLE
    if fresh.missing:
        return SyncState(last_at=before.last_at)
    request = Run(
        id=f"run_{fresh.consent_id}", trigger=Trigger.CONNECT, started_at=fresh.at, resources=()
    )
    return SyncState(
        due_at=fresh.at + _FIRST_SYNC_SECONDS,
        request=request,
        resources=before.resources,
        last_at=before.last_at,
    )


def writes(
    integration: Integration,
    current: Integration | None,
    fresh: FreshGrant,
    opening: Opening,
    origin: Origin,
) -> list[Write]:
    """Give everything that must be stored together or not at all."""
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
                refresh_due_at=integration.tokens_kept_until or fresh.due_at,
            )
        ),
        keys.replace(keys.integration_salt(organization_id, integration.id), salt),
        consents.append(_consent(integration, current, fresh, opening, origin)),
        accounts.hold(holder(integration, exclusive=fresh.exclusive)),
        accounts.require_open(integration.account_hash, int(opening.begun_at * 1000)),
        event(CONNECTED, integration, fresh.at),
        _subscribe(integration, fresh),
        *_sync(integration, fresh),
    ]


def _sync(integration: Integration, fresh: FreshGrant) -> list[Write]:
    """Have a new grant synced; the schedule finds it too, should the message get lost."""
    if integration.sync.due_at is None:
        return []
    job = SyncJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    return [outbox.enqueue(f"sync#{fresh.consent_id}", job.to_item(), fresh.at)]


def _subscribe(integration: Integration, fresh: FreshGrant) -> Write:
    """Have the webhook subscriptions of a new grant made."""
    job = SubscribeJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    return outbox.enqueue(f"subscribe#{fresh.consent_id}", job.to_item(), fresh.at)


def holder(integration: Integration, *, exclusive: bool) -> accounts.Holder:
    return accounts.Holder(
        account_hash=integration.account_hash,
        organization_id=integration.organization_id,
        integration_id=integration.id,
        exclusive=exclusive,
    )


def _consent(
    integration: Integration,
    current: Integration | None,
    fresh: FreshGrant,
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


def _notice(provider: Provider, scopes: tuple[str, ...]) -> str:
    """Hash the words that were shown for the scopes asked for."""
    shown = [[scope.id, scope.explanation] for scope in provider.scopes if scope.id in scopes]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()
