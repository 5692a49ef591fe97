"""AW-02, WH-09: one delivery in many workers at once, in processes of their own, has one effect
for each integration; many deliveries at once lose none.
"""

from collections import Counter
from functools import partial

from tests.functional.gateway import User
from tests.races.containers import Containers, hear
from tests.races.world import World, sqs_event

WORKERS = 20
ROUNDS = 3
TWO = (User(id="grace"), User(organization="org-b", id="bob"))


def connected(world: World) -> list[str]:
    """Two organizations that hear of one workspace."""
    ids = [world.connect(user=user) for user in TWO]
    world.settle()
    return ids


def test_one_delivery_in_twenty_workers_has_one_effect(world: World, containers: Containers):
    ids = connected(world)
    for number in range(ROUNDS):
        world.carry_outbox()
        world.cloud.sqs.webhooks.clear()
        (body,) = world.notify("channel_created", channel={"id": f"C{number}"})

        answers = containers.together([partial(hear, sqs_event([body]))] * WORKERS)

        failed = [answer for answer in answers if answer["batchItemFailures"]]
        for _ in failed:  # whoever was too often too late has it again, and finds it done
            assert hear(sqs_event([body])) == {"batchItemFailures": []}
        told = world.heard()
        assert Counter(event["integrationId"] for event in told) == Counter(ids)
        assert len({event["deliveryId"] for event in told}) == 1
    lines = [row for row in world.webhooks() if row["part"].startswith("delivery#")]
    assert len(lines) == ROUNDS * len(ids)
    assert {row["outcome"] for row in lines} == {"applied"}


def test_many_deliveries_at_once_lose_none(world: World, containers: Containers):
    """They all change one row, which says what a sync is wanted for."""
    ids = connected(world)
    world.carry_outbox()
    for number in range(WORKERS):
        world.notify("channel_created", channel={"id": f"C{number}"})
    bodies = list(world.cloud.sqs.webhooks)
    rounds = 0
    while bodies:
        answers = containers.together([partial(hear, sqs_event([body])) for body in bodies])
        bodies = [
            body
            for body, answer in zip(bodies, answers, strict=True)
            if answer["batchItemFailures"]
        ]
        rounds += 1
        assert rounds < WORKERS

    told = Counter(event["integrationId"] for event in world.heard())
    assert told == dict.fromkeys(ids, WORKERS)
    changes = [row for row in world.webhooks() if row["part"] == "changes"]
    assert {row["revision"] for row in changes} == {WORKERS}
