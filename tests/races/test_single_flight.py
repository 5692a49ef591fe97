"""RF-01: fifty readers of one expired credential, of a provider that ends the grant when it sees a
spent token, make one call and all get what it gave.
"""

from collections import Counter
from collections.abc import Callable

from tests.races.seeds import seeds
from tests.races.simulation.container import Container
from tests.races.simulation.faults import Faults
from tests.races.simulation.memory import Memory
from tests.races.simulation.providers import LIFE, Conduct
from tests.races.simulation.stage import MakeStage, Stage

READERS = 50
SEEDS, MANY_SEEDS = 12, 1000
REAL = 12  # one of so many is on DynamoDB Local


def fifty_readers(stage: Stage) -> str:
    """Let them all ask within a tenth of a second of a provider that takes its time."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)
    lots = stage.lots
    stage.played(integration_id).conduct.append(
        Conduct(effect=0.1, seconds=lots.choice((0.2, 1.0, 4.0)))
    )
    for _ in range(READERS):
        stage.start(Container.read, integration_id, Faults(), after=lots.random() / 10)
    stage.turns.run()
    return integration_id


def test_fifty_readers_make_one_call(stages: MakeStage, say: Callable[[str], None]):
    calls_made, tokens = Counter[int](), 0
    for number, seed in enumerate(seeds(SEEDS, many=MANY_SEEDS)):
        stage = stages(seed) if number % REAL == 0 else stages(seed, Memory())
        integration_id = fifty_readers(stage)

        calls = stage.history.of("effect")
        served = Counter(event.access for event in stage.history.of("served"))
        assert [call.outcome for call in calls] == ["ok"], seed
        assert list(served.values()) == [READERS], seed
        (access,) = served
        assert access == stage.tokens(integration_id).main.access.reveal(), seed
        assert stage.played(integration_id).grants.find(access), seed
        calls_made[len(calls)] += 1
        tokens += served.total()
    say(f"{calls_made.total()} times {READERS} readers: {tokens} tokens, calls {dict(calls_made)}")
