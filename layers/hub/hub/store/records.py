"""Synced objects, in the `records` table: one item each, by whose it is and its id at the provider.

    <organization>#<integration>#<resource> | <external id>

Index `modified` has them by when they last changed here (milliseconds): keys alone, since it is
written with each change. What is gone stays as a tombstone without any content, for as long as a
reader may need to hear of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.models import Integration
from hub.record import Person, Record
from hub.store.database import Database, Delete, Item, Key, Put
from hub.values import Value

TABLE: Final = "records"
INDEX: Final = "modified"
TOMBSTONE_SECONDS: Final = 90 * 86_400
LARGEST: Final = 300_000  # bytes of content; an item may have 400 KB
_KEYS_AT_ONCE: Final = 2_000
_LONGEST_KEY: Final = 512  # bytes; a sort key may have 1024
_HASH: Final = 16
_LONGEST_TEXT: Final = 4_000
_MOST_PEOPLE: Final = 200


class Known(Value):
    """What is stored of an object, without its content."""

    hash: bytes
    deleted: bool


class Stored(Value):
    """A record as it was written."""

    id: str
    modified_at: int
    deleted: bool
    item: Mapping[str, Any]

    @property
    def place(self) -> Key:
        """Where it stands in the index, to go on behind."""
        return after(self.item["whose"], self.modified_at, self.id)

    @property
    def size(self) -> int:
        """About how many bytes it takes to show."""
        return len(self.item.get("content") or "") + 1000

    def is_kept(self, now: float) -> bool:
        """Tell whether it counts: a tombstone whose time is over does not."""
        ends: int | None = self.item.get("expiresAt")
        return ends is None or ends > now


class Page(Value):
    records: list[Stored]
    next: Key | None


def owner(integration: Integration, resource_id: str) -> str:
    return f"{integration.organization_id}#{integration.id}#{resource_id}"


def hash_of(record: Record) -> bytes:
    """Digest everything of a record: what hashes the same is the same."""
    parts = [record.title, record.url, record.state, record.parent, dict(record.times)]
    people = [[each.role, each.id, each.name, each.email] for each in record.people]
    text = json.dumps([*parts, people, record.content], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).digest()[:_HASH]


def known(database: Database, whose: str, ids: Sequence[str]) -> dict[str, Known]:
    """Tell which of these objects are stored, by their keys, and how they were."""
    keys = [_key(whose, each) for each in dict.fromkeys(map(key_of, ids))]
    items = database.items(TABLE, keys, ("externalId", "hash", "deleted"))
    return {
        item["externalId"]: Known(hash=item.get("hash", b""), deleted=item.get("deleted", False))
        for item in items
    }


def key_of(external_id: str) -> str:
    """Give an id as a key: itself, or a digest of what is too long, or no text, to be one."""
    encoded = external_id.encode("utf-8", "surrogatepass")
    if len(encoded) <= _LONGEST_KEY and _clean(external_id) == external_id:
        return external_id
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"


def upsert(whose: str, kind: str, record: Record, hashed: bytes, now: int) -> Put:
    content = json.dumps(record.content, separators=(",", ":"), default=str)
    truncated = len(content) > LARGEST
    return Put(
        table=TABLE,
        item={
            **_key(whose, key_of(record.id)),
            "kind": kind,
            "hash": hashed,
            "modifiedAt": now,
            "title": _clean(record.title)[:_LONGEST_TEXT],
            "url": _clean(record.url) if record.url else None,
            "people": [_person(each) for each in record.people[:_MOST_PEOPLE]],
            "times": dict(record.times),
            "state": _clean(record.state) if record.state else None,
            "parent": _clean(record.parent) if record.parent else None,
            "content": None if truncated else content,
            "truncated": truncated or len(record.people) > _MOST_PEOPLE or None,
        },
    )


def tombstone(whose: str, kind: str, key: str, now: int) -> Put:
    """Note that an object is gone, and keep nothing else of it."""
    return Put(
        table=TABLE,
        item={
            **_key(whose, key),
            "kind": kind,
            "modifiedAt": now,
            "deleted": True,
            "expiresAt": now // 1000 + TOMBSTONE_SECONDS,
        },
    )


def keys(database: Database, whose: str) -> Iterator[str]:
    """Give the keys of all objects that are not gone, as far as the index has come."""
    after: Key | None = None
    while True:
        read = database.query(
            TABLE,
            "whose = :whose",
            {":whose": whose},
            index=INDEX,
            after=after,
            limit=_KEYS_AT_ONCE,
        )
        yield from (item["externalId"] for item in read.items if not item.get("deleted"))
        after = read.last
        if after is None:
            return


def everything(
    database: Database, organization_id: str, integration_id: str, resource_id: str
) -> Iterator[Delete]:
    """Give what removes all there is of a resource, tombstones included."""
    whose = f"{organization_id}#{integration_id}#{resource_id}"
    after: Key | None = None
    while True:
        read = database.query(TABLE, "whose = :whose", {":whose": whose}, after=after)
        for item in read.items:
            yield Delete(table=TABLE, key=_key(whose, item["externalId"]))
        after = read.last
        if after is None:
            return


def modified(database: Database, whose: str, since: int, limit: int, after: Key | None) -> Page:
    """Give a page of records in the order in which they changed, from a time on (milliseconds).
    Tombstones are among them until TTL collects them.
    """
    read = database.query(
        TABLE,
        "whose = :whose AND modifiedAt >= :since",
        {":whose": whose, ":since": since},
        index=INDEX,
        limit=limit,
        after=after,
    )
    places = [_key(whose, item["externalId"]) for item in read.items]
    found = {item["externalId"]: item for item in database.items(TABLE, places)}
    ordered = (found.get(place["externalId"]) for place in places)
    return Page(records=[_stored(item) for item in ordered if item], next=read.last)


def after(whose: str, modified_at: int, external_id: str) -> Key:
    """Give a place in the index, to go on behind."""
    place: dict[str, Any] = {**_key(whose, external_id), "modifiedAt": modified_at}
    return place


def _stored(item: Item) -> Stored:
    return Stored(
        id=item["externalId"],
        modified_at=item["modifiedAt"],
        deleted=item.get("deleted", False),
        item=item,
    )


def _key(whose: str, key: str) -> dict[str, str]:
    return {"whose": whose, "externalId": key}


def _person(person: Person) -> dict[str, str | None]:
    given = {"id": person.id, "name": person.name, "email": person.email}
    cleaned = {name: _clean(value) if value else None for name, value in given.items()}
    return {"role": person.role, **cleaned}


def _clean(text: str) -> str:
    """Give text that can be stored: JSON may hold half a character."""
    return text.encode("utf-8", "replace").decode()
