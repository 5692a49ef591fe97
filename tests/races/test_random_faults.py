"""AW-09: whole histories while three in ten DynamoDB calls fail, in any way DynamoDB can fail.

Afterwards the tables agree with each other and, unless the hub said aloud that it could not do so,
with the provider.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.conftest import forget
from tests.functional.journey import result
from tests.races.world import World
from tests.taps import Plan, Step, lost_answer, refused

HISTORIES = 5
LENGTH = 8
FAULTY = 0.3
REFUSALS = (
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "InternalServerError",
    "TransactionCanceledException",
    "TransactionInProgressException",
)
WORKSPACES = ("Globex", "Initech")

Act = Callable[[World, Random], None]


def faulty(lots: Random) -> Plan:
    def plan(_number: int, step: Step, call: Callable[[], Any]) -> Any:
        if step.service != "dynamodb" or lots.random() >= FAULTY:
            return call()
        if lots.random() < 0.4:
            call()
            raise lost_answer(step)
        raise refused(step, lots.choice(REFUSALS))

    return plan


def connect(world: World, lots: Random) -> None:
    flow = world.consented(lots.choice(WORKSPACES))
    with world.taps.plan(faulty(lots)):
        reply = world.come_back(flow)
    assert reply.status in {303, 400, 503}


def reconnect(world: World, lots: Random) -> None:
    existing = list(world.held().integrations)
    if not existing:
        return
    flow = world.consented(lots.choice(WORKSPACES), reconnect=lots.choice(existing)[1])
    with world.taps.plan(faulty(lots)):
        reply = world.come_back(flow)
    assert reply.status in {303, 400, 503}


def disconnect(world: World, lots: Random) -> None:
    for _, integration_id in world.held().live:
        with world.taps.plan(faulty(lots)):
            reply = world.disconnect(integration_id)
        assert reply.status in {200, 409, 503}


def work(world: World, lots: Random) -> None:
    world.carry_outbox()
    if world.cloud.sqs.waiting:
        with world.taps.plan(faulty(lots)):
            world.work()


ACTS: tuple[Act, ...] = (connect, connect, reconnect, disconnect, work)


def test_histories_of_faults_end_in_agreement(
    world: World, lots: Random, caplog: pytest.LogCaptureFixture
):
    for _ in range(HISTORIES):
        world.wipe()
        caplog.clear()
        history = lots.choices(ACTS, k=LENGTH)
        for act in history:
            act(world, lots)
            forget()
            world.check([each.__name__ for each in history])
        world.settle()

        held = world.check()
        given_up = [
            record for record in caplog.records if vars(record).get("cause") == "Unrecorded"
        ]
        assert given_up or not world.unaccounted(held)
        for each in held.live.values():
            assert world.send_message(each.id).status == 200
        assert not held.credentials.keys() - held.live.keys()


def test_what_cannot_even_be_queued_is_said_aloud(world: World, caplog: pytest.LogCaptureFixture):
    """DynamoDB is gone from the provider's answer on: the one way a grant is left unrecorded."""
    flow = world.consented()

    def plan(_number: int, step: Step, call: Callable[[], Any]) -> Any:
        if step.operation == "transact_write_items":
            raise refused(step, "InternalServerError")
        return call()

    with world.taps.plan(plan):
        reply = world.come_back(flow)

    assert result(reply)["error"] == "authorization_failed"
    assert [vars(record).get("cause") for record in caplog.records] == ["Unrecorded"]
    assert world.unaccounted(world.check()) == {"Globex"}
