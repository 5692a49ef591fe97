"""The example events of webhooks, with what a provider really sends in place of what is made up."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub import providers
from tests.functional.conftest import Clock
from tests.functional.example_events import EVENTS, NOTHING_FAILED, loaded, outcome
from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.webhooks.heard import deliveries
from tests.providers.sample import sample
from tests.providers.told import told
from tests.simulator.webhooks import Sent

DELIVERIES = {
    "asana": "task_changed",
    "github": "issue_opened",
    "google": "calendar_changed",
    "jira": "issue_updated",
    "linear": "issue_updated",
    "microsoft": "event_updated",
    "notion": "page_updated",
    "slack": "channel_created",
    "trello": "card_updated",
    "zoom": "meeting_created",
}


def connect(journey: Journey, provider: str) -> str:
    integration = journey.connect(
        sample(provider).account, provider=provider, scopes=told(provider).scopes
    )
    assert journey.run_jobs() == []
    return integration


def sent_by(journey: Journey, provider: str) -> Sent:
    sent: Sent = journey.simulator.notifications(
        provider, told(provider).event, sample(provider).account, **told(provider).details
    )[0]
    return sent


def keys(value: Any) -> Any:
    """The names that a body holds, two levels deep."""
    names = [value, *value.values()]
    return {name for each in names if isinstance(each, dict) for name in each}


@pytest.mark.parametrize("provider", providers.IDS)
def test_a_delivery_with_real_values_is_taken_in(journey: Journey, clock: Clock, provider: str):
    name = f"webhooks/{provider}/{DELIVERIES[provider]}"
    integration, event = connect(journey, provider), loaded(name)
    sent = sent_by(journey, provider)
    headers = {header.lower(): value for header, value in sent.headers.items()}

    assert set(headers) <= set(event["headers"])
    if sent.body:
        assert keys(json.loads(sent.body)) <= keys(json.loads(event["body"]))
    assert bool(event["rawQueryString"]) is bool(urlsplit(sent.url).query)
    event["headers"] |= headers
    real = {"rawQueryString": urlsplit(sent.url).query, "body": sent.body.decode()}
    assert outcome(name, event | real) == (200, None)
    assert journey.hear() == []
    assert len(deliveries(integration)) == 1


def test_a_queued_delivery_with_a_real_account_is_applied(journey: Journey):
    integration = connect(journey, "slack")
    (route,) = (row["part"] for row in rows("webhooks") if row["part"].startswith("route#"))
    text = EVENTS["webhook_worker/channel_created"].read_text(encoding="utf-8")
    event = json.loads(text.replace("a-keyed-hash-of-the-account", route.removeprefix("route#")))

    assert outcome("webhook_worker/channel_created", event) == NOTHING_FAILED
    (line,) = deliveries(integration)
    assert (line["eventType"], line["outcome"]) == ("channel_created", "applied")
