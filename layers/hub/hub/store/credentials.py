"""The `credentials` table: sealed tokens, and those on their way to revocation.

Only bytes that were sealed get here. Tokens to be revoked are sealed anew for that purpose
alone, under a salt of their own: nothing that reads credentials can open them.
"""

from typing import Final

from hub.store.database import Database, Delete, Item, Key, Put, Update
from hub.values import Value

REVOCATION_RETENTION: Final = 30 * 86_400
TOKENS: Final = "tokens"
REVOCATION: Final = "revocation"


class SealedCredentials(Value):
    organization_id: str
    integration_id: str
    provider_id: str
    generation: int
    sealed: bytes


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
