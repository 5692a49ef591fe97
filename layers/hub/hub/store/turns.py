"""Whose turn it is to see to an integration's subscriptions, in the `webhooks` table, and when all
of them are looked over again: what an account reaches changes without anybody telling.

    <organization>#<integration>  | turn

Jobs come twice, and several may be about one integration. Two that make subscriptions at once would
each take the other's for leftovers. Times are seconds.
"""

from typing import Any, Final

from hub.store.database import Contested, Database, Delete, Update
from hub.store.subscriptions import TABLE, Target, in_index, owner

_TURN: Final = "turn"


def take(database: Database, target: Target, by: str, now: float, until: float) -> bool:
    """Take the turn, `until` then at most; tell whether nobody else had it."""
    try:
        database.update(
            Update(
                table=TABLE,
                key=_key(target),
                expression="SET takenBy = :by, takenUntil = :until",
                condition="attribute_not_exists(takenUntil) OR takenUntil <= :now",
                values={":by": by, ":until": int(until), ":now": int(now)},
            )
        )
    except Contested:
        return False
    return True


def give_back(
    database: Database, target: Target, provider_id: str, by: str, again_at: int | None
) -> None:
    """End the turn, and have everything looked over `again_at`; None: not by the schedule. Raises
    Contested if it was over before.
    """
    sets: dict[str, Any] = {"takenUntil": 0}
    if again_at is not None:
        sets |= {
            "organizationId": target.organization_id,
            "integrationId": target.integration_id,
            "providerId": provider_id,
            **in_index(target.integration_id, again_at),
        }
    database.update(
        Update(
            table=TABLE,
            key=_key(target),
            expression="SET " + ", ".join(f"{name} = :{name}" for name in sets),
            condition="takenBy = :by",
            values={":by": by, **{f":{name}": value for name, value in sets.items()}},
        )
    )


def forget(database: Database, target: Target) -> None:
    """Have nothing looked over any more."""
    database.take(Delete(table=TABLE, key=_key(target)))


def _key(target: Target) -> dict[str, str]:
    return {"whose": owner(target.organization_id, target.integration_id), "part": _TURN}
