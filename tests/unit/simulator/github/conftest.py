"""A running simulator with one app at GitHub; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.github.app import App
from tests.unit.simulator.registered import Clock


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with App.alone(clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def github(simulator: Simulator) -> App:
    return App(simulator)
