"""The races' own cloud: DynamoDB Local, started once, and containers that use it together.

Whatever draws lots prints its seed; RACES_SEED=… draws the same again.
"""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from random import Random

import boto3
import pytest

from hub import runtime
from tests.conftest import ENVIRONMENT
from tests.races import dynamodb_local
from tests.races.cloud import VARIABLES, Cloud
from tests.races.containers import Containers
from tests.races.world import World
from tests.simulator.oauth import ClientCredentials
from tests.simulator.server import Simulator
from tests.tables import create_tables
from tests.taps import Taps

CONTAINERS = 20
CLIENT = ClientCredentials("client-of-the-races", "secret-of-the-races-Kp27")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.races)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with dynamodb_local.running() as address:
        create_tables(boto3.client("dynamodb", endpoint_url=address))  # with the SDK's patience
        yield address


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator({"slack": CLIENT}, redirect_prefix=ENVIRONMENT["PUBLIC_BASE_URL"]) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def parameters(running_simulator: Simulator) -> dict[str, str]:
    """What this deployment keeps in SSM: Slack, played by the simulator."""
    registration = {
        "clientId": CLIENT.client_id,
        "clientSecret": CLIENT.client_secret,
        **running_simulator.endpoints("slack"),
    }
    return {"/targetym/local/providers/slack": json.dumps(registration)}


@pytest.fixture(scope="session")
def containers(endpoint: str, parameters: dict[str, str]) -> Iterator[Containers]:
    with Containers(CONTAINERS, endpoint, parameters) as running:
        yield running


@pytest.fixture
def taps() -> Taps:
    return Taps()


@pytest.fixture
def world(
    endpoint: str,
    parameters: dict[str, str],
    running_simulator: Simulator,
    taps: Taps,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """An empty deployment. What runs in this process passes the taps."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    cloud = Cloud(endpoint, parameters)
    taps.install(monkeypatch, cloud.client)
    world = World(cloud, running_simulator, taps)
    monkeypatch.setattr(runtime, "clock", world.clock)
    world.wipe()
    return world


@pytest.fixture
def lots() -> Random:
    seed = int(os.environ.get("RACES_SEED") or secrets.randbits(32))
    print(f"RACES_SEED={seed}")
    return Random(seed)  # noqa: S311  # the same for the same seed
