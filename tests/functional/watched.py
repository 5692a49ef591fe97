"""Everything the product does, under watch: a whole day, every way to fail, and each operation by
itself, ready to be broken at any step.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import jwt
import pytest

from hub import runtime
from tests.functional.canaries import Canaries, WatchedGateway, someone
from tests.functional.conftest import JWT_SECRET
from tests.functional.gateway import Context, User, handler_of
from tests.functional.journey import Journey
from tests.functional.stored import dump, rows
from tests.simulator.server import Simulator
from tests.taps import Plan, Taps

MESSAGE = 'Grüße an "alle" & канарейка/7h3 <b>\\o/</b>'
PROVIDERS_WORDS = "canary-words-of-the-provider-5Q"
ACCOUNTS = {"slack": "Globex", "google": None}
SEND = {"channel": "#general", "text": MESSAGE}

type Act = Callable[[], object]


class Watched:
    """The product under watch: everything it does passes the taps."""

    def __init__(self, canaries: Canaries, simulator: Simulator, taps: Taps) -> None:
        self.canaries, self.simulator, self.taps = canaries, simulator, taps
        self.token = signed(role="admin")
        canaries.know("JWT", self.token)
        self.gateway = WatchedGateway(canaries, self.token)
        self.journey = Journey(self.gateway, simulator)
        self._issued_before = simulator.issued_secrets()

    def plan(self, number: int, step: Any, call: Any) -> Any:
        return self.canaries.watch(step, call)

    def broken(self, at: int, error: Exception) -> Plan:
        def plan(number: int, step: Any, call: Any) -> Any:
            if number == at:
                raise error
            return self.canaries.watch(step, call)

        return plan

    def found(self, capfd: pytest.CaptureFixture[str]) -> list[str]:
        for secret in self.simulator.issued_secrets() - self._issued_before:
            self.canaries.know("code or token", secret)
        self.canaries.wrote("tables", dump())
        self.canaries.wrote("standard output and error", list(capfd.readouterr()))
        return self.canaries.found()

    def start_afresh(self) -> None:
        """Leave nothing queued, and no account closed by a revocation that was cut off."""
        sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
        sqs.delete_queue(QueueUrl=runtime.variable("JOBS_QUEUE_URL"))
        sqs.create_queue(QueueName="jobs")
        for row in dynamodb.scan(TableName="outbox")["Items"]:
            dynamodb.delete_item(TableName="outbox", Key={"outboxId": row["outboxId"]})
        for row in dynamodb.scan(TableName="external-accounts")["Items"]:
            if "closedUntil" in row:
                key = {"accountHash": row["accountHash"], "holder": row["holder"]}
                dynamodb.delete_item(TableName="external-accounts", Key=key)

    def authorize(self, token: str) -> Any:
        event = {"headers": {"authorization": f"Bearer {token}"}}
        answer = handler_of("authorizer")(event, Context())
        self.canaries.wrote("answers", answer)
        return answer


def signed(**claims: Any) -> str:
    content = {
        "iss": "https://issuer.example",
        "aud": "authenticated",
        "sub": "ada",
        "exp": int(time.time()) + 600,
        "app_metadata": {"organization_id": "org-a", "role": "admin"},
    }
    return jwt.encode(content | claims, JWT_SECRET, algorithm="HS256")


def connect_use_and_leave(watched: Watched) -> None:
    journey, gateway = watched.journey, watched.gateway
    assert watched.authorize(watched.token)["isAuthorized"]
    for provider, account in ACCOUNTS.items():
        integration = journey.connect(account, provider=provider)
        assert gateway.get(f"/api/integrations/{integration}").status == 200
        journey.connect(account, provider=provider)
        if provider == "slack":
            sent = gateway.post(f"/api/integrations/{integration}/actions/send_message", SEND)
            assert sent.status == 200
        assert gateway.get("/api/integrations").status == 200
        assert gateway.delete(f"/api/integrations/{integration}").status == 200
        assert journey.run_jobs() == []


def fail_in_every_way(watched: Watched) -> None:
    """Every refusal, and every odd answer of a provider."""
    journey, gateway, simulator = watched.journey, watched.gateway, watched.simulator
    expired = signed(exp=1)
    watched.canaries.know("expired JWT", expired)
    assert not watched.authorize(expired)["isAuthorized"]
    assert not watched.authorize(f"{watched.token}x")["isAuthorized"]
    integration = journey.connect("Globex")
    other = journey.reconnect(integration)
    journey.return_(journey.consent(other, "Initech"), other.cookie)
    for cookie in (None, f"{other.cookie}x"):
        started = journey.start(user=someone(1))
        callback = journey.consent(started, "Globex")
        assert journey.return_(callback, cookie).status == 400
        assert journey.return_(callback, started.cookie).status == 400
    started = journey.start(user=someone(2))
    words = f"error=access_denied&error_description={PROVIDERS_WORDS}&state={started.state}"
    journey.return_(f"/api/integrations/slack/callback?{words}", started.cookie)
    for kind, value in (("ok_false", PROVIDERS_WORDS), ("body", PROVIDERS_WORDS), ("reset", None)):
        started = journey.start(user=someone(3))
        callback = journey.consent(started, "Globex")
        simulator.fault("slack", "oauth.v2.access", kind, value=value)
        journey.return_(callback, started.cookie)
        simulator.fault("slack", "chat.postMessage", kind, value=value)
        gateway.post(f"/api/integrations/{integration}/actions/send_message", SEND)
    unknown = {"channel": "#nowhere", "text": MESSAGE}
    gateway.post(f"/api/integrations/{integration}/actions/send_message", unknown)
    gateway.post(f"/api/integrations/{integration}/actions/send_message", {"text": MESSAGE, "x": 1})
    simulator.fault("slack", "apps.uninstall", "body", value=PROVIDERS_WORDS, times=3)
    gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()
    journey.run_jobs()


def connecting(watched: Watched, user: User) -> Act:
    return lambda: watched.gateway.post(
        "/api/integrations/connect", {"providerId": "google"}, user=user
    )


def coming_back(watched: Watched, user: User) -> Act:
    started = watched.journey.start({"providerId": "google"}, user=user)
    callback = watched.journey.consent(started)
    return lambda: watched.gateway.get(callback, cookies=[started.cookie])


def coming_back_as_another(watched: Watched, user: User) -> Act:
    integration = watched.journey.connect("Globex", user=user)
    started = watched.journey.reconnect(integration, user=user)
    callback = watched.journey.consent(started, "Initech")
    return lambda: watched.gateway.get(callback, cookies=[started.cookie])


def acting(watched: Watched, user: User) -> Act:
    url = f"/api/integrations/{watched.journey.connect('Globex', user=user)}/actions/send_message"
    headers = {"idempotency-key": f"key of {user.id}"}
    return lambda: watched.gateway.post(url, SEND, headers=headers, user=user)


def disconnecting(watched: Watched, user: User) -> Act:
    integration = watched.journey.connect("Globex", user=user)
    return lambda: watched.gateway.delete(f"/api/integrations/{integration}", user=user)


def carrying(watched: Watched, user: User) -> Act:
    disconnecting(watched, user)()
    (row,) = boto3.client("dynamodb").scan(TableName="outbox")["Items"]
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": row, "SequenceNumber": "1"}}
    return lambda: handler_of("outbox")({"Records": [record]}, Context())


def working(watched: Watched, user: User) -> Act:
    disconnecting(watched, user)()
    (row,) = rows("outbox")
    record = {
        "messageId": "1",
        "receiptHandle": "handle",
        "body": json.dumps(row["job"]),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return lambda: handler_of("jobs_worker")({"Records": [record]}, Context())


def looking(watched: Watched, user: User) -> Act:
    return lambda: [
        watched.gateway.get(f"/api/integrations{path}", user=user) for path in ("", "/providers")
    ]


def authorizing(watched: Watched, user: User) -> Act:
    return lambda: watched.authorize(watched.token)


OPERATIONS = (
    connecting,
    coming_back,
    coming_back_as_another,
    acting,
    disconnecting,
    carrying,
    working,
    looking,
    authorizing,
)
