"""OA-23: one person's flood of starts, all at once."""

import time
from collections import Counter

import pytest

from hub import runtime
from hub.store.states import LIFETIME, PENDING, STARTS, register_key
from tests.conftest import forget
from tests.functional.gateway import Reply, User
from tests.races.containers import Containers, request
from tests.races.world import World

FLOOD = 100


def start() -> Reply:
    return request("POST", "/api/integrations/connect", body={"providerId": "slack"})


def test_a_flood_of_starts_opens_few_flows(
    world: World, containers: Containers, monkeypatch: pytest.MonkeyPatch
):
    replies = containers.together([start] * FLOOD)

    statuses = Counter(reply.status for reply in replies)
    assert set(statuses) <= {200, 429, 503}, statuses
    assert 0 < statuses[200] <= STARTS
    assert len(flows_on_record(world)) == statuses[200], "who was refused has no flow"
    refusals = [reply for reply in replies if reply.status == 429]
    assert all(0 < int(reply.headers["retry-after"]) <= LIFETIME for reply in refusals)
    assert (statuses[200] == STARTS) or not refusals, "nobody is refused before the limit"

    for _ in range(statuses[200], STARTS):
        assert start().status == 200
    assert start().error == "too_many_flows"
    assert world.journey.start(user=User(id="grace")).url, "nobody else is held up"

    monkeypatch.setattr(runtime, "clock", lambda: time.time() + LIFETIME)
    forget()
    assert start().status == 200, "a window later the register has room"


def test_only_the_newest_of_many_flows_can_be_completed(world: World, containers: Containers):
    replies = [*containers.together([start] * STARTS)]
    while sum(reply.status == 200 for reply in replies) < STARTS:
        replies.append(start())
    flows = [world.flow(reply) for reply in replies if reply.status == 200]
    newest = newest_of(world)

    answers = [world.come_back(flow) for flow in flows]

    used = [flow for flow, answer in zip(flows, answers, strict=True) if answer.status == 303]
    assert {flow.state_id for flow in used} == newest
    assert Counter(answer.status for answer in answers) == {303: PENDING, 400: STARTS - PENDING}
    assert len(world.simulator.calls("oauth.v2.access")) == PENDING
    (integration,) = world.check().live.values()
    assert integration.generation == PENDING


def newest_of(world: World) -> set[str]:
    key = register_key("org-a", "ada")["stateId"]
    (register,) = (row for row in world.tables()["states"] if row["stateId"] == key)
    return {register[f"h{n}"] for n in range(PENDING)}


def flows_on_record(world: World) -> list[str]:
    rows = world.tables()["states"]
    return [row["stateId"] for row in rows if row["stateId"].startswith("state#")]
