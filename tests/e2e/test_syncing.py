"""Syncing over the local stack, with roles enforced: at once after connecting and after a webhook,
when somebody asks, and when settings change.
"""

import pytest

from tests.e2e.journey import Journey, until

TEAM = "Initech"


@pytest.fixture(scope="module")
def journey(stack):
    return Journey(stack)


@pytest.fixture(scope="module")
def integration(journey):
    integration = journey.connect("slack", TEAM)
    until(lambda: logs(journey, integration), "the first sync has ended")
    return integration


def get(journey, integration, path=""):
    answer = journey.request("GET", f"/api/integrations/{integration}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def logs(journey, integration):
    return get(journey, integration, "/sync-logs")


def titles(journey, integration):
    return {each["title"] for each in get(journey, integration, "/records/channels")}


def test_connecting_brings_what_there_is(journey, integration):
    assert {"general", "random"} <= titles(journey, integration)
    assert len(get(journey, integration, "/records/users")) == 3
    assert logs(journey, integration)[-1]["trigger"] == "connect"


def test_what_a_webhook_tells_of_is_there_at_once(journey, integration, stack):
    fields = {"name": "news"}
    made = stack.simulator.change("slack", TEAM, "channels", "create", fields=fields)["ids"][0]

    def told():
        details = {"channel": {"id": made}}
        return stack.simulator.notify("slack", "channel_created", TEAM, **details)

    until(lambda: all(each.taken for each in told()), "the webhook was taken")

    until(lambda: "news" in titles(journey, integration), "the channel is there")


def test_a_sync_is_done_when_somebody_asks(journey, integration):
    answer = journey.request("POST", f"/api/integrations/{integration}/sync")
    assert answer.status_code == 202, answer.text
    run = answer.json()["data"]["runId"]

    until(lambda: run in {each["id"] for each in logs(journey, integration)}, "the run has ended")


def test_settings_take_effect_at_once(journey, integration):
    url = f"/api/integrations/{integration}/settings"
    body = {"resources": {"users": {"enabled": False}}}
    assert journey.request("PUT", url, json=body).status_code == 200

    until(
        lambda: all(each["deleted"] for each in get(journey, integration, "/records/users")),
        "the records are removed",
    )
