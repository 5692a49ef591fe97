"""A running simulator with one app at Asana; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.app import Clock
from tests.unit.simulator.asana.app import CLIENT, PREFIX, App


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator({"asana": CLIENT}, redirect_prefix=PREFIX, clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def asana(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(asana: App) -> str:
    return asana.token()
