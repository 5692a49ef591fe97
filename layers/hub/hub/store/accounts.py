"""The index of external accounts: which live integrations, of all organizations, hold one.

Keyed by a keyed hash of provider and account, so that the table names nobody. Only callback,
disconnect and workers may read it.

A revocation that ends all grants of an account closes it meanwhile: a grant that was given before
the revocation ended may be dead, and nothing at the provider would tell. Times are milliseconds.
"""

from collections.abc import Sequence
from typing import Final

from hub.store.database import ConditionCheck, Database, Delete, Item, Key, Put
from hub.values import NOTHING, Value

_CLOSING: Final = "#closing"
_ONLY: Final = "#only"


class Holder(Value):
    """A live integration that holds an external account. `exclusive`: no other may besides it."""

    account_hash: str
    organization_id: str
    integration_id: str
    exclusive: bool

    @property
    def key(self) -> Key:
        own = f"{self.integration_id}#{self.organization_id}"
        return {"accountHash": self.account_hash, "holder": _ONLY if self.exclusive else own}

    def is_in(self, item: Item) -> bool:
        whose = (item.get("organizationId"), item.get("integrationId"))
        return whose == (self.organization_id, self.integration_id)


_OURS: Final = (
    "attribute_not_exists(accountHash) OR "
    "(organizationId = :organization AND integrationId = :integration)"
)


def hold(holder: Holder) -> Put:
    """Hold the account. Where one alone may, this fails while another does."""
    return Put(
        table="external_accounts",
        item={
            **holder.key,
            "organizationId": holder.organization_id,
            "integrationId": holder.integration_id,
        },
        condition=_OURS if holder.exclusive else "",
        values=_ours(holder) if holder.exclusive else NOTHING,
    )


def release(holder: Holder) -> Delete:
    return Delete(
        table="external_accounts",
        key=holder.key,
        condition=_OURS if holder.exclusive else "",
        values=_ours(holder) if holder.exclusive else NOTHING,
    )


def _ours(holder: Holder) -> Item:
    return {":organization": holder.organization_id, ":integration": holder.integration_id}


def is_held_by_another(holder: Holder, found: Sequence[Item | None]) -> bool:
    """Tell from what a failed transaction found whether somebody else holds the account alone."""
    only = (item for item in found if item and item.get("holder") == _ONLY)
    return any(not holder.is_in(item) for item in only)


def is_held(database: Database, account_hash: str, *, besides: Holder | None = None) -> bool:
    """Tell whether a live integration of any organization holds the account."""
    read = database.query(
        "external_accounts", "accountHash = :account", {":account": account_hash}, limit=3
    )
    held = (item for item in read.items if item["holder"] != _CLOSING)
    return any(besides is None or not besides.is_in(item) for item in held)


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
