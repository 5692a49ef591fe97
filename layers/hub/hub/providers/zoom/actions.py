"""What people do through Zoom, as typed inputs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from hub.limits import Interval, Len
from hub.providers._values import Action
from hub.providers.zoom.client import CREATE_MEETING, ZoomClient

_LONGEST: Final = 1440  # minutes


@dataclass(frozen=True, kw_only=True)
class CreateMeeting:
    """A time with an offset, or one on the clocks of a time zone (IANA)."""

    topic: Annotated[str, Len(1, 200)]
    start_time: datetime
    time_zone: Annotated[str, Len(1, 64)] | None = None
    duration: Annotated[int, Interval(ge=1, le=_LONGEST)] = 60
    agenda: Annotated[str, Len(1, 2000)] | None = None
    passcode: Annotated[str, Len(1, 10)] | None = None
    waiting_room: bool | None = None
    join_before_host: bool | None = None


def _create_meeting(client: ZoomClient, given: CreateMeeting) -> dict[str, Any]:
    settings = {"waiting_room": given.waiting_room, "join_before_host": given.join_before_host}
    return client.create_meeting(
        given.topic,
        given.start_time,
        minutes=given.duration,
        time_zone=given.time_zone,
        agenda=given.agenda,
        passcode=given.passcode,
        settings={name: value for name, value in settings.items() if value is not None},
    )


ACTIONS: Final = (
    Action(
        id="create_meeting",
        explanation="Schedule a meeting as the person who connected",
        scope=CREATE_MEETING,
        takes=CreateMeeting,
        perform=_create_meeting,
    ),
)
