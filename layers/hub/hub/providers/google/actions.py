"""What people do through Google Workspace, as typed inputs."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from hub.errors import InvalidRequest
from hub.limits import Len
from hub.providers._inputs import Email, When
from hub.providers._values import Action
from hub.providers.google.client import CALENDAR, DRIVE, SEND, GoogleClient


@dataclass(frozen=True, kw_only=True)
class CreateCalendarEvent:
    summary: Annotated[str, Len(1, 1024)]
    start: When
    end: When
    description: Annotated[str, Len(1, 8192)] | None = None
    location: Annotated[str, Len(1, 1024)] | None = None
    attendees: Annotated[tuple[Email, ...], Len(0, 200)] = ()
    calendar_id: Annotated[str, Len(1, 320)] = "primary"
    notify: bool = True


@dataclass(frozen=True, kw_only=True)
class SendEmail:
    to: Email
    subject: Annotated[str, Len(1, 998)]
    body: Annotated[str, Len(1, 200_000)]
    cc: Annotated[tuple[Email, ...], Len(0, 100)] = ()
    bcc: Annotated[tuple[Email, ...], Len(0, 100)] = ()
    html: bool = False


@dataclass(frozen=True, kw_only=True)
class ShareFile:
    file_id: Annotated[str, Len(1, 256)]
    email: Email
    role: Literal["reader", "commenter", "writer"] = "reader"
    notify: bool = True


def _moment(when: When) -> dict[str, str]:
    if when.date_time.tzinfo is None and when.time_zone is None:
        raise InvalidRequest("A time needs an offset such as Z or +01:00, or a timeZone.")
    moment = {"dateTime": when.date_time.isoformat()}
    return moment | ({"timeZone": when.time_zone} if when.time_zone else {})


def _create_calendar_event(client: GoogleClient, given: CreateCalendarEvent) -> dict[str, Any]:
    event: dict[str, Any] = {
        "summary": given.summary,
        "start": _moment(given.start),
        "end": _moment(given.end),
        "description": given.description,
        "location": given.location,
        "attendees": [{"email": email} for email in given.attendees] or None,
    }
    event = {name: value for name, value in event.items() if value is not None}
    return client.create_calendar_event(event, given.calendar_id, notify=given.notify)


def _send_email(client: GoogleClient, given: SendEmail) -> dict[str, Any]:
    return client.send_email(
        given.to, given.subject, given.body, cc=given.cc, bcc=given.bcc, html=given.html
    )


def _share_file(client: GoogleClient, given: ShareFile) -> dict[str, Any]:
    return client.share_file(given.file_id, given.email, given.role, notify=given.notify)


ACTIONS: Final = (
    Action(
        id="create_calendar_event",
        explanation="Create an event in a calendar",
        scope=CALENDAR,
        takes=CreateCalendarEvent,
        perform=_create_calendar_event,
    ),
    Action(
        id="send_email",
        explanation="Send an e-mail as the person who connected",
        scope=SEND,
        takes=SendEmail,
        perform=_send_email,
    ),
    Action(
        id="share_file",
        explanation="Give somebody access to a file in Drive",
        scope=DRIVE,
        takes=ShareFile,
        perform=_share_file,
    ),
)
