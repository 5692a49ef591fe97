"""Reading one resource of one integration, page by page, and keeping the records in step.

Each page that has changed anything is written with its checkpoint in transactions that require the
run's lease, so that what was read twice is written once and who has lost the lease, or the grant,
writes nothing. Whatever a full pass has not met on any page is gone when the pass is complete, and
not before (mark and sweep).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from copy import replace
from itertools import batched
from typing import Final

from hub import sync_settings, sync_writing
from hub.errors import ProviderError
from hub.providers._sync import DAY, Asked, Cursor, CursorExpired, Page, Resource
from hub.store import positions, records
from hub.store.database import Put, Write
from hub.store.positions import DIGEST, Position
from hub.store.sync_logs import Counts
from hub.sync_writing import Work, Writing

_UNCHANGED_AT_ONCE: Final = 10
"""Pages without anything new between two checkpoints."""

_MOST_EXPIRIES: Final = 2
_MOST_SUSPECTS: Final = 30_000

type ReadPage = Callable[[Resource, Asked], Page]
type HasTime = Callable[[], bool]


class Reading:
    """One resource in one run. `stored`: how far it was read before, None if never."""

    def __init__(self, work: Work, resource: Resource, stored: Position | None) -> None:
        self._work = work
        self._resource = resource
        self._settings = sync_settings.of(work.integration, resource)
        self._whose = records.owner(work.integration, resource.id)
        self._writing = Writing(work, resource.id)
        self._position = stored or Position()
        self._written = stored
        self._expiries = 0

    @property
    def counts(self) -> Counts:
        created, updated, deleted, unchanged = self._position.counts
        return Counts(created=created, updated=updated, deleted=deleted, unchanged=unchanged)

    def run(self, read: ReadPage, has_time: HasTime) -> bool:
        """Read to the end; tell whether time sufficed. Raises Stopped, and what reading raises."""
        if self._position.run_id == self._work.run.id and self._position.done:
            return True
        self._begin()
        while not self._was_read():
            if not has_time():
                self.settle()
                return False
            self._step(read)
        if not self._sweep(has_time):
            self.settle()
            return False
        if self._suspecting():
            return self.run(read, has_time)
        self._end()
        return True

    def clear(self, has_time: HasTime) -> bool:
        """Remove all records of a resource that is no longer wanted; tell whether time sufficed."""
        self._position = Position(run_id=self._work.run.id)
        for keys in batched(
            records.keys(self._work.database, self._whose), sync_writing.AT_ONCE, strict=False
        ):
            if not has_time():
                return False
            self._delete(keys)
        forgotten = positions.forget(self._work.integration, self._resource.id)
        self._writing.write([forgotten])
        self._position = replace(self._position, done=True)
        self._written = self._position
        return True

    def settle(self) -> None:
        """Write down how far it was read, where that was spared."""
        if self._written != self._position:
            self._checkpoint()

    # Beginning and ending a pass

    def _begin(self) -> None:
        """Go on with the pass that is under way, or begin one: a full one where the records were
        read by other filters, where there is nothing to go by, or when its time has come.
        """
        work, before = self._work, self._position
        now, filters = int(work.clock()), self._settings.fingerprint
        new_run = before.run_id != work.run.id
        if new_run:
            before = replace(before, run_id=work.run.id, done=False, counts=(0, 0, 0, 0))
        anew = (work.run.full and new_run) or before.filters != filters
        if before.begun_at and not anew and now - before.begun_at < DAY:
            self._position = before
            return
        every = self._resource.full_every
        late = every is not None and now - (before.full_at or 0) >= every
        self._position = replace(
            before,
            full=anew or late or before.cursor is None,
            at=None,
            page=0,
            begun_at=now,
            differs=False,
            cursor=None if anew else before.cursor,
            # What an unfinished pass has marked was never swept.
            marks=b"" if anew or before.begun_at else before.marks,
            suspects=b"",
            filters=filters,
        )

    def _begin_anew(self) -> None:
        """Begin a full pass instead of one whose cursor has expired."""
        self._expiries += 1
        if self._expiries > _MOST_EXPIRIES:
            raise ProviderError
        self._position = replace(
            self._position,
            full=True,
            at=None,
            page=0,
            differs=True,
            cursor=None,
            marks=b"",
            suspects=b"",
        )

    def _was_read(self) -> bool:
        return self._position.page > 0 and self._position.at is None

    def _end(self) -> None:
        """Note where the next pass begins. A pass that has found everything as it was, is not worth
        a write.
        """
        position = self._position
        swept = position.full and self._resource.full_every is not None
        self._position = replace(
            position,
            at=None,
            page=0,
            begun_at=0,
            differs=False,
            suspects=b"",
            full_at=int(self._work.clock()) if swept else position.full_at,
            done=True,
        )
        before = self._written
        if before is None or _essence(before) != _essence(self._position):
            self._checkpoint()

    # Pages

    def _step(self, read: ReadPage) -> None:
        position = self._position
        at = position.at if position.page or position.full else position.cursor
        asked = Asked(at=at, filters=self._settings.filters, now=float(int(self._work.clock())))
        try:
            page = read(self._resource, asked)
        except CursorExpired:
            self._begin_anew()
            return
        if page.next is not None and page.next == at:
            raise ProviderError  # it would never end
        self._apply(page)

    def _apply(self, page: Page) -> None:
        """Write what a page has changed, and the checkpoint with it."""
        gone = {records.key_of(each) for each in page.gone}
        found = {records.key_of(each.id): each for each in page.records}
        found = {key: each for key, each in found.items() if key not in gone}
        hashes = {key: records.hash_of(each) for key, each in found.items()}
        mark = _mark(hashes)
        before = self._position
        if before.full and mark == before.mark(before.page) and not gone:
            counts = Counts(unchanged=len(found))
            self._pass_over(self._read_on(page, counts, differs=before.differs))
            return
        known = records.known(self._work.database, self._whose, [*found, *gone])
        now = int(self._work.clock() * 1000)
        kind, changes = self._resource.kind, dict[str, str]()
        puts: list[tuple[str, Put]] = []
        for key, record in found.items():
            was = known.get(key)
            if was is not None and not was.deleted and was.hash == hashes[key]:
                continue
            changes[key] = "created" if was is None or was.deleted else "updated"
            puts.append((key, records.upsert(self._whose, kind, record, hashes[key], now)))
        for key in gone:
            if key in known and not known[key].deleted:
                changes[key] = "deleted"
                puts.append((key, records.tombstone(self._whose, kind, key, now)))
        read_on = self._read_on(page, _counted(changes, len(found)), differs=True)
        if not puts and not before.full:
            self._pass_over(read_on)
            return
        self._position = read_on
        noted = self._noted(mark, found, changed=bool(puts))
        self._writing.changes(puts, changes, self._position, noted)
        self._written = self._position

    def _pass_over(self, read_on: Position) -> None:
        """Go on from a page that held nothing new. If it is read again, only calls are lost."""
        self._position = read_on
        if read_on.at is not None and read_on.page % _UNCHANGED_AT_ONCE == 0:
            self._checkpoint()

    def _read_on(self, page: Page, counts: Counts, *, differs: bool) -> Position:
        before, more = self._position, counts
        added = (more.created, more.updated, more.deleted, more.unchanged)
        totals = [was + new for was, new in zip(before.counts, added, strict=True)]
        created, updated, deleted, unchanged = totals
        return replace(
            before,
            at=None if page.next is None else dict(page.next),
            page=before.page + 1,
            differs=differs,
            cursor=_plain(page.cursor) if page.next is None else before.cursor,
            counts=(created, updated, deleted, unchanged),
        )

    def _noted(self, mark: bytes, found: Iterable[str], *, changed: bool) -> list[Write]:
        """Note what a page of a full pass held. What an incremental one changes makes those notes
        worthless.
        """
        position = self._position
        if not position.full:
            self._position = replace(position, marks=b"") if changed else position
            return []
        page = position.page - 1
        kept = position.marks.ljust(page * DIGEST, b"\0")
        marks = kept[: page * DIGEST] + mark + kept[(page + 1) * DIGEST :]
        self._position = replace(position, marks=marks)
        return [positions.write_page(self._work.integration, self._resource.id, page, found)]

    # The sweep

    def _sweep(self, has_time: HasTime) -> bool:
        """Remove what a full pass has not met; tell whether time sufficed. Where pages may shift,
        only what a second reading has missed, too.
        """
        position, work = self._position, self._work
        ends = position.page * DIGEST
        if not position.full or not (position.differs or len(position.marks) > ends):
            return True
        met = positions.met(work.database, work.integration, self._resource.id, position.page)
        keys = records.keys(work.database, self._whose)
        missing = [key for key in keys if positions.digest(key) not in met]
        if missing and not self._resource.keeps_place and position.page > 1:
            if not position.suspects:
                suspects = [positions.digest(key) for key in missing[:_MOST_SUSPECTS]]
                self._position = replace(
                    position, suspects=b"".join(suspects), at=None, page=0, differs=True
                )
                self._checkpoint()
                return True
            suspected = set(positions.split(position.suspects))
            certain = [key for key in missing if positions.digest(key) in suspected]
            if len(certain) < len(missing):  # the next pass has to look for the others
                position = replace(position, marks=b"")
            missing = certain
        for keys_at_once in batched(missing, sync_writing.AT_ONCE, strict=False):
            if not has_time():
                return False
            self._delete(keys_at_once)
        self._position = replace(self._position, marks=position.marks[:ends])
        return True

    def _suspecting(self) -> bool:
        return bool(self._position.suspects) and self._position.page == 0

    def _delete(self, keys: Sequence[str]) -> None:
        now = int(self._work.clock() * 1000)
        puts = [
            (key, records.tombstone(self._whose, self._resource.kind, key, now)) for key in keys
        ]
        created, updated, deleted, unchanged = self._position.counts
        self._position = replace(
            self._position, counts=(created, updated, deleted + len(keys), unchanged)
        )
        self._writing.changes(puts, dict.fromkeys(keys, "deleted"), self._position)
        self._written = self._position

    def _checkpoint(self) -> None:
        self._writing.checkpoint(self._position)
        self._written = self._position


def _mark(hashes: dict[str, bytes]) -> bytes:
    together = hashlib.sha256()
    for key in sorted(hashes):
        together.update(positions.digest(key) + hashes[key])
    return together.digest()[:DIGEST]


def _counted(changes: dict[str, str], found: int) -> Counts:
    kinds = list(changes.values())
    created, updated = kinds.count("created"), kinds.count("updated")
    return Counts(
        created=created,
        updated=updated,
        deleted=kinds.count("deleted"),
        unchanged=found - created - updated,
    )


def _plain(cursor: Cursor | None) -> dict[str, object] | None:
    return None if cursor is None else dict(cursor)


def _essence(position: Position) -> Position:
    """Give what of a position is worth a write, once a pass has ended."""
    return replace(position, full=False, run_id="", done=False, counts=(0, 0, 0, 0))
