"""How syncing stands, as attributes of an integration's item: none for what is not so.

It lies in that item, because whatever ends or renews a grant replaces it: that alone stops a run.
"""

from collections.abc import Mapping
from typing import Any

from hub.models import IDLE, Problem, ResourceState, Run, SyncState, Trigger


def to_attributes(state: SyncState) -> dict[str, Any]:
    """Give the attributes, None for one that is not there. The place in the index of what is due
    is for the store to add.
    """
    return {
        "syncRequest": run_item(state.request),
        "syncRun": run_item(state.run),
        "syncBy": state.by,
        "syncUntil": state.until or None,
        "syncResources": {name: resource_item(each) for name, each in state.resources.items()}
        or None,
        "lastSyncAt": state.last_at,
        "syncProblem": problem_item(state.problem),
    }


def from_attributes(item: Mapping[str, Any]) -> SyncState:
    if "syncDueAt" not in item and "lastSyncAt" not in item and "syncRun" not in item:
        return IDLE
    problem = item.get("syncProblem")
    return SyncState(
        due_at=item.get("syncDueAt"),
        request=_run(item.get("syncRequest")),
        run=_run(item.get("syncRun")),
        by=item.get("syncBy"),
        until=item.get("syncUntil", 0),
        resources={name: _resource(each) for name, each in item.get("syncResources", {}).items()},
        last_at=item.get("lastSyncAt"),
        problem=Problem(category=problem["category"], since=problem["since"]) if problem else None,
    )


def run_item(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "id": run.id,
        "trigger": run.trigger.value,
        "startedAt": run.started_at,
        "resources": run.resources,
        "full": run.full,
    }


def _run(item: Mapping[str, Any] | None) -> Run | None:
    if item is None:
        return None
    return Run(
        id=item["id"],
        trigger=Trigger(item["trigger"]),
        started_at=item["startedAt"],
        resources=tuple(item["resources"]),
        full=item["full"],
    )


def resource_item(state: ResourceState) -> dict[str, Any]:
    return {
        "at": state.at,
        "dueAt": state.due_at,
        "failures": state.failures or None,
        "error": state.error,
        "since": state.since,
    }


def _resource(item: Mapping[str, Any]) -> ResourceState:
    return ResourceState(
        at=item.get("at"),
        due_at=item["dueAt"],
        failures=item.get("failures", 0),
        error=item.get("error"),
        since=item.get("since"),
    )


def problem_item(problem: Problem | None) -> dict[str, Any] | None:
    return {"category": problem.category, "since": problem.since} if problem else None
