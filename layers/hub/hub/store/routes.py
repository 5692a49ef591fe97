"""Routes in the `webhooks` table: which integrations hear of an account, and of which accounts one
hears.

    <organization>#<integration>    | route#<account>
    route#<account>                 | <organization>#<integration>

An account is a keyed hash (`hub.envelopes`); an integration's own row may hold it sealed, too, for
a test notification to name it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hub.store.database import Database, Delete, Item, Key, Put, Write
from hub.store.subscriptions import TABLE, Target, owner
from hub.values import NOTHING

_ID_LENGTH: Final = 30  # of an integration's id


def add(
    target: Target, provider_id: str, accounts: Iterable[str], sealed: Mapping[str, bytes] = NOTHING
) -> list[Write]:
    """Let what is heard of these accounts reach an integration; `sealed`: those that a test
    notification may name, by their hash.
    """
    whose = owner(target.organization_id, target.integration_id)
    writes: list[Write] = []
    for account in accounts:
        route, pointer = (
            {"whose": first, "part": second, "providerId": provider_id}
            for first, second in _both_ways(whose, account)
        )
        writes.append(Put(table=TABLE, item=route))
        writes.append(Put(table=TABLE, item={**pointer, "sealedAccount": sealed.get(account)}))
    return writes


def remove(target: Target, accounts: Iterable[str]) -> list[Write]:
    whose = owner(target.organization_id, target.integration_id)
    return [
        Delete(table=TABLE, key={"whose": first, "part": second})
        for account in accounts
        for first, second in _both_ways(whose, account)
    ]


def of_integration(database: Database, target: Target) -> dict[str, bytes | None]:
    """Give the accounts that an integration hears of, with their sealed form where there is one."""
    whose = owner(target.organization_id, target.integration_id)
    found = _pages(database, whose, "route#")
    return {item["part"].removeprefix("route#"): item.get("sealedAccount") for item in found}


def targets(database: Database, account: str) -> list[Target]:
    """Give the integrations, of all organizations, that hear of an account."""
    return [_target(item["part"]) for item in _pages(database, f"route#{account}", "")]


def is_routed(database: Database, target: Target, account: str) -> bool:
    """Tell whether an integration hears of an account."""
    whose = owner(target.organization_id, target.integration_id)
    return database.get(TABLE, {"whose": f"route#{account}", "part": whose}) is not None


def _both_ways(whose: str, account: str) -> list[tuple[str, str]]:
    return [(f"route#{account}", whose), (whose, f"route#{account}")]


def _target(whose: str) -> Target:
    return Target(organization_id=whose[: -_ID_LENGTH - 1], integration_id=whose[-_ID_LENGTH:])


def _pages(database: Database, whose: str, begins: str) -> Iterator[Item]:
    after: Key | None = None
    while True:
        read = database.query(
            TABLE,
            "whose = :whose" + (" AND begins_with(part, :begins)" if begins else ""),
            {":whose": whose, **({":begins": begins} if begins else {})},
            after=after,
        )
        yield from read.items
        after = read.last
        if after is None:
            break
