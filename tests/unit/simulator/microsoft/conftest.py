"""A running simulator with one app in Entra ID; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.microsoft.app import App
from tests.unit.simulator.registered import Clock


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with App.alone(clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def microsoft(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(microsoft: App) -> str:
    return microsoft.connect()["access_token"]
