"""Disconnecting Zoom: revocation wants a live access token and ends the whole authorization."""

import pytest

from tests.functional.breakdowns import failing, recording_pauses
from tests.functional.google import shown
from tests.functional.stored import ledger, sealed
from tests.functional.zoom import GRACE

HOUR = 3600


@pytest.fixture
def disconnected(journey):
    integration = journey.connect(GRACE, provider="zoom")
    assert journey.gateway.delete(f"/api/integrations/{integration}").status == 200
    return integration


@pytest.fixture
def an_hour_later(disconnected, clock, simulator):
    """The worker comes when the access token has expired, here and there."""
    clock.advance(HOUR)
    simulator.advance(HOUR)
    return disconnected


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


def living(simulator):
    return simulator.state()["zoom"]["grants"]


def test_the_access_token_is_what_is_revoked_and_everything_ends(journey, simulator, disconnected):
    (token,) = simulator.state()["zoom"]["tokens"]
    assert journey.run_jobs() == []

    (call,) = simulator.calls("revoke")
    assert (call.outcome, call.client_authenticated) == ("ok", True)
    assert call.fingerprints["token"] == token["fingerprint"]
    assert (living(simulator), outcomes(), sealed()) == ([], ["revoked"], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_an_expired_access_token_is_renewed_to_be_revoked(journey, simulator, an_hour_later):
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("token")] == ["ok", "ok"]
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok"]
    assert (living(simulator), outcomes()) == ([], ["revoked"])


def test_a_token_that_has_expired_by_zooms_clock_alone_is_renewed_too(
    journey, simulator, disconnected, clock
):
    clock.advance(HOUR - 30)
    simulator.advance(HOUR)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["ok"]
    assert (living(simulator), outcomes()) == ([], ["revoked"])


def test_what_was_renewed_is_kept_until_it_is_revoked(journey, simulator, an_hour_later):
    """A refresh token is spent by then: the one before would be taken for a grant that has ended,
    and the revocation for done.
    """
    simulator.fault("zoom", "revoke", "status", value=503, times=2)
    with recording_pauses():
        assert len(journey.run_jobs()) == 1
    assert (len(living(simulator)), outcomes(), len(sealed())) == (1, [], 1)

    assert journey.run_jobs() == []
    assert {call.outcome for call in simulator.calls("token")} == {"ok"}
    assert (living(simulator), outcomes(), sealed()) == ([], ["revoked"], set())


def test_tokens_that_cannot_be_kept_are_revoked_all_the_same(journey, simulator, an_hour_later):
    with failing("dynamodb", "UpdateItem", table="credentials") as failed:
        assert journey.run_jobs() == []

    assert failed
    assert (living(simulator), outcomes()) == ([], ["revoked"])


def test_an_authorization_that_the_person_ended_counts_as_revoked(journey, simulator, disconnected):
    assert simulator.uninstall("zoom", GRACE)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["invalid_request"]
    assert (outcomes(), sealed()) == (["revoked"], set())


def test_one_that_ended_before_its_token_expired_is_not_even_revoked(
    journey, simulator, an_hour_later
):
    assert simulator.uninstall("zoom", GRACE)
    assert journey.run_jobs() == []

    assert simulator.calls("token")[-1].outcome == "invalid_grant"
    assert simulator.calls("revoke") == []
    assert (outcomes(), sealed()) == (["revoked"], set())


def test_tokens_that_a_later_authorization_replaced_revoke_nothing(
    journey, simulator, disconnected
):
    again = journey.connect(GRACE, provider="zoom")
    assert again == disconnected
    assert journey.run_jobs() == []

    assert simulator.calls("revoke") == []
    assert len(living(simulator)) == 1


@pytest.mark.parametrize("error", ["invalid_client", "nobody_knows", "4709"])
def test_a_refusal_that_is_not_about_the_token_is_no_success(
    journey, simulator, disconnected, error
):
    simulator.fault("zoom", "revoke", "ok_false", value=error)
    with recording_pauses():
        assert len(journey.run_jobs()) == 1

    assert outcomes() == []
    assert journey.run_jobs() == []
    assert (outcomes(), living(simulator)) == (["revoked"], [])
