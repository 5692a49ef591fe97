"""microburst as a process of this test run: a proxy before DynamoDB Local and a stand-in's KMS that
fails the way AWS fails, in AWS's own words, so that the SDK's retries are part of the test.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from tests.races.dynamodb_local import free_port, wait


class Microburst:
    def __init__(self, url: str) -> None:
        self.url = url

    def rule(self, **rule: Any) -> None:
        self._ask("PATCH", "rules", [rule])

    def clear(self) -> None:
        self._ask("POST", "rules", [])

    def fired(self) -> int:
        return sum(rule["fired_count"] for rule in self._ask("GET", "rules"))

    def _ask(self, method: str, what: str, content: Any = None) -> Any:
        request = Request(  # noqa: S310  # our own proxy
            f"{self.url}/_microburst/{what}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as response:  # noqa: S310
            return json.load(response)


@contextmanager
def before(upstream: str) -> Iterator[Microburst]:
    port = free_port()
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "microburst"]
    command += ["--upstream", upstream, "--host", "127.0.0.1", "--port", str(port), "--no-resign"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait(process, port)
            yield Microburst(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
