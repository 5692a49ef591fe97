"""POST webhooks/test: a signed test notification through the real URL, and what became of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from hub import providers
from hub.errors import ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from hub.store.database import encode
from tests.conftest import BASE_URL
from tests.functional.breakdowns import counting, failing, recording
from tests.functional.conftest import CLIENTS, INGRESS, Clock
from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey, result
from tests.functional.stored import dump, leaks
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.providers.sample import sample
from tests.providers.told import told
from tests.simulator.webhooks import Sent
from tests.unit.listening import Listener, http

UNKNOWN = "int_00000000000000000000000000"
LATER = 10**9
HOOKS = ["admin:repo_hook", "admin:org_hook", "read:org"]


@dataclass
class Address:
    """What stands behind PublicBaseUrl: the gateway, and a queue that somebody works off while the
    test waits, after so many looks.
    """

    journey: Journey
    change: Callable[[Request], Request] = lambda request: request
    hears_after: int = 1
    sent: list[Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        self.sent.append(request)
        made = self.change(request)
        sent = Sent(method=made.method, url=made.url, headers=made.headers, body=made.body or b"")
        got = self.journey.gateway.deliver(sent)
        return Answer(status=got.status, headers=got.headers, body=got.body, sent_at=0.0)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == self.hears_after:
            assert self.journey.hear() == []


@pytest.fixture
def address(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> Address:
    """Our own address, reached by the very client that calls it, up to the socket."""
    address = Address(journey)
    once = HttpClient._once

    def reach(client: HttpClient, request: Request, ends: float, max_bytes: int) -> Answer:
        if request.url.startswith(f"{BASE_URL}/"):
            return address.answer(request)
        return once(client, request, ends, max_bytes)

    monkeypatch.setattr(HttpClient, "_once", reach)
    monkeypatch.setattr("functions.webhook_test.app.sleep", address.wait)
    return address


@pytest.fixture
def slack(journey: Journey) -> str:
    integration = journey.connect("Globex")
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def google(clock: Clock, journey: Journey) -> str:
    integration = journey.connect("ada@example.org", provider="google")
    assert journey.run_jobs() == []
    return integration


def ask(journey: Journey, integration: str, user: User | None = None) -> Reply:
    url = f"/api/integrations/{integration}/webhooks/test"
    return journey.gateway.post(url, user=user or User(expires_in=LATER))


def tried(journey: Journey, integration: str) -> dict[str, Any]:
    reply = ask(journey, integration)
    assert reply.status == 200, reply.text
    data: dict[str, Any] = reply.json["data"]
    return data


APPLIED = {"sent": True, "status": 200, "verdict": "verified", "outcome": "applied"}


def test_where_the_app_has_one_url_the_account_is_named(
    journey: Journey, address: Address, slack: str
):
    assert tried(journey, slack) == APPLIED

    (sent,) = address.sent
    assert sent.url == f"{BASE_URL}/api/webhooks/slack"
    assert json.loads(sent.body or b"")["team_id"] == "T0GLOBEX0001"
    (line,) = deliveries(slack)
    assert (line["eventType"], line["verdict"], line["outcome"]) == (
        "targetym_test",
        "verified",
        "applied",
    )
    (event,) = received()
    assert event["integrationId"] == slack
    assert changes(slack) == set()


def test_where_there_are_subscriptions_it_comes_by_one(
    journey: Journey, address: Address, google: str
):
    assert tried(journey, google) == APPLIED

    shown = journey.gateway.get(f"/api/integrations/{google}/webhooks", user=User(expires_in=LATER))
    (delivery,) = shown.json["data"]["deliveries"]
    assert (delivery["eventType"], delivery["resource"]) == ("exists", "calendar_events")
    assert address.sent[0].url == shown.json["data"]["url"]
    assert changes(google) == {"calendar_events"}


def test_each_test_is_another_notification(journey: Journey, address: Address, slack: str):
    assert tried(journey, slack) == APPLIED
    address.hears_after = len(address.waits) + 1
    assert tried(journey, slack) == APPLIED

    assert len(deliveries(slack)) == 2


def test_a_worker_that_is_late_is_waited_for(journey: Journey, address: Address, slack: str):
    address.hears_after = 9

    assert tried(journey, slack) == APPLIED
    assert len(address.waits) == 9


def test_a_worker_that_does_not_come_is_not_waited_for_long(
    journey: Journey, address: Address, slack: str
):
    address.hears_after = 1000

    assert tried(journey, slack) == {**APPLIED, "outcome": "not_yet_processed"}
    assert sum(address.waits) <= 8
    assert journey.hear() == []
    assert len(deliveries(slack)) == 1


def test_it_answers_in_time_however_little_is_left(
    journey: Journey, address: Address, slack: str, monkeypatch: pytest.MonkeyPatch
):
    address.hears_after = 1000
    monkeypatch.setattr(
        "tests.functional.gateway.Context.get_remaining_time_in_millis", lambda _: 4_200
    )

    assert tried(journey, slack)["outcome"] == "not_yet_processed"
    assert address.waits == []


def test_a_signature_that_our_url_does_not_accept_is_told(
    journey: Journey, address: Address, slack: str
):
    address.change = lambda sent: Request(url=sent.url, headers=sent.headers, body=b"{}")

    assert tried(journey, slack) == {
        "sent": True,
        "status": 401,
        "verdict": "invalid",
        "outcome": "refused",
    }
    assert (address.waits, deliveries(slack)) == ([], [])


def test_a_queue_that_does_not_take_it_is_told(journey: Journey, address: Address, slack: str):
    with failing("sqs", "SendMessageBatch"), failing("sqs", "SendMessage"):
        found = tried(journey, slack)

    assert found == {"sent": True, "status": 503, "verdict": None, "outcome": "refused"}


def test_an_address_that_does_not_answer_is_our_failure(
    journey: Journey, address: Address, slack: str
):
    def silent(_: Request) -> Request:
        raise ProviderUnavailable

    address.change = silent
    reply = ask(journey, slack)

    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert "PublicBaseUrl" in reply.json["error"]["message"]


def test_it_goes_to_our_own_address_byte_for_byte(
    journey: Journey, slack: str, monkeypatch: pytest.MonkeyPatch, cold: Callable[[], None]
):
    monkeypatch.setattr("functions.webhook_test.app.sleep", lambda _: None)
    with Listener(http(b"", status=200)) as server:
        monkeypatch.setenv("PUBLIC_BASE_URL", f"http://{server.host}")
        cold()
        found = tried(journey, slack)

    assert found == {**APPLIED, "outcome": "not_yet_processed"}
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /api/webhooks/slack http/1.1"
    assert f"host: {server.host}".encode() in lines
    assert b"content-type: application/json" in lines
    assert any(line.startswith(b"x-slack-signature: v0=") for line in lines)
    assert json.loads(body)["event"] == {"type": "targetym_test"}


def test_before_it_is_set_up_there_is_nothing_to_test(
    journey: Journey, address: Address, clock: Clock
):
    for provider in ("slack", "google"):
        reply = ask(journey, journey.connect(provider=provider))

        assert (reply.status, reply.error) == (409, "conflict")
        assert "does not notify" in reply.json["error"]["message"]
    assert address.sent == []


def test_subscriptions_that_have_ended_are_nothing_to_test_either(
    journey: Journey, address: Address, google: str, clock: Clock
):
    clock.advance(8 * 86_400)

    assert ask(journey, google).error == "conflict"
    assert address.sent == []


def test_what_is_not_in_use_is_not_tested(journey: Journey, address: Address, slack: str):
    journey.simulator.notify("slack", "app_uninstalled", "Globex")
    assert journey.hear() == []
    assert ask(journey, slack).error == "reauth_required"

    journey.gateway.delete(f"/api/integrations/{slack}")
    assert ask(journey, slack).error == "integration_disconnected"
    assert address.sent == []


@pytest.mark.parametrize("name", ["providers/slack", "ingress"])
def test_a_secret_that_is_missing_is_the_deployers_to_set(
    journey: Journey, address: Address, slack: str, name: str, cold: Callable[[], None]
):
    boto3.client("ssm").put_parameter(
        Name=f"/targetym/local/{name}",
        Value=json.dumps({"clientId": "client", "clientSecret": "secret"}),
        Type="SecureString",
        Overwrite=True,
    )
    cold()
    reply = ask(journey, slack)

    assert (reply.status, reply.error) == (409, "provider_unconfigured")
    assert address.sent == []


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (User(role="admin"), 200),
        (User(role="hr", id="henry"), 200),
        (User(role="manager"), 403),
        (User(role="employee"), 403),
        (User(expires_in=-1), 401),
        (User(organization="org-b"), 404),
    ],
    ids=str,
)
def test_those_who_manage_may_and_nobody_else(
    journey: Journey, address: Address, slack: str, user: User, answer: int
):
    before = dump()

    assert ask(journey, slack, user).status == answer
    assert len(address.sent) == (answer == 200)
    assert (dump() == before) is (answer != 200)


def test_anothers_is_as_absent_as_none(journey: Journey, address: Address, slack: str):
    them = User(organization="org-b", id="bob")
    theirs, none = (ask(journey, each, them) for each in (slack, UNKNOWN))

    said = [reply.text.replace(reply.json["error"]["requestId"], "") for reply in (theirs, none)]
    assert said[0] == said[1]
    assert (theirs.status, theirs.headers) == (404, none.headers)


def test_it_reads_no_credentials_and_asks_kms_for_nothing(
    journey: Journey, address: Address, google: str
):
    with counting() as made, recording("dynamodb") as asked:
        tried(journey, google)

    assert not [name for name in made if name.startswith("kms.")]
    ours = [each for name, each in asked if name in {"Query", "BatchGetItem"}]
    assert not leaks("credentials", ours)
    assert made["dynamodb.Query"] == 4  # routes, subscriptions, and two looks into the log


def test_no_answer_or_log_holds_a_secret_or_an_account(
    journey: Journey, address: Address, slack: str, google: str, logs: Any
):
    said = [tried(journey, slack)]
    address.hears_after = len(address.waits) + 1
    said.append(tried(journey, google))

    texts = [*map(json.dumps, said), logs.getvalue()]
    hidden = [*INGRESS.values(), "T0GLOBEX0001", address.sent[1].headers["x-goog-channel-token"]]
    hidden += [client.webhook_secret for client in CLIENTS.values()]
    hidden.append(address.sent[0].headers["x-slack-signature"].removeprefix("v0="))
    for secret in [*hidden, *journey.simulator.issued_secrets()]:
        assert not leaks(secret, texts)


@pytest.mark.parametrize("provider", providers.IDS)
def test_every_provider_can_be_tested(
    journey: Journey, address: Address, clock: Clock, provider: str
):
    integration = journey.connect(
        sample(provider).account, provider=provider, scopes=told(provider).scopes
    )
    assert journey.run_jobs() == []

    assert tried(journey, integration) == APPLIED
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")


def test_a_hook_that_an_oauth_app_made_can_be_tested(
    journey: Journey, address: Address, clock: Clock
):
    journey.simulator.configure("github", oauth_app=True)
    started = journey.start({"providerId": "github", "scopes": HOOKS})
    back = journey.consent(started, sample("github").account)
    integration = result(journey.return_(back, started.cookie))["integration"]
    assert journey.run_jobs() == []

    assert tried(journey, integration) == APPLIED
    assert "webhook_id=" in address.sent[0].url


def test_what_the_provider_alone_can_sign_is_not_tested(
    journey: Journey, address: Address, google: str
):
    for row in subscriptions(google):
        only = {**row, "key": "gmail"}
        boto3.client("dynamodb").put_item(TableName="webhooks", Item=encode(only))
    reply = ask(journey, google)

    assert (reply.status, reply.error) == (409, "conflict")
    assert "only Google" in reply.json["error"]["message"]
    assert address.sent == []
