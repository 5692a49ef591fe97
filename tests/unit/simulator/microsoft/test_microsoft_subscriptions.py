"""The simulator's Graph keeps the documented rules of subscriptions, and sends as Graph does."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.providers.sample import fixture
from tests.simulator.webhooks import Delivered, Sent
from tests.unit.simulator.microsoft.app import ADA, GRACE, SCOPES, App
from tests.unit.simulator.microsoft.orders import code_of
from tests.unit.simulator.registered import Clock

READ = f"{SCOPES} Calendars.Read Files.Read.All User.Read.All"
URL = "http://localhost:4500/api/webhooks/microsoft?webhook_id=1"
DAY = 86_400
STATE = "c" * 43


class Endpoint:
    """Our side: repeats what it is to repeat, and answers notices as it is told."""

    def __init__(self) -> None:
        self.proven: list[str] = []
        self.spoil: dict[str, Any] = {}
        self.statuses: list[int] = []
        self.heard: list[Sent] = []

    def __call__(self, sent: Sent) -> Delivered:
        word = parse_qs(urlsplit(sent.url).query).get("validationToken")
        if word is None:
            self.heard.append(sent)
            return Delivered(status=self.statuses.pop(0) if self.statuses else 202)
        self.proven.append(sent.url)
        answer = Delivered(
            status=200, headers={"content-type": "text/plain"}, body=word[0].encode()
        )
        return replace(answer, **self.spoil)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def endpoint():
    return Endpoint()


@pytest.fixture
def app(clock, endpoint):
    with App.alone(clock=clock) as simulator:
        simulator.deliver_by(endpoint)
        yield App(simulator)


@pytest.fixture
def token(app):
    return app.connect(GRACE, scope=READ)["access_token"]


def until(app, days):
    at = datetime.fromtimestamp(app.simulator.now() + days * DAY, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def wanted(app, days=5, **changes):
    return {
        "changeType": "created,updated",
        "notificationUrl": URL,
        "lifecycleNotificationUrl": f"{URL}&lifecycle",
        "resource": "/me/events",
        "expirationDateTime": until(app, days),
        "clientState": STATE,
    } | changes


def create(app, token, **changes):
    return app.post("/subscriptions", token, wanted(app, **changes))


def call(app, method, token, path, body=None):
    url = f"{app.endpoints['apiUrl']}/v1.0/subscriptions{path}"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, url, json=body, headers=headers, timeout=5)


def test_both_addresses_are_proven_before_the_answer(app, token, endpoint):
    answer = create(app, token)

    assert answer.status_code == 201
    assert [url.split("&validationToken")[0] for url in endpoint.proven] == [
        URL,
        f"{URL}&lifecycle=",
    ]
    documented = fixture("microsoft", "subscription").json()
    assert answer.json().keys() <= documented.keys()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"status": 202},
        {"status": 0},
        {"headers": {"content-type": "text/html"}},
        {"headers": {}},
        {"body": b"Validation%3A+Testing"},
    ],
)
def test_an_address_that_is_not_proven_is_refused(app, token, endpoint, spoilt):
    endpoint.spoil = spoilt
    assert code_of(create(app, token)) == (400, "ValidationError")
    assert app.state["subscriptions"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "me/messages"},
        {"changeType": "created,renamed"},
        {"changeType": ""},
        {"resource": "me/drive/root", "changeType": "created"},
        {"resource": "users", "changeType": "created"},
        {"notificationUrl": "http://hub.example/api/webhooks/microsoft"},
        {"lifecycleNotificationUrl": None},
        {"clientState": None},
        {"clientState": "c" * 129},
        {"expirationDateTime": "soon"},
        {"expirationDateTime": None},
        {"days": -1},
        {"days": 7.1},
        {"days": 30, "resource": "users", "changeType": "updated"},
        {"days": 30, "resource": "me/drive/root", "changeType": "updated"},
    ],
)
def test_what_graph_does_not_take_is_refused_before_any_proof(app, token, endpoint, changes):
    assert code_of(create(app, token, **changes)) == (400, "InvalidRequest")
    assert endpoint.proven == []


def test_an_unknown_property_is_refused(app, token):
    assert code_of(create(app, token, clientSecret="x")) == (400, "RequestBodyRead")


@pytest.mark.parametrize(
    ("resource", "changes"),
    [("me/events", "created"), ("me/drive/root", "updated"), ("users", "deleted")],
)
def test_a_permission_to_write_is_none_to_be_told(app, resource, changes):
    token = app.connect(GRACE, scope=f"{SCOPES} Files.ReadWrite.All")["access_token"]
    answer = create(app, token, resource=resource, changeType=changes)
    assert code_of(answer) == (403, "ExtensionError")


def test_the_same_twice_is_refused_and_something_else_is_not(app, token):
    assert create(app, token).status_code == 201
    taken = create(app, token, resource="me/events", changeType="updated,created")
    assert code_of(taken) == (409, "ObjectIdentifierInUse")
    documented = fixture("microsoft", "subscription_taken").json()["error"]
    assert taken.json()["error"].keys() == documented.keys()

    assert create(app, token, changeType="deleted").status_code == 201
    other = app.connect(ADA, scope=READ)["access_token"]
    assert create(app, other).status_code == 201


def test_a_short_life_is_made_longer(app, token, clock):
    made = create(app, token, days=1 / 1440).json()
    ends = datetime.fromisoformat(made["expirationDateTime"]).timestamp()
    assert ends == clock() + 45 * 60


def test_its_maker_alone_sees_changes_and_ends_it(app, token, clock):
    made = create(app, token).json()
    other = app.connect(ADA, scope=READ)["access_token"]
    later = {"expirationDateTime": until(app, 6)}

    assert call(app, "GET", other, "").json()["value"] == []
    for method, body in (("PATCH", later), ("DELETE", None)):
        refused = call(app, method, other, f"/{made['id']}", body)
        assert code_of(refused) == (404, "ResourceNotFound")
    assert call(app, "PATCH", token, f"/{made['id']}", {"clientState": "x"}).status_code == 400
    assert call(app, "PATCH", token, f"/{made['id']}", later).status_code == 200
    assert [each["id"] for each in call(app, "GET", token, "").json()["value"]] == [made["id"]]
    assert call(app, "DELETE", token, f"/{made['id']}").status_code == 204
    assert code_of(call(app, "DELETE", token, f"/{made['id']}")) == (404, "ResourceNotFound")


def test_it_ends_at_its_time_and_with_the_grant(app, token):
    create(app, token)
    assert len(app.simulator.notifications("microsoft", "event.created", GRACE)) == 1
    app.simulator.uninstall("microsoft", GRACE)
    assert app.simulator.notifications("microsoft", "event.created", GRACE) == []

    create(app, app.connect(GRACE, scope=READ)["access_token"], changeType="deleted")
    app.simulator.advance(5 * DAY)
    assert app.simulator.notifications("microsoft", "event.deleted", GRACE) == []


def test_a_notice_bears_its_secret_and_goes_to_its_address(app, token):
    made = create(app, token).json()
    (sent,) = app.simulator.notifications("microsoft", "event.created", GRACE, id="AAM=", count=2)

    assert sent.url == URL
    first, second = json.loads(sent.body)["value"]
    assert first["clientState"] == STATE
    assert first["subscriptionId"] == made["id"]
    assert first["resourceData"]["id"] == "AAM="
    assert first["id"] != second["id"]
    assert app.simulator.notifications("microsoft", "event.deleted", GRACE) == []


def test_lifecycle_notices_go_to_the_other_address(app, token):
    create(app, token)
    (sent,) = app.simulator.notifications("microsoft", "subscriptionRemoved", GRACE)
    (item,) = json.loads(sent.body)["value"]
    assert sent.url == f"{URL}&lifecycle"
    assert (item["lifecycleEvent"], item["clientState"]) == ("subscriptionRemoved", STATE)
    assert app.simulator.notifications("microsoft", "missed", GRACE) == []


def test_what_is_not_taken_is_sent_again_for_four_hours(app, token, endpoint):
    create(app, token)
    endpoint.statuses = [503] * 100
    app.simulator.notify("microsoft", "event.created", GRACE)
    for _ in range(6 * 6):
        app.simulator.advance(600)
    assert len(endpoint.heard) == 10
    assert endpoint.heard[0] == endpoint.heard[-1]
