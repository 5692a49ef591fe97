"""Connecting Trello: what it is asked, what may come back, and what ends it."""

import copy
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from hub.http_types import Answer
from hub.providers import _rest
from tests.functional.conftest import CLIENTS
from tests.functional.google import BOB, CANARY, shown, spoil
from tests.functional.journey import result
from tests.functional.stored import dump, leaks, ledger, rows, sealed, states
from tests.functional.trello import ADA, CARD, GRACE, REQUIRED, TRELLO, WORKSPACES, come_back


def test_trello_is_asked_for_exactly_what_the_protocol_needs(journey):
    asked = dict(parse_qsl(urlsplit(journey.start(TRELLO).url).query, strict_parsing=True))

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["trello"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/trello/callback",
        "scope": " ".join(REQUIRED),
        "prompt": "consent",
        "code_challenge_method": "S256",
    }


def test_a_member_connects_with_a_verifier_that_was_checked(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    (asked,) = simulator.calls("members.get")
    assert asked.fingerprints["token"] == exchange.fingerprints["token"]
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Trello", "Grace Hooper")
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert data["scopesMissing"] == []
    assert data["tokenExpiresAt"] is not None


def test_an_optional_permission_may_be_asked_for(journey):
    data = shown(journey, result(come_back(journey, scopes=[WORKSPACES]))["integration"])

    assert data["scopesGranted"] == data["scopesAsked"] == [*REQUIRED, WORKSPACES]


def test_a_challenge_that_was_exchanged_on_the_way_connects_nothing(journey, simulator):
    def other_challenge(url):
        return re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", url)

    reply = come_back(journey, url=other_challenge)

    assert result(reply) == {"provider": "trello", "error": "authorization_failed"}
    assert [call.outcome for call in simulator.calls("token")] == ["invalid_request"]
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def test_a_code_of_another_flow_is_not_taken(journey, simulator):
    other, mine = journey.start(TRELLO), journey.start(TRELLO)
    stolen = dict(parse_qsl(urlsplit(journey.consent(other, ADA)).query))["code"]
    path = f"/api/integrations/trello/callback?code={stolen}&state={mine.state}"

    assert result(journey.return_(path, mine.cookie))["error"] == "authorization_failed"
    assert [call.outcome for call in simulator.calls("token")] == ["invalid_request"]
    assert rows("integrations") == []


def test_a_person_who_says_no_connects_nothing(journey, simulator):
    started = journey.start(TRELLO)
    back = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{back.path}?{back.query}", started.cookie)

    assert result(reply) == {"provider": "trello", "error": "access_denied"}
    assert (simulator.calls("token"), states()) == ([], [])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("unauthorized_client", "authorization_failed"),
        ("invalid_scope", "authorization_failed"),
        ("nobody_knows", "authorization_failed"),
    ],
)
def test_what_trello_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    simulator.configure("trello", consent_error=error)

    assert result(come_back(journey)) == {"provider": "trello", "error": expected}
    assert simulator.calls("token") == []


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "unauthorized_client", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 403, "provider_error"),
    ("status", 502, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("truncated", None, "provider_unavailable"),
    ("lost_answer", None, "provider_unavailable"),
    ("huge", 65 * 1024, "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("body", '{"token_type": "Bearer"}', "provider_unavailable"),
    ("body", '{"access_token": "a\\nb"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("trello", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "trello", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


FAILED_IDENTITIES = [
    ("ok_false", "invalid token", "authorization_failed"),
    ("ok_false", "missing scopes", "insufficient_scope"),
    ("rate_limited", 900, "provider_unavailable"),
    ("status", 503, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("body", '{"id": 7, "username": "grace"}', "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FAILED_IDENTITIES)
def test_where_nobody_says_whose_it_is_nothing_is_connected(
    journey, simulator, kind, value, expected
):
    simulator.fault("trello", "members.get", kind, value=value, times=2)
    reply = come_back(journey)

    assert result(reply) == {"provider": "trello", "error": expected}
    assert (rows("integrations"), rows("external-accounts"), states()) == ([], [], [])
    assert journey.run_jobs() == []
    assert sealed() == set()


def test_one_failure_to_say_whose_it_is_does_not_end_the_flow(journey, simulator):
    simulator.fault("trello", "members.get", "status", value=503)

    assert result(come_back(journey))["status"] == "connected"


def test_a_permission_that_was_not_given_is_missing_until_it_is(journey, simulator):
    narrowed = [scope for scope in REQUIRED if scope != "write:board:trello"]
    simulator.configure("trello", granted_scopes=narrowed)
    assert result(come_back(journey)) == {"provider": "trello", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["healthStatus"]) == ("reauth_required", "disconnected")
    assert (data["scopesGranted"], data["problem"]["missing"]) == (narrowed, ["write:board:trello"])
    url = f"/api/integrations/{row['integrationId']}/actions/create_card"
    assert journey.gateway.post(url, CARD).error == "reauth_required"

    simulator.configure("trello", granted_scopes=None)
    started = journey.reconnect(row["integrationId"])
    assert result(journey.return_(journey.consent(started, GRACE), started.cookie)) == {
        "integration": row["integrationId"],
        "status": "connected",
    }
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["problem"]) == ("active", None)


def test_without_knowing_who_it_is_nothing_is_connected(journey, simulator):
    granted = ["read:board:trello", "write:board:trello", "offline_access"]
    simulator.configure("trello", granted_scopes=granted)

    assert result(come_back(journey)) == {"provider": "trello", "error": "insufficient_scope"}
    assert simulator.calls("members.get") == []
    assert rows("integrations") == []


def test_what_may_not_stay_connected_must_be_connected_anew(journey, simulator):
    simulator.configure("trello", granted_scopes=["read:member:trello", "read:board:trello"])

    assert result(come_back(journey)) == {"provider": "trello", "error": "insufficient_scope"}
    assert len(simulator.calls("members.get")) == 1
    (row,) = rows("integrations")
    assert row["integrationStatus"] == "reauth_required"


def test_offline_access_need_not_be_named_where_a_refresh_token_came(journey, monkeypatch):
    def unnamed(answer: Answer) -> Answer:
        told = answer.json() | {"scope": " ".join(REQUIRED[:-1])}
        return copy.replace(answer, body=json.dumps(told).encode())

    spoil(monkeypatch, "/oauth/token", unnamed)

    assert shown(journey, result(come_back(journey))["integration"])["scopesGranted"] == REQUIRED


def test_connecting_again_renews_the_one_there_is(journey, simulator):
    first, second = (result(come_back(journey))["integration"] for _ in range(2))

    assert first == second
    assert (len(rows("integrations")), len(sealed())) == (1, 1)
    other = result(come_back(journey, ADA))["integration"]
    assert other != first


def test_coming_back_with_another_account_changes_nothing(journey, simulator):
    """OA-17."""
    integration = journey.connect(GRACE, provider="trello")
    before = dump()
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, ADA), started.cookie)

    assert result(reply) == {"provider": "trello", "error": "account_mismatch"}
    for table in ("integrations", "consents", "external-accounts"):
        assert dump()[table] == before[table]
    assert journey.run_jobs() == []
    assert len(sealed()) == 1
    url = f"/api/integrations/{integration}/actions/create_card"
    assert journey.gateway.post(url, CARD).status == 200


def test_disconnecting_ends_it_here_and_says_how_to_end_it_there(journey, simulator):
    """OA-21, without a provider to call."""
    integration = journey.connect(GRACE, provider="trello")
    before = len(simulator.log())
    reply = journey.gateway.delete(f"/api/integrations/{integration}")

    told = reply.json["data"]
    assert (reply.status, told["revocation"]) == (200, "not_offered_by_provider")
    assert "id.atlassian.com/manage-profile/apps" in told["message"]
    assert journey.run_jobs() == []
    assert len(simulator.log()) == before
    assert sealed() == set()
    data = shown(journey, integration)
    assert (data["status"], data["revocation"]) == ("disconnected", "not_offered_by_provider")
    assert [entry["outcome"] for entry in ledger("revocation_settled")] == [
        "not_offered_by_provider"
    ]
    assert journey.gateway.delete(f"/api/integrations/{integration}").json["data"] is None
    url = f"/api/integrations/{integration}/actions/create_card"
    assert journey.gateway.post(url, CARD).error == "integration_disconnected"
    assert result(come_back(journey))["integration"] == integration


def test_what_one_organization_ends_another_keeps(journey):
    ours = journey.connect(GRACE, provider="trello")
    theirs = journey.connect(GRACE, provider="trello", user=BOB)
    journey.gateway.delete(f"/api/integrations/{ours}")
    journey.run_jobs()

    url = f"/api/integrations/{theirs}/actions/create_card"
    assert journey.gateway.post(url, CARD, user=BOB).status == 200


def test_nothing_of_trello_s_secrets_is_told_or_logged(journey, simulator, logs):
    integration = journey.connect(GRACE, provider="trello")
    replies = [journey.gateway.get(f"/api/integrations/{integration}").text]
    replies.append(journey.gateway.delete(f"/api/integrations/{integration}").text)

    for secret in (*simulator.issued_secrets(), CLIENTS["trello"].client_secret):
        assert not leaks(secret, [replies, logs.getvalue(), dump()])


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_words_of_the_token_endpoint_are_never_repeated(journey, monkeypatch, logs, status):
    said = json.dumps({"error": CANARY, "error_description": CANARY, "message": CANARY}).encode()
    spoil(
        monkeypatch,
        "/oauth/token",
        lambda answer: copy.replace(answer, status=status, body=said, headers={"x": CANARY}),
    )
    reply = come_back(journey)

    assert reply.status == 303
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_finding_out_who_it_is_has_a_deadline(journey, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "IDENTIFY_SECONDS", 0.2)
    simulator.fault("trello", "members.get", "slow", value=1)

    assert result(come_back(journey))["error"] == "provider_unavailable"
