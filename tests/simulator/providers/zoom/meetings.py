"""Zoom's `POST /users/{userId}/meetings`, for the person whose token it is.

Quirks: times are UTC with a Z, or a clock's time beside `timezone`; the answer holds a link that
starts the meeting as its host.

Stricter than Zoom, which does not say what it does with fields that it does not know or a start it
cannot place: they are refused.

Sources: developers.zoom.us/docs/api/meetings (create a meeting), @zoom/rivet meetings.d.ts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulator.datasets import NoSuchObject
from tests.simulator.journal import Call, Mint
from tests.simulator.providers.zoom.door import Door
from tests.simulator.providers.zoom.errors import (
    TRACKING,
    ApiRefused,
    TooManyMeetings,
    invalid_fields,
)
from tests.simulator.providers.zoom.rules import CREATE_MEETING
from tests.simulator.providers.zoom.users import USERS, User
from tests.simulator.wire import JSON, Answer, Malformed, Request

START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?")
PASSCODE = re.compile(r"[A-Za-z0-9@_*-]{1,10}")
TYPES = {1, 2, 3, 8}
SETTINGS = frozenset(
    {
        "host_video",
        "participant_video",
        "join_before_host",
        "mute_upon_entry",
        "waiting_room",
        "use_pmi",
        "meeting_authentication",
        "private_meeting",
    }
)
DAY = 86_400
NOT_LISTED = {
    "start_url",
    "password",
    "h323_password",
    "pstn_password",
    "encrypted_password",
    "settings",
    "status",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    id: int
    user: str
    at: float
    topic: str
    start: str
    timezone: str
    duration: int
    agenda: str
    passcode: str
    settings: dict[str, bool]


class Held:
    """The meetings of one person, as a dataset."""

    def __init__(self, meetings: "Meetings", user: User) -> None:
        self._meetings, self._user = meetings, user
        self.epoch = 1

    def create(self, **fields: Any) -> str:
        body = {"topic": "A meeting", "start_time": "2026-12-01T09:00:00Z", **fields}
        return str(self._meetings.add(self._user, body).id)

    def update(self, id_: str, **fields: Any) -> None:
        held = self._meetings.meetings
        held[held.index(self._get(id_))] = replace(self._get(id_), **fields)

    def delete(self, id_: str) -> None:
        self._meetings.meetings.remove(self._get(id_))

    def expire(self) -> None:
        self.epoch += 1

    def ids(self) -> list[str]:
        return [str(one.id) for one in self._own()]

    def listed(self) -> list[dict[str, Any]]:
        """As a list shows them: without the host's link and without what lets people in."""
        shown = [self._meetings.shown(self._user, one) for one in self._own()]
        return [{n: v for n, v in one.items() if n not in NOT_LISTED} for one in shown]

    def _own(self) -> list["Meeting"]:
        return [one for one in self._meetings.meetings if one.user == self._user.id]

    def _get(self, id_: str) -> "Meeting":
        found = next((one for one in self._own() if str(one.id) == id_), None)
        if found is None:
            raise NoSuchObject(id_)
        return found


class Meetings:
    def __init__(self, door: Door, mint: Mint, now: Callable[[], float]) -> None:
        self._door, self._mint, self._now = door, mint, now
        self.meetings: list[Meeting] = []
        self._made_so_far = 0
        self._held = {id_: Held(self, user) for id_, user in USERS.items()}

    def held(self, user: User) -> Held:
        return self._held[user.id]

    def create(self, request: Request, call: Call) -> Answer:
        user = self._door.enter(request, call, CREATE_MEETING)
        most = self._door.settings.meetings_a_day
        today = [
            one
            for one in self.meetings
            if one.user == user.id and one.at // DAY == self._now() // DAY
        ]
        if len(today) >= most:
            raise TooManyMeetings(most)
        body = _object(request)
        wrong = [name for name, value in body.items() if not _fits(name, value)]
        if body.get("type", 2) in {2, 8} and "start_time" not in body:
            wrong.append("start_time")
        if wrong:
            raise invalid_fields(*wrong)
        content = self.shown(user, self.add(user, body), body)
        return Answer.json(content, status=HTTPStatus.CREATED, headers=TRACKING)

    def add(self, user: User, body: Mapping[str, Any]) -> Meeting:
        self._made_so_far += 1
        meeting = self._made(user, body)
        self.meetings.append(meeting)
        return meeting

    def _made(self, user: User, body: Mapping[str, Any]) -> Meeting:
        return Meeting(
            id=84_500_000_000 + self._made_so_far,
            user=user.id,
            at=self._now(),
            topic=body.get("topic", "Zoom Meeting"),
            start=body.get("start_time", ""),
            timezone=body.get("timezone", user.shown()["timezone"]),
            duration=body.get("duration", 60),
            agenda=body.get("agenda", ""),
            passcode=body.get("password", ""),
            settings=body.get("settings", {}),
        )

    def shown(
        self, user: User, meeting: Meeting, body: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Any]:
        created = datetime.fromtimestamp(meeting.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        start_key = self._mint.issue("eyJzdiI6InpvYWsifQ.")
        return {
            "uuid": f"uuid{meeting.id}AAAAAAA==",
            "id": meeting.id,
            "host_id": user.id,
            "host_email": user.email,
            "topic": meeting.topic,
            "type": body.get("type", 2),
            "status": "waiting",
            "start_time": _universal(meeting),
            "duration": meeting.duration,
            "timezone": meeting.timezone,
            "agenda": meeting.agenda,
            "created_at": created,
            "start_url": f"https://us05web.zoom.us/s/{meeting.id}?zak={start_key}",
            "join_url": f"https://us05web.zoom.us/j/{meeting.id}?pwd=simulated{meeting.id}.1",
            "password": meeting.passcode or "qW3rTy",
            "h323_password": "123456",
            "pstn_password": "123456",
            "encrypted_password": f"simulated{meeting.id}.1",
            "settings": {"host_video": False, "waiting_room": True, **meeting.settings},
            "pre_schedule": False,
        }

    def state(self) -> dict[str, Any]:
        return {"meetings": [asdict(one) for one in self.meetings]}


def _object(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed:
        body = None
    if not isinstance(body, dict):
        raise ApiRefused(300, "Request Body should be a valid JSON object.")
    return body


def _fits(name: str, value: Any) -> bool:
    return name in FIELDS and FIELDS[name](value)


def _text(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _start(value: Any) -> bool:
    if not isinstance(value, str) or not START.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _zone(value: Any) -> bool:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return False
    return True


def _settings(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in SETTINGS and isinstance(each, bool) for name, each in value.items()
    )


FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "type": lambda value: type(value) is int and value in TYPES,
    "topic": _text(200),
    "start_time": _start,
    "timezone": _zone,
    "duration": lambda value: type(value) is int and value > 0,
    "agenda": _text(2000),
    "password": lambda value: isinstance(value, str) and PASSCODE.fullmatch(value) is not None,
    "settings": _settings,
}


def _universal(meeting: Meeting) -> str:
    if not meeting.start or meeting.start.endswith("Z"):
        return meeting.start
    local = datetime.fromisoformat(meeting.start).replace(tzinfo=ZoneInfo(meeting.timezone))
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
