"""The rules by which Asana makes webhooks, and what it sends to them."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.simulator.providers.asana.world import BOARD, EXAMPLE, HARBOUR, ONBOARDING
from tests.simulator.webhooks import Delivered, Sent
from tests.unit.simulator.asana.app import GRACE, SCOPES, App

ALL = f"{SCOPES} webhooks:read webhooks:write webhooks:delete"
TARGET = "http://localhost:4500/api/webhooks/asana?webhook_id=1"
PROJECTS = [{"resource_type": "project", "action": "added"}]


@pytest.fixture
def hearer(asana: App) -> list[Sent]:
    """Answer handshakes, and keep all that comes."""
    heard: list[Sent] = []

    def take(sent: Sent) -> Delivered:
        heard.append(sent)
        word = {name.lower(): value for name, value in sent.headers.items()}.get("x-hook-secret")
        return Delivered(status=200, headers={"x-hook-secret": word} if word else {})

    asana.simulator.deliver_by(take)
    return heard


def make(asana: App, token: str, **webhook: Any) -> Any:
    given = {"resource": ONBOARDING, "target": TARGET} | webhook
    return asana.call("POST", "/webhooks", token, json={"data": given})


@pytest.fixture
def token(asana: App) -> str:
    return asana.token(scope=ALL)


def test_a_webhook_is_made_with_a_handshake(asana: App, token: str, hearer: list[Sent]):
    made = make(asana, token)

    assert made.status_code == 201
    (shaken,) = hearer
    assert made.json()["X-Hook-Secret"] == shaken.headers["X-Hook-Secret"]
    assert made.json()["data"]["active"] is False
    shown = asana.call("GET", f"/webhooks/{made.json()['data']['gid']}", token).json()
    assert shown["data"]["active"] is True
    assert "X-Hook-Secret" not in shown


@pytest.mark.parametrize(
    "answer",
    [
        Delivered(status=0),
        Delivered(status=401, headers={"x-hook-secret": "echoed"}),
        Delivered(status=200),
        Delivered(status=200, headers={"x-hook-secret": "another"}),
    ],
)
def test_without_one_it_is_not(asana: App, token: str, answer: Delivered):
    asana.simulator.deliver_by(lambda _: answer)

    assert make(asana, token).status_code == 400
    assert asana.state["webhooks"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"resource": EXAMPLE, "filters": PROJECTS}, 201),
        ({"resource": EXAMPLE}, 400),
        ({"resource": EXAMPLE, "filters": [{"resource_type": "task", "action": "added"}]}, 400),
        ({"resource": EXAMPLE, "filters": [*PROJECTS, {"resource_type": "project"}]}, 400),
        ({"resource": HARBOUR, "filters": PROJECTS}, 201),
        ({"resource": BOARD}, 403),
        ({"resource": "1"}, 400),
        ({"resource": None}, 400),
        ({"target": None}, 400),
    ],
)
def test_what_asana_makes_one_for(
    asana: App, token: str, hearer: list[Sent], changes: dict[str, Any], status: int
):
    assert make(asana, token, **changes).status_code == status


def test_each_call_needs_its_scope(asana: App, hearer: list[Sent]):
    poor = asana.token()
    gid = make(asana, asana.token(scope=ALL)).json()["data"]["gid"]

    assert make(asana, poor).status_code == 403
    assert asana.call("GET", f"/webhooks/{gid}", poor).status_code == 403
    assert asana.call("DELETE", f"/webhooks/{gid}", poor).status_code == 403


def test_a_resource_has_so_many_and_no_more(asana: App, token: str, hearer: list[Sent]):
    asana.simulator.configure("asana", most_webhooks=2)
    assert [make(asana, token).status_code for _ in range(3)] == [201, 201, 403]


def test_events_are_signed_and_filtered(asana: App, token: str, hearer: list[Sent]):
    filters = [{"resource_type": "task", "action": "changed"}]
    secret = make(asana, token, filters=filters).json()["X-Hook-Secret"]
    for event in ("task.changed", "task.added", "story.added"):
        asana.simulator.notify("asana", event, GRACE)

    (sent,) = hearer[1:]
    mac = hmac.new(secret.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Hook-Signature"] == mac
    (event,) = json.loads(sent.body)["events"]
    assert event["action"] == "changed"


def test_a_webhook_ends_by_a_call_and_with_its_grant(asana: App, hearer: list[Sent]):
    granted = asana.connect(scope=ALL)
    token = granted["access_token"]
    first, second = (make(asana, token).json()["data"]["gid"] for _ in range(2))
    assert asana.call("DELETE", f"/webhooks/{first}", token).status_code == 200
    assert asana.call("GET", f"/webhooks/{first}", token).status_code == 404
    assert len(asana.simulator.notify("asana", "heartbeat", GRACE)) == 1

    asana.revoke(granted["refresh_token"])
    assert asana.simulator.notify("asana", "heartbeat", GRACE) == []
    assert second
