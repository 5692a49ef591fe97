"""A run in the foreground, with something small in the stack's place: how it ends."""

import signal
import subprocess
import sys

import pytest

from tests.template import ROOT

# `part` is a process of the stack; the run is over when it is.
SCRIPT = """
import subprocess, sys
from types import SimpleNamespace
from tests.local.errors import LocalError
from tests.local.foreground import run

class Stack:
    url = "http://localhost:1"
    simulator = SimpleNamespace(url="http://localhost:2")
    def token(self, **_): return "a.b.c"
    def __enter__(self):
        self.part = subprocess.Popen(sys.argv[1:])
        return self
    def __exit__(self, *_):
        self.part.kill()
        self.part.wait()
        sys.stderr.write("stopped\\n")
    def check(self):
        if self.part.poll() is not None:
            raise LocalError("A part has stopped.")

sys.exit(run(lambda configuration: Stack()))
"""


@pytest.fixture
def running():
    started = []

    def start(*part):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *part],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_part_that_ends_by_itself_ends_the_run_with_a_sentence(running):
    process = running("sleep", "0.3")
    told, errors = process.communicate(timeout=30)

    assert process.returncode == 1
    assert errors == "stopped\nA part has stopped.\n"
    assert told.splitlines()[0] == "ready: http://localhost:1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_quietly(running, number):
    process = running("sleep", "60")
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(number)
    told, errors = process.communicate(timeout=30)

    assert (process.returncode, told, errors) == (0, "", "stopped\n")
