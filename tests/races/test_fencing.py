"""RF-01, RF-02 with real processes: containers that race for one token, and one that is stopped
past its lease and wakes when another is done.
"""

import json
import os
import signal
import time
from functools import partial

import pytest

from tests.races.containers import Containers, read_token, request
from tests.races.seeds import MANY
from tests.races.world import LENIENT, STRICT, World

READERS = 50
ROUNDS = 10 if MANY else 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_fifty_readers_in_twenty_processes_make_one_call(
    world: World, containers: Containers, number: int
):
    integration_id = world.connect(provider=STRICT)
    world.expire(integration_id)
    world.simulator.configure(STRICT, reuse_ends_grant=True)
    world.simulator.fault(STRICT, "token", "slow", value=0.5)

    replies = containers.together([partial(read_token, integration_id)] * READERS)

    assert [reply.status for reply in replies] == [200] * READERS, {r.text for r in replies}
    assert len({json.loads(reply.text)["data"]["accessToken"] for reply in replies}) == 1
    assert world.refreshes(STRICT) == ["ok"]
    world.check()


def test_who_was_stopped_past_their_lease_changes_nothing(world: World, containers: Containers):
    integration_id = world.connect(provider=LENIENT)
    world.expire(integration_id)
    world.simulator.fault(LENIENT, "token", "slow", value=1)
    url = f"/api/integrations/{integration_id}/refresh"

    with containers.started(partial(request, "POST", url)) as (process_id, answer):
        wait_for_call(world)
        os.kill(process_id, signal.SIGSTOP)
        try:
            time.sleep(1.2)  # the answer is there by now, and nobody takes it
            world.pass_time(31)
            assert world.gateway.post(url).status == 200
            (integration,) = world.check().live.values()
            newer = world.held().tokens(integration)
            row = dict(world.held().credentials[integration.organization_id, integration.id])
        finally:
            os.kill(process_id, signal.SIGCONT)
        late = answer()

    assert late.status == 200
    assert world.refreshes(LENIENT) == ["ok", "ok"]
    held = world.check()
    assert held.tokens(integration) == newer
    assert held.credentials[integration.organization_id, integration.id] == row


def wait_for_call(world: World) -> None:
    ends = time.monotonic() + 20
    while not world.refreshes(LENIENT):
        assert time.monotonic() < ends, "nobody asks the provider"
        time.sleep(0.02)
