"""OA-04: of any number of callbacks with one state exactly one gets to the token endpoint."""

from collections.abc import Iterator

import pytest

from hub.models import OAuthState
from hub.store import states
from hub.store.database import Database, Delete
from tests.functional.gateway import Reply
from tests.races.containers import Containers
from tests.races.world import World

CALLBACKS = 20
ROUNDS = 3

_consume = states.consume


def one_state_many_times(world: World, containers: Containers) -> list[Reply]:
    flow = world.consented()
    return containers.together([flow.task] * CALLBACKS)


def double_uses(world: World, replies: list[Reply]) -> list[str]:
    """Say what shows that more than one callback had the state."""
    exchanges = len(world.simulator.calls("oauth.v2.access"))
    statuses = sorted(reply.status for reply in replies)
    found = []
    if exchanges != 1:
        found.append(f"{exchanges} token exchanges")
    if statuses != [303] + [400] * (CALLBACKS - 1):
        found.append(f"answers {statuses}")
    return found


@pytest.mark.parametrize("number", range(ROUNDS))
def test_one_of_many_callbacks_connects(world: World, containers: Containers, number: int):
    replies = one_state_many_times(world, containers)

    assert double_uses(world, replies) == []
    lost = [reply for reply in replies if reply.status == 400]
    assert all("can no longer be completed" in reply.text for reply in lost)
    assert all(reply.headers["content-type"].startswith("text/html") for reply in lost)
    held = world.check()
    assert [each.generation for each in held.integrations.values()] == [1]
    assert [row for row in held.tables["states"] if row["stateId"].startswith("state#")] == []


def read_then_delete(database: Database, state_id: str, now: int) -> OAuthState | None:
    """What it must not be: a look, and a delete that never asks whether it came first."""
    key = {"stateId": f"state#{state_id}"}
    item = database.get("states", key)
    if item is None or item["expiresAt"] <= now:
        return None
    database.take(Delete(table="states", key=key))
    return states._from_item(item)


def break_consume() -> None:
    states.consume = read_then_delete


def mend_consume() -> None:
    states.consume = _consume


@pytest.fixture
def broken(containers: Containers) -> Iterator[Containers]:
    containers.everywhere(break_consume)
    yield containers
    containers.everywhere(mend_consume)


def test_a_consume_that_reads_and_then_deletes_is_caught(world: World, broken: Containers):
    rounds = (double_uses(world, one_state_many_times(world, broken)) for _ in range(ROUNDS))

    assert any(rounds), "the races were too slow to show the broken consume"
