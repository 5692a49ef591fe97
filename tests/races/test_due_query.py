"""What the schedule reads is what is due, however much there is: capacity as DynamoDB tells it."""

import json
from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

import pytest

from hub.store import credentials
from hub.store.credentials import due_attributes
from hub.store.database import encode
from tests.conftest import forget
from tests.races.seeds import MANY
from tests.races.world import World
from tests.taps import Call, Step
from tests.template import table_definitions

TABLE = "credentials-of-many"
DUE = 1000
FEW, MORE = (10_000, 100_000) if MANY else (1_500, 6_000)
LATER = 40 * 86_400
SEALED = bytes(600)  # of a usual size


def rows(number: int, now: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """Give so many integrations' credentials, of which `DUE` are due."""
    for n in range(first, number):
        integration_id = f"int_{n:026d}"
        due_at = now - n if n < DUE else now + LATER + n
        yield encode(
            {
                "organizationId": f"org-{n % 97}",
                "credentialsId": integration_id,
                "providerId": "google",
                "generation": 1,
                "sealed": SEALED,
                **due_attributes(integration_id, due_at),
            }
        )


def load(world: World, items: Iterator[dict[str, Any]]) -> None:
    for batch in batched(items, 25, strict=False):
        puts = [{"PutRequest": {"Item": item}} for item in batch]
        left = world.cloud.dynamodb.batch_write_item(RequestItems={TABLE: puts})
        assert not left["UnprocessedItems"]


class Meter:
    """Counts the capacity that queries use up, and everything else that is asked."""

    def __init__(self) -> None:
        self.units, self.queries, self.others = 0.0, 0, list[str]()

    def plan(self, _number: int, step: Step, call: Call) -> Any:
        if step.operation != "query":
            self.others.append(step.operation)
            return call()
        call.keywords["ReturnConsumedCapacity"] = "TOTAL"
        answer = call()
        self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        self.queries += 1
        return answer


@pytest.fixture
def many(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world with a credentials table of its own, which is gone in one call."""
    world.cloud.dynamodb.create_table(TableName=TABLE, **table_definitions()["CredentialsTable"])
    monkeypatch.setenv("CREDENTIALS_TABLE", TABLE)
    forget()
    yield world
    world.cloud.dynamodb.delete_table(TableName=TABLE)


def one_run(world: World) -> tuple[float, int, int]:
    """Run the dispatcher; give units, queries and messages."""
    world.cloud.sqs.refreshes.clear()
    meter = Meter()
    with world.taps.plan(meter.plan):
        world.tick()
    assert set(meter.others) == {"batch_get_item", "send_message_batch"}
    sent = [json.loads(body)["integrationId"] for body, _ in world.cloud.sqs.refreshes]
    assert len(set(sent)) == len(sent)
    return meter.units, meter.queries, len(sent)


def test_ten_times_as_many_integrations_cost_the_schedule_no_more(
    many: World, say: Callable[[str], None]
):
    now = int(many.clock())
    load(many, rows(FEW, now))
    few = one_run(many)
    load(many, rows(MORE, now, first=FEW))
    more = one_run(many)

    for number, (units, queries, sent) in ((FEW, few), (MORE, more)):
        say(f"{number:8} integrations, {sent} due: {units} read units in {queries} queries")
    assert few[2] == more[2] == DUE
    assert more[0] == pytest.approx(few[0], rel=0.05)
    assert more[1] == credentials.DUE.shards


def test_messages_of_what_is_done_find_nothing_to_do(world: World):
    """AW-05, AW-07: the index still shows what was done, and a tick comes twice: the item itself
    says that it is done.
    """
    integration_id = world.connect(provider="google")
    world.pass_time(3540)
    world.tick()
    stale = list(world.cloud.sqs.refreshes)
    assert stale
    world.refresh_due()
    for _ in range(2):
        world.cloud.sqs.refreshes += stale
        world.refresh_due()

    assert world.refreshes("google") == ["ok"]
    assert world.detail(integration_id)["status"] == "active"


def test_ticks_that_were_missed_are_caught_up(world: World):
    """AW-05: what is due is what is due by now, not what is due in this minute."""
    integration_id = world.connect(provider="google")
    world.pass_time(5 * 3600)
    world.recover()

    assert world.detail(integration_id)["lastRefreshAt"]
    assert world.held().live.popitem()[1].token_expires_at > world.clock()
