"""What `sam local` needs of Docker: that it runs, the image of our runtime, and a way from a
container to this machine.

On Linux, containers reach this machine at the gateway of Docker's bridge, an address that only
this machine and its containers have. Where Docker lives in a virtual machine (Docker Desktop), they
reach it as host.docker.internal, which ends at loopback.
https://docs.docker.com/desktop/features/networking/
"""

import ipaddress
import json
import socket
import subprocess
import sys
from collections.abc import Callable

from tests.local.errors import LocalError
from tests.local.reach import Reach

# Under this name sam looks for the runtime and architecture of template.yaml.
IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
HOST = "host.docker.internal"
_ANSWER_SECONDS = 10


def find_reach(*, timeout: float = _ANSWER_SECONDS) -> Reach:
    """How containers reach this machine. Raises LocalError when there is no Docker to ask."""
    (network,) = json.loads(_ask("network", "inspect", "bridge", timeout=timeout))
    gateway = _gateway(network["IPAM"]["Config"])
    if _is_ours(gateway):
        return Reach(name=gateway, address=gateway)
    if not _is_loopback(HOST):
        raise LocalError(
            f"Docker lives in a virtual machine here, whose containers call this machine {HOST}: "
            f'add the line "127.0.0.1 {HOST}" to /etc/hosts, so that both can use that name.'
        )
    return Reach(name=HOST)


def has_image() -> bool:
    try:
        _ask("image", "inspect", IMAGE, timeout=_ANSWER_SECONDS)
    except LocalError:
        return False
    return True


def ensure_image(say: Callable[[str], None]) -> None:
    if has_image():
        return
    say(f"Pulling {IMAGE}, once.")
    try:
        # What it tells meanwhile is for the person, and standard output is for programs.
        subprocess.run(["docker", "pull", IMAGE], stdout=sys.stderr, check=True)
    except subprocess.CalledProcessError as error:
        raise LocalError(
            f"Docker has no image {IMAGE} and cannot pull it: the reason is above. "
            "It is needed once; later runs work without the registry."
        ) from error


def _ask(*command: str, timeout: float) -> str:
    try:
        asked = subprocess.run(
            ["docker", *command], capture_output=True, text=True, check=True, timeout=timeout
        )
    except FileNotFoundError as error:
        raise LocalError(
            "Docker is not installed: sam local runs functions in its containers. "
            "`make run` does without."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise LocalError("Docker does not answer: is it still starting?") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines() or ["no reason given"]
        raise LocalError(f"Docker does not answer: {said[-1]}") from error
    return asked.stdout


def _gateway(configured: list[dict[str, str]]) -> str:
    for network in configured:
        subnet = ipaddress.ip_network(network["Subnet"])
        if subnet.version == 4:
            # Docker gives it the first address and, before a container runs, may not say so.
            return network.get("Gateway") or str(subnet[1])
    raise LocalError("Docker's bridge network has no IPv4 address, by which containers reach us.")


def _is_ours(address: str) -> bool:
    try:
        with socket.create_server((address, 0)):
            return True
    except OSError:
        return False


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(socket.gethostbyname(name)).is_loopback
    except OSError:
        return False
