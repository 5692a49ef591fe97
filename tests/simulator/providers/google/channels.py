"""Google's push channels, for one person's calendar events and Drive changes.

Rules played here:
- The `sync` message is sent before the call that makes the channel is answered.
- A channel's id is its maker's, unique for ever; it lives seven days at most, and is not renewed.
- Notifications have no body and no signature; only 500, 502, 503 and 504 are tried again.
- Only the same person's token stops a channel.

Sources: developers.google.com/workspace/calendar/api/guides/push, /drive/api/guides/push.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call, fingerprint
from tests.simulator.oauth import Context
from tests.simulator.providers.google.door import Door, json_object
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.providers.google.scopes import CALENDAR_EVENTS, DRIVE
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request, last

LONGEST = 7 * 86_400
RETRIES = (1.0, 2.0, 4.0, 8.0)
_AGAIN = {500, 502, 503, 504}
_STATES = {"calendar": "exists", "drive": "change"}


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    kind: str
    sub: str
    address: str
    token: str
    resource: str
    ends_at: float
    number: int = 0
    stopped: bool = False


class Channels:
    def __init__(self, context: Context, grants: Grants) -> None:
        self._call, self._now = context.call, context.now
        self._doors = {
            "calendar": Door(
                grants, "calendar-json.googleapis.com", "Watch", frozenset({CALENDAR_EVENTS})
            ),
            "drive": Door(grants, "drive.googleapis.com", "Watch", frozenset({DRIVE})),
        }
        self.channels: dict[str, Channel] = {}

    def watch_calendar(self, request: Request, call: Call) -> Answer:
        return self._watch("calendar", request, call)

    def watch_drive(self, request: Request, call: Call) -> Answer:
        if not last(request.query, "pageToken"):
            raise bad_request(
                "required", "Required parameter: pageToken", ("parameter", "pageToken")
            )
        return self._watch("drive", request, call)

    def stop(self, request: Request, call: Call) -> Answer:
        kind = request.path.split("/")[1]
        token = self._doors[kind].enter(request, call)
        body = json_object(request)
        found = self.channels.get(str(body.get("id")))
        if found is None or found.sub != token.sub or found.resource != body.get("resourceId"):
            message = f"Channel '{body.get('id')}' not found for project"
            raise ApiError(HTTPStatus.NOT_FOUND, "notFound", message)
        found.stopped = True
        return Answer(status=HTTPStatus.NO_CONTENT)

    def state(self) -> dict[str, Any]:
        return {
            "channels": [
                {"id": c.id, "kind": c.kind, "sub": c.sub, "live": self._lives(c)}
                for c in self.channels.values()
            ]
        }

    def of(self, event: str, account: str) -> list[Sent]:
        """`calendar` or `drive`: something of a person has changed."""
        person = next(p for p in PEOPLE.values() if account in {p.email, p.sub, p.name})
        heard = [
            channel
            for channel in self.channels.values()
            if (channel.kind, channel.sub) == (event, person.sub) and self._lives(channel)
        ]
        return [self._message(channel, _STATES[event]) for channel in heard]

    def _watch(self, kind: str, request: Request, call: Call) -> Answer:
        token = self._doors[kind].enter(request, call)
        body = json_object(request)
        channel_id, address = str(body.get("id", "")), str(body.get("address", ""))
        if not channel_id or channel_id in self.channels:
            raise bad_request("channelIdNotUnique", f"Channel id {channel_id} not unique")
        if body.get("type") != "web_hook" or not address:
            raise bad_request("invalid", "Unknown channel type")
        wanted = body.get("expiration", (self._now() + LONGEST) * 1000) / 1000
        channel = Channel(
            id=channel_id,
            kind=kind,
            sub=token.sub,
            address=address,
            token=str(body.get("token", "")),
            resource=fingerprint(f"{kind}/{token.sub}"),
            ends_at=min(wanted, self._now() + LONGEST),
        )
        self.channels[channel.id] = channel
        self._call(self._message(channel, "sync"))
        return Answer.json(
            {
                "kind": "api#channel",
                "id": channel.id,
                "resourceId": channel.resource,
                "resourceUri": f"https://www.googleapis.com/{kind}/v3",
                "token": channel.token,
                "expiration": str(int(channel.ends_at * 1000)),
            }
        )

    def _message(self, channel: Channel, state: str) -> Sent:
        channel.number += 1 if channel.number == 0 else 3  # they grow, and leave some out
        return Sent(
            url=channel.address,
            headers={
                "X-Goog-Channel-ID": channel.id,
                "X-Goog-Channel-Token": channel.token,
                "X-Goog-Message-Number": str(channel.number),
                "X-Goog-Resource-ID": channel.resource,
                "X-Goog-Resource-State": state,
                "X-Goog-Resource-URI": f"https://www.googleapis.com/{channel.kind}/v3",
                "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            },
        )

    def _lives(self, channel: Channel) -> bool:
        return not channel.stopped and self._now() < channel.ends_at


def tries_again(answer: Delivered) -> bool:
    return answer.status in _AGAIN
