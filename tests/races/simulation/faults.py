"""What strikes a container: calls refused or their answers lost, a freeze, death."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.races.simulation.turns import Turns
from tests.taps import PROVIDER, Killed, Step, lost_answer, refused

REFUSALS = (
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "InternalServerError",
)
_CANCELED = "TransactionCanceledException"
FREEZES = (4.0, 20.0, 45.0)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """How often a call is struck, each way. `out`: services that refuse everything, and until
    when. `unlucky`: how often the provider's answer goes wrong, `doubled`: how often a message
    comes twice.
    """

    refused: float = 0.0
    lost: float = 0.0
    repeated: float = 0.0
    killed: float = 0.0
    frozen: float = 0.0
    unlucky: float = 0.0
    doubled: float = 0.0
    out: dict[str, float] = field(default_factory=dict)

    def copies(self, lots: Random) -> int:
        return 1 + (lots.random() < self.doubled)

    def strike(self, turns: Turns, step: Step, call: Callable[[], Any]) -> Any:
        """Make a call, or what a fault makes of it."""
        lots = turns.lots
        self._before(turns, step)
        answer = call() if step.service == PROVIDER else self._answer(lots, step, call)
        if lots.random() < self.frozen / 2:
            turns.sleep(lots.choice(FREEZES))
        if lots.random() < self.killed / 2:
            raise Killed
        return answer

    def _before(self, turns: Turns, step: Step) -> None:
        lots = turns.lots
        if lots.random() < self.killed / 2:
            raise Killed
        if lots.random() < self.frozen / 2:
            turns.sleep(lots.choice(FREEZES))
        if turns.now < self.out.get(step.service, 0.0):
            turns.sleep(1.0)
            raise refused(step, "ThrottlingException")
        if step.service != PROVIDER and lots.random() < self.refused:
            also = (_CANCELED,) if step.operation == "transact_write_items" else ()
            raise refused(step, lots.choice((*REFUSALS, *also)))

    def _answer(self, lots: Random, step: Step, call: Callable[[], Any]) -> Any:
        """The SDK repeats a call whose answer was lost, and may lose it for good."""
        answer = call()
        if lots.random() < self.lost:
            raise lost_answer(step)
        if step.takes_effect and lots.random() < self.repeated:
            answer = call()
        return answer


NONE = Faults()


@dataclass(frozen=True, kw_only=True)
class At(Faults):
    """A fault at one certain step: the first one of the operation. What happens `before` and
    `after` it may take time, and may raise what becomes of the step.
    """

    operation: str
    before: Callable[[], object] = bool
    after: Callable[[], object] = bool
    met: list[Step] = field(default_factory=list)

    def strike(self, turns: Turns, step: Step, call: Callable[[], Any]) -> Any:
        if step.operation != self.operation or self.met:
            return call()
        self.met.append(step)
        self.before()
        answer = call()
        self.after()
        return answer


def die() -> None:
    raise Killed
