"""What breaks others, and what once broke us, each as one story on simulated time."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from hub.store import credentials
from hub.store.database import Update
from tests.races.simulation.checks import REAUTH, violations
from tests.races.simulation.container import DONE, ORGANIZATION, Container, refresh_job
from tests.races.simulation.faults import NONE, At, Faults
from tests.races.simulation.memory import Memory
from tests.races.simulation.providers import LIFE, LOST, SLOW, TOO_SLOW, Conduct
from tests.races.simulation.stage import MakeStage, Stage
from tests.races.simulation.turns import Turns
from tests.races.simulation.wire import DynamoDb
from tests.taps import Step, refused

DOWN = Conduct(effect=None, status=503, body=b"{}")
BUSY = Conduct(effect=None, status=400, body=b'{"error":"try_later"}')


@pytest.fixture
def stage(stages: MakeStage, wire: DynamoDb) -> Stage:
    return stages(5, wire)


def job_of(stage: Stage, integration_id: str) -> str:
    return json.dumps(refresh_job(stage.integration(integration_id)).to_item())


def make_due(stage: Stage, integration_id: str, *, after: int = 0) -> None:
    """Let the moment that was drawn be this one, or one soon."""
    table, key = credentials.place(ORGANIZATION, integration_id)
    stage.database.update(
        Update(
            table=table,
            key=key,
            expression="SET refreshDueAt = :now",
            values={":now": int(stage.turns.now) + after},
        )
    )


type Work = Callable[[Container], object]


def let_run(stage: Stage, *works: tuple[Work, Faults]) -> list[str]:
    """Let several containers work at once; give what became of each."""
    outcomes: list[str] = [""] * len(works)
    for number, (work, faults) in enumerate(works):

        def run(number: int = number, work: Work = work, faults: Faults = faults) -> None:
            outcomes[number] = stage.container(faults).run("act", work)

        stage.turns.start(run, after=0.5 * number)
    stage.turns.run()
    return outcomes


def read(integration_id: str) -> Work:
    return partial(Container.read, integration_id=integration_id)


def refreshed(integration_id: str) -> Work:
    return partial(Container.refresh, integration_id=integration_id)


def told(stage: Stage) -> list[str]:
    return [event.cause for event in stage.history.of("told") if event.what == REAUTH]


@pytest.mark.parametrize("conduct", SLOW, ids=["spends at once", "spends at the end"])
@pytest.mark.parametrize("kind", ["strict", "lenient", "repeating", "endless", "still"])
def test_a_token_endpoint_of_eleven_seconds_with_two_workers(
    stage: Stage, kind: str, conduct: Conduct
):
    """It is waited for: one call, and its tokens are stored. The second worker waits for the first,
    whose lease outlives the call.
    """
    integration_id = stage.connect(kind)
    stage.turns.sleep(LIFE - 300)
    stage.played(integration_id).conduct.append(conduct)
    job = job_of(stage, integration_id)

    outcomes = let_run(stage, *[(partial(Container.work, body=job), NONE)] * 2)

    assert outcomes == [DONE, DONE]
    assert [event.outcome for event in stage.history.of("got")] == ["200"]
    assert len(stage.history.of("sent")) == 1
    stage.recover()
    assert violations(stage) == []
    assert told(stage) == []


@pytest.mark.parametrize("conduct", TOO_SLOW, ids=["spends at once", "spends at the end"])
@pytest.mark.parametrize("kind", ["strict", "lenient", "repeating", "endless", "still"])
def test_a_token_endpoint_that_is_slower_than_we_wait_with_two_workers(
    stage: Stage, kind: str, conduct: Conduct
):
    """Our deadline is before theirs and our lease outlives both: nobody calls a second time while
    the first call is open. What the provider can give again, it gives; what it cannot is told.
    """
    integration_id = stage.connect(kind)
    stage.turns.sleep(LIFE - 300)
    stage.played(integration_id).conduct.append(conduct)
    job = job_of(stage, integration_id)
    begun = stage.turns.now

    outcomes = let_run(stage, *[(partial(Container.work, body=job), NONE)] * 2)

    assert outcomes == [DONE, DONE]
    (call,) = stage.history.of("sent")
    (answer,) = stage.history.of("got")
    assert answer.outcome == "ProviderTimeout"
    assert answer.at - call.at == pytest.approx(12, rel=0.1)
    assert stage.turns.now - begun < 18, "the second did not wait for longer than it had to"
    stage.recover()
    assert violations(stage) == []
    assert told(stage) == (["lost_rotation"] if kind == "strict" else [])


def test_a_reconnect_during_a_refresh(stage: Stage):
    """The new grant stays, and what came late is revoked (RF-22)."""
    integration_id = stage.connect("lenient")
    stage.turns.sleep(LIFE)
    stage.played(integration_id).conduct.append(Conduct(effect=0.5, seconds=6))

    outcomes = let_run(
        stage,
        (refreshed(integration_id), NONE),
        (partial(Container.reconnect, integration_id=integration_id), NONE),
    )

    assert outcomes == [DONE, DONE]
    (late,) = [event.issued for event in stage.history.of("effect")]
    assert stage.integration(integration_id).generation == 2
    held = stage.tokens(integration_id).main
    assert held.refresh is not None
    assert held.refresh.reveal() != late
    stage.recover()
    assert stage.played(integration_id).revoked == [late]
    assert violations(stage) == []


def test_a_disconnection_during_a_refresh(stage: Stage):
    """Nothing comes back to life, and what came late is revoked (RF-21)."""
    integration_id = stage.connect("lenient")
    stage.turns.sleep(LIFE)
    stage.played(integration_id).conduct.append(Conduct(effect=0.5, seconds=6))

    outcomes = let_run(
        stage,
        (refreshed(integration_id), NONE),
        (partial(Container.disconnect, integration_id=integration_id), NONE),
    )

    assert outcomes == ["IntegrationDisconnected", DONE]
    (late,) = [event.issued for event in stage.history.of("effect")]
    assert stage.look(integration_id).sealed is None
    stage.recover()
    assert late in stage.played(integration_id).revoked
    assert violations(stage) == []


def test_a_503_with_ten_minutes_left(stage: Stage):
    """Nobody notices: the token that is still good is handed out, and the next try mends it."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE - 600)
    make_due(stage, integration_id)
    before = stage.tokens(integration_id).main.access
    stage.played(integration_id).conduct += [DOWN, DOWN]

    outcomes = let_run(
        stage,
        (partial(Container.work, body=job_of(stage, integration_id)), NONE),
        *[(read(integration_id), NONE)] * 3,
    )

    assert outcomes == [DONE] * 4
    assert {event.access for event in stage.history.of("served")} == {before.reveal()}
    integration = stage.integration(integration_id)
    assert integration.status == "active"
    assert integration.refresh_problem is not None
    stage.recover()
    assert stage.integration(integration_id).refresh_problem is None
    assert stage.tokens(integration_id).main.access != before
    assert violations(stage) == []


def test_who_was_frozen_before_asking_does_not_ask(stage: Stage):
    """By then somebody else may have: theirs would be the spent token."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)
    frozen = At(operation="update_item", after=lambda: stage.turns.sleep(31))

    outcomes = let_run(stage, (refreshed(integration_id), frozen))
    assert outcomes == ["TemporarilyUnavailable"]
    assert stage.history.of("sent") == []
    stage.recover()
    assert violations(stage) == []
    assert told(stage) == []


def test_who_read_before_a_grant_was_given_up_asks_nobody(stage: Stage):
    """RF-14: not one call after people were told."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)
    stage.end_at_provider(integration_id)
    late = At(operation="batch_get_item", after=lambda: stage.turns.sleep(20))

    outcomes = let_run(stage, (read(integration_id), late), (read(integration_id), NONE))

    assert outcomes == ["ReauthRequired", "ReauthRequired"]
    assert len(stage.history.of("sent")) == 1
    assert told(stage) == ["grant_refused"]


def test_a_refusal_that_comes_after_a_rescue_ends_nothing(stage: Stage):
    """The first has the new tokens and is slow to store them, the second has sent what they took
    the place of; what counts is what is stored by the time that the refusal is written down.
    """
    integration_id = stage.connect("lenient")
    played = stage.played(integration_id)
    stage.turns.sleep(LIFE)
    first = At(operation="transact_write_items", before=lambda: stage.turns.sleep(35))
    second = At(operation="transact_write_items", before=lambda: stage.turns.sleep(10))

    def refuse_again() -> None:
        stage.turns.sleep(31)
        played.conduct.append(Conduct(effect=None, status=400, body=b'{"error":"invalid_grant"}'))
        stage.container(second).run("act", read(integration_id))

    stage.turns.start(refuse_again)
    outcomes = let_run(stage, (read(integration_id), first))

    assert outcomes == ["Unstored"], "its time was over, so that the jobs queue had to store them"
    assert stage.integration(integration_id).status == "active"
    assert told(stage) == []
    stage.recover()
    assert violations(stage) == []


@pytest.mark.parametrize("lost", [2, 3, 4])
def test_several_answers_lost_in_a_row_cost_nothing_within_the_grace(stages: MakeStage, lost: int):
    """RF-10: ten minutes are two ticks of the schedule, and more tries than that."""
    for seed in range(20):
        stage = stages(seed, Memory())
        integration_id = stage.connect("lenient")
        stage.turns.sleep(LIFE - 900)
        make_due(stage, integration_id, after=5)
        stage.played(integration_id).conduct += [LOST[0]] * lost

        stage.recover()

        assert len(stage.history.of("sent")) == lost + 1, seed
        assert told(stage) == [], seed
        assert violations(stage) == [], seed


def test_a_failure_that_cannot_be_noted_is_followed_up_when_the_lease_has_ended(stage: Stage):
    integration_id = stage.connect("lenient")
    stage.turns.sleep(LIFE)
    stage.played(integration_id).conduct.append(LOST[0])
    stage.deliver()

    outcomes = let_run(stage, (read(integration_id), NoWrites()))

    assert outcomes == ["ProviderUnavailable"]
    first, second = stage.history.of("sent")
    assert 30 <= second.at - first.at < 65, "without any tick"
    stage.recover()
    assert violations(stage) == []


def test_an_answer_that_settles_its_own_call_says_nothing_of_the_one_before(stage: Stage):
    """A rotation is lost, the next try gets a plain no, and the one after that learns the truth:
    people are told why.
    """
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)
    stage.played(integration_id).conduct += [LOST[0], BUSY]

    stage.recover()

    assert [event.outcome for event in stage.history.of("got")] == [
        "ProviderUnavailable",
        "400",
        "400",
    ]
    assert told(stage) == ["lost_rotation"]
    assert violations(stage) == []


class NoWrites(Faults):
    """DynamoDB stores nothing."""

    def strike(self, turns: Turns, step: Step, call: Callable[[], Any]) -> Any:
        if step.operation != "transact_write_items":
            return call()
        turns.sleep(1)
        raise refused(step, "ThrottlingException")


def test_what_cannot_be_stored_is_parked_and_stored_once(stage: Stage):
    """RF-07: DynamoDB takes no write for longer than the invocation has."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)

    outcomes = let_run(stage, (read(integration_id), NoWrites()))

    assert outcomes == ["Unstored"]
    issued = [event.issued for event in stage.history.of("effect")]
    assert [event.refresh for event in stage.history.of("stored")][1:] == issued
    assert let_run(stage, (read(integration_id), NONE)) == [DONE]
    assert len(stage.history.of("effect")) == 1
    stage.recover()
    assert violations(stage) == []
