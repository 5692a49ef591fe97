"""A running simulator with one app at Trello; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.registered import Clock
from tests.unit.simulator.trello.app import App


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with App.alone(clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def trello(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(trello: App) -> str:
    return trello.connect()["access_token"]
