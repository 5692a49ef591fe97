"""The races' own cloud: DynamoDB Local, started once, and containers that use it together.

Whatever draws lots prints its seed; RACES_SEED=… draws the same again.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest

from hub import providers, runtime
from hub.oauth import digest
from hub.sealing import DataKey, Place
from hub.store import credentials
from tests.conftest import ENVIRONMENT
from tests.races import dynamodb_local
from tests.races.cloud import VARIABLES, Cloud
from tests.races.containers import Containers
from tests.races.seeds import MANY
from tests.races.simulation.history import forget_sealed, remember_sealed
from tests.races.simulation.stage import MakeStage, Stage
from tests.races.simulation.wire import DynamoDb
from tests.races.world import World, empty
from tests.simulator.oauth import ClientCredentials
from tests.simulator.server import Simulator
from tests.simulator.webhooks import Delivered
from tests.tables import create_tables
from tests.taps import Taps

CONTAINERS = 20
PLAYED = ("slack", "zoom", "jira", "google")
CLIENT = ClientCredentials(
    "client-of-the-races", "secret-of-the-races-Kp27", "webhook-secret-of-the-races-Dn41"
)
INGRESS = {
    "secret": "ingress-secret-of-the-races-of-32-bytes-or-more",
    "routingSecret": "routing-secret-of-the-races-of-32-bytes-or-more",
}


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
    clients = dict.fromkeys(PLAYED, CLIENT)
    with Simulator(clients, redirect_prefix=ENVIRONMENT["PUBLIC_BASE_URL"]) as simulator:
        simulator.deliver_by(lambda _sent: Delivered(status=200))  # whoever listens is not the race
        yield simulator


@pytest.fixture(scope="session")
def parameters(running_simulator: Simulator) -> dict[str, str]:
    """What this deployment keeps in SSM: providers, played by the simulator."""
    ours = {
        "clientId": CLIENT.client_id,
        "clientSecret": CLIENT.client_secret,
        "webhookSecret": CLIENT.webhook_secret,
    }
    return {
        f"/targetym/local/providers/{each}": json.dumps(ours | running_simulator.endpoints(each))
        for each in PLAYED
    } | {"/targetym/local/ingress": json.dumps(INGRESS)}


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


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Show numbers, where they were asked for."""

    def say(line: str) -> None:
        if MANY:
            with capsys.disabled():
                print(f"\n{line}", end="", flush=True)

    return say


@pytest.fixture(scope="session")
def wire(endpoint: str) -> Iterator[DynamoDb]:
    with closing(DynamoDb(endpoint)) as client:
        yield client


@pytest.fixture
def stages(
    wire: DynamoDb, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeStage]:
    """Give a stage for each seed, on DynamoDB Local unless told otherwise."""
    empty(wire)
    seal, made, labels = DataKey.seal, list[Stage](), count()

    def noted(key: DataKey, plaintext: bytes, place: Place, salt: bytes) -> bytes:
        sealed = seal(key, plaintext, place, salt)
        if place.field == credentials.TOKENS:
            remember_sealed(sealed, plaintext)
        return sealed

    def make(seed: int, dynamodb: Any = wire, label: str | None = None) -> Stage:
        for stage in made:
            stage.close()
        forget_sealed()
        named = f"{digest(request.node.nodeid)[:12]}-{next(labels)}" if label is None else label
        made[:] = [Stage(dynamodb, Random(seed), named)]  # noqa: S311
        return made[0]

    monkeypatch.setattr(DataKey, "seal", noted)
    monkeypatch.setattr(
        credentials, "DUE", replace(credentials.DUE, shards=1)
    )  # the fewer are queried, the more histories
    monkeypatch.setattr(providers, "get", lambda id_: made[0].providers[id_].declared)
    yield make
    for stage in made:
        stage.close()
