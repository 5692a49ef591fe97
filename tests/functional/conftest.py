"""AWS in this process (moto, tables from template.yaml), the simulator as the providers, and the
API in front of our handlers."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from hub import runtime
from hub.store.database import encode
from tests.conftest import ENVIRONMENT, forget
from tests.functional.authorization_server import AuthorizationServer
from tests.functional.gateway import Gateway
from tests.functional.journey import Journey, Started
from tests.functional.quick_moto import hurry
from tests.functional.stored import rows
from tests.simulator.oauth import ClientCredentials
from tests.simulator.registry import PROVIDERS
from tests.simulator.server import Simulator
from tests.tables import create_tables

CLIENT = ClientCredentials(
    "client-of-this-test", "secret-of-this-test-Zq81", "webhook-secret-of-slack-Yx64"
)
CLIENTS = {
    provider: ClientCredentials(
        f"client-at-{provider}",
        f"secret-at-{provider}-of-this-test-Kw27",
        f"webhook-secret-at-{provider}-of-this-test-Hd53",
    )
    for provider in PROVIDERS
} | {"slack": CLIENT}
INGRESS = {
    "secret": "an-ingress-secret-for-tests-Vb82-of-32-bytes",
    "routingSecret": "a-routing-secret-for-tests-Lm19-of-32-bytes",
}
JWT_SECRET = "a-secret-for-tests-of-at-least-32-bytes"


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator(CLIENTS, redirect_prefix=ENVIRONMENT["PUBLIC_BASE_URL"]) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    running_simulator.reset()
    return running_simulator


_make_client = boto3.client


@cache
def _client(service: str, **options: Any) -> Any:
    """A client holds nothing of a test, and making one is the slowest thing a test would do."""
    return _make_client(service, **options)


@pytest.fixture(scope="session", autouse=True)
def quick_moto() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        yield


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """An AWS account with the stack's tables and key; gives the key's ARN."""
    with mock_aws():
        create_tables(_client("dynamodb"))
        yield _client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def aws(account: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The account, with nothing in it. Making one for each test would take most of its time."""
    monkeypatch.setattr(boto3, "client", _client)
    monkeypatch.setenv("MASTER_KEY_ID", account)
    for name in ("jobs", "refresh", "webhooks", "sync"):
        queue = _client("sqs").create_queue(QueueName=name)["QueueUrl"]
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", queue)
    topic = _client("sns").create_topic(Name="people")["TopicArn"]
    monkeypatch.setenv("PEOPLE_TOPIC", topic)
    _client("events").create_event_bus(Name=ENVIRONMENT["EVENT_BUS"])
    yield
    _empty_tables()
    for backends in (ssm_backends, sqs_backends, sns_backends, events_backends):
        backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].reset()


def _empty_tables() -> None:
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].tables.values():
        table.items.clear()


@pytest.fixture
def configured(aws: None, simulator: Simulator) -> None:
    """The providers are set up in this deployment, played by the simulator."""
    ssm = boto3.client("ssm")
    for provider, client in CLIENTS.items():
        registration = {
            "clientId": client.client_id,
            "clientSecret": client.client_secret,
            "webhookSecret": client.webhook_secret,
            **simulator.endpoints(provider),
        }
        ssm.put_parameter(
            Name=f"/targetym/local/providers/{provider}",
            Value=json.dumps(registration),
            Type="SecureString",
        )
    ssm.put_parameter(
        Name="/targetym/local/ingress", Value=json.dumps(INGRESS), Type="SecureString"
    )
    ssm.put_parameter(
        Name=ENVIRONMENT["JWT_SECRET_PARAMETER"], Value=JWT_SECRET, Type="SecureString"
    )


@dataclass
class Clock:
    """Our clock, standing still until it is moved."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    forget()
    monkeypatch.setattr(runtime, "clock", clock)
    return clock


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What our functions log, down to the least."""
    stream = io.StringIO()
    logger = runtime.logger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logger.registered_formatter)
    level = logger.log_level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.setLevel(level)
    logger._logger.removeHandler(handler)


@pytest.fixture
def cold() -> Callable[[], None]:
    """Call it to make the functions forget keys and parameters, as a new container would."""
    return forget


@pytest.fixture(scope="module")
def known_keys() -> list[dict[str, Any]]:
    """The keys of an organization that has connected before, once they were made."""
    return []


@pytest.fixture
def flow(journey: Journey, known_keys: list[dict[str, Any]]) -> tuple[Started, str]:
    """A flow at the point where the browser comes back, of an organization that has its keys, so
    that nothing at all need be written before the tokens are there."""
    if not known_keys:
        integration = journey.connect("Initech")
        known_keys += [row for row in rows("keys") if row["keyId"] != f"salt#{integration}"]
        _empty_tables()
        journey.simulator.reset()
    puts = [{"PutRequest": {"Item": encode(row)}} for row in known_keys]
    boto3.client("dynamodb").batch_write_item(RequestItems={"keys": puts})
    started = journey.start()
    return started, journey.consent(started, "Globex")


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    """A standard authorization server, for providers made up in a test."""
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def journey(configured: None, gateway: Gateway, simulator: Simulator) -> Journey:
    simulator.deliver_by(gateway.deliver)
    return Journey(gateway, simulator)


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One role may read tokens."""
    monkeypatch.setenv("TOKEN_READER_ROLES", "arn:aws:iam::123456789012:role/payroll")
