"""A running simulator with one app at Linear; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.app import Clock
from tests.unit.simulator.linear.app import CLIENT, PREFIX, App


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator({"linear": CLIENT}, redirect_prefix=PREFIX, clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def linear(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(linear: App) -> str:
    return linear.connect()["access_token"]
