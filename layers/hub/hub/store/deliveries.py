"""What was delivered to one integration, in the `webhooks` table: marks by which a repetition is
known, a log for people, and what has changed since the last sync.

    <organization>#<integration>  | seen#<dedup>                    for 30 days
    <organization>#<integration>  | delivery#<time, newest first>#<dedup>   for 7 days
    <organization>#<integration>  | changes

A mark outlives every provider's redelivery (three days at most) and a redrive of our own queue.
`changes` is where a sync finds what it is wanted for: per resource when it became due (seconds),
and the newest change told, by the provider's own clock (milliseconds), which never goes back.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from hub.store.database import Contested, Database, Item, Key, Put, Update
from hub.store.subscriptions import TABLE, Target, owner
from hub.values import Value

MARK_SECONDS: Final = 30 * 86_400
LOG_SECONDS: Final = 7 * 86_400
EVERYTHING: Final = "everything"
"""In place of a resource: all of them, in full."""

_LATEST: Final = 10**13  # beyond any time in milliseconds
_DUE: Final = "due_"
_CHANGED: Final = "changed_"


class Delivery(Value):
    """A line of the log: never the body. `at` is milliseconds."""

    at: int
    event_type: str
    resource: str | None
    verdict: str
    outcome: str
    dedup: str


class Changes(Value):
    """What has changed, by resource. `revision` counts the writes."""

    due: Mapping[str, int]
    changed: Mapping[str, int]
    revision: int


def mark_place(target: Target, dedup: str) -> tuple[str, Key]:
    return TABLE, _key(target, f"seen#{dedup}")


def changes_place(target: Target) -> tuple[str, Key]:
    return TABLE, _key(target, "changes")


def is_marked(mark: Item | None, now: float) -> bool:
    return mark is not None and mark["expiresAt"] > now


def mark(target: Target, dedup: str, now: int) -> Put:
    """Note that this was applied; fails if it was before."""
    return Put(
        table=TABLE,
        item={**_key(target, f"seen#{dedup}"), "expiresAt": now + MARK_SECONDS},
        condition="attribute_not_exists(part) OR expiresAt <= :now",
        values={":now": now},
    )


def log(target: Target, delivery: Delivery) -> Put:
    return Put(
        table=TABLE,
        item={
            **_key(target, f"delivery#{_LATEST - delivery.at:013d}#{delivery.dedup}"),
            "deliveredAt": delivery.at,
            "eventType": delivery.event_type,
            "resource": delivery.resource,
            "verdict": delivery.verdict,
            "outcome": delivery.outcome,
            "dedup": delivery.dedup,
            "expiresAt": delivery.at // 1000 + LOG_SECONDS,
        },
    )


def latest(database: Database, target: Target, limit: int, now: float) -> list[Delivery]:
    """Give the last deliveries, newest first."""
    read = database.query(
        TABLE,
        "whose = :whose AND begins_with(part, :delivery)",
        {":whose": owner(target.organization_id, target.integration_id), ":delivery": "delivery#"},
        limit=limit,
    )
    return [_delivery(item) for item in read.items if item["expiresAt"] > now]


def changes_from_item(item: Item | None) -> Changes:
    found = item or {}
    return Changes(
        due={n.removeprefix(_DUE): v for n, v in found.items() if n.startswith(_DUE)},
        changed={n.removeprefix(_CHANGED): v for n, v in found.items() if n.startswith(_CHANGED)},
        revision=found.get("revision", 0),
    )


def note_changes(
    target: Target, seen: Changes, due: Mapping[str, int], changed: Mapping[str, int]
) -> Update:
    """Note what has changed; fails if somebody else did since it was read."""
    values = {f":{_DUE}{name}": at for name, at in due.items()}
    values |= {f":{_CHANGED}{name}": at for name, at in changed.items()}
    sets = [f"{name.removeprefix(':')} = {name}" for name in values]
    return Update(
        table=TABLE,
        key=_key(target, "changes"),
        expression="SET " + ", ".join([*sets, "revision = :next"]),
        condition="revision = :seen" if seen.revision else "attribute_not_exists(revision)",
        values={
            **values,
            ":next": seen.revision + 1,
            **({":seen": seen.revision} if seen.revision else {}),
        },
    )


def note_missed(database: Database, target: Target, resource: str | None, now: int) -> None:
    """Have a resource synced of which something may not have been told."""
    name = resource or EVERYTHING
    while True:
        seen = changes_from_item(database.get(*changes_place(target)))
        with suppress(Contested):
            database.update(note_changes(target, seen, {name: seen.due.get(name, now)}, {}))
            return


def settle_changes(
    database: Database, target: Target, seen: Changes, settled: Iterable[str]
) -> bool:
    """Note that a sync has read what was told until then; tell whether nothing was told since."""
    names = sorted(f"{_DUE}{name}" for name in settled)
    try:
        database.write(
            Update(
                table=TABLE,
                key=_key(target, "changes"),
                expression=f"SET revision = :next REMOVE {', '.join(names)}",
                condition="revision = :seen",
                values={":seen": seen.revision, ":next": seen.revision + 1},
            )
        )
    except Contested:
        return False
    return True


def _key(target: Target, part: str) -> dict[str, str]:
    return {"whose": owner(target.organization_id, target.integration_id), "part": part}


def _delivery(item: Item) -> Delivery:
    return Delivery(
        at=item["deliveredAt"],
        event_type=item["eventType"],
        resource=item.get("resource"),
        verdict=item["verdict"],
        outcome=item["outcome"],
        dedup=item["dedup"],
    )
