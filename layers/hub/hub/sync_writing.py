"""Writing what reading a resource has changed: records with the event that tells of them, and the
checkpoint with the last of them. Each transaction requires the run's lease.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from hub import events
from hub.errors import TemporarilyUnavailable
from hub.models import Integration, Run
from hub.store import positions, syncs
from hub.store.database import Contested, Database, Put, Write
from hub.store.positions import Position
from hub.values import Value

AT_ONCE: Final = 40
"""Records in one transaction, which may have a hundred items."""

_MOST_BYTES: Final = 3_000_000  # of 4 MB that a transaction may have
_TRIES: Final = 5


class Stopped(Exception):
    """The lease or the grant is lost: nothing more is to be written."""


class Work(Value):
    """What a resource is read for: the run, whose lease it is under, and the means."""

    database: Database
    integration: Integration
    run: Run
    by: str
    clock: Callable[[], float]


class Writing:
    def __init__(self, work: Work, resource_id: str) -> None:
        self._work, self._resource_id = work, resource_id

    def changes(
        self,
        puts: Sequence[tuple[str, Put]],
        changes: Mapping[str, str],
        position: Position,
        noted: Sequence[Write] = (),
    ) -> None:
        """Write records by their ids, some at a time; with the last what is noted of the page, and
        how far it was read. `changes` says of each id what became of it. Raises Stopped,
        TemporarilyUnavailable.
        """
        *before, last = [*_portions(puts)] or [[]]
        for portion in before:
            self.write([*(put for _, put in portion), self._told(portion, changes)])
        told = [self._told(last, changes)] if last else []
        self.checkpoint(position, [*(put for _, put in last), *told, *noted])

    def checkpoint(self, position: Position, writes: Sequence[Write] = ()) -> None:
        at = positions.write(self._work.integration, self._resource_id, position)
        self.write([*writes, at])

    def write(self, writes: Sequence[Write]) -> None:
        work = self._work
        required = syncs.require_mine(work.integration, work.by)
        for _ in range(_TRIES):
            try:
                work.database.transact([required, *writes])
            except Contested:
                self._require_mine()
            else:
                return
        raise TemporarilyUnavailable

    def _told(self, portion: Sequence[tuple[str, Put]], changes: Mapping[str, str]) -> Write:
        return events.event(
            events.RECORDS_CHANGED,
            self._work.integration,
            int(self._work.clock()),
            resource=self._resource_id,
            runId=self._work.run.id,
            records=[{"id": key, "change": changes[key]} for key, _ in portion],
        )

    def _require_mine(self) -> None:
        """Raise Stopped unless the lease is still ours and something else was in the way."""
        work = self._work
        if not syncs.is_mine(work.database, work.integration, work.by):
            raise Stopped


def _portions(puts: Sequence[tuple[str, Put]]) -> Iterable[list[tuple[str, Put]]]:
    portion: list[tuple[str, Put]] = []
    size = 0
    for key, put in puts:
        weight = len(put.item.get("content") or "") + 2000
        if portion and (len(portion) == AT_ONCE or size + weight > _MOST_BYTES):
            yield portion
            portion, size = [], 0
        portion.append((key, put))
        size += weight
    if portion:
        yield portion
