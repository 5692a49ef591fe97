"""A running simulator with one app at Notion; every test finds it as at its start."""

from collections.abc import Iterator

import pytest

from tests.simulator.server import Simulator
from tests.unit.simulator.app import Clock
from tests.unit.simulator.notion.app import CLIENT, PREFIX, App


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator({"notion": CLIENT}, redirect_prefix=PREFIX, clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def notion(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def token(notion: App) -> str:
    return notion.connect()["access_token"]
