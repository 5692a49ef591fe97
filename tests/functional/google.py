"""Google as the functional tests meet it: the people there, and answers that are not as they
should be.
"""

import base64
import copy
import dataclasses
import json
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.http_client import HttpClient
from hub.http_types import Answer
from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.server import Simulator

ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"
AUTH = "https://www.googleapis.com/auth/"
OPENID, EMAIL = "openid", f"{AUTH}userinfo.email"
CALENDAR, DRIVE, SEND = f"{AUTH}calendar.events", f"{AUTH}drive", f"{AUTH}gmail.send"
CONTACTS, DIRECTORY = f"{AUTH}contacts.readonly", f"{AUTH}directory.readonly"
GOOGLE = {"providerId": "google"}
BOB = User(organization="org-b", id="bob")
REQUIRED = [OPENID, EMAIL, CALENDAR, DRIVE, SEND, CONTACTS]
CANARY = "canary-b51f"
MAIL = {"to": ADA, "subject": "Hello", "body": "Welcome aboard!"}
SHARE = {"fileId": "file-plan", "email": ADA}


def spoil(monkeypatch: pytest.MonkeyPatch, path: str, change: Callable[[Answer], Answer]) -> None:
    """Change what providers answered at paths with this end, after they did what was asked."""
    send = HttpClient.send

    def spoilt(client: HttpClient, request: Any, **options: Any) -> Answer:
        answer = send(client, request, **options)
        return change(answer) if urlsplit(request.url).path.endswith(path) else answer

    monkeypatch.setattr(HttpClient, "send", spoilt)


def spoil_tokens(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Change the content of the token endpoint's answer; the tokens in it are real."""

    def changed(answer: Answer) -> Answer:
        return copy.replace(answer, body=json.dumps(change(answer.json())).encode())

    spoil(monkeypatch, "/token", changed)


def with_claims(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Change claims of the ID token; those that are None are left out."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        head, content, signature = answer["id_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(content + "==")) | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return answer | {"id_token": f"{head}.{segment(json.dumps(claims))}.{signature}"}

    return change


def segment(content: str | bytes) -> str:
    """A part of a JWT."""
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def come_back(
    journey: Journey,
    account: str = GRACE,
    *,
    untick: Collection[str] = (),
    url: Callable[[str], str] = str,
    extra: str = "",
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer. `url` changes the authorization
    URL on the way, `extra` is added to what the browser brings back.
    """
    started = journey.start({**GOOGLE, "scopes": list(scopes)})
    back = journey.consent(dataclasses.replace(started, url=url(started.url)), account, untick)
    return journey.return_(back + extra, started.cookie)


def shown(journey: Journey, integration: str, user: User | None = None) -> dict[str, Any]:
    reply = journey.gateway.get(f"/api/integrations/{integration}", user=user)
    return reply.json["data"]


def grants(simulator: Simulator) -> list[str]:
    """The addresses of those whose grant is alive at Google."""
    found = simulator.state()["google"]["grants"]
    return sorted(PEOPLE[grant["sub"]].email for grant in found)


def acting(journey: Journey) -> Callable[..., Reply]:
    """Connect Grace's account for Ada of org-a; give what acts through it."""
    integration = journey.connect(GRACE, provider="google")

    def act(action: str, body: Any, **options: Any) -> Reply:
        url = f"/api/integrations/{integration}/actions/{action}"
        return journey.gateway.post(url, body, **options)

    return act


def acting_under_keys(journey: Journey, connected: str) -> Callable[..., Reply]:
    """Give what sends a mail, or does something else, under an Idempotency-Key."""

    def act(
        body: Any = MAIL,
        *,
        key: str | None = "key-1",
        action: str = "send_email",
        to: str = connected,
        user: User | None = None,
    ) -> Reply:
        headers = {} if key is None else {"idempotency-key": key}
        url = f"/api/integrations/{to}/actions/{action}"
        return journey.gateway.post(url, body, headers=headers, user=user)

    return act


def made(simulator: Simulator, what: str) -> list[dict[str, Any]]:
    """The `events`, `mails` or `shares` that came about at Google."""
    found: list[dict[str, Any]] = simulator.state()["google"][what]
    return found


def api_calls(simulator: Simulator) -> list[Call]:
    """What Google's APIs were asked, without consent and tokens."""
    return [call for call in simulator.log() if "." in call.operation]
