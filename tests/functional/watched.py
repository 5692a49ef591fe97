"""Everything the product does, under watch: a whole day, every way to fail, and each operation by
itself, ready to be broken at any step.
"""

import json
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import boto3
import jwt
import pytest

from hub import runtime
from hub.store.database import encode
from tests.functional.aging import ASSUMED, message, work
from tests.functional.canaries import Canaries, WatchedGateway, someone
from tests.functional.conftest import JWT_SECRET
from tests.functional.gateway import Context, User, handler_of
from tests.functional.journey import Journey
from tests.functional.stored import dump, revocation, rows
from tests.providers.sample import sample
from tests.simulator.faults import ANY_OPERATION
from tests.simulator.server import Simulator
from tests.taps import Plan, Taps

MESSAGE = 'Grüße an "alle" & канарейка/7h3 <b>\\o/</b>'
PROVIDERS_WORDS = "canary-words-of-the-provider-5Q"
REFUSAL = json.dumps({"ok": False, "error": PROVIDERS_WORDS, "message": PROVIDERS_WORDS})
SPOILT = (("body", PROVIDERS_WORDS), ("body", REFUSAL), ("status", 400), ("reset", None))

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

    def broken(self, at: int, error: Exception, service: str = "") -> Plan:
        """Break one step, counted among those to a service where one is named."""
        numbers = count()

        def plan(number: int, step: Any, call: Any) -> Any:
            if service in {"", step.service} and next(numbers) == at:
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
        """Leave nothing queued, no account closed by a revocation that was cut off, and no provider
        in a bad light.
        """
        sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
        sqs.delete_queue(QueueUrl=runtime.variable("JOBS_QUEUE_URL"))
        sqs.create_queue(QueueName="jobs")
        for row in dynamodb.scan(TableName="outbox")["Items"]:
            dynamodb.delete_item(TableName="outbox", Key={"outboxId": row["outboxId"]})
        for row in dynamodb.scan(TableName="provider-health")["Items"]:
            key = {name: row[name] for name in ("providerId", "part")}
            dynamodb.delete_item(TableName="provider-health", Key=key)
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


def connect_use_and_leave(watched: Watched, provider: str) -> None:
    journey, gateway, account = watched.journey, watched.gateway, sample(provider).account
    assert watched.authorize(watched.token)["isAuthorized"]
    integration = journey.connect(account, provider=provider)
    assert gateway.get(f"/api/integrations/{integration}").status == 200
    journey.connect(account, provider=provider)
    done = gateway.post(*wanted(provider, integration))
    assert done.status == 200, done.text
    assert gateway.get("/api/integrations").status == 200
    assert gateway.delete(f"/api/integrations/{integration}").status == 200
    assert journey.run_jobs() == []


def wanted(provider: str, integration: str) -> tuple[str, dict[str, Any]]:
    """The provider's action with the canary as a person's words: where to post it, and what."""
    used = sample(provider)
    url = f"/api/integrations/{integration}/actions/{used.action}"
    return url, {**used.body, used.words: MESSAGE}


def fail_in_every_way(watched: Watched, provider: str) -> None:
    """Every refusal, and every odd answer of a provider."""
    journey, gateway, simulator = watched.journey, watched.gateway, watched.simulator
    account, used = sample(provider).account, sample(provider)
    expired = signed(exp=1)
    watched.canaries.know("expired JWT", expired)
    assert not watched.authorize(expired)["isAuthorized"]
    assert not watched.authorize(f"{watched.token}x")["isAuthorized"]
    integration = journey.connect(account, provider=provider)
    url, body = wanted(provider, integration)
    other = journey.reconnect(integration)
    journey.return_(journey.consent(other, used.other), other.cookie)
    for cookie in (None, f"{other.cookie}x"):
        started = journey.start({"providerId": provider}, user=someone(1))
        callback = journey.consent(started, account)
        assert journey.return_(callback, cookie).status == 400
        assert journey.return_(callback, started.cookie).status == 400
    started = journey.start({"providerId": provider}, user=someone(2))
    words = f"error=access_denied&error_description={PROVIDERS_WORDS}&state={started.state}"
    journey.return_(f"/api/integrations/{provider}/callback?{words}", started.cookie)
    for kind, value in SPOILT:
        started = journey.start({"providerId": provider}, user=someone(3))
        callback = journey.consent(started, account)
        simulator.fault(provider, used.token, kind, value=value)
        journey.return_(callback, started.cookie)
        simulator.fault(provider, ANY_OPERATION, kind, value=value)
        gateway.post(url, body)
    gateway.post(url, {**body, used.words: [MESSAGE]})
    gateway.post(url, {**body, "x": 1})
    gateway.post(url, {used.words: MESSAGE})
    simulator.fault(provider, ANY_OPERATION, "body", value=PROVIDERS_WORDS, times=3)
    gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()
    journey.run_jobs()


def connecting(watched: Watched, user: User) -> Act:
    return lambda: watched.gateway.post(
        "/api/integrations/connect", {"providerId": "google"}, user=user
    )


def coming_back(watched: Watched, user: User, provider: str = "google") -> Act:
    started = watched.journey.start({"providerId": provider}, user=user)
    callback = watched.journey.consent(started, sample(provider).account)
    return lambda: watched.gateway.get(callback, cookies=[started.cookie])


def coming_back_as_another(watched: Watched, user: User) -> Act:
    integration = watched.journey.connect("Globex", user=user)
    started = watched.journey.reconnect(integration, user=user)
    callback = watched.journey.consent(started, "Initech")
    return lambda: watched.gateway.get(callback, cookies=[started.cookie])


def acting(watched: Watched, user: User, provider: str = "slack") -> Act:
    account = sample(provider).account
    url, body = wanted(provider, watched.journey.connect(account, provider=provider, user=user))
    headers = {"idempotency-key": f"key of {user.id}"}
    return lambda: watched.gateway.post(url, body, headers=headers, user=user)


def disconnecting(watched: Watched, user: User, provider: str = "slack") -> Act:
    account = sample(provider).account
    integration = watched.journey.connect(account, provider=provider, user=user)
    return lambda: watched.gateway.delete(f"/api/integrations/{integration}", user=user)


def carrying(watched: Watched, user: User) -> Act:
    disconnecting(watched, user)()
    image = encode(revocation())
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": "1"}}
    return lambda: handler_of("outbox")({"Records": [record]}, Context())


def working(watched: Watched, user: User, provider: str = "slack") -> Act:
    disconnecting(watched, user, provider)()
    record = {
        "messageId": "1",
        "receiptHandle": "handle",
        "body": json.dumps(revocation()["job"]),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return lambda: handler_of("jobs_worker")({"Records": [record]}, Context())


def expired(watched: Watched, user: User) -> str:
    """Connect Google for somebody, and let their token be as good as over for us."""
    integration = watched.journey.connect(provider="google", user=user)
    (row,) = (row for row in rows("credentials") if row["credentialsId"] == integration)
    due = row | {"refreshDueAt": int(time.time()) - 1}
    boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(due))
    return integration


def refreshing(watched: Watched, user: User) -> Act:
    url = f"/api/integrations/{expired(watched, user)}/refresh"
    return lambda: watched.gateway.post(url, user=user)


def handing_out(watched: Watched, user: User) -> Act:
    """What it answers is the token: that is left out, as far as it is one."""
    path = f"/internal/organizations/org-a/integrations/{expired(watched, user)}/token"
    function, event = watched.gateway.event(
        "POST", path, body={"purpose": "canary"}, caller=ASSUMED
    )

    def act() -> None:
        answer = handler_of(function)(event, Context())
        content = json.loads(answer["body"])
        content.get("data", {}).pop("accessToken", None)
        watched.canaries.wrote("answers", [content, answer["headers"]])

    return act


def dispatching(watched: Watched, user: User) -> Act:
    expired(watched, user)
    return lambda: handler_of("refresh_dispatcher")({}, Context())


def renewing(watched: Watched, user: User) -> Act:
    body = message(expired(watched, user))
    return lambda: work(body)


def telling(watched: Watched, user: User) -> Act:
    """Carry the event that somebody must consent anew to the bus and to people."""
    integration = expired(watched, user)
    watched.simulator.fault("google", "token", "ok_false", value="invalid_grant")
    watched.gateway.post(f"/api/integrations/{integration}/refresh", user=user)
    (row,) = (
        row
        for row in rows("outbox")
        if row.get("event", {}).get("type") == "integration.reauth_required"
    )
    image = {"NewImage": encode(row), "SequenceNumber": "1"}
    record = {"eventName": "INSERT", "dynamodb": image}
    return lambda: handler_of("outbox")({"Records": [record]}, Context())


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
    refreshing,
    handing_out,
    dispatching,
    renewing,
    telling,
    looking,
    authorizing,
)

# Those in which a provider is called.
CALLING = (coming_back, acting, working)
