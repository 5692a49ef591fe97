"""Outlook calendars: creating events in the one that each person has.

Stricter than Graph in two things: a time with an offset is refused, since its zone stands beside
it, and so is an event that ends when it starts (in one zone: others are not put in order). What
Graph says to a missing time or to times in the wrong order is not documented; it is said here as
other wrong values are.

Sources: microsoft-graph-docs-contrib api-reference/v1.0/api/user-post-events.md and
resources/event.md; microsoft-graph-docs issues 4758 (time zones), 19286 (values), as they came.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.addresses import addresses, is_address
from tests.simulator.providers.microsoft.deltas import Deltas
from tests.simulator.providers.microsoft.directory import Person
from tests.simulator.providers.microsoft.door import (
    Door,
    check_properties,
    flag,
    item_body,
    json_object,
    text,
)
from tests.simulator.providers.microsoft.errors import GraphError, bad_request
from tests.simulator.providers.microsoft.scopes import CALENDAR
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.providers.microsoft.zones import ZONES
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request

_NAMES = """
allowNewTimeProposals attendees body categories end hideAttendees importance isAllDay
isOnlineMeeting isReminderOn location locations onlineMeetingProvider recurrence
reminderMinutesBeforeStart responseRequested sensitivity showAs singleValueExtendedProperties
start subject transactionId
"""
PROPERTIES = frozenset(_NAMES.split())
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?")
MOST_ATTENDEES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    owner: str
    id: str
    subject: str
    text: str
    start: str
    end: str
    location: str
    attendees: tuple[str, ...]
    online: bool


class Calendars:
    def __init__(self, grants: Grants[Settings], deltas: Deltas, now: Callable[[], float]) -> None:
        self._door, self._now = Door(grants, "outlook", CALENDAR), now
        self._deltas = deltas
        self.events: list[Event] = []

    def calendar(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        return Answer.json(
            {
                "id": calendar_of(person),
                "name": "Calendar",
                "canEdit": True,
                "isDefaultCalendar": True,
                "owner": {"name": person.name, "address": person.user_name},
            }
        )

    def create(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        if request.named.get("calendar", calendar_of(person)) != calendar_of(person):
            words = "The specified object was not found in the store."
            raise GraphError(HTTPStatus.NOT_FOUND, "ErrorItemNotFound", words)
        body = json_object(request, "event", PROPERTIES)
        start, end = (_time(body, name) for name in ("start", "end"))
        if start["timeZone"] == end["timeZone"] and _moment(start) >= _moment(end):
            raise _wrong_value()
        attendees = addresses(body, "attendees", "attendee", "type", "status")
        if len(attendees) > MOST_ATTENDEES or not all(map(is_address, attendees)):
            raise _wrong_value()
        event = Event(
            owner=person.oid,
            id=f"AAMkAGI1{len(self.events) + 1:04}AAA=",
            subject=text(body, "subject"),
            text=item_body(body)[1],
            start=_written(start),
            end=_written(end),
            location=text(body.get("location") or {}, "displayName"),
            attendees=attendees,
            online=flag(body, "isOnlineMeeting", usual=False),
        )
        self.events.append(event)
        answer = {**body, **self._made(event)}
        self._deltas.events[person.oid].create(**answer)
        return Answer.json(answer, status=HTTPStatus.CREATED)

    def _made(self, event: Event) -> dict[str, Any]:
        """What Outlook adds of its own."""
        at = datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
        meeting = {"joinUrl": f"https://teams.microsoft.com/l/meetup-join/{event.id[8:12]}"}
        return {
            "@odata.etag": 'W/"ZlnW4RIAV06KYYwlrfNZvQAALfZeRQ=="',
            "id": event.id,
            "createdDateTime": at,
            "lastModifiedDateTime": at,
            "iCalUId": f"040000008200E00074C5B7101A82E008{event.id[8:12]}",
            "isAllDay": False,
            "isCancelled": False,
            "isOrganizer": True,
            "type": "singleInstance",
            "webLink": f"https://outlook.office365.com/owa/?itemid={event.id[:-1]}%3D"
            "&exvsurl=1&path=/calendar/item",
            "onlineMeeting": meeting if event.online else None,
        }

    def state(self) -> dict[str, Any]:
        return {"events": [asdict(event) for event in self.events]}


def calendar_of(person: Person) -> str:
    return f"AAMkAGI1{person.oid[:8]}AAA="


def _time(body: dict[str, Any], name: str) -> dict[str, str]:
    given = body.get(name)
    if not isinstance(given, dict):
        raise _wrong_value()
    check_properties(given, "dateTimeTimeZone", {"dateTime", "timeZone"})
    moment, zone = text(given, "dateTime"), text(given, "timeZone")
    if zone not in ZONES:
        words = (
            "A valid TimeZone value must be specified. The following TimeZone value is not "
            f"supported: '{zone}'."
        )
        raise bad_request("TimeZoneNotSupportedException", words)
    if not TIME.fullmatch(moment):
        raise _wrong_value()
    time = {"dateTime": moment, "timeZone": zone}
    try:
        _moment(time)
    except ValueError as bad:
        raise _wrong_value() from bad
    return time


def _moment(time: dict[str, str]) -> datetime:
    return datetime.fromisoformat(time["dateTime"])


def _wrong_value() -> GraphError:
    return bad_request("ErrorPropertyValidationFailure", "At least one property failed validation.")


def _written(time: dict[str, str]) -> str:
    return f"{time['dateTime']} {time['timeZone']}"
