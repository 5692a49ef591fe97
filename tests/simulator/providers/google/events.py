"""Google Calendar's `events.insert`, into the calendar that each person has.

Stricter than Google in one thing: an event that ends when it starts is refused too.

Sources: developers.google.com/workspace/calendar/api/v3/reference/events/insert,
/calendar/api/guides/errors; messages as seen in googleapis/google-api-nodejs-client issue 565,
kewisch/gdata-provider issues 12 and 82, openclaw/gogcli issue 347, odoo/odoo pull request 18180.
"""

import base64
import contextlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulator.journal import Call
from tests.simulator.providers.google.addresses import is_address
from tests.simulator.providers.google.agenda import Agenda
from tests.simulator.providers.google.door import Door, choice, json_object
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, Person
from tests.simulator.providers.google.scopes import CALENDAR, CALENDAR_EVENTS
from tests.simulator.wire import Answer, Request

ID = re.compile(r"[a-v0-9]{5,1024}")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TEXTS = ("summary", "description", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    sub: str
    id: str
    summary: str
    start: str
    end: str
    attendees: tuple[str, ...]
    send_updates: str
    hangout_link: str | None


class Calendars:
    def __init__(self, grants: Grants, now: Callable[[], float], agenda: Agenda) -> None:
        self._agenda = agenda
        scopes = frozenset({CALENDAR, CALENDAR_EVENTS})
        self._door = Door(
            grants, "calendar-json.googleapis.com", "calendar.v3.Events.Insert", scopes
        )
        self._now = now
        self.events: list[Event] = []

    def insert(self, request: Request, call: Call) -> Answer:
        person = PEOPLE[self._door.enter(request, call).sub]
        if request.named["calendar"].lower() not in {"primary", person.email}:
            raise ApiError(HTTPStatus.NOT_FOUND, "notFound", "Not Found")
        send_updates = choice(request, "sendUpdates", "none", "all", "externalOnly")
        with_conference = choice(request, "conferenceDataVersion", "0", "1") == "1"
        body = json_object(request)
        _check_texts(body)
        _check_times(body)
        attendees = _attendees(body)
        event_id = self._id(person, body.get("id"))
        meeting = _conference(body, event_id) if with_conference else {}
        body.pop("conferenceData", None)
        event = Event(
            sub=person.sub,
            id=event_id,
            summary=body.get("summary", ""),
            start=_written(body["start"]),
            end=_written(body["end"]),
            attendees=tuple(one["email"] for one in attendees),
            send_updates=send_updates,
            hangout_link=meeting.get("hangoutLink"),
        )
        self.events.append(event)
        invited = {"attendees": attendees} if attendees else {}
        made = {**body, **self._made(person, event_id), **invited, **meeting}
        self._agenda.held[person.sub].create(**made)
        return Answer.json(made)

    def _id(self, person: Person, given: Any) -> str:
        taken = {event.id for event in self.events if event.sub == person.sub}
        if given is None:
            return f"made{len(self.events) + 1:022}"
        if not isinstance(given, str) or not ID.fullmatch(given):
            raise bad_request("invalid", "Invalid resource id value.")
        if given in taken:
            raise ApiError(
                HTTPStatus.CONFLICT, "duplicate", "The requested identifier already exists."
            )
        return given

    def _made(self, person: Person, event_id: str) -> dict[str, Any]:
        """What Google adds of its own."""
        at = datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        eid = base64.urlsafe_b64encode(f"{event_id} {person.email}".encode()).rstrip(b"=").decode()
        oneself = {"email": person.email, "self": True}
        return {
            "kind": "calendar#event",
            "etag": f'"{int(self._now() * 1000)}"',
            "id": event_id,
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={eid}",
            "created": at,
            "updated": at,
            "creator": oneself,
            "organizer": oneself,
            "iCalUID": f"{event_id}@google.com",
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
        }

    def state(self) -> dict[str, Any]:
        return {"events": [asdict(event) for event in self.events]}


def _check_texts(body: dict[str, Any]) -> None:
    for name in TEXTS:
        if not isinstance(body.get(name, ""), str):
            raise bad_request("invalid", f"Invalid value for: {name}")


def _check_times(body: dict[str, Any]) -> None:
    end, start = (_time(body, name) for name in ("end", "start"))
    if isinstance(start, datetime) is not isinstance(end, datetime):
        raise bad_request(
            "invalid", "Start and end times must either both be date or both be dateTime."
        )
    if end <= start:
        message = "The specified time range is empty."
        raise ApiError(HTTPStatus.BAD_REQUEST, "timeRangeEmpty", message, domain="calendar")


def _time(body: dict[str, Any], name: str) -> Any:
    """A day, or a moment: the time zone must be known by its offset or its name."""
    given = body.get(name)
    if not isinstance(given, dict) or not ("date" in given or "dateTime" in given):
        raise bad_request("required", f"Missing {name} time.")
    zone = _zone(given.get("timeZone"), name)
    if "date" in given and "dateTime" in given:
        raise bad_request("invalid", f"Invalid {name} time.")
    moment = (
        _moment(given["date"], DAY) if "date" in given else _moment(given["dateTime"], RFC_3339)
    )
    if not isinstance(moment, datetime):
        return moment
    if zone is None and (moment.tzinfo is None or body.get("recurrence")):
        raise bad_request("required", f"Missing time zone definition for {name} time.")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _moment(text: Any, pattern: re.Pattern[str]) -> date | datetime:
    if isinstance(text, str) and pattern.fullmatch(text):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(text) if pattern is DAY else datetime.fromisoformat(text)
    raise bad_request("invalid", f'Invalid value for: Invalid format: "{text}"')


def _zone(name: Any, of: str) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as bad:
        message = f"Invalid time zone definition for {of} time."
        raise bad_request("invalid", message) from bad


def _written(time: dict[str, str]) -> str:
    zone = time.get("timeZone")
    return time.get("dateTime", time.get("date", "")) + (f" {zone}" if zone else "")


def _attendees(body: dict[str, Any]) -> list[dict[str, Any]]:
    given = body.get("attendees", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("invalid", "Invalid value for: attendees")
    for one in given:
        if not one.get("email"):
            raise bad_request("required", "Missing attendee email.")
        if not is_address(one["email"]):
            raise bad_request("invalid", "Invalid attendee email.")
    return [{"responseStatus": "needsAction", **one} for one in given]


def _conference(body: dict[str, Any], event_id: str) -> dict[str, Any]:
    asked = body.get("conferenceData")
    if asked is None:
        return {}
    create = asked.get("createRequest") if isinstance(asked, dict) else None
    if not isinstance(create, dict) or not isinstance(create.get("requestId"), str):
        raise bad_request("required", "Missing conference create request id.")
    solution = create.get("conferenceSolutionKey", {"type": "hangoutsMeet"})
    if solution != {"type": "hangoutsMeet"}:
        raise bad_request("invalid", "Invalid conference type value.")
    link = f"https://meet.google.com/sim-{event_id[-4:]}-ple"
    return {
        "hangoutLink": link,
        "conferenceData": {
            "createRequest": {
                "requestId": create["requestId"],
                "conferenceSolutionKey": solution,
                "status": {"statusCode": "success"},
            },
            "entryPoints": [{"entryPointType": "video", "uri": link}],
            "conferenceId": link.rpartition("/")[2],
        },
    }
