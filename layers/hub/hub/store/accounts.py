"""The index of external accounts: which live integrations, of all organizations, hold one.

Keyed by a keyed hash of provider and account, so that the table names nobody. Only callback,
disconnect and workers may read it.

A revocation that ends all grants of an account closes it meanwhile: a grant that was given before
the revocation ended may be dead, and nothing at the provider would tell. Times are milliseconds.
"""

from typing import Final

from hub.store.database import ConditionCheck, Database, Delete, Key, Put

_CLOSING: Final = "#closing"


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
        "external_accounts", "accountHash = :account", {":account": account_hash}, limit=3
    )
    ignored = {_CLOSING, _holder(*besides) if besides else None}
    return any(item["holder"] not in ignored for item in read.items)


def close(account_hash: str, by: str, now: int, until: int) -> Put:
    """Keep grants that were begun before `until` from being stored. One may close at a time."""
    return Put(
        table="external_accounts",
        item={**_closing(account_hash), "closedBy": by, "closedUntil": until},
        condition="attribute_not_exists(accountHash) OR closedUntil <= :now OR closedBy = :by",
        values={":now": now, ":by": by},
    )


def end_closing(account_hash: str, by: str, now: int) -> Put:
    """Let grants that are begun from now on be stored."""
    return Put(
        table="external_accounts",
        item={**_closing(account_hash), "closedBy": by, "closedUntil": now},
        condition="closedBy = :by",
        values={":by": by},
    )


def require_open(account_hash: str, since: int) -> ConditionCheck:
    """Let a transaction through only if the account has not been closed since. The closing stays:
    a grant from before it may come after one from after it.
    """
    return ConditionCheck(
        table="external_accounts",
        key=_closing(account_hash),
        condition="attribute_not_exists(accountHash) OR closedUntil <= :since",
        values={":since": since},
    )


def _closing(account_hash: str) -> Key:
    return {"accountHash": account_hash, "holder": _CLOSING}


def _holder(organization_id: str, integration_id: str) -> str:
    return f"{integration_id}#{organization_id}"
