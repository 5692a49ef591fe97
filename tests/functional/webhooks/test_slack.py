"""Slack's events, from the request to the bus."""

import json

import pytest

from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received


@pytest.fixture
def integration(journey: Journey) -> str:
    """Globex is connected, and its account is routed."""
    integration = journey.connect("Globex")
    assert journey.run_jobs() == []
    return integration


def test_an_event_reaches_the_bus_the_log_and_the_sync(journey: Journey, integration: str):
    details = {"channel": {"id": "C0NEW", "name": "payroll-secrets", "created": 1}}
    (answer,) = journey.simulator.notify("slack", "channel_created", "Globex", **details)
    assert (answer.status, answer.body) == (200, b"")
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    assert event["events"] == [
        {
            "type": "channel_created",
            "resource": "channels",
            "externalId": "C0NEW",
            "occurredAt": event["events"][0]["occurredAt"],
        }
    ]
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert "channels" in changes(integration)
    assert "payroll-secrets" not in json.dumps(rows("webhooks"), default=str)


def test_a_challenge_is_repeated_and_a_forged_one_is_not(journey: Journey):
    (sent,) = journey.simulator.notifications(
        "slack", "url_verification", "Globex", challenge="3eZbrw1aB"
    )
    assert journey.gateway.deliver(sent).body == b"3eZbrw1aB"

    unsigned = journey.gateway.post(
        "/api/webhooks/slack", {"type": "url_verification", "challenge": "x"}
    )
    assert (unsigned.status, unsigned.error) == (401, "unauthenticated")


def test_a_retry_with_a_new_stamp_is_the_same_event(journey: Journey, integration: str):
    (sent,) = journey.simulator.notifications("slack", "channel_rename", "Globex")
    journey.simulator.post("slack", sent)
    journey.simulator.advance(60)
    (again,) = (journey.simulator._engine.provider("slack").again(sent, 2),)
    assert again.headers != sent.headers
    journey.simulator.post("slack", sent)
    assert journey.hear() == []

    assert len(received()) == 1


def test_an_uninstalled_app_asks_people_to_connect_anew(journey: Journey, integration: str):
    journey.simulator.notify("slack", "app_uninstalled", "Globex")
    assert journey.hear() == []

    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert shown["status"] == "reauth_required"
    assert shown["problem"]["category"] == "revoked_at_provider"


def test_nobody_hears_of_a_workspace_that_nobody_connected(journey: Journey, integration: str):
    (answer,) = journey.simulator.notify("slack", "channel_created", "Initech")
    assert answer.status == 200
    assert journey.hear() == []

    assert received() == []
