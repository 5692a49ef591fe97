"""Google's push channels, from the consent to their end."""

import pytest

from tests.functional.conftest import Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions

DAY = 86_400


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    integration = journey.connect("ada@example.org", provider="google")
    assert journey.run_jobs() == []
    return integration


def states(integration: str) -> dict[str, str]:
    return {row["resource"]: row["state"] for row in subscriptions(integration)}


def live(journey: Journey) -> list[str]:
    return sorted(c["kind"] for c in journey.simulator.state()["google"]["channels"] if c["live"])


def test_connecting_watches_calendar_and_files(journey: Journey, integration: str):
    assert live(journey) == ["calendar", "drive"]
    held = subscriptions(integration)
    assert {row["resource"]: row["state"] for row in held} == {
        "calendar_events": "active",
        "drive_files": "active",
    }
    assert received() == []  # the first message of a channel is no change


def test_a_change_has_its_resource_synced(journey: Journey, integration: str):
    (answer,) = journey.simulator.notify("google", "calendar", "ada@example.org")
    assert answer.status == 200
    assert journey.hear() == []

    (event,) = received()
    assert [told["resource"] for told in event["events"]] == ["calendar_events"]
    assert [line["resource"] for line in deliveries(integration)] == ["calendar_events"]
    assert changes(integration) == {"calendar_events"}


def test_a_channel_lives_on_past_its_end(clock: Clock, journey: Journey, integration: str):
    for _ in range(20 * 24):
        clock.advance(3600)
        journey.simulator.advance(3600)
        journey.gateway.invoke("webhook_dispatcher", {})
        assert journey.run_jobs() == []
        assert len(subscriptions(integration)) == 2

    assert live(journey) == ["calendar", "drive"]
    (answer,) = journey.simulator.notify("google", "drive", "ada@example.org")
    assert answer.status == 200
    assert journey.hear() == []
    assert changes(integration) == {"drive_files"}


def test_disconnecting_stops_the_channels_before_the_grant(journey: Journey, integration: str):
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    assert live(journey) == []
    assert subscriptions(integration) == []
    operations = [call.operation for call in journey.simulator.log()]
    assert operations[-3:] == ["channels.stop", "channels.stop", "revoke"]


def test_a_refused_channel_stops_no_other(clock: Clock, journey: Journey):
    journey.simulator.fault("google", "events.watch", "ok_false", value="forbidden")
    integration = journey.connect("ada@example.org", provider="google")
    assert journey.run_jobs() == []

    assert live(journey) == ["drive"]
    assert states(integration) == {"calendar_events": "refused", "drive_files": "active"}


def test_a_refused_channel_is_asked_for_again_some_day(clock: Clock, journey: Journey):
    journey.simulator.fault("google", "events.watch", "ok_false", value="forbidden", times=2)
    integration = journey.connect("ada@example.org", provider="google")
    for _ in range(3):
        assert journey.run_jobs() == []
        clock.advance(DAY)
        journey.simulator.advance(DAY)
        journey.gateway.invoke("webhook_dispatcher", {})

    assert live(journey) == ["calendar", "drive"]
    assert states(integration) == {"calendar_events": "active", "drive_files": "active"}
    ada = User(expires_in=10**7)
    shown = journey.gateway.get(f"/api/integrations/{integration}", user=ada).json["data"]
    assert shown["healthStatus"] == "healthy"
