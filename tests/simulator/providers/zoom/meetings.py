"""Zoom's `POST /users/{userId}/meetings`, for the person whose token it is.

Quirks: times are UTC with a Z, or a clock's time beside `timezone`; the answer holds a link that
starts the meeting as its host.

Stricter than Zoom, which does not say what it does with fields that it does not know or a start it
cannot place: they are refused.

Sources: developers.zoom.us/docs/api/meetings (create a meeting), @zoom/rivet meetings.d.ts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulator.journal import Call, Mint
from tests.simulator.providers.zoom.door import Door
from tests.simulator.providers.zoom.errors import (
    TRACKING,
    ApiRefused,
    TooManyMeetings,
    invalid_fields,
)
from tests.simulator.providers.zoom.rules import CREATE_MEETING
from tests.simulator.providers.zoom.users import User
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


class Meetings:
    def __init__(self, door: Door, mint: Mint, now: Callable[[], float]) -> None:
        self._door, self._mint, self._now = door, mint, now
        self.meetings: list[Meeting] = []

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
        meeting = self._made(user, body)
        self.meetings.append(meeting)
        content = self._shown(user, meeting, body)
        return Answer.json(content, status=HTTPStatus.CREATED, headers=TRACKING)

    def _made(self, user: User, body: Mapping[str, Any]) -> Meeting:
        return Meeting(
            id=84_500_000_001 + len(self.meetings),
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

    def _shown(self, user: User, meeting: Meeting, body: Mapping[str, Any]) -> dict[str, Any]:
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
