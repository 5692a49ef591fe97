"""Running what others wrote for Node: the test dependencies bring their own (`make test`)."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.template import ROOT

SCRIPTS = ROOT / "tests" / "contract"
INSTALLED = ROOT / ".local" / "node"
PATIENCE = 60


def run(script: str, **asked: Any) -> Any:
    """Run a script with a JSON object as its one argument; give what it prints, JSON too."""
    ran = subprocess.run(
        [_node(), SCRIPTS / script, json.dumps(asked)],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@contextmanager
def serving(script: str, **asked: Any) -> Iterator[Any]:
    """Keep a server running that prints one line of JSON when it is ready."""
    with (
        TemporaryFile("w+") as said,
        subprocess.Popen(
            [_node(), SCRIPTS / script, json.dumps(asked)],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            ready = server.stdout.readline()
            said.seek(0)
            assert ready, said.read()
            yield json.loads(ready)
        finally:
            server.terminate()


def _node() -> Path:
    node = INSTALLED / "bin" / "node"
    assert node.is_file(), "Node is not installed: make test does it (tests/local/install.sh)."
    return node


def _environment() -> dict[str, str]:
    """Scripts import packages with `createRequire(process.env.PACKAGES)`."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return kept | {"PACKAGES": f"{INSTALLED}/package.json", "NODE_NO_WARNINGS": "1"}
