"""Nothing of a moment is made at import (AW-17): a snapshot taken after it may be restored many
times. And every AWS client gives up in time (AW-11)."""

import os
import subprocess
import sys

import pytest

from hub import runtime
from tests.conftest import ENVIRONMENT
from tests.template import ROOT, function_names

GUARD = """
import os, random, secrets, socket, sys, threading, time
def refuse(name):
    def fail(*args, **kwargs):
        raise AssertionError(f"{name} at import")
    return fail
import boto3, botocore.session, requests
boto3.client = boto3.Session.client = refuse("an AWS client")
socket.socket.connect = refuse("a connection")
requests.Session.__init__ = refuse("an HTTP session")
os.urandom = secrets.token_bytes = refuse("randomness")
threading.Thread.start = refuse("a thread")
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", GUARD + code],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'hub'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("function", sorted(function_names()))
def test_importing_a_function_makes_nothing_of_the_moment(function):
    done = run(f"import functions.{function.replace('/', '.')}.app")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "code", ["boto3.client('sqs')", "requests.Session()", "secrets.token_bytes(8)"]
)
def test_the_guard_sees_what_it_guards_against(code):
    done = run(code)

    assert "at import" in done.stderr


def test_aws_clients_give_up_well_before_the_function_does(monkeypatch):
    client = runtime.aws("sqs")

    assert client.meta.config.connect_timeout <= 2
    assert client.meta.config.read_timeout <= 5
    assert client.meta.config.retries["total_max_attempts"] <= 3
    assert client.meta.config.retries["mode"] == "standard"
