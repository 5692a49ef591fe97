"""A running simulator with one app at Google; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.google.app import App
from tests.unit.simulator.registered import Clock


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with App.alone(clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def google(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(google: App) -> str:
    return google.connect()["access_token"]


@pytest.fixture
def refresh_token(google: App) -> str:
    return google.connect()["refresh_token"]
