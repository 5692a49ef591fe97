"""The index of external accounts: which live integrations, of all organizations, hold one.

Keyed by a keyed hash of provider and account, so that the table names nobody. Only callback,
disconnect and workers may read it.
"""

from hub.store.database import Database, Delete, Put


def hold(account_hash: str, organization_id: str, integration_id: str) -> Put:
    return Put(
        table="external_accounts",
        item={
            "accountHash": account_hash,
            "holder": _holder(organization_id, integration_id),
            "organizationId": organization_id,
            "integrationId": integration_id,
        },
    )


def release(account_hash: str, organization_id: str, integration_id: str) -> Delete:
    return Delete(
        table="external_accounts",
        key={"accountHash": account_hash, "holder": _holder(organization_id, integration_id)},
    )


def is_held(
    database: Database, account_hash: str, *, besides: tuple[str, str] | None = None
) -> bool:
    """Tell whether a live integration of any organization holds the account."""
    read = database.query(
        "external_accounts", "accountHash = :account", {":account": account_hash}, limit=2
    )
    ignored = _holder(*besides) if besides else None
    return any(item["holder"] != ignored for item in read.items)


def _holder(organization_id: str, integration_id: str) -> str:
    return f"{integration_id}#{organization_id}"
