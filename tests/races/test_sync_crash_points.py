"""A sync killed at each step, its answers lost, AWS failing: in the end everything is there, once.

The workspace has more people than one page holds, so that a run has several checkpoints.
"""

import json
from contextlib import suppress

import pytest

from hub import sync_writing
from hub.providers.slack import resources
from hub.store.database import decode
from tests.functional.gateway import Context, handler_of
from tests.races.world import WORKSPACE, World, sqs_event
from tests.taps import Killed, kill_after, kill_before, lose_answer, refused

PEOPLE = 7
STEPS = 30  # more than a run has: those beyond kill nobody
PLANS = {
    "killed before": kill_before,
    "killed after": kill_after,
    "answer lost": lose_answer,
}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 3)
    monkeypatch.setattr(sync_writing, "AT_ONCE", 2)


def stored(world: World) -> dict[str, dict]:
    rows = world.cloud.dynamodb.scan(TableName="records", ConsistentRead=True)["Items"]
    return {f"{row['whose']}/{row['externalId']}": row for row in map(decode, rows)}


def changes_told(world: World) -> list[tuple[str, str]]:
    told = [e for e in world.cloud.events.told if e["type"] == "records.changed"]
    return [(each["id"], each["change"]) for event in told for each in event["records"]]


def connected(world: World) -> list[str]:
    world.simulator.change("slack", WORKSPACE, "users", "create", count=PEOPLE - 3)
    world.connect()
    world.settle()
    bodies = [body for body, _ in world.cloud.sqs.syncs]
    world.cloud.sqs.syncs.clear()
    return bodies


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("at", range(0, STEPS, 2))
def test_a_run_that_is_struck_comes_to_its_end(world: World, plan, at):
    bodies = connected(world)

    with world.taps.plan(plan(at)), suppress(Killed):
        handler_of("sync_worker")(sqs_event(bodies), Context())
    world.cloud.sqs.syncs.clear()  # what was sent is lost as well
    world.pass_time(1000)
    world.tick_syncs()
    world.sync()

    people = {n: r for n, r in stored(world).items() if "#users/" in n}
    channels = {n: r for n, r in stored(world).items() if "#channels/" in n}
    assert (len(people), len(channels)) == (PEOPLE, 3)
    world.settle()
    told = changes_told(world)
    assert len(told) == len(set(told)) == PEOPLE + 3  # each change told once


@pytest.mark.parametrize("at", range(0, STEPS, 3))
def test_an_error_of_aws_is_no_loss(world: World, at):
    bodies = connected(world)

    def plan(number, step, call):
        if number == at and step.service == "dynamodb":
            raise refused(step, "ThrottlingException")
        return call()

    with world.taps.plan(plan):
        handler_of("sync_worker")(sqs_event(bodies), Context())
    world.pass_time(1000)
    world.tick_syncs()
    world.sync()

    assert len([name for name in stored(world) if "#users/" in name]) == PEOPLE


@pytest.mark.parametrize("at", range(1, STEPS, 2))
def test_a_disconnection_in_the_midst_of_a_run_is_the_last_word(world: World, at):
    bodies = connected(world)
    integration_id = json.loads(bodies[0])["integrationId"]
    seen = []

    def plan(number, _step, call):
        if number == at:
            assert world.disconnect(integration_id).status == 200
            seen.append(stored(world))
        return call()

    with world.taps.plan(plan):
        handler_of("sync_worker")(sqs_event(bodies), Context())
    world.pass_time(1000)
    world.tick_syncs()
    world.sync()

    if seen:
        assert stored(world) == seen[0]
