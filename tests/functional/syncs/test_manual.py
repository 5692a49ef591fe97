"""POST sync: what people ask for is done once, and told before it is."""

import pytest

from tests.functional.gateway import User
from tests.functional.syncs.held import integration, logs, records

TEAM = "Ada's Bakery"


@pytest.fixture
def connected(journey, clock):
    connected = journey.connect(TEAM)
    journey.sync()
    clock.advance(60)
    return connected


def ask(gateway, integration_id, body=None, **options):
    return gateway.post(f"/api/integrations/{integration_id}/sync", body, **options)


def test_a_sync_is_done_when_somebody_asks(journey, gateway, connected, simulator):
    simulator.change("slack", TEAM, "users", "create")

    reply = ask(gateway, connected)
    journey.sync()

    assert (reply.status, reply.json["data"]["status"]) == (202, "requested")
    assert len(records("users")) == 4
    assert logs()[-1]["runId"] == reply.json["data"]["runId"]
    assert logs()[-1]["trigger"] == "manual"


def test_only_what_is_named_is_synced(journey, gateway, connected, simulator):
    before = len(simulator.calls("conversations.list"))

    ask(gateway, connected, {"resources": ["users"]})
    journey.sync()

    assert set(logs()[-1]["resources"]) == {"users"}
    assert len(simulator.calls("conversations.list")) == before


def test_a_second_request_is_answered_with_the_first(journey, gateway, connected):
    first, second = ask(gateway, connected), ask(gateway, connected)
    journey.sync()

    assert second.json["data"]["runId"] == first.json["data"]["runId"]
    assert [line["trigger"] for line in logs()].count("manual") == 1


def test_a_running_one_is_told(gateway, connected, monkeypatch, journey):
    monkeypatch.setattr("hub.sync_run.Running._has_time", lambda _: False)
    monkeypatch.setattr("hub.sync_run.Running._release", lambda *_: None)
    asked = ask(gateway, connected).json["data"]["runId"]
    journey.carry_outbox()
    journey._work_off("sync", "sync_worker")

    reply = ask(gateway, connected)

    assert reply.json["data"]["runId"] == asked
    assert reply.json["data"]["status"] == "running"
    assert reply.json["data"]["startedAt"]
    listed = gateway.get("/api/integrations").json["data"]
    assert [each["healthStatus"] for each in listed] == ["syncing"]


def test_full_takes_nothing_as_known(journey, gateway, connected, simulator):
    (first, *_) = sorted(records("users"))
    ask(gateway, connected, {"full": True})
    journey.sync()

    assert logs()[-1]["resources"]["users"]["unchanged"] == 3
    assert first in records("users")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"resources": ["nonsense"]}, "invalid_request"),
        ({"resources": "users"}, "invalid_request"),
        ({"everything": True}, "unknown_field"),
        ({"full": 1}, "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_said(gateway, connected, body, code):
    reply = ask(gateway, connected, body)

    assert (reply.status, reply.error) == (400, code)


def test_what_is_switched_off_is_not_synced_by_hand(gateway, connected):
    gateway.put(
        f"/api/integrations/{connected}/settings", {"resources": {"users": {"enabled": False}}}
    )

    assert ask(gateway, connected, {"resources": ["users"]}).error == "invalid_request"


def test_managers_may_and_others_organizations_may_not(gateway, connected):
    assert ask(gateway, connected, user=User(role="manager")).status == 202
    assert ask(gateway, connected, user=User(organization="org-b")).status == 404


def test_a_disconnected_one_says_so(gateway, connected):
    gateway.delete(f"/api/integrations/{connected}")

    reply = ask(gateway, connected)

    assert (reply.status, reply.error) == (409, "integration_disconnected")
    assert integration(connected).sync.due_at is None
