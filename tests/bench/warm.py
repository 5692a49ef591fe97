"""Warm functions: how many AWS requests an operation makes, and how much CPU ours adds to them."""

import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from tests.bench.figures import Figure, Figures
from tests.conftest import ENVIRONMENT, forget
from tests.functional.gateway import Context, Gateway, handler_of
from tests.functional.journey import Journey
from tests.simulator.oauth import ClientCredentials
from tests.simulator.server import Simulator
from tests.tables import create_tables

CLIENT = ClientCredentials("bench", "secret-of-the-bench")
BUDGETS = {"connect": 1, "callback": 4, "list": 1, "action": 1, "disconnect": None}
APART = ("ssm", "kms")
LIST_BUDGET_MS = 0.5
SERIES, CALLS = 7, 800


def requests() -> Figures:
    """Count the requests of each operation in a warm process; SSM and KMS apart."""
    counted: dict[str, Counter[str]] = {}
    with _deployment() as journey:
        _once_through(journey, {})
        _once_through(journey, counted)
    figures: Figures = {}
    for name, budget in BUDGETS.items():
        count = sum(n for service, n in counted[name].items() if service not in APART)
        figures[name] = Figure(count, "AWS requests", budget)
        for service in APART:
            if counted[name][service]:
                figures[f"{name}, {service}"] = Figure(counted[name][service], "requests apart")
    return figures


def cpu() -> Figures:
    """Take what listing ten integrations costs beyond the DynamoDB call that it makes."""
    with _deployment() as journey:
        for _ in range(10):
            started = journey.start()
            journey.return_(journey.consent(started, "Globex"), started.cookie)
        gateway = Gateway()
        event = _captured_event(gateway)
        answer = boto3.client("dynamodb").query(
            TableName="integrations",
            KeyConditionExpression="organizationId = :o",
            ExpressionAttributeValues={":o": {"S": "org-a"}},
        )
    item = answer["Items"][0]
    items = [{**item, "integrationId": {"S": f"int_{n:026d}"}} for n in range(10)]
    body = json.dumps({"Items": items, "Count": 10, "ScannedCount": 10}, default=_plain).encode()
    forget()
    from hub import runtime

    client = runtime.aws("dynamodb")
    client.meta.events.register("before-send.dynamodb", lambda request, **_: _answer(request, body))
    bare = _milliseconds(
        lambda: client.query(
            TableName="integrations",
            KeyConditionExpression="organizationId = :o",
            ExpressionAttributeValues={":o": {"S": "org-a"}},
            ConsistentRead=True,
            Limit=50,
        )
    )
    handler, context = handler_of("list"), Context()
    assert json.loads(handler(event, context)["body"])["data"][9]["id"].startswith("int_")
    ours = _milliseconds(lambda: handler(event, context))
    return {
        "list of 10": Figure(
            round(ours - bare, 3), "ms CPU over bare", LIST_BUDGET_MS, round(bare, 3)
        )
    }


@contextmanager
def _deployment() -> Iterator[Journey]:
    os.environ.update(ENVIRONMENT)
    with (
        mock_aws(),
        Simulator({"slack": CLIENT}, redirect_prefix=ENVIRONMENT["PUBLIC_BASE_URL"]) as simulator,
        redirect_stdout(io.StringIO()),
    ):
        create_tables(boto3.client("dynamodb"))
        os.environ["MASTER_KEY_ID"] = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        os.environ["JOBS_QUEUE_URL"] = boto3.client("sqs").create_queue(QueueName="jobs")[
            "QueueUrl"
        ]
        registration = {
            "clientId": CLIENT.client_id,
            "clientSecret": CLIENT.client_secret,
            **simulator.endpoints("slack"),
        }
        boto3.client("ssm").put_parameter(
            Name="/targetym/local/providers/slack",
            Value=json.dumps(registration),
            Type="SecureString",
        )
        forget()
        yield Journey(Gateway(), simulator)
        forget()


def _once_through(journey: Journey, counted: dict[str, Counter[str]]) -> None:
    with _counting(counted, "connect"):
        started = journey.start()
    callback = journey.consent(started, "Globex")
    with _counting(counted, "callback"):
        journey.return_(callback, started.cookie)
    with _counting(counted, "list"):
        (integration,) = journey.gateway.get("/api/integrations").json["data"]
    path = f"/api/integrations/{integration['id']}"
    with _counting(counted, "action"):
        body = {"channel": "#general", "text": "Hello"}
        assert journey.gateway.post(f"{path}/actions/send_message", body).status == 200
    with _counting(counted, "disconnect"):
        assert journey.gateway.delete(path).status == 200


@contextmanager
def _counting(counted: dict[str, Counter[str]], operation: str) -> Iterator[None]:
    """Count every request of every client that our functions use."""
    from hub import runtime

    counter = counted.setdefault(operation, Counter())

    def count(model: Any, **_: Any) -> None:
        counter[model.service_model.service_name] += 1

    clients = [runtime.aws(service) for service in ("dynamodb", "kms", "ssm", "sqs")]
    for client in clients:
        client.meta.events.register("before-call", count)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", count)


def _captured_event(gateway: Gateway) -> dict[str, Any]:
    event = json.loads((_events() / "list" / "integrations.json").read_text())
    event["requestContext"]["authorizer"]["lambda"] = gateway.user.context()
    return event


def _events() -> Any:
    from tests.template import ROOT

    return ROOT / "events"


def _answer(request: Any, body: bytes) -> AWSResponse:
    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield self.read()

    return AWSResponse(request.url, 200, {"x-amzn-requestid": "bench"}, Raw(body))


def _plain(value: Any) -> str:
    return value.decode("latin-1")


def _milliseconds(work: Callable[[], object]) -> float:
    """Best of seven series, in CPU time of this process."""
    best = float("inf")
    with redirect_stdout(io.StringIO()):
        for _ in range(SERIES):
            begun = time.process_time()
            for _ in range(CALLS):
                work()
            best = min(best, time.process_time() - begun)
    return best / CALLS * 1000
