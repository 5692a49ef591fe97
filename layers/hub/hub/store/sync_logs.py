"""What operators ask about runs, in the `sync_logs` table: a line for each, newest first.

    <organization>#<integration> | <start, newest first>#<run id>

A line is kept for ninety days after its run, so that ninety days after disconnection the last one
is gone. It holds numbers, ids of ours and codes: nothing of what was read. Times are seconds.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from hub.models import Integration, Trigger
from hub.store.database import Database, Item, Key, Put
from hub.values import Value

TABLE: Final = "sync_logs"
RETENTION: Final = 90 * 86_400
_LATEST: Final = 10**10  # beyond any time in seconds


class Outcome(StrEnum):
    """How a run ended. PARTIAL: some of its resources failed, others did not."""

    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


class Counts(Value):
    """What a run did to the records of a resource."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> int:
        return self.created + self.updated + self.deleted


class Line(Value):
    run_id: str
    trigger: Trigger
    started_at: int
    finished_at: int
    outcome: Outcome
    error: str | None
    calls: int
    resources: Mapping[str, Counts]


class Page(Value):
    lines: list[Line]
    next: Key | None


def write(integration: Integration, line: Line) -> Put:
    return Put(
        table=TABLE,
        item={
            "whose": _owner(integration),
            "line": f"{_LATEST - line.started_at:010d}#{line.run_id}",
            "runId": line.run_id,
            "trigger": line.trigger,
            "startedAt": line.started_at,
            "finishedAt": line.finished_at,
            "outcome": line.outcome,
            "error": line.error,
            "calls": line.calls,
            "resources": {name: _numbers(each) for name, each in line.resources.items()},
            "expiresAt": line.finished_at + RETENTION,
        },
    )


def page(
    database: Database, integration: Integration, limit: int, after: Key | None, now: float
) -> Page:
    read = database.query(
        TABLE,
        "whose = :whose",
        {":whose": _owner(integration)},
        limit=limit,
        after=after,
    )
    lines = [_line(item) for item in read.items if item["expiresAt"] > now]
    return Page(lines=lines, next=read.last)


def after(integration: Integration, line: str) -> Key:
    """Give the place of a line, to go on behind."""
    return {"whose": _owner(integration), "line": line}


def _line(item: Item) -> Line:
    return Line(
        run_id=item["runId"],
        trigger=Trigger(item["trigger"]),
        started_at=item["startedAt"],
        finished_at=item["finishedAt"],
        outcome=Outcome(item["outcome"]),
        error=item.get("error"),
        calls=item["calls"],
        resources={name: Counts(**each) for name, each in item["resources"].items()},
    )


def _numbers(counts: Counts) -> dict[str, Any]:
    return dict(vars(counts))


def _owner(integration: Integration) -> str:
    return f"{integration.organization_id}#{integration.id}"
