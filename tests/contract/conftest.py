"""Apps registered with providers that the simulator plays."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.unit.simulator.registered import Registered


@pytest.fixture(scope="session")
def registered[App: Registered]() -> Iterator[Callable[[type[App]], App]]:
    """Call it for an app at its own simulator, which is as at its start."""
    running = {}
    with ExitStack() as stack:

        def registered(kind: type[App]) -> App:
            if kind not in running:
                running[kind] = stack.enter_context(kind.alone())
            running[kind].reset()
            return kind(running[kind])

        yield registered
