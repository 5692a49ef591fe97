"""Google People's `people.connections.list`: a person's contacts, and by sync token their changes.

Rules played here:
- `personFields` is required; `pageSize` is 100 unless asked for, 1000 at most.
- The last page alone has a sync token, if one was asked for: the same as before where nothing has
  changed, though Google may well give another.
- With a page or sync token all other parameters must be the same as in the first call.
- A sync token is good for seven days after the full pass it goes back to; then, or once it was
  expired, it is 400 `EXPIRED_SYNC_TOKEN`. One that is none of ours is 400, too.
- A pass by sync token tells of deletions, as contacts that say so in their metadata.
- A list without anything in it is left out.

Source: developers.google.com/people/api/rest/v1/people.connections/list, /people/v1/contacts;
garrytan/gbrain issue 5127 (the message of an expired token).
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.datasets import Body, Change, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.google.door import Door, flag
from tests.simulator.providers.google.errors import ApiError, named
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, find
from tests.simulator.providers.google.scopes import AUTH
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 1000
LIFE = 7 * 86_400
READS = frozenset({f"{AUTH}contacts", f"{AUTH}contacts.readonly"})
FIELDS = frozenset(
    {
        *("names", "nicknames", "emailAddresses", "phoneNumbers", "organizations", "metadata"),
        *("addresses", "birthdays", "photos", "urls", "memberships", "biographies"),
    }
)
ALWAYS = frozenset({"resourceName", "etag"})
PLAYED = frozenset({"personFields", "pageSize", "pageToken", "syncToken", "requestSyncToken"})


class Contacts:
    def __init__(self, grants: Grants, now: Callable[[], float]) -> None:
        self._now = now
        method = "google.people.v1.PeopleService.ListConnections"
        self._door = Door(grants, "people.googleapis.com", method, READS)
        self.held = {
            sub: Collection(make=_contact, now=now, id_field="resourceName", touch=_touch).seed(2)
            for sub in PEOPLE
        }

    def dataset(self, account: str) -> Collection:
        person = find(account)
        if person is None:
            raise LookupError(account)
        return self.held[person.sub]

    def list(self, request: Request, call: Call) -> Answer:
        held = self.held[self._door.enter(request, call).sub]
        fields, size = _fields(request), _size(request)
        at = self._at(held, request)
        shown = _shown(held, at)
        page, rest = shown[at["skip"] :][:size], shown[at["skip"] :][size:]
        content: dict[str, Any] = {"totalPeople": len(held.held), "totalItems": len(held.held)}
        if page:
            content["connections"] = [
                {name: value for name, value in each.items() if name in fields} for each in page
            ]
        if rest:
            content["nextPageToken"] = _token({**at, "skip": at["skip"] + size})
        elif flag(request, "requestSyncToken", usual=False):
            content["nextSyncToken"] = _token(
                {**at, "since": at["until"], "skip": 0, "until": None}
            )
        return Answer.json(content)

    def _at(self, held: Collection, request: Request) -> dict[str, Any]:
        """Where the pass stands that is asked for, beginning now where neither token was sent."""
        sync, page = (last(request.query, name) for name in ("syncToken", "pageToken"))
        asked = _repeated(request)
        if not (sync or page):
            until, now = held.revision, self._now()
            at = {"epoch": held.epoch, "since": None, "until": until, "skip": 0, "full": now}
            return {**at, "asked": asked}
        at = _opened(page or sync)
        if at["epoch"] != held.epoch or self._now() >= at["full"] + LIFE:
            raise _expired()
        if at["asked"] != asked:
            raise _invalid("Parameters must match the call that gave the sync token.")
        return at if at["until"] is not None else {**at, "until": held.revision}


def _shown(held: Collection, at: dict[str, Any]) -> list[Body]:
    if at["since"] is None:
        return sorted(held.live(), key=lambda each: str(each["resourceName"]))
    told = [each for each in held.since(at["since"]) if each.revision <= at["until"]]
    return [_deleted(each) if each.deleted else each.body for each in told]


def _deleted(change: Change) -> Body:
    metadata = {**change.body["metadata"], "deleted": True}
    return {"resourceName": change.id, "etag": change.body["etag"], "metadata": metadata}


def _fields(request: Request) -> frozenset[str]:
    if unknown := sorted(request.query.keys() - PLAYED):
        raise _invalid(f"Not played: {', '.join(unknown)}")
    fields = frozenset(filter(None, last(request.query, "personFields").split(",")))
    if not fields:
        raise _invalid("personFields mask is required. Please specify one or more valid paths.")
    if unknown := sorted(fields - FIELDS):
        raise _invalid(f'Invalid personFields mask path: "{unknown[0]}".')
    return fields | ALWAYS


def _size(request: Request) -> int:
    size = last(request.query, "pageSize") or "100"
    if not size.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
        raise _invalid("Page size must be between 1 and 1000.")
    return int(size)


def _repeated(request: Request) -> dict[str, str]:
    """What must be the same in all calls of a pass, and of the next."""
    names = ("personFields", "pageSize", "requestSyncToken")
    return {name: last(request.query, name) for name in names}


def _token(at: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(at).encode()).decode()


def _opened(token: str) -> dict[str, Any]:
    try:
        at = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        at = None
    if not isinstance(at, dict) or "asked" not in at:
        raise _invalid("Sync token is invalid.")
    return at


def _invalid(message: str) -> ApiError:
    return named(HTTPStatus.BAD_REQUEST, "badRequest", message)


def _expired() -> ApiError:
    refused = named(
        HTTPStatus.BAD_REQUEST,
        "failedPrecondition",
        "Sync token is expired. Clear local cache and retry call without the sync token.",
        {"reason": "EXPIRED_SYNC_TOKEN"},
    )
    refused.general["status"] = "FAILED_PRECONDITION"
    return refused


def _touch(body: Body, at: float) -> None:
    body["etag"] = f"%{int(at * 1000)}"
    source = {**body["metadata"]["sources"][0], "updateTime": _written(at)}
    body["metadata"] = {**body["metadata"], "sources": [source]}


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _contact(number: int, at: float) -> Body:
    source = {"type": "CONTACT", "id": f"{number:x}"}
    field = {"primary": True, "source": source}
    return {
        "resourceName": f"people/c{number:019}",
        "etag": f"%{int(at * 1000)}",
        "metadata": {
            "sources": [{**source, "etag": f"#{number}", "updateTime": _written(at)}],
            "objectType": "PERSON",
        },
        "names": [{"metadata": field, "displayName": f"Contact {number}"}],
        "emailAddresses": [{"metadata": field, "value": f"contact{number}@example.org"}],
        "phoneNumbers": [{"metadata": field, "value": f"+1 555 01{number:02}"}],
        "organizations": [{"metadata": field, "name": "Example Bakery", "title": "Baker"}],
        "photos": [{"metadata": field, "url": "https://lh3.googleusercontent.com/contacts/p"}],
    }
