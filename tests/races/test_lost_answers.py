"""RF-09: a write is stored and its acknowledgement never comes. The SDK repeats the call and finds
its own write in the way; whoever asked must be told the truth.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from tests.functional.journey import result
from tests.races.world import World
from tests.taps import Plan, Step, lost_answer


@contextmanager
def connection_lost(world: World, operation: str) -> Iterator[list[str]]:
    """Lose the connection after the first call of that kind was carried out; give all calls."""
    calls: list[str] = []

    def send(request: Any, **_: Any) -> None:
        calls.append(operation)
        if len(calls) == 1:
            URLLib3Session().send(request)
            raise ConnectionClosedError(endpoint_url=request.url)

    events, name = world.cloud.dynamodb.meta.events, f"before-send.dynamodb.{operation}"
    events.register(name, send)
    try:
        yield calls
    finally:
        events.unregister(name, send)


def test_a_grant_is_stored_once(world: World):
    flow = world.consented()
    with connection_lost(world, "TransactWriteItems") as calls:
        reply = world.come_back(flow)

    assert result(reply)["status"] == "connected"
    assert len(calls) >= 2
    (integration,) = world.check().live.values()
    assert integration.generation == 1
    world.settle()
    assert world.simulator.calls("apps.uninstall") == []


def test_a_disconnect_happens_once(world: World):
    integration_id = world.connect()
    with connection_lost(world, "TransactWriteItems") as calls:
        reply = world.disconnect(integration_id)

    assert (reply.status, reply.json["data"]) == (200, None)
    assert len(calls) >= 2
    assert world.check().integrations["org-a", integration_id].generation == 2
    world.settle()
    assert world.revocations() == 1


def test_a_state_whose_consumption_was_not_confirmed_is_burnt(world: World):
    """Fails closed: nobody can tell our own delete from another callback's."""
    flow = world.consented()
    with connection_lost(world, "DeleteItem") as calls:
        reply = world.come_back(flow)

    assert len(calls) == 2
    assert (reply.status, world.come_back(flow).status) == (400, 400)
    assert world.simulator.calls("oauth.v2.access") == []
    assert world.connect()


def test_keys_that_were_not_confirmed_are_the_ones_that_stand(world: World):
    flow = world.consented()
    with connection_lost(world, "PutItem") as calls:
        reply = world.come_back(flow)

    assert result(reply)["status"] == "connected"
    assert len(calls) == 4, "organization key twice, index key, person salt"
    world.check()


def test_a_settled_revocation_is_on_the_ledger_once(world: World):
    world.disconnect(world.connect())
    world.carry_outbox()
    with connection_lost(world, "TransactWriteItems"):
        world.work()
    world.settle()

    held = world.check()
    entries = [row["event"] for row in held.tables["consents"]]
    assert entries.count("revocation_settled") == 1
    assert not held.credentials


def test_a_grant_is_recognised_when_the_sdk_has_given_up(world: World):
    """The transaction's answer is lost with all of the SDK's attempts: the next look tells."""
    flow = world.consented()
    with world.taps.plan(lose_every("transact_write_items")):
        reply = world.come_back(flow)

    assert result(reply)["status"] == "connected"
    (integration,) = world.check().live.values()
    assert integration.generation == 1


def test_a_grant_that_was_stored_after_all_survives_its_revocation(world: World):
    """The transaction's answer and every look afterwards are lost, so the tokens are given up;
    the worker finds that they are in use.
    """
    flow = world.consented()
    seen: list[Step] = []

    def plan(_number: int, step: Step, call: Callable[[], Any]) -> Any:
        stored = Step("dynamodb", "transact_write_items") in seen
        if stored and step.operation == "batch_get_item":
            raise lost_answer(step)
        first = step.operation == "transact_write_items" and not stored
        seen.append(step)
        answer = call()
        if first:
            raise lost_answer(step)
        return answer

    with world.taps.plan(plan):
        reply = world.come_back(flow)
    assert result(reply)["error"] == "authorization_failed"

    world.settle()
    (integration,) = world.check().live.values()
    assert world.simulator.calls("apps.uninstall") == []
    assert world.send_message(integration.id).status == 200


def lose_every(operation: str) -> Plan:
    def plan(_number: int, step: Step, call: Callable[[], Any]) -> Any:
        answer = call()
        if step.operation == operation:
            raise lost_answer(step)
        return answer

    return plan
