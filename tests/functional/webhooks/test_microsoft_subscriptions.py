"""What Microsoft Graph is asked to tell, from the consent to its end."""

import json

import boto3
import pytest

from hub import queue
from tests.conftest import forget
from tests.functional.breakdowns import failing
from tests.functional.conftest import INGRESS, Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey, result
from tests.functional.microsoft import GRACE, MICROSOFT, come_back, register, shown
from tests.functional.stored import rows
from tests.functional.webhooks.graph import (
    CALENDAR,
    DRIVE,
    EVERYTHING,
    HOUR,
    PEOPLE,
    connect,
    hear,
    live,
    notice,
    notify,
    pass_days,
    pass_time,
)
from tests.functional.webhooks.heard import changes, received, subscriptions

BOB = User(organization="org-b", id="bob")


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    """Grace is connected, with her calendar subscribed to."""
    return connect(journey)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that failed comes again at once."""
    monkeypatch.setattr(queue, "put_back", lambda *_: None)


def test_connecting_subscribes_to_the_calendar(journey: Journey, integration: str):
    (held,) = subscriptions(integration)
    assert (held["resource"], held["state"]) == ("calendar_events", "active")
    assert live(journey) == [CALENDAR]
    assert [answer.status for _, answer in journey.simulator.answers()] == [200, 200]
    assert received() == []


def test_further_permissions_are_used(clock: Clock, journey: Journey):
    connect(journey, EVERYTHING)
    assert live(journey) == [DRIVE, CALENDAR, PEOPLE]


def test_a_permission_to_write_alone_is_used_for_nothing(clock: Clock, journey: Journey):
    kept = ("openid", "profile", "offline_access", "User.Read", "Calendars.ReadWrite")
    journey.simulator.configure("microsoft", granted_scopes=kept)
    come_back(journey)
    assert journey.run_jobs() == []
    assert journey.simulator.calls("subscriptions.create") == []


def test_a_personal_account_has_no_directory(clock: Clock, journey: Journey, simulator):
    register(simulator, tenant="common")
    come_back(journey, "linus@outlook.example", scopes=EVERYTHING)
    assert journey.run_jobs() == []
    assert live(journey) == [DRIVE, CALENDAR]


def test_a_subscription_lives_on_past_its_end(clock: Clock, journey: Journey, integration: str):
    (before,) = subscriptions(integration)
    pass_days(clock, journey, 9)
    (after,) = subscriptions(integration)

    assert (after["whose"], after["externalId"]) == (before["whose"], before["externalId"])
    assert before["endsAt"] < clock.now < after["endsAt"]
    assert 2 <= len(journey.simulator.calls("subscriptions.update")) <= 4
    notify(journey, "event.updated")
    assert changes(integration) == {"calendar_events"}


def test_a_subscription_is_renewed_when_graph_asks_for_it_and_once(
    clock: Clock, journey: Journey, integration: str
):
    (before,) = subscriptions(integration)
    pass_time(clock, journey, HOUR)
    asked = notice(journey, "reauthorizationRequired")
    for _ in range(2):
        hear(journey, asked)
        assert journey.run_jobs() == []

    (after,) = subscriptions(integration)
    assert after["whose"] == before["whose"]
    assert after["endsAt"] == before["endsAt"] + HOUR
    assert len(journey.simulator.calls("subscriptions.update")) == 1
    assert changes(integration) == set()


def test_a_removed_subscription_is_made_anew_and_what_it_missed_is_read(
    journey: Journey, integration: str
):
    (before,) = subscriptions(integration)
    notify(journey, "subscriptionRemoved")
    assert live(journey) == []
    assert journey.run_jobs() == []

    (after,) = subscriptions(integration)
    assert after["whose"] != before["whose"]
    assert live(journey) == [CALENDAR]
    assert changes(integration) == {"calendar_events"}


def test_nobody_hears_what_is_sent_late_of_a_subscription_that_was_replaced(
    journey: Journey, integration: str
):
    late = notice(journey, "event.updated")
    notify(journey, "subscriptionRemoved")
    assert journey.run_jobs() == []
    heard = len(received())

    hear(journey, late)
    assert len(received()) == heard


def test_another_ingress_secret_has_subscriptions_made_anew(journey: Journey, integration: str):
    """They keep the secret they were made with, and would be refused once that ends (WH-19)."""
    (before,) = subscriptions(integration)
    rotated = INGRESS | {
        "secret": "the-next-ingress-secret-for-tests-of-32-bytes",
        "previousSecret": INGRESS["secret"],
        "previousSecretUntil": "2199-01-01T00:00:00Z",
    }
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/ingress",
        Value=json.dumps(rotated),
        Type="SecureString",
        Overwrite=True,
    )
    forget()
    notify(journey, "reauthorizationRequired")
    assert journey.run_jobs() == []

    (after,) = subscriptions(integration)
    assert after["whose"] != before["whose"]
    assert live(journey) == [CALENDAR]
    notify(journey, "event.updated")


def test_a_subscription_whose_answer_was_lost_does_not_stand_in_the_way(
    clock: Clock, journey: Journey, no_pauses: None
):
    journey.simulator.fault("microsoft", "subscriptions.create", "lost_answer")
    integration = result(come_back(journey))["integration"]
    assert len(journey.run_jobs()) == 1
    assert (live(journey), subscriptions(integration)) == ([CALENDAR], [])

    assert journey.run_jobs() == []
    assert live(journey) == [CALENDAR]
    assert len(subscriptions(integration)) == 1
    notify(journey, "event.updated")


def test_a_subscription_of_another_organization_is_left_alone(journey: Journey, integration: str):
    """Both have the same person's account, to whose calendar Graph gives one subscription."""
    started = journey.start(MICROSOFT, user=BOB)
    theirs = result(journey.return_(journey.consent(started, GRACE), started.cookie))["integration"]
    assert journey.run_jobs() == []

    assert live(journey) == [CALENDAR]
    assert [row["state"] for row in subscriptions(theirs)] == ["refused"]
    notify(journey, "event.updated")
    assert changes(integration) == {"calendar_events"}


def test_disconnecting_ends_the_subscription(journey: Journey, integration: str):
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    assert (live(journey), subscriptions(integration)) == ([], [])
    assert [call.operation for call in journey.simulator.log()][-1] == "subscriptions.delete"


def test_disconnecting_does_not_mind_a_subscription_that_is_gone(
    journey: Journey, integration: str
):
    notice(journey, "subscriptionRemoved")
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    assert subscriptions(integration) == []


def test_reconnecting_makes_new_subscriptions(journey: Journey, integration: str):
    (before,) = subscriptions(integration)
    started = journey.reconnect(integration)
    back = journey.consent(started, GRACE)
    assert result(journey.return_(back, started.cookie))["status"] == "connected"
    while rows("outbox"):
        assert journey.run_jobs() == []

    (after,) = subscriptions(integration)
    assert after["whose"] != before["whose"]
    assert live(journey) == [CALENDAR]
    assert shown(journey, integration)["healthStatus"] == "healthy"


def test_a_removed_subscription_is_tried_again_until_it_is_made(
    journey: Journey, integration: str, no_pauses: None
):
    notify(journey, "subscriptionRemoved")
    journey.simulator.fault("microsoft", "subscriptions.create", "rate_limited", value=60)
    assert len(journey.run_jobs()) == 1
    assert live(journey) == []

    assert journey.run_jobs() == []
    assert live(journey) == [CALENDAR]
    assert len(subscriptions(integration)) == 1


def test_a_try_that_died_after_it_made_one_is_not_made_twice(
    journey: Journey, integration: str, no_pauses: None
):
    notify(journey, "subscriptionRemoved")
    with failing("dynamodb", "TransactWriteItems", "InternalServerError", skip=1) as failed:
        assert len(journey.run_jobs()) == 1
    assert failed
    assert len(subscriptions(integration)) == 2

    assert journey.run_jobs() == []
    assert live(journey) == [CALENDAR]
    assert len(subscriptions(integration)) == 1
    assert changes(integration) == {"calendar_events"}
