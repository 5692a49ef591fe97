"""Starts and stops the AWS stand-in: one ministack process on a free port of 127.0.0.1, and on the
same port of one more address where containers are to reach it.

Credentials and account number are random for each run; when its state is kept, the account number
is kept with it, because every ARN in the state contains it. Its log goes to a file.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.local.errors import LocalError
from tests.local.reach import LOOPBACK, Reach
from tests.local.standin import HEALTH_PATH
from tests.local.state import KeptState, random_account

REGION = "eu-west-1"
_START_SECONDS = 60
_STOP_SECONDS = 15


class AwsStandIn:
    """Everything one run needs to talk to its stand-in."""

    def __init__(
        self,
        *,
        root: Path,
        folder: Path,
        log: Path,
        state: KeptState | None = None,
        reach: Reach = LOOPBACK,
    ) -> None:
        self._root = root
        self._folder = folder
        self._log = log
        self._state = state
        self._reach = reach
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.port = 0
        self.access_key = f"AKIA{secrets.token_hex(8).upper()}"
        self.secret_key = secrets.token_urlsafe(32)
        self.proxy_key = secrets.token_urlsafe(32)
        self.account = state.account() if state else random_account()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def functions_endpoint(self) -> str:
        """Where functions find it, be they in containers."""
        return f"http://{self._reach.name}:{self.port}"

    def start(self) -> None:
        """Returns at once; `wait` returns when it answers."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(parents=True, mode=0o700)
        if self._state:
            self._state.forget_stream_positions()
        with ExitStack() as opened:
            log = opened.enter_context(self._log.open("wb"))
            numbers = [opened.enter_context(listener).fileno() for listener in self._listen()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.local.standin", *map(str, numbers)],
                cwd=self._root,
                env=self._environment(),
                pass_fds=numbers,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is ours to pass on, once everything else has stopped.
                start_new_session=True,
            )

    def _listen(self) -> Iterator[socket.socket]:
        """Sockets on the one port, which the first of them chooses."""
        self.port = 0
        for address in ("127.0.0.1", self._reach.address):
            if address:
                listener = socket.create_server((address, self.port), backlog=128)
                self.port = listener.getsockname()[1]
                yield listener

    def wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise LocalError(f"The AWS stand-in stopped while starting: see {self._log}.")
            if self._answers():
                return
        raise LocalError(f"The AWS stand-in did not answer within a minute: see {self._log}.")

    def check(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise LocalError(f"The AWS stand-in has stopped: see {self._log}.")

    def stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client with the root credentials, or with those that are given."""
        if credentials:
            return self._new_client(service, credentials)
        with self._lock:
            if service not in self._clients:
                keys = {
                    "aws_access_key_id": self.access_key,
                    "aws_secret_access_key": self.secret_key,
                }
                self._clients[service] = self._new_client(service, keys)
            return self._clients[service]

    def _new_client(self, service: str, credentials: Mapping[str, str]) -> Any:
        # Here, because it takes as long as the stand-in does to start.
        import boto3
        from botocore.config import Config

        create: Any = boto3.session.Session
        session = create(region_name=REGION, **credentials)
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.endpoint, config=config)

    def _answers(self) -> bool:
        # The socket listens since before the process started: the answer comes when it is ready.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START_SECONDS)
        try:
            connection.request("GET", HEALTH_PATH)
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _environment(self) -> dict[str, str]:
        """Only what ministack needs: its functions inherit all of it."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", ""),
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": REGION,
            "LOCAL_PROXY_KEY": self.proxy_key,
            "LOCAL_NAMES": f"127.0.0.1 localhost {self._reach.name}",
            "TMPDIR": str(self._folder),
            "STATE_DIR": str(self._folder / "state"),
            # It would otherwise open ports of its own and tidy up the machine's containers.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
            "NO_PROXY": "*",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return environment | (self._state.environment() if self._state else {})
