"""The `credentials` table: sealed tokens, and those on their way to revocation.

Only bytes that were sealed get here. Tokens to be revoked are sealed anew for that purpose
alone, under a salt of their own: nothing that reads credentials can open them.
"""

from collections.abc import Iterator
from typing import Any, Final

from hub.models import Integration
from hub.store.database import Database, Delete, Item, Key, Put, Update
from hub.store.due import Index
from hub.values import Value

REVOCATION_RETENTION: Final = 30 * 86_400
DUE: Final = Index(
    table="credentials",
    name="refreshes",
    shard="refreshShard",
    time="refreshDueAt",
    prefix="refresh",
    shards=8,
)
TOKENS: Final = "tokens"
REVOCATION: Final = "revocation"
_SAME_DUE: Final = "refreshDueAt = :seen"


class SealedCredentials(Value):
    """The sealed tokens of one grant, and who is refreshing them. Times of leases and attempts are
    milliseconds.

    `revision` counts what was stored since the grant, `fence` the leases taken. `attempts` and
    `attempt_at` are the journal: attempts whose outcome nobody has written down yet, and when the
    first of them began. `last_attempt` is the one that stored what is here.
    """

    organization_id: str
    integration_id: str
    provider_id: str
    generation: int
    sealed: bytes
    revision: int = 0
    fence: int = 0
    lease_until: int = 0
    attempts: int = 0
    attempt_at: int = 0
    last_attempt: str | None = None
    failures: int = 0
    refresh_due_at: int | None = None


class Revocation(Value):
    """Tokens that are to be revoked at the provider. `account_hash` None: account unknown."""

    organization_id: str
    id: str
    provider_id: str
    integration_id: str
    generation: int
    account_hash: str | None
    consent_id: str | None
    sealed: bytes
    expires_at: int


def place(organization_id: str, credentials_id: str) -> tuple[str, Key]:
    return "credentials", {"organizationId": organization_id, "credentialsId": credentials_id}


def write(credentials: SealedCredentials) -> Put:
    """Store the credentials; older generations never overwrite newer ones."""
    return Put(
        table="credentials",
        item={
            **place(credentials.organization_id, credentials.integration_id)[1],
            "providerId": credentials.provider_id,
            "generation": credentials.generation,
            "sealed": credentials.sealed,
            **_due(credentials.integration_id, credentials.refresh_due_at),
        },
        condition="attribute_not_exists(organizationId) OR generation < :generation",
        values={":generation": credentials.generation},
    )


def destroy(organization_id: str, credentials_id: str) -> Delete:
    return Delete(table="credentials", key=place(organization_id, credentials_id)[1])


def renew_revocation(revocation: Revocation, sealed: bytes) -> Update:
    """Keep the tokens that took the place of those to be revoked, unless it is done by now."""
    return Update(
        table="credentials",
        key=place(revocation.organization_id, revocation.id)[1],
        expression="SET sealed = :sealed",
        condition="attribute_exists(organizationId)",
        values={":sealed": sealed},
    )


def finish_revocation(revocation: Revocation) -> Delete:
    """Remove it; fails if it is gone, so that only one of several deliveries records the end."""
    return Delete(
        table="credentials",
        key=place(revocation.organization_id, revocation.id)[1],
        condition="attribute_exists(organizationId)",
    )


def from_item(item: Item) -> SealedCredentials:
    return SealedCredentials(
        organization_id=item["organizationId"],
        integration_id=item["credentialsId"],
        provider_id=item["providerId"],
        generation=item["generation"],
        sealed=item["sealed"],
        revision=item.get("revision", 0),
        fence=item.get("fence", 0),
        lease_until=item.get("leaseUntil", 0),
        attempts=item.get("attempts", 0),
        attempt_at=item.get("attemptAt", 0),
        last_attempt=item.get("lastAttempt"),
        failures=item.get("failures", 0),
        refresh_due_at=item.get("refreshDueAt"),
    )


def write_revocation(revocation: Revocation) -> Put:
    return Put(
        table="credentials",
        item={
            **place(revocation.organization_id, revocation.id)[1],
            "providerId": revocation.provider_id,
            "integrationId": revocation.integration_id,
            "generation": revocation.generation,
            "accountHash": revocation.account_hash,
            "consentId": revocation.consent_id,
            "sealed": revocation.sealed,
            "expiresAt": revocation.expires_at,
        },
        condition="attribute_not_exists(organizationId)",
    )


def revocation_from_item(item: Item) -> Revocation:
    return Revocation(
        organization_id=item["organizationId"],
        id=item["credentialsId"],
        provider_id=item["providerId"],
        integration_id=item["integrationId"],
        generation=item["generation"],
        account_hash=item.get("accountHash"),
        consent_id=item.get("consentId"),
        sealed=item["sealed"],
        expires_at=item["expiresAt"],
    )


def get_revocation(
    database: Database, organization_id: str, revocation_id: str, *others: tuple[str, Key]
) -> tuple[Revocation | None, list[Item | None]]:
    """Read a revocation and, in the same request, what is needed to open it."""
    item, *rest = database.get_many([place(organization_id, revocation_id), *others])
    return (revocation_from_item(item) if item else None), rest


def due_attributes(integration_id: str, due_at: int) -> dict[str, Any]:
    """Put an item into the index of what wants refreshing."""
    return DUE.attributes(integration_id, due_at)


def keep_until(held: SealedCredentials, until: int) -> Update:
    """Have the schedule find what is no longer in use, for its end; fails if it has changed since
    it was read.
    """
    due = due_attributes(held.integration_id, until)
    return Update(
        table="credentials",
        key=place(held.organization_id, held.integration_id)[1],
        expression="SET refreshShard = :shard, refreshDueAt = :due",
        condition=_unchanged(held),
        values={
            **_as_read(held),
            ":shard": due["refreshShard"],
            ":due": due["refreshDueAt"],
        },
    )


def retire(integration: Integration, until: int) -> Update:
    """As `keep_until`, for whoever may not read what is sealed: of the grant that is in use."""
    due = due_attributes(integration.id, until)
    return Update(
        table="credentials",
        key=place(integration.organization_id, integration.id)[1],
        expression="SET refreshShard = :shard, refreshDueAt = :due",
        condition="generation = :generation",
        values={
            ":generation": integration.generation,
            ":shard": due["refreshShard"],
            ":due": due["refreshDueAt"],
        },
    )


def destroy_unused(held: SealedCredentials) -> Delete:
    """Destroy what is no longer in use; fails if it has changed since it was read."""
    return Delete(
        table="credentials",
        key=place(held.organization_id, held.integration_id)[1],
        condition=_unchanged(held),
        values=_as_read(held),
    )


def _unchanged(held: SealedCredentials) -> str:
    """Whatever stores tokens or takes a lease changes when they are due."""
    seen = "attribute_not_exists(refreshDueAt)" if held.refresh_due_at is None else _SAME_DUE
    return f"generation = :generation AND {seen}"


def _as_read(held: SealedCredentials) -> dict[str, Any]:
    seen = {} if held.refresh_due_at is None else {":seen": held.refresh_due_at}
    return {":generation": held.generation, **seen}


def _due(integration_id: str, due_at: int | None) -> dict[str, Any]:
    return {} if due_at is None else due_attributes(integration_id, due_at)


class Due(Value):
    """An integration whose credentials want refreshing."""

    organization_id: str
    integration_id: str
    provider_id: str
    due_at: int


def due(database: Database, until: int) -> Iterator[Due]:
    """Give what is due until then."""
    return map(_due_from_item, DUE.due(database, until))


def _due_from_item(item: Item) -> Due:
    return Due(
        organization_id=item["organizationId"],
        integration_id=item["credentialsId"],
        provider_id=item["providerId"],
        due_at=item["refreshDueAt"],
    )
