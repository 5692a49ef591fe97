"""How providers are doing, seen by all functions together: what their token endpoints answered in
the last minutes, and a breaker that stands while one is not to be asked.

Counters are of five minutes each. A breaker is a row: whoever would refresh while it stands may
only probe, one at a time, and whose probe succeeds removes it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from hub.store.database import Contested, Database, Delete, Item, Key, Put, Update
from hub.values import Value

WINDOW_SECONDS: Final = 300
PROBE_SECONDS: Final = 30
_KEPT_SECONDS: Final = 3600
_BREAKER: Final = "breaker"


class Answered(StrEnum):
    """What a token endpoint's answer to a refresh came to."""

    OK = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"


class Cause(StrEnum):
    """Why a breaker stands."""

    FAILING = "failing"
    REFUSING = "refusing"  # so many grants at once that it is the provider's fault (RF-13)
    MISCONFIGURED = "misconfigured"


class Health(Value):
    counts: Mapping[Answered, int]
    breaker: Cause | None

    def share(self, answered: Answered) -> float:
        total = sum(self.counts.values())
        return self.counts[answered] / total if total else 0.0


def places(provider_id: str, now: float) -> list[tuple[str, Key]]:
    """Give what to read: two windows, so that the beginning of one forgets nothing."""
    window = int(now // WINDOW_SECONDS)
    names = (_window(window), _window(window - 1), _BREAKER)
    return [("provider_health", {"providerId": provider_id, "part": name}) for name in names]


def from_items(items: list[Item | None]) -> Health:
    *windows, breaker = items
    counts = {kind: sum((each or {}).get(kind, 0) for each in windows) for kind in Answered}
    return Health(counts=counts, breaker=Cause(breaker["cause"]) if breaker else None)


def stopped(database: Database, provider_ids: Iterable[str]) -> set[str]:
    """Give the providers whose breaker stands."""
    ids = list(provider_ids)
    places = [("provider_health", {"providerId": each, "part": _BREAKER}) for each in ids]
    found = database.get_many(places)
    return {each for each, breaker in zip(ids, found, strict=True) if breaker}


def count(database: Database, provider_id: str, answered: Answered, now: float) -> None:
    window = int(now // WINDOW_SECONDS)
    database.update(
        Update(
            table="provider_health",
            key={"providerId": provider_id, "part": _window(window)},
            expression=f"ADD {answered} :one SET expiresAt = :expires",
            values={":one": 1, ":expires": int(now) + _KEPT_SECONDS},
        )
    )


def open_breaker(database: Database, provider_id: str, cause: Cause, now: float) -> bool:
    """Put up a breaker; tell whether it is a new one."""
    try:
        database.put(
            Put(
                table="provider_health",
                item={
                    "providerId": provider_id,
                    "part": _BREAKER,
                    "cause": cause,
                    "openedAt": int(now),
                    "probeAt": int(now) + PROBE_SECONDS,
                },
                condition="attribute_not_exists(providerId)",
            )
        )
    except Contested:
        return False
    return True


def claim_probe(database: Database, provider_id: str, now: float) -> bool:
    """Tell whether this caller may ask a provider whose breaker stands: one in half a minute."""
    try:
        database.update(
            Update(
                table="provider_health",
                key={"providerId": provider_id, "part": _BREAKER},
                expression="SET probeAt = :next",
                condition="attribute_exists(providerId) AND probeAt <= :now",
                values={":next": int(now) + PROBE_SECONDS, ":now": int(now)},
            )
        )
    except Contested:
        return False
    return True


def close_breaker(database: Database, provider_id: str) -> None:
    database.take(
        Delete(table="provider_health", key={"providerId": provider_id, "part": _BREAKER})
    )


def _window(number: int) -> str:
    return f"window#{number}"
