"""Gmail as the tests of its notifications meet it: watched mailboxes, and pushes of one's own."""

import base64
import json
from dataclasses import replace
from typing import Any

import boto3

from tests.functional.gateway import User
from tests.functional.google import ADA
from tests.functional.journey import Journey, result
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.providers.google.pubsub import Watches
from tests.simulator.webhooks import Sent

METADATA = "https://www.googleapis.com/auth/gmail.metadata"
URL = "http://localhost:4500/api/webhooks/google"
ADAS = next(person.sub for person in PEOPLE.values() if person.email == ADA)


def connect(journey: Journey, account: str = ADA, user: User | None = None) -> str:
    """Connect with the optional permission that watching a mailbox needs."""
    started = journey.start({"providerId": "google", "scopes": [METADATA]}, user=user)
    reply = journey.return_(journey.consent(started, account), started.cookie)
    return result(reply)["integration"]


def watches(journey: Journey) -> Watches:
    return journey.simulator._engine.provider("google")._watches


def watched(journey: Journey) -> list[str]:
    """Give whose mailboxes are watched."""
    listed = journey.simulator.state()["google"]["watches"]
    return [each["sub"] for each in listed if each["live"]]


def pushed(journey: Journey, **claims: Any) -> Sent:
    """A push of Ada's mailbox, with other claims in its token."""
    (sent,) = watches(journey).of(ADA)
    return authorized(sent, f"Bearer {watches(journey).token(**claims)}")


def authorized(sent: Sent, value: str | None) -> Sent:
    headers = {name: each for name, each in sent.headers.items() if name != "Authorization"}
    return replace(sent, headers=headers | ({"Authorization": value} if value else {}))


def of_message(sent: Sent, **changes: Any) -> Sent:
    """The same push with another message in it."""
    message = {**json.loads(sent.body)["message"], **changes}
    kept = {name: value for name, value in message.items() if value is not None}
    return replace(sent, body=json.dumps({"message": kept}).encode())


def data(told: Any) -> str:
    return base64.b64encode(json.dumps(told).encode()).decode()


def configure(**changes: str | None) -> None:
    """Change settings of our registration with Google; what is None is taken away."""
    ssm, name = boto3.client("ssm"), "/targetym/local/providers/google"
    content = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    changed = {k: v for k, v in {**content, **changes}.items() if v is not None}
    ssm.put_parameter(Name=name, Value=json.dumps(changed), Type="SecureString", Overwrite=True)
