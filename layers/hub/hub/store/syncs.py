"""When an integration is synced and by whom, in its own item: each step is one conditional write.

- The generation is in every condition, and a grant that ends or is renewed replaces the item: a
  run that is under way then can write nothing more.
- What is due is claimed before it is sent: due again when the claim ends, should it get lost.
- Taking the lease moves the due time to the lease's end, where the schedule finds what a process
  that died has left.

Leases are milliseconds, all other times seconds.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from hub.models import Integration, Run, Status, SyncState
from hub.store.database import ConditionCheck, Contested, Database, Item, Update
from hub.store.integrations import SYNC_DUE, place
from hub.store.sync_items import problem_item, resource_item, run_item
from hub.values import Value

_IN_USE = "generation = :generation AND integrationStatus = :active"
_MINE = f"{_IN_USE} AND syncBy = :by"


class Lease(Value):
    """Who is at a run, and until when at most (milliseconds)."""

    by: str
    until: int


class Due(Value):
    """An integration that wants syncing."""

    organization_id: str
    integration_id: str
    provider_id: str
    due_at: int


def due(database: Database, until: int) -> Iterator[Due]:
    """Give what is due until then."""
    return map(_due_from_item, SYNC_DUE.due(database, until))


def claim(database: Database, claimed: Due, until: int) -> bool:
    """Have it due again `until` then; tell whether nobody else did so before. The index may be
    behind: the item itself decides (AW-07).
    """
    try:
        database.write(
            Update(
                table="integrations",
                key=place(claimed.organization_id, claimed.integration_id)[1],
                expression="SET syncDueAt = :until",
                condition="syncDueAt = :seen",
                values={":until": until, ":seen": claimed.due_at},
            )
        )
    except Contested:
        return False
    return True


def take(database: Database, integration: Integration, run: Run, lease: Lease, now: int) -> bool:
    """Take the lease on an integration as it was read, for this run; tell whether nobody has it.
    The request that the run is for is no longer one. `now` is milliseconds.
    """
    asked = integration.sync.request
    answered = asked is not None and asked.id == run.id
    same = " AND syncRequest.id = :asked" if answered else ""
    update = Update(
        table="integrations",
        key=_key(integration),
        expression="SET syncRun = :run, syncBy = :by, syncUntil = :until, syncShard = :shard, "
        f"syncDueAt = :due{' REMOVE syncRequest' if answered else ''}",
        condition=f"{_IN_USE} AND (attribute_not_exists(syncUntil) OR syncUntil <= :now){same}",
        values={
            **_in_use(integration),
            ":run": run_item(run),
            ":by": lease.by,
            ":until": lease.until,
            ":now": now,
            **_due_values(integration, lease.until // 1000),
            **({":asked": run.id} if answered else {}),
        },
    )
    try:
        database.write(update)
    except Contested:
        item = database.get(*place(integration.organization_id, integration.id))
        return item is not None and item.get("syncBy") == lease.by  # stored, and not acknowledged
    return True


def require_mine(integration: Integration, by: str) -> ConditionCheck:
    """Part of every transaction of a run: who has lost the lease, or the grant, writes nothing."""
    return ConditionCheck(
        table="integrations",
        key=_key(integration),
        condition=_MINE,
        values={**_in_use(integration), ":by": by},
    )


def is_mine(database: Database, integration: Integration, by: str) -> bool:
    """Tell whether the lease is still this one, and the grant the one that was seen."""
    item = database.get(*place(integration.organization_id, integration.id))
    if item is None or item.get("syncBy") != by:
        return False
    same: bool = item["generation"] == integration.generation
    return same and item["integrationStatus"] == integration.status


def hand_over(integration: Integration, by: str, due_at: int) -> Update:
    """End the lease, not the run: whoever comes next goes on with it."""
    return Update(
        table="integrations",
        key=_key(integration),
        expression="SET syncShard = :shard, syncDueAt = :due REMOVE syncBy, syncUntil",
        condition=_MINE,
        values={**_in_use(integration), ":by": by, **_due_values(integration, due_at)},
    )


def finish(integration: Integration, by: str, after: SyncState) -> Update:
    """End lease and run: `after` is how syncing stands then. A request made meanwhile stays."""
    sets: dict[str, Any] = {
        "syncResources": {name: resource_item(each) for name, each in after.resources.items()},
        "lastSyncAt": after.last_at,
        "syncProblem": problem_item(after.problem),
    }
    return _finished(integration, by, sets, after.due_at)


def _finished(
    integration: Integration, by: str, sets: Mapping[str, Any], due_at: int | None
) -> Update:
    kept = {name: value for name, value in sets.items() if value is not None}
    gone = ["syncRun", "syncBy", "syncUntil", *(name for name in sets if name not in kept)]
    due: dict[str, Any] = {}
    written = [f"{name} = :{name}" for name in kept]
    if due_at is None:
        gone += ["syncShard", "syncDueAt"]
    else:
        due = _due_values(integration, due_at)
        written += ["syncShard = :shard", "syncDueAt = :due"]
    return Update(
        table="integrations",
        key=_key(integration),
        expression=f"SET {', '.join(written)} REMOVE {', '.join(gone)}",
        condition=_MINE,
        values={
            **_in_use(integration),
            ":by": by,
            **{f":{name}": value for name, value in kept.items()},
            **due,
        },
    )


def ask(integration: Integration, request: Run, now: int) -> Update:
    """Ask for a run; fails if one is asked for, or under way, or the grant has changed."""
    return Update(
        table="integrations",
        key=_key(integration),
        expression="SET syncRequest = :request, syncShard = :shard, syncDueAt = :due",
        condition=f"{_IN_USE} AND attribute_not_exists(syncRequest) AND "
        "(attribute_not_exists(syncUntil) OR syncUntil <= :now)",
        values={
            **_in_use(integration),
            ":request": run_item(request),
            ":now": now * 1000,
            **_due_values(integration, now),
        },
    )


def postpone(database: Database, integration: Integration, due_at: int) -> None:
    """Have nothing done before then: of what turned out not to be due, or may not be asked for
    now. Does nothing if anything has changed since it was read.
    """
    with suppress(Contested):
        database.write(
            Update(
                table="integrations",
                key=_key(integration),
                expression="SET syncShard = :shard, syncDueAt = :due",
                condition=f"{_IN_USE} AND syncDueAt = :seen AND attribute_not_exists(syncRequest)",
                values={
                    **_in_use(integration),
                    ":seen": integration.sync.due_at,
                    **_due_values(integration, due_at),
                },
            )
        )


def stop(database: Database, integration: Integration) -> None:
    """Have the schedule no longer find an integration that is not in use, or of which nothing is
    synced.
    """
    with suppress(Contested):  # it is in use again
        database.write(
            Update(
                table="integrations",
                key=_key(integration),
                expression="REMOVE syncShard, syncDueAt, syncRequest",
                condition="generation = :generation AND integrationStatus = :status",
                values={
                    ":generation": integration.generation,
                    ":status": integration.status,
                },
            )
        )


def set_settings(
    integration: Integration, settings: Mapping[str, Any], roles: tuple[str, ...], now: int
) -> Update:
    """Store what people have set, and have it looked at; fails if the grant has changed."""
    sets = {"syncSettings": settings or None, "extraRoles": roles or None}
    kept = {name: value for name, value in sets.items() if value is not None}
    gone = ", ".join(name for name in sets if name not in kept)
    written = [f"{name} = :{name}" for name in kept]
    due = _due_values(integration, now) if integration.status is Status.ACTIVE else {}
    if due:
        written += ["syncShard = :shard", "syncDueAt = :due"]
    clauses = [f"SET {', '.join(written)}" if written else "", f"REMOVE {gone}" if gone else ""]
    return Update(
        table="integrations",
        key=_key(integration),
        expression=" ".join(filter(None, clauses)),
        condition="generation = :generation AND integrationStatus = :status",
        values={
            ":generation": integration.generation,
            ":status": integration.status,
            **{f":{name}": value for name, value in kept.items()},
            **due,
        },
    )


def _key(integration: Integration) -> Mapping[str, str]:
    return place(integration.organization_id, integration.id)[1]


def _in_use(integration: Integration) -> dict[str, Any]:
    return {":generation": integration.generation, ":active": Status.ACTIVE}


def _due_values(integration: Integration, due_at: int) -> dict[str, Any]:
    attributes = SYNC_DUE.attributes(integration.id, due_at)
    return {":shard": attributes["syncShard"], ":due": attributes["syncDueAt"]}


def _due_from_item(item: Item) -> Due:
    return Due(
        organization_id=item["organizationId"],
        integration_id=item["integrationId"],
        provider_id=item["providerId"],
        due_at=item["syncDueAt"],
    )
