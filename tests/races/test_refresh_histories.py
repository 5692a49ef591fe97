"""RF-25, AW-09: workers at once, struck by crashes, lost answers, freezes, throttling, a key
service that is gone, slow providers and messages that come twice. Then all is well again, and what
must hold of every history is checked.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from tests.races.seeds import seeds
from tests.races.simulation.checks import violations
from tests.races.simulation.container import Container
from tests.races.simulation.faults import Faults
from tests.races.simulation.memory import Memory
from tests.races.simulation.providers import KINDS, LIFE
from tests.races.simulation.stage import TICK, MakeStage, Stage
from tests.races.simulation.wire import DynamoDb

HISTORIES = 150
SAME, ALSO_THERE = 4, 100
MOMENTS = 3
WORK = (Container.read, Container.read, Container.refresh)


def faults(lots: Random, now: float) -> Faults:
    """Draw what strikes: one or two things much, or everything a little."""
    chances = dict.fromkeys(("refused", "lost", "repeated", "killed", "frozen"), 0.03)
    for name in lots.sample(sorted(chances), k=2):
        chances[name] = lots.choice((0.0, 0.1, 0.3))
    chances["unlucky"] = lots.choice((0.03, 0.3, 0.7))
    gone = lots.choice(("", "", "dynamodb", "kms", "sqs"))
    out = {gone: now + lots.choice((5.0, 40.0, 200.0))} if gone else {}
    return Faults(**chances, doubled=lots.choice((0.0, 0.5)), out=out)


def moment(stage: Stage, integrations: list[str]) -> None:
    """Something like five minutes in which several things are done at once."""
    lots, strikes = stage.lots, faults(stage.lots, stage.turns.now)
    stage.faults = strikes
    if lots.random() < 0.7:
        stage.turns.start(lambda: stage.tick(strikes))
    for integration_id in integrations:
        for work in lots.choices(WORK, k=lots.randrange(4)):
            stage.start(work, integration_id, strikes, after=lots.random() * lots.choice((1, 60)))
        match lots.randrange(30):
            case 0:
                stage.start(Container.disconnect, integration_id, strikes, after=lots.random() * 9)
            case 1 | 2 | 3:
                stage.start(Container.reconnect, integration_id, strikes, after=lots.random() * 9)
            case 4:
                stage.end_at_provider(integration_id)
    stage.turns.start(lambda: stage.deliver(strikes), after=2.0)
    stage.turns.sleep(TICK)


def history(stage: Stage) -> None:
    lots = stage.lots
    kinds = lots.sample(sorted(KINDS), k=lots.choice((1, 1, 2)))
    integrations = [stage.connect(kind) for kind in kinds]
    for _ in range(MOMENTS):
        seconds = lots.choice((1, TICK, LIFE / 2, LIFE - 400, LIFE))
        stage.pass_time(seconds, schedule=lots.random() < 0.3)
        moment(stage, integrations)
    stage.recover()


def told(stage: Stage) -> list[str]:
    """Give a history in words that are the same wherever it happened."""
    names: dict[object, str] = {}
    return [
        f"{event.at:.6f} {event.kind} "
        + " ".join(names.setdefault(value, f"#{len(names)}") for value in event.fields.values())
        for event in stage.history.events
    ]


def test_histories_of_faults_keep_their_promises(stages: MakeStage, say: Callable[[str], None]):
    seen: Counter[str] = Counter()
    for seed in seeds(HISTORIES):
        stage = stages(seed, Memory())
        history(stage)
        found = violations(stage)
        assert not found, "\n".join([f"SEED={seed}", *map(str, stage.history.events), *found])
        seen += census(stage)
    for name, count in sorted(seen.items()):
        say(f"{count:8} {name}")


def census(stage: Stage) -> Counter[str]:
    """Count what was seen, so that a suite that strikes nothing does not pass for a good one."""
    seen = Counter({"histories": 1})
    for event in stage.history.events:
        match event.kind:
            case "finished":
                seen[f"{event.act} {event.outcome}"] += 1
            case "got":
                seen[f"provider answered {event.outcome}"] += 1
            case "told" if event.cause:
                kind = stage.kind(event.integration)
                ended = any(each.at <= event.at for each in stage.history.of("ended"))
                seen[f"told of {event.cause} at {kind}{', which ended it' * ended}"] += 1
            case "leased" | "sent" | "effect" | "stored":
                seen[event.kind] += 1
    return seen


def test_a_history_comes_out_the_same_on_dynamodb_local(stages: MakeStage, wire: DynamoDb):
    """What ten thousand histories are drawn on means the same as the real thing."""
    both: tuple[DynamoDb | Memory, ...] = (wire, Memory())
    for tables in both:
        stages(0, tables, "before").connect("still")  # has the keys that all share made
    for seed in seeds(SAME, many=ALSO_THERE):
        outcomes = []
        for tables in both:
            stage = stages(seed, tables, f"twice-{seed}")
            history(stage)
            assert violations(stage) == [], seed
            outcomes.append(told(stage))
        there, here = outcomes
        assert there == here, seed
