"""Microsoft 365 as the functional tests meet it: the people there, and what they can reach."""

import json
from collections.abc import Callable, Collection
from typing import Any

import boto3

from tests.conftest import forget
from tests.functional.conftest import CLIENTS
from tests.functional.gateway import Reply
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.server import Simulator

ADA, GRACE = "ada@contoso.example", "grace@contoso.example"
ALAN, LINUS = "alan@fabrikam.example", "linus@outlook.example"
MICROSOFT = {"providerId": "microsoft"}
REQUIRED = [
    "openid",
    "profile",
    "offline_access",
    "User.Read",
    "Calendars.ReadWrite",
    "Calendars.Read",
    "Mail.Send",
    "ChannelMessage.Send",
    "Files.ReadWrite",
    "User.ReadBasic.All",
]
TEAM = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b"
CHANNEL = "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
MESSAGE = {"teamId": TEAM, "channelId": CHANNEL, "text": "Hello"}
MAIL = {"to": ADA, "subject": "Hello", "body": "Welcome aboard!"}
SHARE = {"fileId": "01PLAN", "email": ADA}
MORNING = {"dateTime": "2026-11-20T10:00:00+01:00"}
NOON = {"dateTime": "2026-11-20T12:00:00+01:00"}
EVENT = {"summary": "Kick-off", "start": MORNING, "end": NOON}
EVERY = [
    ("create_calendar_event", EVENT, "events.create"),
    ("send_email", MAIL, "mail.send"),
    ("send_channel_message", MESSAGE, "messages.post"),
    ("share_file", SHARE, "items.invite"),
]
CANARY = "canary-c81e"


def come_back(
    journey: Journey,
    account: str = GRACE,
    *,
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer."""
    started = journey.start({**MICROSOFT, "scopes": list(scopes)})
    return journey.return_(journey.consent(started, account), started.cookie)


def register(simulator: Simulator, **changes: str) -> None:
    """Set the provider up anew, as a deployer does, and wait until the functions know."""
    client = CLIENTS["microsoft"]
    registration = {
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        **simulator.endpoints("microsoft"),
    }
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/providers/microsoft",
        Value=json.dumps(registration | changes),
        Type="SecureString",
        Overwrite=True,
    )
    forget()


def shown(journey: Journey, integration: str) -> dict[str, Any]:
    data: dict[str, Any] = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    return data


def acting(journey: Journey, integration: str | None = None) -> Callable[..., Reply]:
    """Give what acts through an integration; through Grace's unless another is named."""
    of = integration or journey.connect(GRACE, provider="microsoft")

    def act(action: str, body: Any, **options: Any) -> Reply:
        return journey.gateway.post(f"/api/integrations/{of}/actions/{action}", body, **options)

    return act


def made(simulator: Simulator, what: str) -> list[dict[str, Any]]:
    """The `events`, `mails`, `posts` or `shares` that came about at Microsoft."""
    found: list[dict[str, Any]] = simulator.state()["microsoft"][what]
    return found


def api_calls(simulator: Simulator) -> list[Call]:
    """What Graph was asked, without consent and tokens."""
    return [call for call in simulator.log() if "." in call.operation]
