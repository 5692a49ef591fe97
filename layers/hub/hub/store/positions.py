"""How far each resource was read, in the `syncs` table.

    <organization>#<integration>             | <resource>       where its pass stands
    <organization>#<integration>#<resource>  | <page number>    which objects a full pass met there

The rows of pages outlive their pass: a page that reads the same the next time costs no write, and
what was on none of them is gone. They hold digests, not ids. Times are seconds.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from hub.models import Integration
from hub.store.database import Database, Delete, Item, Key, Put
from hub.values import Value

TABLE: Final = "syncs"
DIGEST: Final = 8
"""Bytes. Two of 100,000 objects share one with a chance of 1 in 3,000,000,000: should that happen,
one that is gone might be kept.
"""

type Cursor = dict[str, Any]


class Position(Value):
    """`begun_at` 0: no pass is under way. `at` is where it goes on, `page` how many of its pages
    were read; with pages read and no `at`, it was read to its end. `differs`: some page of it was
    not as in the full pass before. `cursor` is where the next incremental pass begins.
    `filters` names those that were in force. `marks` tell apart the pages of a full pass, as last
    read: those before `page` in this pass, the others in the one before. `suspects` are
    objects that a first reading has missed, of a resource whose pages may shift. `counts` are of
    what `run_id` did: created, updated, deleted, unchanged. `done`: it has read the resource.
    """

    full: bool = True
    at: Cursor | None = None
    page: int = 0
    begun_at: int = 0
    differs: bool = False
    cursor: Cursor | None = None
    filters: str = ""
    full_at: int | None = None
    marks: bytes = b""
    suspects: bytes = b""
    run_id: str = ""
    done: bool = False
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)

    def mark(self, page: int) -> bytes:
        """Give the mark of a page; nothing, if that page has none."""
        return self.marks[page * DIGEST : (page + 1) * DIGEST]


def place(integration: Integration, resource_id: str) -> tuple[str, Key]:
    return place_of(integration.organization_id, integration.id, resource_id)


def place_of(organization_id: str, integration_id: str, resource_id: str) -> tuple[str, Key]:
    return TABLE, {"whose": f"{organization_id}#{integration_id}", "part": resource_id}


def write(integration: Integration, resource_id: str, position: Position) -> Put:
    return Put(
        table=TABLE,
        item={
            **place(integration, resource_id)[1],
            "full": position.full,
            "at": _dump(position.at),
            "page": position.page,
            "begunAt": position.begun_at,
            "differs": position.differs,
            "cursor": _dump(position.cursor),
            "filters": position.filters or None,
            "fullAt": position.full_at,
            "marks": position.marks or None,
            "suspects": position.suspects or None,
            "runId": position.run_id,
            "done": position.done,
            "counts": position.counts,
        },
    )


def from_item(item: Item | None) -> Position | None:
    if item is None:
        return None
    return Position(
        full=item["full"],
        at=_load(item.get("at")),
        page=item["page"],
        begun_at=item["begunAt"],
        differs=item["differs"],
        cursor=_load(item.get("cursor")),
        filters=item.get("filters", ""),
        full_at=item.get("fullAt"),
        marks=item.get("marks", b""),
        suspects=item.get("suspects", b""),
        run_id=item["runId"],
        done=item["done"],
        counts=tuple(item["counts"]),
    )


def forget(integration: Integration, resource_id: str) -> Delete:
    return Delete(table=TABLE, key=place(integration, resource_id)[1])


def write_page(integration: Integration, resource_id: str, page: int, met: Iterable[str]) -> Put:
    """Note which objects a page of a full pass held."""
    return Put(
        table=TABLE,
        item={
            "whose": f"{_owner(integration)}#{resource_id}",
            "part": f"{page:08d}",
            "met": b"".join(map(digest, met)),
        },
    )


def met(database: Database, integration: Integration, resource_id: str, pages: int) -> set[bytes]:
    """Give what the first so many pages held."""
    found: set[bytes] = set()
    after: Key | None = None
    while pages:
        read = database.query(
            TABLE,
            "whose = :whose AND part < :end",
            {":whose": f"{_owner(integration)}#{resource_id}", ":end": f"{pages:08d}"},
            after=after,
        )
        for item in read.items:
            found.update(split(item["met"]))
        after = read.last
        if after is None:
            break
    return found


def everything(
    database: Database, organization_id: str, integration_id: str, resource_id: str
) -> Iterator[Delete]:
    """Give what removes all there is of a resource, where it stands first."""
    table, key = place_of(organization_id, integration_id, resource_id)
    yield Delete(table=table, key=key)
    whose = f"{key['whose']}#{resource_id}"
    after: Key | None = None
    while True:
        read = database.query(TABLE, "whose = :whose", {":whose": whose}, after=after)
        for item in read.items:
            yield Delete(table=table, key={"whose": whose, "part": item["part"]})
        after = read.last
        if after is None:
            return


def digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()[:DIGEST]


def split(digests: bytes) -> Sequence[bytes]:
    return [digests[first : first + DIGEST] for first in range(0, len(digests), DIGEST)]


def _owner(integration: Integration) -> str:
    return f"{integration.organization_id}#{integration.id}"


def _dump(cursor: Any) -> str | None:
    return None if cursor is None else json.dumps(dict(cursor), separators=(",", ":"))


def _load(text: str | None) -> Cursor | None:
    return None if text is None else json.loads(text)
