"""What the minute's tick costs is what is due, however much there is: capacity as DynamoDB tells
it, calls and messages as they leave the dispatcher.
"""

import json
import threading
from collections.abc import Callable, Iterator
from itertools import batched
from time import perf_counter
from typing import Any

import pytest

from hub import runtime, sync_dispatch
from hub.store import integrations, syncs
from hub.store.database import encode
from tests.conftest import forget
from tests.races.seeds import MANY
from tests.races.world import World
from tests.taps import Call, Step
from tests.template import table_definitions

TABLE = "integrations-of-many"
FEW, MORE = (10_000, 100_000) if MANY else (1_200, 4_000)
DUE = 1000
LATER = 86_400


def rows(number: int, now: int, due: int, first: int = 0) -> Iterator[dict[str, Any]]:
    for n in range(first, number):
        integration_id = f"int_{n:026d}"
        due_at = now - n % 60 if n < due else now + LATER + n
        yield encode(
            {
                "organizationId": f"org-{n % 97}",
                "integrationId": integration_id,
                "providerId": "slack",
                "integrationStatus": "active",
                "generation": 1,
                "accountName": "An account of a usual name",
                **integrations.SYNC_DUE.attributes(integration_id, due_at),
            }
        )


def load(world: World, items: Iterator[dict[str, Any]]) -> None:
    for batch in batched(items, 25, strict=False):
        puts = [{"PutRequest": {"Item": item}} for item in batch]
        left = world.cloud.dynamodb.batch_write_item(RequestItems={TABLE: puts})
        assert not left["UnprocessedItems"]


class Meter:
    """Counts what the dispatcher asks for, and what its queries use up."""

    def __init__(self) -> None:
        self.units, self.asked = 0.0, list[str]()
        self._lock = threading.Lock()

    def plan(self, _number: int, step: Step, call: Call) -> Any:
        if step.operation == "query":
            call.keywords["ReturnConsumedCapacity"] = "TOTAL"
        answer = call()
        with self._lock:
            self.asked.append(step.operation)
            if step.operation == "query":
                self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        return answer


@pytest.fixture
def many(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    definition = table_definitions()["IntegrationsTable"]
    world.cloud.dynamodb.create_table(TableName=TABLE, **definition)
    monkeypatch.setenv("INTEGRATIONS_TABLE", TABLE)
    forget()
    yield world
    world.cloud.dynamodb.delete_table(TableName=TABLE)


def one_tick(world: World) -> tuple[Meter, list[str], float]:
    """Dispatch; give what it cost, which integrations were sent, and how long it took."""
    world.cloud.sqs.syncs.clear()
    meter = Meter()
    began = perf_counter()
    dispatcher = sync_dispatch.Dispatcher(
        runtime.database(), runtime.aws("sqs"), "https://sqs.example/syncs", world.clock
    )
    with world.taps.plan(meter.plan):
        dispatcher.dispatch(["slack"], world.clock() + 600)
    took = perf_counter() - began
    return meter, [json.loads(body)["integrationId"] for body, _ in world.cloud.sqs.syncs], took


def test_ten_times_as_many_integrations_cost_a_tick_no_more(
    many: World, say: Callable[[str], None]
):
    now = int(many.clock())
    load(many, rows(FEW, now, DUE))
    few, sent_of_few, _ = one_tick(many)
    many.pass_time(sync_dispatch.CLAIM_SECONDS)
    load(many, rows(MORE, now, DUE, first=FEW))
    more, sent_of_more, _ = one_tick(many)

    for number, meter in ((FEW, few), (MORE, more)):
        say(f"{number:8} integrations, {DUE} due: {meter.units} units, {len(meter.asked)} calls")
    assert len(set(sent_of_few)) == len(sent_of_few) == DUE
    assert sorted(sent_of_more) == sorted(sent_of_few)
    assert more.units == pytest.approx(few.units, rel=0.05)
    for meter in (few, more):
        assert meter.asked.count("update_item") == DUE
        assert meter.asked.count("send_message_batch") == DUE // 10
        assert len(meter.asked) == DUE + DUE // 10 + integrations.SYNC_DUE.shards + 1


@pytest.mark.skipif(not MANY, reason="ten thousand rows take a while to load: make test-faults")
def test_ten_thousand_are_dispatched_by_one_invocation(many: World, say: Callable[[str], None]):
    due = 10_000
    load(many, rows(due, int(many.clock()), due))
    meter, sent, took = one_tick(many)

    say(f"{due} due: {took:.1f} s, {len(meter.asked)} calls, {meter.units} read units")
    assert len(set(sent)) == len(sent) == due


def test_what_was_claimed_is_not_sent_again_before_its_claim_ends(many: World):
    """AW-05: two ticks at once, a tick that comes twice."""
    load(many, rows(300, int(many.clock()), 200))
    _, first, _ = one_tick(many)
    _, second, _ = one_tick(many)
    many.pass_time(sync_dispatch.CLAIM_SECONDS + 1)
    _, third, _ = one_tick(many)

    assert (len(first), second, len(third)) == (200, [], 200)


def test_two_dispatchers_at_once_send_each_once(many: World):
    load(many, rows(300, int(many.clock()), 200))
    many.cloud.sqs.syncs.clear()
    dispatcher = sync_dispatch.Dispatcher(
        runtime.database(), runtime.aws("sqs"), "https://sqs.example/syncs", many.clock
    )
    threads = [
        threading.Thread(target=dispatcher.dispatch, args=(["slack"], many.clock() + 600))
        for _ in range(2)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    sent = [body for body, _ in many.cloud.sqs.syncs]
    assert len(set(sent)) == len(sent) == 200


def test_a_stale_index_claims_nothing(many: World):
    """AW-07: the index still shows what somebody else has claimed since."""
    load(many, rows(2, int(many.clock()), 2))
    seen = list(syncs.due(runtime.database(), int(many.clock())))
    until = int(many.clock()) + 900

    assert all(syncs.claim(runtime.database(), each, until) for each in seen)
    assert not any(syncs.claim(runtime.database(), each, until + 1) for each in seen)
