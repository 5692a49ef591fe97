"""Graph's delta functions: everything page by page, then what has changed, link by link.

Rules played here: calendars want a window of time and take no `$select`; the size of a page comes
by `Prefer` (calendars) or `$top` (drives); a link is good until its state is forgotten, which is a
410; what is gone is `@removed`, or has the facet `deleted` in a drive; the root of a drive is among
its items.

Sources: microsoft-graph-docs-contrib concepts/delta-query-overview.md, api-reference/v1.0/api/
event-delta.md, driveitem-delta.md, user-delta.md.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.datasets import Body, Change, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.directory import PEOPLE, TENANTS, Person, Tenant, find
from tests.simulator.providers.microsoft.door import Door
from tests.simulator.providers.microsoft.drives import ITEMS, drive_of
from tests.simulator.providers.microsoft.errors import GraphError, bad_request
from tests.simulator.providers.microsoft.scopes import (
    CALENDAR,
    FILES,
    READ_CALENDAR,
    READ_FILES,
    READ_PEOPLE,
)
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request, last

USUAL_PAGE = 100
MAX_PAGE = re.compile(r"odata\.maxpagesize=(\d+)")
STATE = re.compile(r"(?P<epoch>\d+)\.(?P<revision>\d+)\.(?P<kind>[ld])\.(?P<start>\d+)")


class Deltas:
    def __init__(self, grants: Grants[Settings], now: Callable[[], float]) -> None:
        self._calendar = Door(grants, "outlook", CALENDAR, READ_CALENDAR)
        self._drive = Door(grants, "drive", FILES, READ_FILES)
        self._directory = Door(grants, "directory", READ_PEOPLE)
        self.events = {oid: _events(PEOPLE[oid], now) for oid in PEOPLE}
        self.items = {oid: _items(PEOPLE[oid], now) for oid in PEOPLE}
        self.users = {tenant.id: _users(tenant, now) for tenant in TENANTS}

    def dataset(self, resource: str, account: str) -> Collection:
        person = find(account)
        if person is None:
            raise LookupError(account)
        if resource == "users":
            return self.users[person.tenant.id]
        return {"calendar_events": self.events, "drive_items": self.items}[resource][person.oid]

    def calendar_view(self, request: Request, call: Call) -> Answer:
        person = self._calendar.enter(request, call)
        if "$select" in request.query:
            raise bad_request("ErrorInvalidUrlQuery", "The query parameter is not supported.")
        begins = last(request.query, "startDateTime") and last(request.query, "endDateTime")
        if not begins and not _state(request):
            raise bad_request("ErrorInvalidParameter", "This request requires a time window.")
        asked = MAX_PAGE.search(request.headers.get("prefer", ""))
        size = int(asked[1]) if asked else USUAL_PAGE
        return _page(request, self.events[person.oid], size, _removed)

    def drive(self, request: Request, call: Call) -> Answer:
        person = self._drive.enter(request, call)
        root = {"id": f"01ROOT{person.oid[:4]}", "name": "root", "root": {}, "folder": {}}
        size = int(last(request.query, "$top") or USUAL_PAGE)
        return _page(request, self.items[person.oid], size, _deleted, root)

    def directory(self, request: Request, call: Call) -> Answer:
        person = self._directory.enter(request, call)
        if {"$top", "$expand", "$orderby"} & request.query.keys():
            raise bad_request("Request_UnsupportedQuery", "The query is not supported.")
        return _page(request, self.users[person.tenant.id], USUAL_PAGE, _removed)


def _page(
    request: Request,
    held: Collection,
    size: int,
    gone: Callable[[Change], Body],
    first: Body | None = None,
) -> Answer:
    state = _state(request)
    epoch, revision, kind, start = held.epoch, held.revision, "l", 0
    if state:
        epoch, revision, start = (int(state[name]) for name in ("epoch", "revision", "start"))
        kind = state["kind"]
    if not held.knows(epoch, revision):
        words = "The sync state generation is not found; continuing sync."
        raise GraphError(HTTPStatus.GONE, "syncStateNotFound", words)
    if kind == "l":
        listed = sorted(held.live(), key=lambda each: str(each["id"]))
        told = [*([first] if first else []), *listed][start:]
        follows = f"{epoch}.{revision}.l.{start + size}"
        ends = f"{epoch}.{revision}.d.0"
    else:
        changes = held.since(revision)[start:]
        told = [gone(each) if each.deleted else each.body for each in changes]
        follows = f"{epoch}.{revision}.d.{start + size}"
        ends = f"{epoch}.{held.revision}.d.0"
    base = f"http://{request.headers['host']}/microsoft{request.path}"
    more = len(told) > size
    query = f"$top={size}&" if "$top" in request.query else ""
    where = f"{query}$skiptoken={follows}" if more else f"{query}$deltatoken={ends}"
    name = "@odata.nextLink" if more else "@odata.deltaLink"
    return Answer.json({"value": told[:size], name: f"{base}?{where}"})


def _state(request: Request) -> re.Match[str] | None:
    token = last(request.query, "$skiptoken") or last(request.query, "$deltatoken")
    return STATE.fullmatch(token)


def _removed(change: Change) -> Body:
    return {"id": change.id, "@removed": {"reason": "deleted"}}


def _deleted(change: Change) -> Body:
    return {"id": change.id, "name": change.body["name"], "deleted": {"state": "deleted"}}


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def _touch(body: Body, at: float) -> None:
    body["lastModifiedDateTime"] = stamp(at)


def _events(person: Person, now: Callable[[], float]) -> Collection:
    return Collection(make=lambda number, at: _event(person, number, at), now=now, touch=_touch)


def _event(person: Person, number: int, at: float) -> Body:
    address = {"name": person.name, "address": person.user_name}
    return {
        "@odata.etag": f'W/"{number}"',
        "id": f"AAMkAGI2{person.oid[:4]}{number:06}AAA=",
        "changeKey": f"key-{number}",
        "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at),
        "subject": f"Event {number}",
        "bodyPreview": "Passcode: xY3Zq81",
        "body": {"contentType": "html", "content": "Passcode: xY3Zq81"},
        "start": {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"},
        "isAllDay": False,
        "isCancelled": False,
        "showAs": "busy",
        "type": "singleInstance",
        "webLink": f"https://outlook.office365.com/owa/?itemid={number}",
        "organizer": {"emailAddress": address},
        "attendees": [{"type": "required", "emailAddress": address}],
        "onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/xY3Zq81"},
    }


def _items(person: Person, now: Callable[[], float]) -> Collection:
    held = Collection(make=lambda number, at: _item(person, number, at), now=now, touch=_touch)
    for item in ITEMS.values():
        if item.library_of is None:
            held.create(id=item.id, name=item.name)
    return held


def _item(person: Person, number: int, at: float) -> Body:
    name = f"File {number}.docx"
    user = {"user": {"id": person.oid, "displayName": person.name}}
    return {
        "id": f"01FILE{person.oid[:4]}{number:06}",
        "name": name,
        "size": 4096,
        "webUrl": f"https://contoso.sharepoint.example/{number}",
        "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at),
        "createdBy": user,
        "parentReference": {"driveId": drive_of(person), "id": f"01ROOT{person.oid[:4]}"},
        "file": {"mimeType": "application/octet-stream"},
        "@microsoft.graph.downloadUrl": "https://contoso.sharepoint.example/download?tempauth=Zq81",
    }


def _users(tenant: Tenant, now: Callable[[], float]) -> Collection:
    held = Collection(make=lambda number, _: _user(tenant, number), now=now)
    for person in PEOPLE.values():
        if person.tenant == tenant:
            held.create(id=person.oid, displayName=person.name, mail=person.mail)
    return held


def _user(tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "id": f"a1b2c3d4-{tenant.id[:4]}-4c3e-9a44-{number:012}",
        "displayName": f"Person {number}",
        "mail": f"person{number}@{tenant.domain}",
        "userPrincipalName": f"person{number}@{tenant.domain}",
        "accountEnabled": True,
        "userType": "Member",
    }
