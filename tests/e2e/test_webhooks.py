"""Webhooks of all providers over the whole stack, as they come: from the consent to the log that
people see. One organization, nothing mocked but the providers themselves.
"""

import time
from typing import Any

import pytest

from hub import providers
from tests.e2e.journey import PATIENCE, Journey
from tests.providers.sample import sample
from tests.providers.told import told

pytestmark = pytest.mark.stack


def seen(journey: Journey, integration: str) -> dict[str, Any]:
    answer = journey.request("GET", f"/api/integrations/{integration}/webhooks")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def tried(journey: Journey, integration: str) -> dict[str, Any]:
    """Send a test, once whatever it takes is there: subscribing comes after connecting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = journey.request("POST", f"/api/integrations/{integration}/webhooks/test")
        found: dict[str, Any] = answer.json().get("data", {})
        if found.get("outcome") == "applied":
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)


def heard(journey: Journey, integration: str, event_type: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        for each in seen(journey, integration)["deliveries"]:
            if each["eventType"] == event_type:
                return each
        assert time.monotonic() < deadline, f"{event_type} was not heard of"
        time.sleep(0.2)


def test_every_provider_is_heard_of(stack):
    journey, simulator = Journey(stack), stack.simulator
    connected = {
        each: journey.connect(each, sample(each).account, told(each).scopes)
        for each in providers.IDS
    }
    for provider, integration in connected.items():
        assert tried(journey, integration)["status"] == 200, provider

        account, event = sample(provider).account, told(provider).event
        answers = simulator.notify(provider, event, account, **told(provider).details)
        assert [each.status for each in answers] == [200] * len(answers), provider
        assert answers, provider
        line = heard(journey, integration, told(provider).type)
        assert (line["verdict"], line["outcome"]) == ("verified", "applied")
        assert line["resource"] == told(provider).resource
    for integration in connected.values():
        journey.disconnect(integration)
        journey.wait_until_settled(integration)
        assert seen(journey, integration)["subscriptions"] == []
