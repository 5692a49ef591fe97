"""Syncing a workspace from connecting it to the next changes, by schedule, webhook and hand."""

import pytest

from hub.providers.slack import resources
from hub.store.database import Database
from tests.functional.syncs.held import integration, logs, records, told

TEAM = "Ada's Bakery"


@pytest.fixture
def connected(journey, clock):
    return journey.connect(TEAM)


def test_connecting_syncs_everything_at_once(journey, connected):
    journey.sync()

    channels = {row["title"]: row["state"] for row in records("channels").values()}
    assert channels == {"general": "active", "random": "active", "old-news": "archived"}
    assert len(records("users")) == 3
    (line,) = logs()
    assert (line["trigger"], line["outcome"], line["calls"]) == ("connect", "succeeded", 2)
    assert line["resources"]["users"] == {
        "created": 3,
        "updated": 0,
        "deleted": 0,
        "unchanged": 0,
    }
    assert integration(connected).sync.run is None


def test_the_platform_is_told_of_changed_records_by_their_ids_alone(journey, connected):
    journey.sync()

    changed = told("records.changed")
    assert {event["resource"] for event in changed} == {"channels", "users"}
    users = next(event for event in changed if event["resource"] == "users")
    assert {each["change"] for each in users["records"]} == {"created"}
    assert {each["id"] for each in users["records"]} == set(records("users"))
    assert "Person 1" not in str(changed)
    (completed,) = told("sync.completed")
    assert completed["trigger"] == "connect"


def noting(method, written):
    def noted(self, write):
        written.extend(each.table for each in ([write] if hasattr(write, "table") else write))
        return method(self, write)

    return noted


def test_a_run_that_finds_nothing_new_writes_no_record_and_no_position(
    journey, connected, clock, simulator, monkeypatch
):
    journey.sync()
    journey.carry_outbox()
    calls, written = len(simulator.log()), []
    for name in ("put", "write", "update", "transact"):
        monkeypatch.setattr(Database, name, noting(getattr(Database, name), written))
    clock.advance(900)

    journey.tick()
    journey.sync()

    assert len(simulator.log()) - calls == 2
    assert written == ["integrations", "integrations", "sync_logs", "integrations"]
    assert logs()[-1]["resources"]["users"]["unchanged"] == 3
    assert told("sync.completed") == []


def test_what_changes_is_told_and_what_is_gone_leaves_a_tombstone(
    journey, connected, clock, simulator
):
    journey.sync()
    first, second, _ = simulator.change("slack", TEAM, "users", "list")["ids"]
    simulator.change("slack", TEAM, "users", "update", id=first, fields={"deleted": True})
    simulator.change("slack", TEAM, "users", "delete", id=second)
    simulator.change("slack", TEAM, "users", "create")
    clock.advance(900)

    journey.tick()
    journey.sync()

    assert logs()[-1]["resources"]["users"] == {
        "created": 1,
        "updated": 1,
        "deleted": 1,
        "unchanged": 1,
    }
    (gone,) = records("users", deleted=True).values()
    assert gone["externalId"] == second
    assert "title" not in gone
    assert "content" not in gone


def test_a_webhook_syncs_the_resource_it_is_about_at_once(journey, connected, clock, simulator):
    journey.sync()
    journey.run_jobs()
    clock.advance(60)
    calls = len(simulator.calls("users.list"))
    (channel,) = simulator.change("slack", TEAM, "channels", "create")["ids"]

    simulator.notify("slack", "channel_created", TEAM, channel={"id": channel})
    journey.hear()
    journey.sync()

    assert channel in records("channels")
    assert len(simulator.calls("users.list")) == calls
    assert logs()[-1]["trigger"] == "webhook"


def test_a_run_goes_on_where_time_ran_out(journey, connected, clock, simulator, monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)
    simulator.change("slack", TEAM, "users", "create", count=5)
    hurry = iter([100.0] * 3 + [1.0] * 100)
    monkeypatch.setattr("hub.sync_run.Running._has_time", lambda _: next(hurry) > 10)
    journey.carry_outbox()
    journey._work_off("sync", "sync_worker")
    assert integration(connected).sync.run is not None
    monkeypatch.undo()
    monkeypatch.setattr(resources, "_PAGE", 2)
    monkeypatch.setattr("hub.runtime.clock", clock)

    journey.sync()

    assert len(records("users")) == 8
    assert len(simulator.calls("users.list")) + len(simulator.calls("conversations.list")) == 6
    assert [line["outcome"] for line in logs()] == ["succeeded"]
