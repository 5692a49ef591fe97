"""When and what to sync: pure functions of what is stored and the time (whole seconds). `draw`
gives a number from 0 to 1.
"""

from collections.abc import Collection, Mapping
from copy import replace
from typing import Final
from uuid import uuid4

from hub import sync_settings
from hub.models import Integration, Problem, ResourceState, Run, Trigger
from hub.providers._sync import Resource, Sync
from hub.refresh_plan import Draw
from hub.store.deliveries import EVERYTHING, Changes
from hub.store.positions import Position

SYNC_FAILING: Final = "sync_failing"
DEGRADED_AFTER: Final = 3
"""So many failures of a resource in a row are told to people."""

_SPREAD: Final = 0.1
_SLACK: Final = 5  # what is due in a moment is read along
_FIRST_PAUSE: Final = 60
_LONGEST_PAUSE: Final = 3600
_MOST_DOUBLINGS: Final = 10
_UNKNOWN: Final = ResourceState()


def next_run(
    integration: Integration,
    sync: Sync,
    positions: Mapping[str, Position | None],
    changes: Changes,
    now: int,
) -> Run | None:
    """Give the run that is to be done now: the one that has not ended, the one that was asked for,
    or one of everything that is due; None if nothing is.
    """
    state = integration.sync
    if state.run is not None:
        return state.run
    resources = sync_settings.active(integration, sync)
    active = [each.id for each in resources]
    altered = [each.id for each in resources if _is_altered(integration, each, positions)]
    told = [each for each in active if each in changes.due or EVERYTHING in changes.due]
    left_over = [
        each.id
        for each in sync.resources
        if each.id not in active and positions.get(each.id) is not None
    ]
    if (asked := state.request) is not None:
        named = [each for each in active if not asked.resources or each in asked.resources]
        all_of_it = tuple(dict.fromkeys([*named, *told, *altered, *left_over]))
        return replace(asked, started_at=now, resources=all_of_it) if all_of_it else None
    due = [each for each in active if _state(integration, each).due_at <= now + _SLACK]
    wanted = list(dict.fromkeys([*due, *told, *altered, *left_over]))
    if not wanted:
        return None
    return Run(
        id=f"run_{uuid4().hex}",
        trigger=Trigger.WEBHOOK if told and not due else Trigger.SCHEDULE,
        started_at=now,
        resources=tuple(wanted),
        full=EVERYTHING in changes.due,
    )


def succeeded(interval: int, now: int, draw: Draw) -> ResourceState:
    """Give the state of a resource that was read to its end: due again a little early, so that
    what was connected together drifts apart.
    """
    return ResourceState(at=now, due_at=now + int(interval * (1 - _SPREAD * draw())))


def failed(  # noqa: PLR0917  # all of it decides
    before: ResourceState, error: str, retry_after: int | None, interval: int, now: int, draw: Draw
) -> ResourceState:
    """Give the state of a resource that could not be read: tried again after an exponential pause
    with full jitter, never sooner than the provider allows, or than the schedule would.
    """
    failures = before.failures + 1
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures, _MOST_DOUBLINGS))
    pause = max(_FIRST_PAUSE + int(longest * draw()), retry_after or 0)
    if failures >= DEGRADED_AFTER:
        pause = max(pause, interval)
    return ResourceState(
        at=before.at,
        due_at=now + pause,
        failures=failures,
        error=error,
        since=before.since if before.since is not None else now,
    )


def due_at(
    integration: Integration, active: Collection[Resource], states: Mapping[str, ResourceState]
) -> int | None:
    """Give when the first of the resources is due; None if none is synced."""
    times = [states.get(each.id, _state(integration, each.id)).due_at for each in active]
    return min(times) if times else None


def problem(states: Mapping[str, ResourceState]) -> Problem | None:
    """Tell what is wrong if a resource has failed too often."""
    failing = [each.since for each in states.values() if each.failures >= DEGRADED_AFTER]
    since = [each for each in failing if each is not None]
    return Problem(category=SYNC_FAILING, since=min(since)) if since else None


def _is_altered(
    integration: Integration, resource: Resource, positions: Mapping[str, Position | None]
) -> bool:
    """Tell whether what is stored was read by other filters than those in force."""
    before = positions.get(resource.id)
    return (
        before is not None and before.filters != sync_settings.of(integration, resource).fingerprint
    )


def _state(integration: Integration, resource_id: str) -> ResourceState:
    return integration.sync.resources.get(resource_id, _UNKNOWN)
