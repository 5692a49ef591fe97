"""AW-13 and the slow endpoint in real seconds: a call of the token endpoint ends at our deadline,
whatever the other side does.
"""

import time
from functools import partial

import pytest

from hub import oauth, registrations
from hub.errors import ProviderTimeout
from hub.models import Secret, Token
from tests.races.containers import Containers, request
from tests.races.seeds import MANY
from tests.races.world import LENIENT, World

SECONDS = oauth.REFRESH_SECONDS if MANY else 1.5


@pytest.mark.parametrize(("fault", "value"), [("drip", 0.3), ("slow", 15)])
def test_a_refresh_is_cut_at_the_deadline(world: World, fault: str, value: float):
    world.simulator.fault(LENIENT, "token", fault, value=value)
    token = Token(access=Secret("access"), refresh=Secret("refresh"))
    begun = time.monotonic()

    with pytest.raises(ProviderTimeout):
        oauth.refresh(registrations.get_access(LENIENT), token, SECONDS)

    assert time.monotonic() - begun == pytest.approx(SECONDS, rel=0.1)


@pytest.mark.skipif(not MANY, reason="takes half a minute: make test-faults")
def test_a_token_endpoint_of_eleven_seconds_with_two_workers_in_real_seconds(
    world: World, containers: Containers
):
    """The clock of containers is real. The first waits for the answer, the second for the first."""
    integration_id = world.connect(provider=LENIENT)
    world.expire(integration_id)
    world.simulator.fault(LENIENT, "token", "slow", value=11)
    url = f"/api/integrations/{integration_id}/refresh"

    replies = containers.together([partial(request, "POST", url)] * 2)

    assert {reply.status for reply in replies} == {200}, [reply.text for reply in replies]
    assert world.refreshes(LENIENT) == ["ok"]
    assert world.detail(integration_id)["status"] == "active"
    world.check()
