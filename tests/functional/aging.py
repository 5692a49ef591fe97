"""Integrations that grow old: our clock and the simulator's go on together, and the schedule runs
when a test says so.
"""

import copy
import json
from typing import Any

import boto3
import pytest

from hub import providers
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from hub.store.database import encode
from tests.functional.breakdowns import recording
from tests.functional.conftest import Clock
from tests.functional.gateway import Context, Reply, User, handler_of
from tests.functional.journey import Journey, result
from tests.functional.stored import rows
from tests.providers.sample import sample
from tests.simulator.journal import Call

LASTING: dict[str, dict[str, Any]] = {"slack": {"rotation": True}}
"""The settings under which a provider's tokens end, where they do not always."""
EXPIRING = [each for each in providers.IDS if each != "notion"]
READER = "arn:aws:iam::123456789012:role/payroll"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/payroll/nightly"
ADA = User(expires_in=10**9)  # whose session outlives every clock


class Aging:
    """One provider's integration, and what happens to it."""

    def __init__(self, journey: Journey, clock: Clock, provider_id: str) -> None:
        journey.gateway.user = ADA
        self.journey, self.clock, self.id = journey, clock, provider_id
        self.gateway, self.simulator = journey.gateway, journey.simulator
        self.sample, self.provider = sample(provider_id), providers.get(provider_id)
        if provider_id in LASTING:
            self.simulator.configure(provider_id, **LASTING[provider_id])

    def connect(self, account: str | None = None) -> str:
        started = self.journey.start({"providerId": self.id})
        return self.come_back(started, account)

    def reconnect(self, integration: str) -> str:
        return self.come_back(self.journey.reconnect(integration))

    def come_back(self, started: Any, account: str | None = None) -> str:
        back = self.journey.consent(started, account or self.sample.account)
        reply = self.journey.choose_first(back, self.journey.return_(back, started.cookie))
        return result(reply)["integration"]

    def pass_(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.simulator.advance(seconds)

    def until(self, left: float) -> None:
        """Let time pass until the token has so many seconds left; negative: since it ended."""
        self.pass_(self.ends() - left - self.clock.now)

    def ends(self) -> int:
        (row,) = rows("integrations")
        return int(row["tokenExpiresAt"])

    def act(self, integration: str, **options: Any) -> Reply:
        url = f"/api/integrations/{integration}/actions/{self.sample.action}"
        return self.gateway.post(url, dict(self.sample.body), **options)

    def token(self, integration: str, **options: Any) -> Reply:
        return self.gateway.post(
            f"/internal/organizations/org-a/integrations/{integration}/token",
            {"purpose": "test"},
            **{"caller": ASSUMED, **options},
        )

    def refresh(self, integration: str, **options: Any) -> Reply:
        return self.gateway.post(f"/api/integrations/{integration}/refresh", **options)

    def shown(self, integration: str) -> Any:
        return self.gateway.get(f"/api/integrations/{integration}").json["data"]

    def refreshes(self) -> list[Call]:
        calls = self.simulator.calls(self.sample.token, self.id)
        return [call for call in calls if "code" not in call.fingerprints]

    def done(self) -> list[Any]:
        return self.sample.done(self.simulator.state()[self.id])

    def fail(self, kind: str, value: Any = None, *, times: int = 1) -> None:
        """Spoil the next answers of the token endpoint."""
        self.simulator.fault(self.id, self.sample.token, kind, value=value, times=times)

    def sealed(self) -> dict[str, Any]:
        """The one row of credentials that is in use."""
        (row,) = (row for row in rows("credentials") if row["credentialsId"].startswith("int_"))
        return row

    def change_sealed(self, **changes: Any) -> None:
        row = self.sealed() | changes
        boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(row))


def removable(state: dict[str, Any]) -> list[str]:
    """The accounts of a simulator's state, by whatever name it has them under."""
    living = [*state.get("grants", []), *state.get("installations", [])]
    names = ("account", "sub", "team")
    return [each[name] for each in living for name in names if name in each]


def tick() -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """Let the schedule's moment come; give what the dispatcher says, and the bodies that it sent
    with their delays.
    """
    with recording("sqs") as sent:
        told = handler_of("refresh_dispatcher")({}, Context())
    entries = [each for _, batch in sent for each in batch["Entries"]]
    return told, [(each["MessageBody"], each["DelaySeconds"]) for each in entries]


def work(*bodies: str, context: Context | None = None) -> list[str]:
    """Hand messages to the worker in one batch; give the ids it says failed."""
    records = [
        {
            "messageId": f"message-{n}",
            "receiptHandle": f"receipt-{n}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        for n, body in enumerate(bodies)
    ]
    answer = handler_of("refresh_worker")({"Records": records}, context or Context())
    assert set(answer) == {"batchItemFailures"}
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def work_off() -> list[str]:
    """One tick of the schedule, and the work of it, whatever its delays."""
    _, sent = tick()
    bodies = [body for body, _ in sent]
    return work(*bodies) if bodies else []


def told(kind: str) -> list[dict[str, Any]]:
    """The events of a kind that were written and not carried on yet."""
    return [row["event"] for row in rows("outbox") if row.get("event", {}).get("type") == kind]


def message(integration: str, provider_id: str = "google", organization: str = "org-a") -> str:
    return json.dumps(
        {
            "version": 1,
            "kind": "refresh",
            "organizationId": organization,
            "providerId": provider_id,
            "integrationId": integration,
        }
    )


def narrow(patch: pytest.MonkeyPatch, scopes: list[str]) -> None:
    """Let the provider say at the next refresh that so little is left."""
    send = HttpClient.send

    def sent(client: HttpClient, request: Request, **options: Any) -> Answer:
        answer = send(client, request, **options)
        if (request.form or {}).get("grant_type") != "refresh_token":
            return answer
        body = {**answer.json(), "scope": " ".join(scopes)}
        return copy.replace(answer, body=json.dumps(body).encode())

    patch.setattr(HttpClient, "send", sent)
