"""What becomes of a refresh, as writes that belong together. Pure: others commit them."""

from collections.abc import Callable
from copy import replace
from typing import Final

from hub import endings, revocations
from hub.errors import ClientRefused, HubError
from hub.jobs import StoreJob
from hub.models import DEAD_RETENTION, Integration, Problem, Status, Tokens
from hub.providers._provider import Provider
from hub.providers._values import TokenAnswer
from hub.revocations import Ended
from hub.sealing import DataKey
from hub.store import credentials, integrations, leases
from hub.store.database import Update, Write
from hub.store.leases import Lease
from hub.values import Value
from hub.vault import Found

INSUFFICIENT_SCOPE: Final = "insufficient_scope"
_UNAVAILABLE: Final = "provider_unavailable"

type StoreTokens = Callable[[Lease, bytes, int | None], Update]


class Renewed(Value):
    """New tokens on their way into the tables, sealed. `scopes`: what they still allow, where the
    provider said that it is less than before.
    """

    tokens: Tokens
    sealed: bytes
    scopes: tuple[str, ...] | None
    at: int
    due_at: int | None

    @property
    def expires_at(self) -> int | None:
        return self.tokens.expires_at


def narrowed(integration: Integration, answer: TokenAnswer, name: str) -> tuple[str, ...] | None:
    """Tell what is left of the scopes where a refresh gave fewer (OA-18). Only the main token's
    are on record.
    """
    if name or answer.scopes is None or set(integration.scopes_granted) <= answer.scopes:
        return None
    return tuple(scope for scope in integration.scopes_granted if scope in answer.scopes)


def refreshed(
    integration: Integration, provider: Provider, renewed: Renewed | StoreJob
) -> Integration:
    """Give the integration as it is with new tokens, in hand or parked. If they no longer allow
    what Targetym needs, it must be connected anew, as if it had been connected with so little.
    """
    scopes = integration.scopes_granted if renewed.scopes is None else renewed.scopes
    lacking = renewed.scopes is not None and not set(provider.required_scopes) <= set(scopes)
    return replace(
        integration,
        status=Status.REAUTH_REQUIRED if lacking else Status.ACTIVE,
        problem=Problem(category=INSUFFICIENT_SCOPE, since=renewed.at) if lacking else None,
        scopes_granted=scopes,
        token_expires_at=renewed.expires_at,
        verified_at=renewed.at,
        refreshed_at=renewed.at,
        refresh_problem=None,
    )


def success(
    integration: Integration,
    provider: Provider,
    lease: Lease,
    renewed: Renewed,
    store: StoreTokens,
) -> list[Write]:
    return stored(integration, provider, renewed, store(lease, renewed.sealed, renewed.due_at))


def stored(
    integration: Integration, provider: Provider, renewed: Renewed | StoreJob, store: Update
) -> list[Write]:
    """Give what is written together with new tokens."""
    after = refreshed(integration, provider, renewed)
    return [
        store,
        integrations.renewed(after),
        *(endings.told(integration, INSUFFICIENT_SCOPE, renewed.at) if after.problem else ()),
    ]


def failure(
    integration: Integration,
    lease: Lease,
    error: HubError,
    due_at: int,
    now: int,
    *,
    settled: bool,
) -> list[Write]:
    """People see that the provider does not answer; what is our configuration's fault is for us
    to mend, and none of their business (RF-11).
    """
    writes: list[Write] = [leases.give_back(lease, due_at, settled=settled)]
    if not isinstance(error, ClientRefused):
        problem = Problem(category=_UNAVAILABLE, since=now)
        writes.append(integrations.note_refresh_problem(integration, problem))
    return writes


def ended(found: Found, cause: str, now: int, lease: Lease | None = None) -> list[Write]:
    """Only a person's new consent helps: said once, since it is written only while active."""
    return [*out_of_use(found, cause, now, lease), *endings.told(found.integration, cause, now)]


def out_of_use(found: Found, cause: str, now: int, lease: Lease | None = None) -> list[Write]:
    """Take an integration out of use, and let its tokens be kept for a while only. `lease`: of
    whoever has learned by asking that they are dead.
    """
    until = now + DEAD_RETENTION
    writes: list[Write] = [
        integrations.require_consent(found.integration, Problem(category=cause, since=now))
    ]
    if lease is not None:
        writes.append(leases.give_up(lease, until))
    elif found.sealed is not None:
        writes.append(credentials.keep_until(found.sealed, until))
    return writes


def late_revocation(
    integration: Integration, key: DataKey, tokens: Tokens, now: int
) -> list[Write]:
    """Hand over tokens that came for a grant which is no longer the one that counts."""
    return revocations.queue(
        Ended(
            organization_id=integration.organization_id,
            provider_id=integration.provider_id,
            integration_id=integration.id,
            generation=integration.generation,
            account_hash=integration.account_hash,
            tokens=tokens,
        ),
        key,
        now,
    )


def parked(integration: Integration, lease: Lease, renewed: Renewed) -> StoreJob:
    """Give the message that carries what could not be stored."""
    return StoreJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
        attempt_id=lease.attempt_id,
        generation=lease.generation,
        revision=lease.revision,
        fence=lease.fence,
        sealed=renewed.sealed,
        scopes=renewed.scopes,
        at=renewed.at,
        expires_at=renewed.expires_at,
        due_at=renewed.due_at,
    )
