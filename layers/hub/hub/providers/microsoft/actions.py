"""What people do through Microsoft 365, as typed inputs."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from hub.errors import InvalidRequest
from hub.limits import Len
from hub.providers._inputs import Email, When
from hub.providers._times import universal
from hub.providers._values import Action
from hub.providers.microsoft.client import CALENDAR, CHANNEL, FILES, SEND, MicrosoftClient

_ROLES: Final = {"reader": "read", "writer": "write"}


@dataclass(frozen=True, kw_only=True)
class CreateCalendarEvent:
    summary: Annotated[str, Len(1, 1024)]
    start: When
    end: When
    description: Annotated[str, Len(1, 8192)] | None = None
    location: Annotated[str, Len(1, 1024)] | None = None
    attendees: Annotated[tuple[Email, ...], Len(0, 200)] = ()
    calendar_id: Annotated[str, Len(1, 512)] | None = None
    online_meeting: bool = False


@dataclass(frozen=True, kw_only=True)
class SendEmail:
    to: Email
    subject: Annotated[str, Len(1, 998)]
    body: Annotated[str, Len(1, 200_000)]
    cc: Annotated[tuple[Email, ...], Len(0, 100)] = ()
    bcc: Annotated[tuple[Email, ...], Len(0, 100)] = ()
    html: bool = False


@dataclass(frozen=True, kw_only=True)
class SendChannelMessage:
    team_id: Annotated[str, Len(1, 128)]
    channel_id: Annotated[str, Len(1, 256)]
    text: Annotated[str, Len(1, 20_000)]
    html: bool = False
    subject: Annotated[str, Len(1, 255)] | None = None


@dataclass(frozen=True, kw_only=True)
class ShareFile:
    file_id: Annotated[str, Len(1, 256)]
    email: Email
    role: Literal["reader", "writer"] = "reader"
    drive_id: Annotated[str, Len(1, 256)] | None = None
    message: Annotated[str, Len(1, 2000)] | None = None
    notify: bool = True


def _moment(when: When) -> dict[str, str]:
    """Graph takes a time without offset, and its zone beside it: a Windows name will do too."""
    if (when.date_time.tzinfo is None) is (when.time_zone is None):
        raise InvalidRequest(
            "A time needs either an offset such as Z or +01:00, or a timeZone, and not both."
        )
    if when.time_zone:
        return {"dateTime": when.date_time.isoformat(), "timeZone": when.time_zone}
    moment = universal(when.date_time).replace(tzinfo=None)
    return {"dateTime": moment.isoformat(), "timeZone": "UTC"}


def _create_calendar_event(client: MicrosoftClient, given: CreateCalendarEvent) -> dict[str, Any]:
    event: dict[str, Any] = {
        "subject": given.summary,
        "start": _moment(given.start),
        "end": _moment(given.end),
    }
    if given.description:
        event["body"] = {"contentType": "text", "content": given.description}
    if given.location:
        event["location"] = {"displayName": given.location}
    if given.attendees:
        event["attendees"] = [
            {"emailAddress": {"address": email}, "type": "required"} for email in given.attendees
        ]
    if given.online_meeting:
        event |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    return client.create_calendar_event(event, given.calendar_id)


def _send_email(client: MicrosoftClient, given: SendEmail) -> dict[str, Any]:
    return client.send_email(
        given.to, given.subject, given.body, cc=given.cc, bcc=given.bcc, html=given.html
    )


def _send_channel_message(client: MicrosoftClient, given: SendChannelMessage) -> dict[str, Any]:
    return client.send_channel_message(
        given.team_id, given.channel_id, given.text, html=given.html, subject=given.subject
    )


def _share_file(client: MicrosoftClient, given: ShareFile) -> dict[str, Any]:
    shared = client.share_file(
        given.file_id,
        given.email,
        _ROLES[given.role],
        drive=given.drive_id,
        message=given.message,
        notify=given.notify,
    )
    return {**shared, "role": given.role}


ACTIONS: Final = (
    Action(
        id="create_calendar_event",
        explanation="Create an event in an Outlook calendar",
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
        id="send_channel_message",
        explanation="Post a message to a Teams channel as the person who connected",
        scope=CHANNEL,
        takes=SendChannelMessage,
        perform=_send_channel_message,
    ),
    Action(
        id="share_file",
        explanation="Give somebody access to a file in OneDrive or SharePoint",
        scope=FILES,
        takes=ShareFile,
        perform=_share_file,
    ),
)
