"""Two jobs about the subscriptions of one integration, and what nobody tells us to look at."""

import pytest

from hub import runtime
from hub.store import turns
from hub.store.database import Contested
from hub.store.subscriptions import Target
from tests.functional.breakdowns import recording_pauses
from tests.functional.conftest import Clock
from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.webhooks.heard import subscriptions

DAY = 86_400


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    return journey.connect("ada@example.org", provider="google")


def target(integration: str) -> Target:
    return Target(organization_id="org-a", integration_id=integration)


def test_a_second_job_waits_for_the_first(clock: Clock, journey: Journey, integration: str):
    """Each would take what the other is making for leftovers."""
    database = runtime.database()
    assert turns.take(database, target(integration), "another", clock(), clock() + 60)

    with recording_pauses():
        assert len(journey.run_jobs()) == 1
    assert subscriptions(integration) == []

    clock.advance(61)  # it died
    assert journey.run_jobs() == []
    assert len(subscriptions(integration)) == 2


def test_a_turn_is_given_back_by_whoever_has_it_alone(clock: Clock, integration: str):
    database, whose = runtime.database(), target(integration)
    assert turns.take(database, whose, "one", clock(), clock() + 60)
    clock.advance(61)
    assert turns.take(database, whose, "two", clock(), clock() + 60)

    with pytest.raises(Contested):
        turns.give_back(database, whose, "google", "one", None)
    assert not turns.take(database, whose, "three", clock(), clock() + 60)


def test_everything_is_looked_over_once_a_day(clock: Clock, journey: Journey, integration: str):
    """A permission that was given meanwhile, or a board one was put on: nobody tells."""
    assert journey.run_jobs() == []
    lost = next(row for row in subscriptions(integration) if row["key"] == "drive_files")
    runtime.database()._client.delete_item(
        TableName="webhooks",
        Key={"whose": {"S": lost["whose"]}, "part": {"S": "subscription"}},
    )
    assert len(subscriptions(integration)) == 1

    clock.advance(DAY)
    journey.simulator.advance(DAY)
    journey.gateway.invoke("webhook_dispatcher", {})
    assert journey.run_jobs() == []
    assert len(subscriptions(integration)) == 2


def test_what_is_disconnected_is_not_looked_over(clock: Clock, journey: Journey, integration: str):
    assert journey.run_jobs() == []
    assert [row for row in rows("webhooks") if row["part"] == "turn"]
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    assert [row for row in rows("webhooks") if row["part"] == "turn"] == []
