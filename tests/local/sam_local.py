"""`make sam-local`: the same at http://localhost:PORT, with `sam local start-api` in front.

sam's own API Gateway and real containers of the Lambda runtime, with the stand-in behind them.
Queue and stream have no counterpart in sam, so what they carry is done by the stand-in's functions.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-local-start-api.html
"""

import http.client
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from tests.local import docker, sam_settings
from tests.local.configuration import Configuration
from tests.local.errors import LocalError
from tests.local.foreground import run, say
from tests.local.proxy import Proxy
from tests.local.stack import BUILD, FOLDER, ROOT, LocalStack, Say

SAM = ROOT / ".venv-sam" / "bin" / "sam"
_START_SECONDS = 60
# A function's first request builds its image.
_FIRST_ANSWER_SECONDS = 120
_STOP_SECONDS = 30


class SamLocal:
    """`sam local start-api` as what stands in front of the stack."""

    def __init__(
        self, port: int, say: Say, *, flags: Sequence[str] = (), folder: Path = FOLDER
    ) -> None:
        self._say = say
        self._flags = flags
        self._folder = folder / "sam-local"
        self._log = folder / "logs" / "sam-local.log"
        self._process: subprocess.Popen[bytes] | None = None
        # sam cannot be handed a port: what is free now will be so in a moment.
        proxy = Proxy(port)
        proxy.stop()
        self._port, self.url = proxy.port, proxy.url

    def serve(self, stack: LocalStack) -> None:
        self._say(f"Starting sam local. Its log is {self._log}.")
        self.settings = sam_settings.write(stack, BUILD / "template.yaml", self._folder)
        self._start(self.settings)
        self._wait()
        self._say("Starting the first functions in containers.")
        self._expect("/settings/integrations", {}, f"see {self._log}.")
        # The shortest way through the authorizer and to the stand-in.
        firewall = f"does a firewall keep containers from {stack.standin.functions_endpoint}?"
        self._expect("/api/integrations", stack.bearer(), f"see {self._log}; {firewall}")

    def check(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise LocalError(f"sam local has stopped: see {self._log}.")

    def stop(self) -> None:
        """Lets sam remove its containers."""
        if self._process is None:
            return
        self._say("Stopping sam local and its containers.")
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self, settings: sam_settings.Settings) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(str(SAM), "local", "start-api", "--config-file", str(settings.config)),
                    *("--port", str(self._port), "--warm-containers", "LAZY", *self._flags),
                ],
                cwd=ROOT,
                env=settings.environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is ours to pass on.
                start_new_session=True,
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            try:
                self._ask("/", {})
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise LocalError(f"sam local did not start within a minute: see {self._log}.")

    def _expect(self, path: str, headers: dict[str, str], hint: str) -> None:
        try:
            status = self._ask(path, headers)
        except (OSError, http.client.HTTPException) as error:
            raise LocalError(f"{self.url}{path} does not answer: {hint}") from error
        if status != HTTPStatus.OK:
            raise LocalError(f"{self.url}{path} answers {status}: {hint}")

    def _ask(self, path: str, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=_FIRST_ANSWER_SECONDS
        )
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()


def _stack(configuration: Configuration) -> LocalStack:
    flags = shlex.split(os.environ.get("SAM_LOCAL_FLAGS", ""))
    reach = docker.find_reach()
    docker.ensure_image(say)
    return LocalStack(
        configuration,
        front=lambda port, told: SamLocal(port, told, flags=flags),
        reach=reach,
        say=say,
    )


if __name__ == "__main__":
    sys.exit(run(_stack))
