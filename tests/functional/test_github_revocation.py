"""Revoking at GitHub ends everything between a person and the app: it waits until nobody needs it,
and takes a live access token (OA-21).
"""

import pytest

from tests.functional.breakdowns import recording_pauses
from tests.functional.github import (
    ADA,
    BOB,
    GRACE,
    NIGHT,
    STILL_HERE,
    act,
    come_back,
    grants,
    shown,
)
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, sealed

DONE = {"success": True, "data": None}
BOTH = pytest.mark.parametrize("oauth_app", [False, True], ids=["GitHub App", "OAuth App"])


@pytest.fixture
def disconnected(journey):
    integration = journey.connect(ADA, provider="github")
    assert journey.gateway.delete(f"/api/integrations/{integration}").json == DONE
    return integration


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


@BOTH
def test_the_whole_grant_ends_by_the_access_token(journey, simulator, oauth_app):
    simulator.configure("github", oauth_app=oauth_app)
    integration = journey.connect(ADA, provider="github")
    (token,) = simulator.state()["github"]["tokens"]
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    (call,) = simulator.calls("revoke")
    assert (call.outcome, call.status, call.client_authenticated) == ("ok", 204, True)
    assert call.fingerprints["token"] == token["fingerprint"]
    github = simulator.state()["github"]
    assert (github["grants"], github["tokens"], github["refresh_tokens"]) == ([], [], [])
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, integration)["revocation"] == "revoked"


def test_a_token_that_has_expired_is_refreshed_first(journey, simulator, clock):
    integration = journey.connect(ADA, provider="github")
    for each in (clock, simulator):
        each.advance(NIGHT)
    journey.gateway.delete(f"/api/integrations/{integration}", user=STILL_HERE)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("token")] == ["ok", "ok"]
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok"]
    assert (grants(simulator), outcomes()) == ([], ["revoked"])


def test_the_expired_token_itself_would_end_nothing(journey, simulator):
    """The control of the test above: GitHub does not know it, and the grant would live on."""
    integration = journey.connect(ADA, provider="github")
    simulator.advance(NIGHT)
    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()

    assert [call.outcome for call in simulator.calls("revoke")] == ["not_found"]
    assert grants(simulator) == [ADA]
    assert len(simulator.state()["github"]["refresh_tokens"]) == 1


def test_where_the_refresh_token_is_dead_too_nothing_is_left_to_revoke(journey, simulator, clock):
    integration = journey.connect(ADA, provider="github")
    clock.advance(NIGHT)
    simulator.uninstall("github", ADA)
    journey.gateway.delete(f"/api/integrations/{integration}", user=STILL_HERE)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("token")] == ["ok", "bad_refresh_token"]
    assert (simulator.calls("revoke"), outcomes(), sealed()) == ([], ["revoked"], set())


def test_the_grant_stays_while_another_organization_needs_it(journey, simulator):
    ours = journey.connect(ADA, provider="github")
    theirs = journey.connect(ADA, provider="github", user=BOB)
    reply = journey.gateway.delete(f"/api/integrations/{ours}")

    assert reply.json["data"]["revocation"] == "kept_for_other_integrations"
    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert act(journey, theirs, user=BOB).status == 200

    journey.gateway.delete(f"/api/integrations/{theirs}", user=BOB)
    assert journey.run_jobs() == []
    assert grants(simulator) == []
    assert sorted(outcomes()) == ["kept_for_other_integrations", "revoked"]


def test_two_that_leave_before_the_worker_comes_are_both_revoked(journey, simulator):
    ours = journey.connect(ADA, provider="github")
    theirs = journey.connect(ADA, provider="github", user=BOB)
    journey.gateway.delete(f"/api/integrations/{ours}")
    journey.gateway.delete(f"/api/integrations/{theirs}", user=BOB)

    assert journey.run_jobs() == []
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "not_found"]
    assert (outcomes(), sealed()) == (["revoked", "revoked"], set())


def test_another_person_s_grant_is_another_grant(journey, simulator, disconnected):
    grace = journey.connect(GRACE, provider="github", user=BOB)
    assert journey.run_jobs() == []

    assert grants(simulator) == [GRACE]
    assert act(journey, grace, user=BOB).status == 200


def test_a_grant_that_was_given_again_before_the_worker_comes_stays(
    journey, simulator, disconnected
):
    assert result(come_back(journey))["integration"] == disconnected

    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert act(journey, disconnected).status == 200


def test_a_grant_the_person_ended_at_github_counts_as_revoked(journey, simulator, disconnected):
    assert simulator.uninstall("github", ADA)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["not_found"]
    assert (outcomes(), sealed()) == (["revoked"], set())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("status", 503),
        ("ok_false", "primary_limit"),
        ("ok_false", "secondary_limit"),
        ("ok_false", "bad_credentials"),
        ("ok_false", "restricted"),
        ("html", None),
        ("redirect", "http://127.0.0.1:1/"),
    ],
)
def test_what_is_no_success_is_tried_again_until_it_is_done(
    journey, simulator, disconnected, kind, value
):
    simulator.fault("github", "revoke", kind, value=value, times=2)
    with recording_pauses():
        failed = len(journey.run_jobs())
        while failed:
            assert (outcomes(), grants(simulator), len(sealed())) == ([], [ADA], 1)
            failed = len(journey.run_jobs())

    assert (outcomes(), grants(simulator), sealed()) == (["revoked"], [], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_an_answer_that_was_lost_is_made_good_by_asking_again(journey, simulator, disconnected):
    simulator.fault("github", "revoke", "lost_answer")
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "not_found"]
    assert outcomes() == ["revoked"]


def test_a_failure_that_stays_is_on_record_with_the_tokens_still_sealed(
    journey, simulator, disconnected
):
    simulator.fault("github", "revoke", "status", value=500, times=2)
    assert len(journey.run_jobs(received=8)) == 1

    assert outcomes() == ["failed"]
    assert len(sealed()) == 1
    assert rows("outbox") == []
