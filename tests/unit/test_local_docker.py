"""What is asked of Docker, with a program in its place that answers as Docker does."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.local import docker
from tests.local.errors import LocalError
from tests.local.reach import Reach
from tests.template import ROOT, load

MADE_FOR_DOCUMENTATION = "192.0.2.0/24"


@pytest.fixture
def docker_is(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(script):
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return put


def networks(**configured):
    return f"echo '{json.dumps([{'IPAM': {'Config': [configured]}}])}'"


def test_it_looks_for_the_runtime_of_the_template():
    function = load()["Globals"]["Function"]
    (architecture,) = function["Architectures"]
    runtime = function["Runtime"].replace("python", "python:")

    assert docker.IMAGE.endswith(f"/{runtime}-{architecture}")


def test_without_docker_one_sentence_says_so(docker_is):
    with pytest.raises(LocalError, match="Docker is not installed"):
        docker.find_reach()


def test_a_docker_that_is_not_running_says_why(docker_is):
    docker_is("echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1")

    with pytest.raises(LocalError, match=r"does not answer: Cannot connect to the Docker daemon"):
        docker.find_reach()


def test_a_docker_that_says_nothing_is_given_up(docker_is):
    docker_is("exec /bin/sleep 60")

    with pytest.raises(LocalError, match="does not answer"):
        docker.find_reach(timeout=0.2)


def test_a_bridge_of_this_machine_is_where_containers_find_us(docker_is):
    docker_is(networks(Subnet="127.0.0.0/8", Gateway="127.0.0.1"))

    assert docker.find_reach() == Reach(name="127.0.0.1", address="127.0.0.1")


def test_a_bridge_that_names_no_gateway_has_the_first_address(docker_is):
    docker_is(networks(Subnet="127.0.0.0/8"))

    assert docker.find_reach().address == "127.0.0.1"


def test_a_bridge_without_ipv4_is_not_enough(docker_is):
    docker_is(networks(Subnet="fd00::/64", Gateway="fd00::1"))

    with pytest.raises(LocalError, match="no IPv4 address"):
        docker.find_reach()


def test_docker_in_a_virtual_machine_brings_its_own_name(docker_is, monkeypatch):
    docker_is(networks(Subnet=MADE_FOR_DOCUMENTATION))
    monkeypatch.setattr(socket, "gethostbyname", {"host.docker.internal": "127.0.0.1"}.get)

    assert docker.find_reach() == Reach(name="host.docker.internal", address=None)


@pytest.mark.parametrize("known", [None, "203.0.113.7"])
def test_the_name_has_to_be_known_here_too(docker_is, monkeypatch, known):
    def look_up(name):
        if known is None:
            raise socket.gaierror
        return known

    docker_is(networks(Subnet=MADE_FOR_DOCUMENTATION))
    monkeypatch.setattr(socket, "gethostbyname", look_up)

    with pytest.raises(LocalError, match=r'"127.0.0.1 host.docker.internal" to /etc/hosts'):
        docker.find_reach()


def test_an_image_that_is_there_is_not_pulled(docker_is):
    docker_is('[ "$1" = image ] && echo "[]"')
    said = []
    docker.ensure_image(said.append)

    assert said == []


def test_an_image_that_is_missing_is_pulled(docker_is):
    docker_is('[ "$1" = pull ]')
    said = []
    docker.ensure_image(said.append)

    assert said == [f"Pulling {docker.IMAGE}, once."]


def test_an_image_that_cannot_be_pulled_says_so(docker_is):
    docker_is("exit 1")

    with pytest.raises(LocalError, match="cannot pull it"):
        docker.ensure_image(lambda _: None)


def test_the_command_ends_with_the_sentence(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.local.sam_local"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Docker is not installed")
    assert len(ended.stderr.splitlines()) == 1
