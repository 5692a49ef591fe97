"""A running simulator with one Slack app; every test finds it as at its start."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.simulator.server import Simulator
from tests.unit.simulator.app import App
from tests.unit.simulator.registered import Clock


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with App.alone(clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def slack(simulator: Simulator) -> App:
    return App(simulator)


@pytest.fixture
def control(simulator: Simulator) -> Callable[..., requests.Response]:
    def send(method: str, action: str, **options: Any) -> requests.Response:
        return requests.request(method, f"{simulator.url}/_control/{action}", timeout=5, **options)

    return send
