"""The stack that `make run` starts, once for all tests that ask for it, on a free port."""

import os
import subprocess

import pytest

from tests.local.configuration import Configuration
from tests.local.stack import ROOT, LocalStack


@pytest.fixture(scope="session")
def built():
    """What is deployed is what is in the tree: `make build` does nothing where nothing changed."""
    inherited = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    subprocess.run(["make", "-s", "build"], cwd=ROOT, env=inherited, check=True)


@pytest.fixture(scope="session")
def stack(built):
    with LocalStack(Configuration(port=0), log="tests.log") as running:
        yield running
