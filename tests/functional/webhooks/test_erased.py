"""The provider wants what we hold of an account gone."""

import json
from collections.abc import Callable

import pytest

from hub.providers._webhooks import Effect
from tests.functional.journey import Journey
from tests.functional.stored import rows, sealed
from tests.functional.webhooks.heard import queue_up
from tests.simulator.providers.slack.conversations import WORKSPACES

TEAM = next(w for w in WORKSPACES.values() if w.name == "Globex").id


@pytest.fixture
def integration(journey: Journey) -> str:
    integration = journey.connect("Globex")
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def erase(journey: Journey, integration: str) -> Callable[[], None]:
    def hear() -> None:
        queue_up("slack", TEAM, Effect.ERASED)
        assert journey.hear() == []

    return hear


def test_tokens_salt_name_and_routes_go(
    journey: Journey, integration: str, erase: Callable[[], None]
):
    erase()
    assert journey.run_jobs() == []

    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["accountName"]) == ("reauth_required", "")
    assert sealed() == set()
    assert [row for row in rows("keys") if row["keyId"] == f"salt#{integration}"] == []
    assert [row for row in rows("webhooks") if "route#" in row["whose"] + row["part"]] == []
    assert "Globex" not in json.dumps(rows("integrations"), default=str)


def test_what_was_synced_goes_and_comes_back_with_a_new_grant(
    journey: Journey, integration: str, erase: Callable[[], None]
):
    journey.sync()
    assert rows("records")
    erase()
    assert journey.run_jobs() == []
    assert journey.run_jobs() == []

    assert rows("records") == []
    assert rows("syncs") == []

    journey.connect("Globex")
    journey.sync()
    assert {row["title"] for row in rows("records")} >= {"general", "Person 1"}


def test_what_a_new_grant_has_brought_is_not_removed(
    journey: Journey, integration: str, erase: Callable[[], None]
):
    journey.sync()
    erase()
    journey.connect("Globex")
    journey.sync()
    before = rows("records")

    for _ in range(3):
        assert journey.run_jobs() == []

    assert rows("records") == before


def test_connecting_again_finds_the_same_integration(
    journey: Journey, integration: str, erase: Callable[[], None]
):
    erase()

    assert journey.connect("Globex") == integration
    assert journey.run_jobs() == []
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["accountName"]) == ("active", "Globex")
    assert [row for row in rows("webhooks") if row["whose"].startswith("route#")] != []
