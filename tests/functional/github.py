"""GitHub as the functional tests meet it."""

import dataclasses
import json
from collections.abc import Callable, Collection
from typing import Any

import boto3
import pytest

from hub.http_client import HttpClient
from tests.conftest import forget
from tests.functional.conftest import CLIENTS
from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.server import Simulator

ADA, GRACE = "ada-byron", "grace-hooper"
HANDBOOK = "globex/handbook"
GITHUB = {"providerId": "github"}
BOB = User(organization="org-b", id="bob")
NIGHT = 9 * 3600  # longer than an access token lives
STILL_HERE = User(expires_in=40_000)  # a session that outlives the night
ISSUE = {"repository": HANDBOOK, "title": "Update the travel rules"}
CANARY = "canary-c7d2"


def come_back(
    journey: Journey,
    account: str = ADA,
    *,
    untick: Collection[str] = (),
    url: Callable[[str], str] = str,
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer. `url` changes the authorization
    URL on the way.
    """
    started = journey.start({**GITHUB, "scopes": list(scopes)})
    back = journey.consent(dataclasses.replace(started, url=url(started.url)), account, untick)
    return journey.return_(back, started.cookie)


def register(simulator: Simulator, **changes: str) -> None:
    """Set the provider up anew, as a deployer does, and wait until the functions know."""
    client = CLIENTS["github"]
    registration = {
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        **simulator.endpoints("github"),
    }
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/providers/github",
        Value=json.dumps(registration | changes),
        Type="SecureString",
        Overwrite=True,
    )
    forget()


def shown(journey: Journey, integration: str, user: User | None = None) -> dict[str, Any]:
    return journey.gateway.get(f"/api/integrations/{integration}", user=user).json["data"]


def act(
    journey: Journey,
    integration: str,
    body: Any = ISSUE,
    *,
    user: User | None = None,
    **headers: str,
) -> Reply:
    url = f"/api/integrations/{integration}/actions/create_issue"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return journey.gateway.post(url, body, headers=named, user=user)


def issues(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.state()["github"]["issues"]
    return found


def grants(simulator: Simulator) -> list[str]:
    """Whose grants are alive at GitHub."""
    return sorted(grant["account"] for grant in simulator.state()["github"]["grants"])


def attempts(simulator: Simulator) -> list[Call]:
    return simulator.calls("issues.create")


def without_asking_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls of the token endpoint leave as they would without `Accept`."""
    send = HttpClient.send

    def sent(client: HttpClient, request: Any, **options: Any) -> Any:
        if "/login/oauth/" in request.url:
            request = request.__replace__(headers={**request.headers, "accept": "*/*"})
        return send(client, request, **options)

    monkeypatch.setattr(HttpClient, "send", sent)
