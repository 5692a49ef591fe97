"""Revoking at Google ends a person's whole grant: it waits until nobody needs it (OA-21)."""

import pytest

from tests.functional.breakdowns import recording_pauses
from tests.functional.google import ADA, BOB, GRACE, come_back, grants, shown
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, sealed

DONE = {"success": True, "data": None}


@pytest.fixture
def shared(journey):
    """Two organizations that hold the same Google account: ours, and Bob's."""
    ours = journey.connect(GRACE, provider="google")
    return ours, journey.connect(GRACE, provider="google", user=BOB)


@pytest.fixture
def disconnected(journey):
    integration = journey.connect(GRACE, provider="google")
    assert journey.gateway.delete(f"/api/integrations/{integration}").json == DONE
    return integration


def mail(journey, integration, user=None):
    return journey.gateway.post(
        f"/api/integrations/{integration}/actions/send_email",
        {"to": ADA, "subject": "Hello", "body": "Still here"},
        user=user,
    ).status


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


def test_the_refresh_token_is_what_is_revoked_and_the_whole_grant_ends(
    journey, simulator, disconnected
):
    (refresh_token,) = simulator.state()["google"]["refresh_tokens"]
    assert journey.run_jobs() == []

    (call,) = simulator.calls("revoke")
    assert call.fingerprints["token"] == refresh_token["fingerprint"]
    google = simulator.state()["google"]
    assert (google["grants"], google["tokens"], google["refresh_tokens"]) == ([], [], [])
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_the_grant_stays_while_another_organization_needs_it(journey, simulator, shared):
    ours, theirs = shared
    reply = journey.gateway.delete(f"/api/integrations/{ours}")

    assert reply.status == 200
    assert reply.json["data"]["revocation"] == "kept_for_other_integrations"
    assert "keeps its grant" in reply.json["data"]["message"]
    assert "org-b" not in reply.text
    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert sealed() == {theirs}
    assert shown(journey, ours)["revocation"] == "kept_for_other_integrations"
    assert mail(journey, theirs, BOB) == 200


def test_the_last_to_leave_ends_it(journey, simulator, shared):
    ours, theirs = shared
    journey.gateway.delete(f"/api/integrations/{ours}")
    journey.run_jobs()
    last = journey.gateway.delete(f"/api/integrations/{theirs}", user=BOB)

    assert last.json == DONE
    assert journey.run_jobs() == []
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok"]
    assert grants(simulator) == []
    assert sorted(outcomes()) == ["kept_for_other_integrations", "revoked"]


def test_two_that_leave_before_the_worker_comes_are_both_revoked(journey, simulator, shared):
    """The second token is dead by then: the first took the whole grant with it."""
    ours, theirs = shared
    journey.gateway.delete(f"/api/integrations/{ours}")
    journey.gateway.delete(f"/api/integrations/{theirs}", user=BOB)

    assert journey.run_jobs() == []
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "invalid_token"]
    assert outcomes() == ["revoked", "revoked"]
    assert grants(simulator) == []
    assert sealed() == set()


def test_another_person_s_grant_is_another_grant(journey, simulator, disconnected):
    ada = journey.connect(ADA, provider="google", user=BOB)
    assert journey.run_jobs() == []

    assert grants(simulator) == [ADA]
    assert mail(journey, ada, BOB) == 200


def test_a_grant_that_was_given_again_before_the_worker_comes_stays(
    journey, simulator, disconnected
):
    assert result(come_back(journey))["integration"] == disconnected

    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert mail(journey, disconnected) == 200


def test_a_grant_the_person_ended_at_google_counts_as_revoked(journey, simulator, disconnected):
    assert simulator.uninstall("google", GRACE)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["invalid_token"]
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_a_google_that_is_down_is_asked_again_until_it_is_done(journey, simulator, disconnected):
    simulator.fault("google", "revoke", "status", value=503, times=2)
    with recording_pauses() as pauses:
        assert len(journey.run_jobs()) == 1

    assert len(pauses) == 1
    assert (outcomes(), grants(simulator)) == ([], [GRACE])
    assert shown(journey, disconnected)["revocation"] == "queued"
    assert len(sealed()) == 1

    assert journey.run_jobs() == []
    assert (outcomes(), grants(simulator), sealed()) == (["revoked"], [], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_an_answer_that_was_lost_is_made_good_by_asking_again(journey, simulator, disconnected):
    simulator.fault("google", "revoke", "lost_answer")
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "invalid_token"]
    assert outcomes() == ["revoked"]


@pytest.mark.parametrize("error", ["deleted_client", "nobody_knows"])
def test_a_refusal_that_is_not_about_the_token_is_no_success(
    journey, simulator, disconnected, error
):
    simulator.fault("google", "revoke", "ok_false", value=error)
    with recording_pauses():
        assert len(journey.run_jobs()) == 1

    assert outcomes() == []
    assert journey.run_jobs() == []
    assert outcomes() == ["revoked"]


def test_a_failure_that_stays_is_on_record_with_the_tokens_still_sealed(
    journey, simulator, disconnected
):
    simulator.fault("google", "revoke", "status", value=500, times=2)
    assert len(journey.run_jobs(received=8)) == 1

    assert outcomes() == ["failed"]
    assert shown(journey, disconnected)["revocation"] == "failed"
    assert len(sealed()) == 1
    assert rows("outbox") == []
