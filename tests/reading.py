"""A whole pass over a resource without the engine, for tests of what providers declare."""

from dataclasses import dataclass, field
from typing import Any

from hub.providers._sync import Asked, Cursor, Resource
from hub.record import Record

MOST_PAGES = 1000


@dataclass
class Pass:
    """What a pass came to: as of its end, what exists by id, and which ids are gone."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    cursor: Cursor | None = None
    pages: int = 0


def defaults(resource: Resource) -> dict[str, Any]:
    return {each.id: each.default for each in resource.filters}


def read_pass(
    resource: Resource,
    client: Any,
    at: Cursor | None = None,
    *,
    now: float,
    filters: dict[str, Any] | None = None,
) -> Pass:
    """Read from `at` to the pass's end, applying pages in order."""
    done = Pass()
    while done.pages < MOST_PAGES:
        asked = Asked(at=at, filters=defaults(resource) | (filters or {}), now=now)
        page = resource.read(client, asked)
        done.pages += 1
        for record in page.records:
            done.records[record.id] = record
            done.gone.discard(record.id)
        for id_ in page.gone:
            done.records.pop(id_, None)
            done.gone.add(id_)
        if page.next is None:
            done.cursor = page.cursor
            return done
        at = page.next
    raise AssertionError("the pass does not end")
