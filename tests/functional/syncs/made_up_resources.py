"""Resources of every kind, read from a collection in this process: what the engine must be right
about, without any provider's quirks.
"""

from typing import Any

from hub.providers._sync import DAY, Asked, CursorExpired, Page, Resource
from hub.record import Record
from tests.simulator.datasets import Body, Change, Collection

PAGE = 3


def record(body: Body) -> Record:
    return Record(id=body["id"], title=body["title"], content=body)


def by_id(held: Collection, asked: Asked) -> Page:
    """Pages that keep their place: each begins behind the last id of the one before."""
    after = (asked.at or {}).get("after", "")
    if asked.at and asked.at["epoch"] != held.epoch:
        raise CursorExpired
    rest = sorted((each for each in held.live() if each["id"] > after), key=lambda e: e["id"])
    page = tuple(map(record, rest[:PAGE]))
    more = {"after": page[-1].id, "epoch": held.epoch} if len(rest) > PAGE else None
    return Page(records=page, next=more)


def by_offset(held: Collection, asked: Asked) -> Page:
    """Pages that shift when something before them is deleted."""
    start = (asked.at or {}).get("start", 0)
    rest = held.live()[start:]
    more = {"start": start + PAGE} if len(rest) > PAGE else None
    return Page(records=tuple(map(record, rest[:PAGE])), next=more)


def by_delta(held: Collection, asked: Asked) -> Page:
    """Everything once, then what has changed, deletions included."""
    at = asked.at
    if at is None:
        at = {"after": "", "epoch": held.epoch, "revision": held.revision}
    if at["epoch"] != held.epoch:
        raise CursorExpired
    if "after" in at:
        rest = sorted((e for e in held.live() if e["id"] > at["after"]), key=lambda e: e["id"])
        page = tuple(map(record, rest[:PAGE]))
        if len(rest) > PAGE:
            return Page(records=page, next={**at, "after": page[-1].id})
        return Page(records=page, cursor={"epoch": at["epoch"], "revision": at["revision"]})
    if not held.knows(at["epoch"], at["revision"]):
        raise CursorExpired
    told = held.since(at["revision"])[:PAGE]
    reached = max((each.revision for each in told), default=at["revision"])
    left = bool(held.since(reached)) and reached > at["revision"]
    onward = {"epoch": at["epoch"], "revision": reached}
    return _told(told, onward if left else None, None if left else onward)


def _told(told: list[Change], following: Any, cursor: Any) -> Page:
    newest = {each.id: each for each in told}
    return Page(
        records=tuple(record(each.body) for each in newest.values() if not each.deleted),
        gone=tuple(each.id for each in newest.values() if each.deleted),
        next=following,
        cursor=cursor,
    )


def by_watermark(held: Collection, asked: Asked) -> Page:
    """What was touched since, without a word of what was deleted."""
    at = asked.at or {"since": 0.0, "after": ""}
    touched = [each for each in held.live() if each["touched"] >= at["since"]]
    rest = sorted((e for e in touched if e["id"] > at["after"]), key=lambda e: e["id"])
    page = tuple(map(record, rest[:PAGE]))
    newest = max((each["touched"] for each in held.live()), default=at["since"])
    newest = max(at.get("newest", 0.0), newest) if not at["after"] else at["newest"]
    if len(rest) > PAGE:
        return Page(records=page, next={**at, "after": page[-1].id, "newest": newest})
    return Page(records=page, cursor={"since": newest, "after": ""})


def resource(kind: str) -> Resource:
    declared: dict[str, Any] = {
        "by_id": {"read": by_id},
        "by_offset": {"read": by_offset, "keeps_place": False},
        "by_delta": {"read": by_delta},
        "by_watermark": {"read": by_watermark, "full_every": DAY},
    }
    return Resource(id=kind, kind="thing", explanation="Things", **declared[kind])


KINDS = ("by_id", "by_offset", "by_delta", "by_watermark")


def collection(now: Any) -> Collection:
    return Collection(
        make=lambda number, at: {
            "id": f"thing-{number:04d}",
            "title": f"Thing {number}",
            "touched": at,
        },
        now=now,
        touch=lambda body, at: body.update(touched=at),
    )
