"""RF-18: a clock that is wrong."""

from copy import replace

import pytest

from hub import vault
from hub.provider_health import ProviderHealth
from hub.refreshing import Refreshing
from hub.token_source import TokenSource
from hub.vault import Opened
from tests.races.simulation.container import ORGANIZATION, Container
from tests.races.simulation.providers import LIFE
from tests.races.simulation.stage import MakeStage


@pytest.mark.parametrize("skew", [-300, 300])
def test_a_clock_that_is_wrong_makes_no_loop(stages: MakeStage, skew: int):
    """A container whose clock is off by five minutes hands out nothing that it knows to be
    over, and does not refresh again and again.
    """
    stage = stages(5)
    integration_id = stage.connect("lenient")
    stage.turns.sleep(LIFE + 10)
    here = stage.container()
    served = []
    for _ in range(3):
        opened = _read_at(here, integration_id, stage.turns.now + skew)
        assert opened.tokens.main.expires_at is not None
        served.append(opened.tokens.main.access.reveal())

    assert len(set(served)) == 1
    assert len(stage.history.of("effect")) <= 1


def _read_at(here: Container, integration_id: str, now: float) -> Opened:
    def clock() -> float:
        return now

    health = ProviderHealth(here.database, clock, lambda _id, _cause: None)
    means = replace(here.means, clock=clock, health=health)
    source = TokenSource(here.database, here.keys, Refreshing(means), clock)
    found = vault.find(here.database, ORGANIZATION, integration_id)
    return source.usable(found, here.audit, now + 28)
