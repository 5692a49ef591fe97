"""Whose Zoom account it is: one connection per Zoom user, and no host that an answer names."""

import copy
import json

import pytest
import requests

from hub import providers
from hub.models import Account
from tests.functional.gateway import User
from tests.functional.google import BOB, shown
from tests.functional.journey import result
from tests.functional.made_up import declare
from tests.functional.stored import ledger, rows, sealed
from tests.functional.zoom import ADA, ALAN, GRACE, come_back, schedule
from tests.unit.listening import Listener, http


def test_a_second_organization_finds_the_account_in_use(journey, simulator):
    mine = result(come_back(journey))["integration"]
    reply = come_back(journey, user=BOB)

    assert result(reply) == {"provider": "zoom", "error": "account_in_use"}
    assert "org-a" not in reply.text
    assert [row["organizationId"] for row in rows("integrations")] == ["org-a"]
    assert shown(journey, mine)["status"] == "active"
    journey.run_jobs()
    assert simulator.calls("revoke") == []
    assert ledger("revocation_settled")[0]["outcome"] == "kept_for_other_integrations"
    assert sealed() == {mine}


def test_the_refused_flow_has_ended_the_first_tokens_and_reconnecting_mends_it(journey):
    """What Zoom does, whatever we decide (4741)."""
    mine = result(come_back(journey))["integration"]
    come_back(journey, user=BOB)
    journey.run_jobs()

    assert schedule(journey, mine).error == "reauth_required"
    started = journey.reconnect(mine)
    journey.return_(journey.consent(started, GRACE), started.cookie)
    assert schedule(journey, mine).status == 200


def test_two_connections_would_take_turns_to_die(journey, monkeypatch):
    """Negative control: without the rule both are stored, and one of them is dead."""
    declare(monkeypatch, copy.replace(providers.get("zoom"), exclusive=False))
    mine = result(come_back(journey))["integration"]
    theirs = result(come_back(journey, user=BOB))["integration"]

    assert schedule(journey, mine).error == "reauth_required"
    assert schedule(journey, theirs, BOB).status == 200


def test_what_was_disconnected_is_free_for_another_organization(journey, simulator):
    mine = result(come_back(journey))["integration"]
    journey.gateway.delete(f"/api/integrations/{mine}")
    journey.run_jobs()

    theirs = result(come_back(journey, user=BOB))["integration"]
    assert schedule(journey, theirs, BOB).status == 200
    assert result(come_back(journey))["error"] == "account_in_use"


def test_people_of_one_zoom_account_are_connected_beside_each_other(journey):
    mine = result(come_back(journey, GRACE))["integration"]
    theirs = result(come_back(journey, ADA, user=BOB))["integration"]

    assert schedule(journey, mine).status == schedule(journey, theirs, BOB).status == 200


def test_a_colleague_who_connects_the_same_user_renews_the_same_integration(journey):
    mine = result(come_back(journey))["integration"]
    colleague = User(role="hr", id="henry")

    assert result(come_back(journey, user=colleague))["integration"] == mine
    assert [row["generation"] for row in rows("integrations")] == [2]
    assert schedule(journey, mine).status == 200


def test_coming_back_as_somebody_else_changes_nothing(journey, simulator):
    """OA-17."""
    mine = result(come_back(journey, GRACE))["integration"]
    started = journey.reconnect(mine)
    reply = journey.return_(journey.consent(started, ALAN), started.cookie)

    assert result(reply) == {"provider": "zoom", "error": "account_mismatch"}
    assert schedule(journey, mine).status == 200
    journey.run_jobs()
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok"]
    assert schedule(journey, mine).status == 200


@pytest.fixture
def regional(simulator):
    """Somebody who waits where the token answer says that the API is."""
    user = {"id": "eve", "account_id": "evil", "email": "eve@evil.example"}
    with Listener(http(json.dumps(user).encode())) as listener:
        simulator.configure("zoom", api_url=f"http://127.0.0.1:{listener.port}")
        yield listener


def test_the_host_that_a_token_answer_names_is_never_called(journey, regional):
    """WH-17, WH-18: a token goes nowhere that an answer says."""
    integration = result(come_back(journey))["integration"]

    assert shown(journey, integration)["accountName"] == GRACE
    assert schedule(journey, integration).status == 200
    assert regional.connections == 0


def test_a_provider_that_followed_it_would_be_seen(journey, regional, monkeypatch):
    """Negative control: the listener hears whoever follows the answer."""

    def identify(answer, access):
        token = answer.tokens.main.access.reveal()
        url = f"{answer.body['api_url']}/v2/users/me"
        told = requests.get(url, headers={"authorization": f"Bearer {token}"}, timeout=5).json()
        return Account(id=told["id"], name=told["email"])

    declare(monkeypatch, copy.replace(providers.get("zoom"), identify=identify))
    integration = result(come_back(journey))["integration"]

    assert shown(journey, integration)["accountName"] == "eve@evil.example"
    assert b"Bearer eyJ" in regional.requests[0]
