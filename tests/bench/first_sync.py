"""A first sync of very many objects, by the built worker in a process of its own, into Amazon's
DynamoDB Local: killed half way, gone on with by another, over as many invocations as it takes.

Slow, and so not a part of `make bench`: `python -m tests.bench.first_sync` (OBJECTS=…).
"""

import os
import sys
import threading
import time

import boto3
import pytest

from tests.bench.account import account
from tests.bench.built import artefacts
from tests.bench.containers import Containers, Ended, containers
from tests.functional.journey import Journey
from tests.races import dynamodb_local
from tests.simulator.server import Simulator
from tests.tables import create_tables

OBJECTS = int(os.environ.get("OBJECTS", "100000"))
PAGE = 1000
AT_ONCE = "6"  # DynamoDB Local takes ten items in a transaction
WORKSPACE = "Globex"
LOGS = {name: value for name, value in os.environ.items() if name == "LOGS"}
LEASE_SECONDS = 40  # of an invocation that may take 28 seconds, and ten more


def main() -> int:
    with (
        dynamodb_local.running() as endpoint,
        artefacts() as built,
        account() as aws,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
        create_tables(boto3.client("dynamodb"))
        own = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "RECORDS_AT_ONCE": AT_ONCE, **LOGS}
        with containers(built, aws.environment | own) as functions:
            _measure(Journey(functions, aws.simulator), functions)
    return 0


def _measure(journey: Journey, functions: Containers) -> None:
    simulator = journey.simulator
    held = len(simulator.change("slack", WORKSPACE, "users", "list")["ids"])
    simulator.change("slack", WORKSPACE, "users", "create", count=OBJECTS - held)
    journey.connect(WORKSPACE)
    began = time.monotonic()
    _sync_until_killed(journey, functions, after=OBJECTS // PAGE // 2)
    before, stored = _pages(simulator), _stored()
    _say(f"killed after {before} pages, {stored} records stored")
    time.sleep(LEASE_SECONDS)
    journey.tick()
    peak = _sync(journey, functions)
    seconds = time.monotonic() - began - LEASE_SECONDS
    pages, least = _pages(simulator), -(-OBJECTS // PAGE)
    _say(f"{_stored()} records of {OBJECTS} objects, after {seconds:.0f} s")
    _say(f"{pages} pages read, {pages - least} of them more than there are")
    _say(f"memory peak {peak / 2**20:.1f} MiB")
    assert _stored() == OBJECTS
    assert pages - least <= 1


def _sync_until_killed(journey: Journey, functions: Containers, after: int) -> None:
    def watch() -> None:
        while _pages(journey.simulator) < after:
            time.sleep(0.02)
        functions.kill("sync_worker")

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        _sync(journey, functions)
    except (Ended, BrokenPipeError):
        watcher.join()
    else:
        raise AssertionError("the sync ended before it was killed")


def _sync(journey: Journey, functions: Containers) -> int:
    """Let the worker take what is sent to it until nothing more is; give its peak of memory."""
    journey.carry_outbox()
    peak, more = 0, True
    while more:
        more = journey.sync_once()
        peak = max(peak, functions.took["sync_worker"].peak)
    return peak


def _pages(simulator: Simulator) -> int:
    return len(simulator.calls("users.list"))


def _stored() -> int:
    """Count the people that are stored."""
    dynamodb, count = boto3.client("dynamodb"), 0
    for page in dynamodb.get_paginator("scan").paginate(
        TableName="records",
        FilterExpression="contains(whose, :users)",
        ExpressionAttributeValues={":users": {"S": "#users"}},
        Select="COUNT",
    ):
        count += page["Count"]
    return count


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
