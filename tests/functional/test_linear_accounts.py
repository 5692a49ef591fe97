"""Whose Linear account it was, and how a grant ends."""

import copy

import pytest

from hub.providers import _rest
from tests.functional.breakdowns import recording_pauses
from tests.functional.google import shown, spoil
from tests.functional.journey import result
from tests.functional.linear import ADA, ADA_AT_GLOBEX, BOB, GRACE, acting, alive, come_back
from tests.functional.stored import dump, ledger, sealed, states

DONE = {"success": True, "data": None}


NOBODY = [
    ("status", 401, "authorization_failed"),
    ("status", 503, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("body", '{"data": {"viewer": {"id": "1"}}}', "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("ok_false", "FORBIDDEN", "insufficient_scope"),
    ("ok_false", "INTERNAL_SERVER_ERROR", "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), NOBODY)
def test_tokens_of_nobody_knows_whom_connect_nothing_and_are_revoked(
    journey, simulator, kind, value, expected
):
    simulator.fault("linear", "graphql", kind, value=value, times=2)

    assert result(come_back(journey)) == {"provider": "linear", "error": expected}
    tables = dump()
    assert [tables[name] for name in ("integrations", "external-accounts")] == [[], []]
    assert states() == []
    assert journey.run_jobs() == []
    assert (alive(simulator), sealed()) == ([], set())
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "ok"]


def test_a_first_answer_that_fails_is_asked_for_once_more(journey, simulator):
    simulator.fault("linear", "graphql", "status", value=502)

    assert result(come_back(journey))["status"] == "connected"
    assert [call.status for call in simulator.calls("graphql")] == [502, 200]


def test_an_identity_that_takes_too_long_is_not_waited_for(journey, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "IDENTIFY_SECONDS", 0.2)
    simulator.fault("linear", "graphql", "slow", value=1, times=2)

    assert result(come_back(journey))["error"] == "provider_unavailable"


def test_the_same_person_in_two_workspaces_is_two_accounts(journey):
    first = result(come_back(journey, ADA.id))["integration"]
    second = result(come_back(journey, ADA_AT_GLOBEX.id))["integration"]

    assert first != second
    assert shown(journey, first)["accountName"] == "Ada's Bakery (ada@example.org)"
    assert shown(journey, second)["accountName"] == "Globex (ada@example.org)"


def test_the_account_is_the_same_whatever_its_names_become(journey, monkeypatch):
    first = result(come_back(journey))["integration"]

    def renamed(answer):
        words = answer.body.replace(b"Globex", b"Globex AG").replace(b"grace@", b"hopper@")
        return copy.replace(answer, body=words)

    spoil(monkeypatch, "/graphql", renamed)
    assert result(come_back(journey))["integration"] == first
    assert shown(journey, first)["accountName"] == "Globex AG (hopper@example.org)"


@pytest.mark.parametrize("others", [False, True], ids=["alone", "held by others"])
def test_coming_back_with_another_account_changes_nothing(journey, simulator, others):
    """OA-17: the new tokens are revoked, and nobody else's are, whoever holds that account."""
    if others:
        journey.connect(ADA.id, provider="linear", user=BOB)
    integration = journey.connect(GRACE.id, provider="linear")
    before = dump()
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, ADA.id), started.cookie)

    assert result(reply) == {"provider": "linear", "error": "account_mismatch"}
    for table in ("integrations", "consents", "external-accounts"):
        assert dump()[table] == before[table]
    assert journey.run_jobs() == []
    assert [call.outcome for call in simulator.calls("revoke")] == ["ok", "ok"]
    assert alive(simulator) == ([ADA.label, GRACE.label] if others else [GRACE.label])
    assert acting(journey, integration)().status == 200


# Ending it


@pytest.fixture
def connected(journey):
    return journey.connect(GRACE.id, provider="linear")


@pytest.fixture
def disconnected(journey, connected):
    assert journey.gateway.delete(f"/api/integrations/{connected}").json == DONE
    return connected


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


def test_both_tokens_are_revoked_the_one_that_lasts_first(journey, simulator, disconnected):
    linear = simulator.state()["linear"]
    held = [linear[kind][0]["fingerprint"] for kind in ("refresh_tokens", "tokens")]
    assert journey.run_jobs() == []

    calls = simulator.calls("revoke")
    assert [call.fingerprints["token"] for call in calls] == held
    assert [call.outcome for call in calls] == ["ok", "ok"]
    assert (outcomes(), alive(simulator), sealed()) == (["revoked"], [], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_a_grant_the_person_ended_at_linear_counts_as_revoked(journey, simulator, disconnected):
    assert simulator.uninstall("linear", GRACE.id)
    assert journey.run_jobs() == []

    assert [call.status for call in simulator.calls("revoke")] == [400, 400]
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, disconnected)["revocation"] == "revoked"


def test_a_token_that_linear_forgot_counts_as_revoked(journey, simulator, disconnected):
    simulator.fault("linear", "revoke", "status", value=401)
    assert journey.run_jobs() == []

    assert (outcomes(), len(simulator.calls("revoke"))) == (["revoked"], 2)


def test_the_tokens_of_another_organization_live_on(journey, simulator, connected):
    """Revoking ends one token and not all of a person's."""
    theirs = journey.connect(GRACE.id, provider="linear", user=BOB)
    assert journey.gateway.delete(f"/api/integrations/{connected}").json == DONE
    assert journey.run_jobs() == []

    assert outcomes() == ["revoked"]
    assert alive(simulator) == [GRACE.label]
    assert acting(journey, theirs)(user=BOB).status == 200


def test_a_new_grant_is_not_ended_with_the_old_one(journey, simulator, disconnected):
    assert result(come_back(journey))["integration"] == disconnected
    assert journey.run_jobs() == []

    assert outcomes() == ["revoked"]
    assert acting(journey, disconnected)().status == 200


BUSY = [
    {"kind": "status", "value": 503, "times": 2},
    {"kind": "status", "value": 429, "times": 2},
    {"kind": "reset", "times": 2},
    {"kind": "rate_limited", "value": 5},
]


@pytest.mark.parametrize("busy", BUSY, ids=str)
def test_a_linear_that_is_busy_is_asked_again_until_it_is_done(
    journey, simulator, disconnected, busy
):
    """Also where it says so with the status that otherwise means gone before."""
    simulator.fault("linear", "revoke", **busy)
    with recording_pauses():
        assert len(journey.run_jobs()) == 1

    assert (outcomes(), alive(simulator), len(sealed())) == ([], [GRACE.label], 1)
    assert shown(journey, disconnected)["revocation"] == "queued"
    assert journey.run_jobs() == []
    assert (outcomes(), alive(simulator), sealed()) == (["revoked"], [], set())


def test_an_answer_that_was_lost_is_made_good_by_asking_again(journey, simulator, disconnected):
    simulator.fault("linear", "revoke", "lost_answer")
    assert journey.run_jobs() == []

    assert [call.status for call in simulator.calls("revoke")] == [200, 400, 200]
    assert outcomes() == ["revoked"]
