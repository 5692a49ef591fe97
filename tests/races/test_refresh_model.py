"""Connect, refresh, reconnect, disconnect, expire, in any order and with any misfortune, against a
model of a few words that says what must come of it.
"""

from dataclasses import dataclass
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.races.seeds import MANY
from tests.races.simulation.checks import violations
from tests.races.simulation.container import DONE, Container
from tests.races.simulation.faults import NONE, At, Faults, die
from tests.races.simulation.memory import Memory
from tests.races.simulation.providers import DOWN, KINDS, LIFE, LOST, Conduct
from tests.races.simulation.stage import MakeStage, Stage

EXAMPLES, STEPS = (1000, 30) if MANY else (25, 12)
BETWEEN = 160  # seconds: so that nobody takes the failures for the provider's


@dataclass
class Model:
    """What we are owed. `doubtful`: an attempt came to no end. `spent_until`: what is stored was
    spent at the provider, which takes it until then.
    """

    status: str = "active"
    doubtful: bool = False
    spent_until: float | None = None
    ended: bool = False


class Refreshing(RuleBasedStateMachine):
    make: MakeStage

    @initialize(kind=st.sampled_from(sorted(KINDS)))
    def connect(self, kind: str) -> None:
        self.stage: Stage = self.make(1, Memory())
        self.kind = KINDS[kind]
        self.id = self.stage.connect(kind)
        self.model = Model()

    def run(self, work: object, faults: Faults = NONE) -> str:
        outcome = self.stage.container(faults).run("act", work)  # type: ignore[arg-type]
        self.stage.turns.sleep(BETWEEN)
        return outcome

    @property
    def dead(self) -> bool:
        until = self.model.spent_until
        return self.model.ended or (until is not None and self.stage.turns.now >= until)

    def expect_answer(self) -> str:
        """Say what a call that reaches the provider, and comes back, leads to."""
        if not self.dead:
            self.model.doubtful, self.model.spent_until = False, None
            return DONE
        self.model.status, self.model.ended = "reauth_required", True
        self.cause = "lost_rotation" if self.model.doubtful else "grant_refused"
        return "ReauthRequired"

    def note_loss(self) -> None:
        """The provider has given new tokens, and they have come to nobody."""
        self.model.doubtful = True
        rotation = self.kind.rotation
        if self.dead:
            self.model.ended = True
        elif rotation and rotation.grace is not None and self.model.spent_until is None:
            self.model.spent_until = self.stage.turns.now + rotation.grace

    @precondition(lambda self: self.model.status == "active")
    @rule()
    def refresh(self) -> None:
        expected = self.expect_answer()
        assert self.run(partial(Container.refresh, integration_id=self.id)) == expected

    @precondition(lambda self: self.model.status == "active")
    @rule(conduct=st.sampled_from(LOST))
    def lose_an_answer(self, conduct: Conduct) -> None:
        self.note_loss()
        self.stage.played(self.id).conduct.append(conduct)
        outcome = self.run(partial(Container.refresh, integration_id=self.id))
        assert outcome == "ProviderUnavailable"

    @precondition(lambda self: self.model.status == "active")
    @rule(conduct=st.sampled_from(DOWN))
    def find_the_provider_down(self, conduct: Conduct) -> None:
        self.model.doubtful = True
        self.stage.played(self.id).conduct.append(conduct)
        outcome = self.run(partial(Container.refresh, integration_id=self.id))
        assert outcome == "ProviderUnavailable"

    @precondition(lambda self: self.model.status == "active")
    @rule()
    def die_before_asking(self) -> None:
        self.model.doubtful = True
        faults = At(operation="update_item", after=die)
        assert self.run(partial(Container.refresh, integration_id=self.id), faults) == "killed"

    @precondition(lambda self: self.model.status == "active")
    @rule()
    def die_with_the_answer(self) -> None:
        self.note_loss()
        faults = At(operation="token", after=die)
        assert self.run(partial(Container.refresh, integration_id=self.id), faults) == "killed"

    @precondition(lambda self: self.model.status != "active")
    @rule()
    def refresh_what_is_over(self) -> None:
        before = len(self.stage.history.of("sent"))
        over = {"reauth_required": "ReauthRequired", "disconnected": "IntegrationDisconnected"}
        outcome = self.run(partial(Container.refresh, integration_id=self.id))
        assert outcome == over[self.model.status]
        assert len(self.stage.history.of("sent")) == before

    @rule(seconds=st.sampled_from((1, 700, LIFE)))
    def expire(self, seconds: float) -> None:
        self.stage.turns.sleep(seconds)

    @rule()
    def reconnect(self) -> None:
        assert self.run(partial(Container.reconnect, integration_id=self.id)) == DONE
        self.model = Model()

    @rule()
    def disconnect(self) -> None:
        assert self.run(partial(Container.disconnect, integration_id=self.id)) == DONE
        self.model = Model(status="disconnected")

    @precondition(lambda self: self.model.status == "active")
    @rule()
    def remove_us_there(self) -> None:
        self.stage.end_at_provider(self.id)
        self.model.ended = True

    @invariant()
    def the_table_says_what_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        found = self.stage.look(self.id)
        assert found.integration.status == self.model.status
        if self.model.status == "reauth_required":
            assert found.integration.problem is not None
            assert found.integration.problem.category == self.cause
        assert (found.sealed is None) == (self.model.status == "disconnected")
        if found.sealed and self.model.status == "active":
            assert bool(found.sealed.attempts) == self.model.doubtful

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.stage.recover()
            assert violations(self.stage) == []


def test_the_hub_does_as_the_model(stages: MakeStage):
    Refreshing.make = staticmethod(stages)
    run_state_machine_as_test(
        Refreshing, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    )
