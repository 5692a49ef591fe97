"""What providers let us ask, where integrations share it, in the `provider_health` table.

    sync#<provider>[#<account>]  | limit            nobody asks before `until`
    sync#<provider>              | calls#<window>   calls that workers have reserved
    sync#<provider>              | failures#<time>  runs in a row to which it gave no answer

Times are seconds.
"""

from collections.abc import Iterable
from typing import Final

from hub.store.database import Contested, Database, Item, Key, Update
from hub.values import Value

TABLE: Final = "provider_health"
_KEPT_SECONDS: Final = 7200
_FAILURE_SECONDS: Final = 60
_LIMIT: Final = "limit"


def place(shared_by: str) -> tuple[str, Key]:
    return TABLE, _key(shared_by, _LIMIT)


def until(items: Iterable[Item | None]) -> int:
    """Give when the last of the limits ends; 0 if there is none."""
    return max((item["heldUntil"] for item in items if item), default=0)


def hold(database: Database, shared_by: str, ends: int) -> None:
    """Let nobody ask before then."""
    database.write(
        Update(
            table=TABLE,
            key=_key(shared_by, _LIMIT),
            expression="SET heldUntil = :until, expiresAt = :expires",
            values={":until": ends, ":expires": ends + _KEPT_SECONDS},
        )
    )


class Window(Value):
    """A stretch of `seconds`, by its number since 1970, in which so many `calls` may be made."""

    number: int
    seconds: int
    calls: int


def reserve(database: Database, shared_by: str, window: Window, calls: int) -> bool:
    """Reserve calls of a window; tell whether there were so many left."""
    try:
        database.write(
            Update(
                table=TABLE,
                key=_key(shared_by, f"calls#{window.number}"),
                expression="ADD reserved :calls SET expiresAt = :expires",
                condition="attribute_not_exists(reserved) OR reserved <= :left",
                values={
                    ":calls": calls,
                    ":left": window.calls - calls,
                    ":expires": (window.number + 1) * window.seconds + _KEPT_SECONDS,
                },
            )
        )
    except Contested:
        return False
    return True


def count_failure(database: Database, shared_by: str, now: int) -> int:
    """Count that no answer came, and give how often that was within the present minute."""
    item = database.update(
        Update(
            table=TABLE,
            key=_key(shared_by, f"failures#{now // _FAILURE_SECONDS}"),
            expression="ADD failures :one SET expiresAt = :expires",
            values={":one": 1, ":expires": now + _KEPT_SECONDS},
        )
    )
    counted: int = item["failures"]
    return counted


def _key(shared_by: str, part: str) -> Key:
    return {"providerId": f"sync#{shared_by}", "part": part}
