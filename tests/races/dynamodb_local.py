"""Amazon's DynamoDB Local as a process of this test run: in memory, on a free port, gone with it.

It is the one stand-in whose conditions and transactions are atomic. tests/local/install.sh puts it
in place. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.template import ROOT

FOLDER = ROOT / ".local" / "dynamodb-local"
_START_SECONDS = 30


@contextmanager
def running() -> Iterator[str]:
    """Give its endpoint."""
    if not (FOLDER / "DynamoDBLocal.jar").is_file():
        pytest.fail("DynamoDB Local is missing. Run tests/local/install.sh, or make test.")
    port = free_port()
    # The kernel takes it down with us, however we end.
    command = ["setpriv", "--pdeathsig", "KILL", "java", "-XX:TieredStopAtLevel=1", "-Xmx512m"]
    command += ["-XX:+UseSerialGC", "-Djava.library.path=DynamoDBLocal_lib"]
    command += ["-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port", str(port)]
    with subprocess.Popen(
        command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"DynamoDB Local did not start (exit status {process.poll()}).")
