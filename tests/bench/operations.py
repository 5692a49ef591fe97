"""What operations take in the processes that serve them: AWS requests when warm, peak memory."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import jwt

from tests.bench.account import JWT_SECRET, READER, account
from tests.bench.built import Artefacts
from tests.bench.containers import Containers, Took, containers
from tests.bench.figures import Figure, Figures
from tests.conftest import ENVIRONMENT
from tests.functional.gateway import Gateway
from tests.functional.journey import Journey, result

MEBIBYTE = 1024 * 1024
MEMORY_BUDGET = 256
APART = ("ssm", "kms")
REQUEST_BUDGETS = {
    "connect": 1,
    "callback": 4,
    "list": 1,
    "token": 1,
    "refresh": 4,
    "refresh_worker": 4,
    "webhook": 1,
}
NO_KMS = {"token"}
WORKSPACES = ("Globex", "Initech")
MESSAGE = {"channel": "#general", "text": "Hello"}


def measure(artefacts: Artefacts) -> tuple[Figures, Figures]:
    """Give AWS requests by operation and memory by function."""
    with account() as aws, containers(artefacts, aws.environment) as functions:
        journey = Journey(functions, aws.simulator)
        for workspace in WORKSPACES:  # cold, then warm: the second round counts
            took = dict(_round(journey, functions, workspace))
        memory = {name: each.peak for name, each in functions.took.items()}
    counted = {name: each.requests for name, each in took.items() if each.requests}
    requests = {name: _requests(name, counts) for name, counts in counted.items()}
    return requests, {name: _memory(peak) for name, peak in sorted(memory.items())}


def _requests(operation: str, counts: Mapping[str, int]) -> Figures:
    counted = sum(count for service, count in counts.items() if service not in APART)
    return {
        "requests": Figure(counted, "AWS requests", REQUEST_BUDGETS.get(operation)),
        **{each: Figure(counts[each], "AWS requests") for each in APART if each in counts},
        **({"kms": Figure(counts.get("kms", 0), "AWS requests", 0)} if operation in NO_KMS else {}),
    }


def _memory(peak: int) -> Figure:
    return Figure(round(peak / MEBIBYTE, 1), "MiB", MEMORY_BUDGET)


def _round(journey: Journey, functions: Containers, workspace: str) -> Iterator[tuple[str, Took]]:
    """Do everything once for one workspace; name each operation and give what it took."""
    assert functions.invoke("authorizer", _authorization())["isAuthorized"]
    yield "authorizer", functions.took["authorizer"]
    started = journey.start()
    yield "connect", functions.took["connect"]
    back = journey.consent(started, workspace)
    connected = result(journey.return_(back, started.cookie))["integration"]
    yield "callback", functions.took["callback"]
    for name, path in (
        ("list", "/api/integrations"),
        ("detail", f"/api/integrations/{connected}"),
        ("catalogue", "/api/integrations/providers"),
        ("openapi", "/api/integrations/openapi.json"),
        ("settings_page", "/settings/integrations"),
    ):
        assert functions.get(path).status == 200
        yield name, functions.took["list" if name in {"detail", "catalogue"} else name]
    action = f"/api/integrations/{connected}/actions/send_message"
    assert functions.post(action, MESSAGE).status == 200
    yield "action", functions.took["actions"]
    once = functions.post(action, MESSAGE, headers={"idempotency-key": workspace})
    assert once.status == 200
    yield "action_once", functions.took["actions"]
    for name, done in _refreshing(functions, connected):
        assert done, name
        yield name, functions.took["access_token" if name == "token" else name]
    assert journey.run_jobs() == []
    yield from _syncing(journey, functions, connected)
    yield from _hearing(journey, functions, workspace)
    assert functions.delete(f"/api/integrations/{connected}").status == 200
    yield "disconnect", functions.took["disconnect"]
    assert journey.run_jobs() == []
    yield "outbox", functions.took["outbox"]
    yield "jobs_worker", functions.took["jobs_worker"]


def _hearing(journey: Journey, functions: Containers, workspace: str) -> Iterator[tuple[str, Took]]:
    """Hear of a change of what is connected, which the queue brings to the worker."""
    for sent in journey.simulator.notifications("slack", "channel_created", workspace):
        assert functions.deliver(sent).status == 200
    yield "webhook", functions.took["webhooks/slack"]
    assert journey.hear() == []
    yield "webhook_worker", functions.took["webhook_worker"]
    assert functions.invoke("webhook_dispatcher", {}) == {"sent": 0}
    yield "webhook_dispatcher", functions.took["webhook_dispatcher"]


def _syncing(
    journey: Journey, functions: Containers, integration: str
) -> Iterator[tuple[str, Took]]:
    """Bring everything once, then look again where nothing has changed; read what came."""
    journey.sync()
    assert functions.post(f"/api/integrations/{integration}/sync").status == 202
    yield "sync", functions.took["sync"]
    journey.sync()
    yield "sync_worker", functions.took["sync_worker"]
    assert functions.get(f"/api/integrations/{integration}/records/users").status == 200
    yield "records", functions.took["records"]
    assert functions.get(f"/api/integrations/{integration}/settings").status == 200
    yield "sync_settings", functions.took["sync_settings"]
    assert functions.invoke("sync_dispatcher", {})["late"] == 0
    yield "sync_dispatcher", functions.took["sync_dispatcher"]


def _refreshing(functions: Containers, integration: str) -> Iterator[tuple[str, bool]]:
    """Read a token, renew it because a person asks, and because the schedule says so; each once
    more than it counts, so that what is known of the provider is known.
    """
    for _ in range(2):
        yield "token", functions.send(*reading(functions, integration)).status == 200
    url = f"/api/integrations/{integration}/refresh"
    for _ in range(2):
        yield "refresh", functions.post(url).status == 200
    dynamodb = boto3.client("dynamodb")
    for _ in range(2):
        dynamodb.update_item(
            TableName=ENVIRONMENT["CREDENTIALS_TABLE"],
            Key={"organizationId": {"S": "org-a"}, "credentialsId": {"S": integration}},
            UpdateExpression="SET refreshDueAt = :now",
            ExpressionAttributeValues={":now": {"N": str(int(time.time()) - 1)}},
        )
        sent = functions.invoke("refresh_dispatcher", {})
        yield "refresh_dispatcher", sent == {"sent": 1, "late": 0}
        messages = boto3.client("sqs").receive_message(
            QueueUrl=boto3.client("sqs").get_queue_url(QueueName="refresh")["QueueUrl"]
        )["Messages"]
        yield (
            "refresh_worker",
            functions.invoke("refresh_worker", _records(messages)) == {"batchItemFailures": []},
        )


def reading(gateway: Gateway, integration: str) -> tuple[str, dict[str, Any]]:
    """Give the function and the event of a service that reads a token."""
    url = f"/internal/organizations/org-a/integrations/{integration}/token"
    function, event = gateway.event("POST", url, body={"purpose": "bench"})
    arn = f"arn:aws:sts::123456789012:assumed-role/{READER}/session"
    event["requestContext"]["authorizer"] = {"iam": {"userArn": arn}}
    return function, event


def _records(messages: Sequence[Any]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for message in messages
        ]
    }


def _authorization() -> Mapping[str, object]:
    claims = {
        "sub": "ada",
        "iss": ENVIRONMENT["JWT_ISSUER"],
        "aud": ENVIRONMENT["JWT_AUDIENCE"],
        "exp": int(time.time()) + 3600,
        "app_metadata": {"organization_id": "org-a", "role": "admin"},
    }
    token = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    return {"headers": {"authorization": f"Bearer {token}"}}
