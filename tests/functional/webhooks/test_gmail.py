"""Gmail's notifications, from the consent to their end."""

import json
import os

import boto3
import pytest

from hub import queue
from hub.jobs import SubscribeJob
from tests.functional.conftest import Clock
from tests.functional.google import ADA, BOB, GRACE
from tests.functional.journey import Journey
from tests.functional.stored import dump, rows
from tests.functional.webhooks.gmail import (
    ADAS,
    authorized,
    configure,
    connect,
    pushed,
    watched,
    watches,
)
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.standard import keys

DAY = 86_400


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    integration = connect(journey)
    assert journey.run_jobs() == []
    return integration


def tick(clock: Clock, journey: Journey, seconds: int = 3600) -> None:
    """Let time pass, and have the hourly schedule do its work."""
    clock.advance(seconds)
    journey.simulator.advance(seconds)
    journey.gateway.invoke("webhook_dispatcher", {})
    assert journey.run_jobs() == []


def rotate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Google publish and use another key."""
    new = keys._key.__wrapped__()
    monkeypatch.setattr(keys, "_key", lambda: new)
    monkeypatch.setattr(keys, "KEY_ID", "another")


def heard(journey: Journey) -> list[str]:
    """Have a push of Ada's mailbox delivered; give which integrations heard of it."""
    before = len(received())
    assert [each.status for each in journey.simulator.notify("google", "gmail", ADA)] == [200]
    assert journey.hear() == []
    return sorted(event["integrationId"] for event in received()[before:])


def test_a_mailbox_is_watched_where_somebody_allowed_it(journey: Journey, integration: str):
    assert watched(journey) == [ADAS]
    held = {row["key"]: row for row in subscriptions(integration)}
    assert held.keys() == {"calendar_events", "drive_files", "gmail"}
    assert held["gmail"]["state"] == "active"
    life = held["gmail"]["endsAt"] - held["gmail"]["createdAt"]
    assert life == pytest.approx(7 * DAY, abs=60)


def test_a_change_reaches_the_bus_and_names_nobody(journey: Journey, integration: str):
    (answer,) = journey.simulator.notify("google", "gmail", ADA)
    assert answer.status == 200
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    assert [told["type"] for told in event["events"]] == ["gmail.history"]
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == set()
    assert ADA not in json.dumps(rows("webhooks"), default=str)


def test_a_push_that_comes_again_is_the_same(journey: Journey, integration: str):
    sent, another = pushed(journey), pushed(journey)
    again = authorized(sent, f"Bearer {watches(journey).token(azp='another')}")
    for each in (sent, sent, again, another):
        assert journey.gateway.deliver(each).status == 200
    assert journey.hear() == []

    assert len(received()) == 2


def test_without_the_permission_no_mailbox_is_watched(journey: Journey):
    integration = journey.connect(ADA, provider="google")
    assert journey.run_jobs() == []

    assert watched(journey) == []
    assert len(subscriptions(integration)) == 2
    assert journey.simulator.calls("certs") == []


@pytest.mark.parametrize("name", ["pubsubTopic", "pubsubAudience", "pubsubServiceAccount"])
def test_without_a_topic_and_a_way_to_verify_no_mailbox_is_watched(journey: Journey, name: str):
    configure(**{name: None})
    integration = connect(journey)
    assert journey.run_jobs() == []

    assert watched(journey) == []
    assert len(subscriptions(integration)) == 2


def test_who_has_no_mailbox_has_calendar_and_files_all_the_same(journey: Journey):
    journey.simulator.configure("google", no_mailbox=True)
    integration = connect(journey)
    assert journey.run_jobs() == []

    assert len(subscriptions(integration)) == 2


def test_while_gmail_is_too_busy_nothing_is_given_up(journey: Journey):
    journey.simulator.fault("google", "users.profile", "ok_false", value="rateLimitExceeded")
    integration = connect(journey)
    assert len(journey.run_jobs()) == 1
    assert subscriptions(integration) == []

    job = SubscribeJob(organization_id="org-a", provider_id="google", integration_id=integration)
    queue.send_many(boto3.client("sqs"), os.environ["JOBS_QUEUE_URL"], [("g", job.to_item())])
    assert journey.run_jobs() == []
    assert len(subscriptions(integration)) == 3


def test_a_watch_is_renewed_every_day_and_goes_on(clock: Clock, journey: Journey, integration: str):
    asked = []
    for _ in range(8 * 2):
        tick(clock, journey, 12 * 3600)
        asked.append(len(journey.simulator.calls("users.watch")))
    assert 6 <= asked[-1] <= 9
    assert watched(journey) == [ADAS]

    assert heard(journey) == [integration]


def test_keys_are_fetched_every_hour_so_that_new_ones_are_known(
    clock: Clock, journey: Journey, integration: str, monkeypatch: pytest.MonkeyPatch
):
    assert heard(journey) == [integration]
    rotate(monkeypatch)
    assert journey.gateway.deliver(sent := pushed(journey)).status == 401
    tick(clock, journey)

    assert len(journey.simulator.calls("certs")) == 2
    assert journey.gateway.deliver(sent).status == 200  # as Pub/Sub sends it again


def test_keys_stay_for_a_day_while_none_can_be_fetched(
    clock: Clock, journey: Journey, integration: str
):
    journey.simulator.fault("google", "certs", "status", value=503, times=100)
    for seconds, status in ((3600, 200), (22 * 3600, 200), (3600, 401)):
        clock.advance(seconds)
        journey.simulator.advance(seconds)
        journey.gateway.invoke("webhook_dispatcher", {})
        assert journey.run_jobs()
        assert journey.gateway.deliver(pushed(journey)).status == status


def test_keys_are_forgotten_where_nothing_is_signed_with_them(
    clock: Clock, journey: Journey, integration: str, cold: object
):
    configure(pubsubTopic=None)
    clock.advance(301)  # until the parameter is read anew
    tick(clock, journey)

    assert not [row for row in rows("webhooks") if row["part"] == "keys"]
    assert len(journey.simulator.calls("certs")) == 1


def test_a_new_address_is_known_after_a_day(clock: Clock, journey: Journey, integration: str):
    watches(journey).rename(ADAS, "countess@example.org")
    assert heard(journey) == []
    for _ in range(26):
        tick(clock, journey)

    assert heard(journey) == [integration]


def test_all_who_connected_the_account_hear_of_it_and_nobody_else(
    journey: Journey, integration: str
):
    bobs = connect(journey, user=BOB)
    connect(journey, GRACE)
    for _ in range(2):
        assert journey.run_jobs() == []

    assert heard(journey) == sorted([integration, bobs])


def test_the_last_integration_of_a_mailbox_stops_its_watch(journey: Journey, integration: str):
    bobs = connect(journey, user=BOB)
    assert journey.run_jobs() == []
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    assert watched(journey) == [ADAS]
    assert heard(journey) == [bobs]

    journey.gateway.delete(f"/api/integrations/{bobs}", user=BOB)
    assert journey.run_jobs() == []
    assert journey.simulator.calls("users.stop")
    assert ADA not in dump() or "route#" not in dump()


def test_disconnecting_stops_the_watch_before_the_grant(journey: Journey, integration: str):
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    operations = [call.operation for call in journey.simulator.log()]
    assert operations[-4:-1].count("users.stop") == 1
    assert operations[-1] == "revoke"
    assert subscriptions(integration) == []
