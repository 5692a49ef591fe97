"""Whose Asana account it is: reconnecting, disconnecting, and what that ends at Asana."""

import pytest

from tests.functional.asana import ADA, GRACE, api_calls, grants, tasks
from tests.functional.breakdowns import recording_pauses
from tests.functional.gateway import User
from tests.functional.google import shown
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, sealed
from tests.simulator.providers.asana.world import ONBOARDING

BOB = User(organization="org-b", id="bob")
DONE = {"success": True, "data": None}


@pytest.fixture
def connected(journey):
    return journey.connect(GRACE, provider="asana")


@pytest.fixture
def disconnected(journey, connected):
    assert journey.gateway.delete(f"/api/integrations/{connected}").json == DONE
    return connected


def create(journey, integration, user=None):
    return journey.gateway.post(
        f"/api/integrations/{integration}/actions/create_task",
        {"name": "Still here", "projects": [ONBOARDING]},
        user=user,
    )


def reconnect(journey, integration, account):
    started = journey.reconnect(integration)
    return journey.return_(journey.consent(started, account), started.cookie)


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


def test_the_same_account_is_connected_once(journey, connected):
    assert journey.connect(GRACE, provider="asana") == connected
    assert len(rows("integrations")) == 1


def test_another_person_is_another_integration(journey, connected):
    assert journey.connect(ADA, provider="asana") != connected


def test_reconnecting_renews_the_grant(journey, connected):
    assert result(reconnect(journey, connected, GRACE)) == {
        "integration": connected,
        "status": "connected",
    }
    assert create(journey, connected).status == 200


def test_another_account_changes_nothing_and_its_grant_ends(journey, simulator, connected):
    reply = reconnect(journey, connected, ADA)

    assert result(reply) == {"provider": "asana", "error": "account_mismatch"}
    assert shown(journey, connected)["accountName"] == GRACE
    assert grants(simulator) == [ADA, GRACE]
    assert journey.run_jobs() == []
    assert grants(simulator) == [GRACE]
    assert create(journey, connected).status == 200


def test_another_account_s_own_connection_survives_the_mismatch(journey, simulator, connected):
    ada = journey.connect(ADA, provider="asana")

    assert result(reconnect(journey, connected, ADA))["error"] == "account_mismatch"
    assert journey.run_jobs() == []
    assert grants(simulator) == [ADA, GRACE]
    assert create(journey, ada).status == 200


def test_disconnecting_revokes_the_refresh_token_and_all_that_lived_by_it(
    journey, simulator, disconnected
):
    (refresh_token,) = simulator.state()["asana"]["refresh_tokens"]
    assert journey.run_jobs() == []

    (call,) = simulator.calls("revoke")
    assert (call.outcome, call.client_authenticated) == ("ok", True)
    assert call.fingerprints["token"] == refresh_token["fingerprint"]
    asana = simulator.state()["asana"]
    assert (asana["grants"], asana["tokens"], asana["refresh_tokens"]) == ([], [], [])
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_another_organization_keeps_its_own_grant_of_the_same_person(journey, simulator, connected):
    theirs = journey.connect(GRACE, provider="asana", user=BOB)
    assert journey.gateway.delete(f"/api/integrations/{connected}").json == DONE
    assert journey.run_jobs() == []

    assert outcomes() == ["revoked"]
    assert grants(simulator) == [GRACE]
    assert create(journey, theirs, BOB).status == 200
    assert sealed() == {theirs}


def test_a_grant_the_person_ended_at_asana_counts_as_revoked(journey, simulator, disconnected):
    assert simulator.uninstall("asana", GRACE)
    assert journey.run_jobs() == []

    assert (outcomes(), sealed()) == (["revoked"], set())


def test_a_grant_the_person_ended_at_asana_must_be_given_again(journey, simulator, connected):
    assert simulator.uninstall("asana", GRACE)
    reply = create(journey, connected)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]
    assert [call.outcome for call in api_calls(simulator)] == ["not_authorized"]


def test_an_asana_that_is_down_is_asked_again_until_it_is_done(journey, simulator, disconnected):
    simulator.fault("asana", "revoke", "status", value=503, times=2)
    with recording_pauses() as pauses:
        assert len(journey.run_jobs()) == 1

    assert len(pauses) == 1
    assert (outcomes(), grants(simulator)) == ([], [GRACE])
    assert journey.run_jobs() == []
    assert (outcomes(), grants(simulator), sealed()) == (["revoked"], [], set())


def test_an_answer_that_was_lost_is_made_good_by_asking_again(journey, simulator, disconnected):
    simulator.fault("asana", "revoke", "lost_answer")
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "ok"]
    assert outcomes() == ["revoked"]


@pytest.mark.parametrize("error", ["invalid_request", "invalid_client", "nobody_knows"])
def test_a_refusal_that_is_not_about_the_token_is_no_success(
    journey, simulator, disconnected, error
):
    simulator.fault("asana", "revoke", "ok_false", value=error)
    with recording_pauses():
        assert len(journey.run_jobs()) == 1

    assert (outcomes(), grants(simulator)) == ([], [GRACE])
    assert journey.run_jobs() == []
    assert outcomes() == ["revoked"]


def test_what_is_disconnected_creates_nothing(journey, simulator, disconnected):
    reply = create(journey, disconnected)

    assert (reply.status, reply.error) == (409, "integration_disconnected")
    assert tasks(simulator) == []
