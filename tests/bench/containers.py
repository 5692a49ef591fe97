"""Functions in processes of their own, from what was built, as Lambda keeps them: each starts cold,
stays warm between events and shares no cache with another.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.built import INSIDE, Artefacts
from tests.functional.gateway import Gateway


class Ended(Exception):
    """A function's process is gone."""


@dataclass(frozen=True)
class Took:
    """What an event took: AWS requests by service, and the process's peak memory so far."""

    requests: Mapping[str, int]
    peak: int


class Containers(Gateway):
    """The gateway before functions in containers. `took`: their last events, by function."""

    def __init__(
        self, artefacts: Artefacts, environment: Mapping[str, str], running: ExitStack
    ) -> None:
        super().__init__()
        self.took: dict[str, Took] = {}
        self._artefacts = artefacts
        self._environment = environment
        self._running = running
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        if function not in self._processes:
            self._processes[function] = self._start(function)
        process = self._processes[function]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()
        told = process.stdout.readline()
        if not told:
            raise Ended(f"{function} ended; what it wrote is above")
        answer, requests, peak = json.loads(told)
        self.took[function] = Took(requests, peak)
        return answer

    def kill(self, function: str) -> None:
        """End its process as it stands; the next event starts another."""
        process = self._processes.pop(function)
        process.kill()
        process.wait()

    def _start(self, function: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self._artefacts.command(function, INSIDE, "answer"),
            env={**self._environment, "POWERTOOLS_SERVICE_NAME": function},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Leaving a process closes its standard input, which ends it.
        return self._running.enter_context(process)


@contextmanager
def containers(artefacts: Artefacts, environment: Mapping[str, str]) -> Iterator[Containers]:
    with ExitStack() as running:
        yield Containers(artefacts, environment, running)
