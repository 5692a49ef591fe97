"""The end of a dead grant's tokens, while somebody consents anew and workers die: nothing is
destroyed but what was dead, and nothing is left of it.
"""

import json
from collections.abc import Callable
from functools import partial

import pytest

from hub.models import DEAD_RETENTION
from hub.store import keys
from tests.races.simulation.checks import violations
from tests.races.simulation.container import ORGANIZATION, Container, refresh_job
from tests.races.simulation.faults import NONE, At, Faults, die
from tests.races.simulation.providers import LIFE
from tests.races.simulation.stage import TICK, MakeStage, Stage
from tests.races.simulation.wire import DynamoDb
from tests.taps import Step, lost_answer


@pytest.fixture
def stage(stages: MakeStage, wire: DynamoDb) -> Stage:
    return stages(7, wire)


@pytest.fixture
def dead(stage: Stage) -> str:
    """An integration whose grant died a week ago."""
    integration_id = stage.connect("strict")
    stage.turns.sleep(LIFE)
    stage.end_at_provider(integration_id)
    stage.container().run("use", partial(Container.use, subject=integration_id))
    assert stage.integration(integration_id).status == "reauth_required"
    stage.turns.sleep(DEAD_RETENTION)
    return integration_id


def retire(stage: Stage, integration_id: str, faults: Faults = NONE, *, after: float = 0) -> None:
    body = json.dumps(refresh_job(stage.integration(integration_id)).to_item())
    stage.start(Container.work, body, faults, after=after)


def salt(stage: Stage, integration_id: str) -> object:
    return stage.database.get(*keys.integration_salt(ORGANIZATION, integration_id))


def destroyed(stage: Stage) -> int:
    found = stage.database.query(
        "consents", "organizationId = :organization", {":organization": ORGANIZATION}
    )
    ours = stage.accounts
    events = [row["event"] for row in found.items if row["integrationId"] in ours]
    return events.count("tokens_destroyed")


def assert_connected(stage: Stage, integration_id: str) -> None:
    integration = stage.integration(integration_id)
    assert (integration.status, integration.generation) == ("active", 2)
    assert stage.tokens(integration_id).main.refresh is not None
    assert integration.token_expires_at is not None
    stage.recover()
    assert violations(stage) == []


def assert_gone(stage: Stage, integration_id: str) -> None:
    assert stage.look(integration_id).sealed is None
    assert salt(stage, integration_id) is None
    assert stage.integration(integration_id).status == "reauth_required"
    assert destroyed(stage) == 1


def test_a_new_consent_that_is_stored_first_wins(stage: Stage, dead: str):
    """The worker has read the old tokens, and is about to destroy them."""
    meanwhile = At(operation="transact_write_items", before=lambda: stage.reconnect(dead))
    retire(stage, dead, meanwhile)
    stage.turns.run()

    assert meanwhile.met
    assert destroyed(stage) == 0
    assert_connected(stage, dead)


def test_a_new_consent_that_is_stored_later_wins_too(stage: Stage, dead: str):
    """It has read that there are old tokens, and they are gone when it writes."""

    def destroy() -> None:
        retire(stage, dead)
        stage.turns.sleep(5)

    meanwhile = At(operation="transact_write_items", before=destroy)
    stage.start(Container.reconnect, dead, meanwhile, after=0)
    stage.turns.run()

    assert meanwhile.met
    assert destroyed(stage) == 1
    assert_connected(stage, dead)


def test_a_disconnection_at_the_same_moment(stage: Stage, dead: str):
    meanwhile = At(
        operation="transact_write_items",
        before=lambda: stage.container().run(
            "disconnect", partial(Container.disconnect, integration_id=dead)
        ),
    )
    retire(stage, dead, meanwhile)
    stage.turns.run()

    assert stage.integration(dead).status == "disconnected"
    assert stage.look(dead).sealed is None
    assert salt(stage, dead) is None
    assert destroyed(stage) == 0


def test_many_workers_destroy_once(stage: Stage, dead: str):
    for number in range(20):
        retire(stage, dead, after=number % 3 * 0.01)
    stage.turns.run()

    assert_gone(stage, dead)


def lose() -> None:
    raise lost_answer(Step("dynamodb", "transact_write_items"))


CUTS: dict[str, Callable[[], At]] = {
    "killed before": lambda: At(operation="transact_write_items", before=die),
    "killed after": lambda: At(operation="transact_write_items", after=die),
    "answer lost": lambda: At(operation="transact_write_items", after=lose),
    "killed having read": lambda: At(operation="batch_get_item", after=die),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_whatever_cuts_it_short_the_schedule_finishes_it(
    stage: Stage, dead: str, cut: Callable[[], At]
):
    retire(stage, dead, cut())
    stage.turns.run()
    for _ in range(2):
        stage.tick()
        stage.deliver()
        stage.turns.sleep(TICK)

    assert_gone(stage, dead)
