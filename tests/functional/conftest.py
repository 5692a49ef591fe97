"""AWS in this process (moto, tables from template.yaml), the simulator as the providers, and the
API in front of our handlers."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.conftest import ENVIRONMENT
from tests.functional.gateway import Gateway
from tests.functional.journey import Journey
from tests.simulator.oauth import ClientCredentials
from tests.simulator.server import Simulator
from tests.tables import create_tables

CLIENT = ClientCredentials("client-of-this-test", "secret-of-this-test-Zq81")
JWT_SECRET = "a-secret-for-tests-of-at-least-32-bytes"


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator({"slack": CLIENT}, redirect_prefix=ENVIRONMENT["PUBLIC_BASE_URL"]) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    running_simulator.reset()
    return running_simulator


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        monkeypatch.setenv("MASTER_KEY_ID", key)
        queue = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        monkeypatch.setenv("JOBS_QUEUE_URL", queue)
        yield


@pytest.fixture
def configured(aws: None, simulator: Simulator) -> None:
    """Slack is set up in this deployment, played by the simulator."""
    ssm = boto3.client("ssm")
    registration = {
        "clientId": CLIENT.client_id,
        "clientSecret": CLIENT.client_secret,
        **simulator.endpoints("slack"),
    }
    ssm.put_parameter(
        Name="/targetym/local/providers/slack", Value=json.dumps(registration), Type="SecureString"
    )
    ssm.put_parameter(
        Name=ENVIRONMENT["JWT_SECRET_PARAMETER"], Value=JWT_SECRET, Type="SecureString"
    )


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def journey(configured: None, gateway: Gateway, simulator: Simulator) -> Journey:
    return Journey(gateway, simulator)
