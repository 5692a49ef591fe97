"""Connecting Google Workspace: what it is asked, and what may come back."""

import re
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from tests.functional.conftest import CLIENTS
from tests.functional.google import (
    ADA,
    CALENDAR,
    CONTACTS,
    DIRECTORY,
    DRIVE,
    GOOGLE,
    GRACE,
    REQUIRED,
    SEND,
    come_back,
    shown,
)
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, states
from tests.simulator.providers.google.identity import ISSUER


def test_google_is_asked_for_exactly_what_the_protocol_needs(journey, simulator):
    asked = dict(parse_qsl(urlsplit(journey.start(GOOGLE).url).query, strict_parsing=True))

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["google"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/google/callback",
        "scope": " ".join(REQUIRED),
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge_method": "S256",
    }


def test_a_google_account_connects_with_a_verifier_that_google_checked(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Google Workspace", GRACE)
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert data["tokenExpiresAt"] is not None


def test_a_challenge_that_was_exchanged_on_the_way_connects_nothing(journey, simulator):
    def other_challenge(url):
        return re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", url)

    reply = come_back(journey, url=other_challenge)

    assert result(reply) == {"provider": "google", "error": "authorization_failed"}
    (exchange,) = simulator.calls("token")
    assert exchange.outcome == "invalid_grant"
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_rapt", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "deleted_client", "authorization_failed"),
    ("ok_false", "redirect_uri_mismatch", "authorization_failed"),
    ("ok_false", "admin_policy_enforced", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("ok_false", "internalError", "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 502, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("body", '{"token_type": "Bearer"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("google", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "google", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


@pytest.mark.parametrize("unticked", [[CALENDAR], [SEND, CONTACTS]])
def test_a_permission_that_was_unticked_must_be_given_before_the_integration_is_used(
    journey, unticked
):
    reply = come_back(journey, untick=unticked)

    assert result(reply) == {"provider": "google", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["healthStatus"]) == ("reauth_required", "disconnected")
    assert data["scopesMissing"] == unticked
    assert data["scopesGranted"] == [scope for scope in REQUIRED if scope not in unticked]
    assert data["problem"]["category"] == "insufficient_scope"
    assert (data["problem"]["actor"], data["problem"]["missing"]) == ("user", unticked)

    refused = journey.gateway.post(
        f"/api/integrations/{row['integrationId']}/actions/share_file",
        {"fileId": "file-plan", "email": ADA},
    )
    assert (refused.status, refused.error) == (409, "reauth_required")

    started = journey.reconnect(row["integrationId"])
    assert result(journey.return_(journey.consent(started, GRACE), started.cookie)) == {
        "integration": row["integrationId"],
        "status": "connected",
    }
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["scopesMissing"], data["problem"]) == ("active", [], None)


def test_an_optional_permission_may_be_left_out(journey):
    reply = come_back(journey, untick=[DIRECTORY], scopes=[DIRECTORY])

    data = shown(journey, result(reply)["integration"])
    assert (data["status"], data["scopesMissing"]) == ("active", [DIRECTORY])
    assert data["scopesAsked"] == [*REQUIRED, DIRECTORY]


def test_signing_in_alone_is_no_connection(journey):
    reply = come_back(journey, untick=[CALENDAR, DRIVE, SEND, CONTACTS])

    assert result(reply)["error"] == "insufficient_scope"
    (row,) = rows("integrations")
    assert row["scopesGranted"] == REQUIRED[:2]


@pytest.mark.parametrize("sent", [True, False])
def test_the_right_issuer_connects_and_so_does_none(journey, simulator, sent):
    simulator.configure("google", iss_in_callback=sent)

    assert result(come_back(journey))["status"] == "connected"


WRONG_ISSUERS = [
    f"{ISSUER}/",
    "https://Accounts.google.com",
    "HTTPS://accounts.google.com",
    "http://accounts.google.com",
    "accounts.google.com",
    "https://accounts.google.co",
    "https://accounts.google.com.evil.example",
    f" {ISSUER}",
    "",
]


@pytest.mark.parametrize("issuer", WRONG_ISSUERS)
def test_another_issuer_ends_the_flow_before_anything_is_exchanged(journey, simulator, issuer):
    reply = come_back(journey, extra=f"&iss={quote(issuer, safe='')}")

    assert reply.status == 400
    assert (simulator.calls("token"), states(), rows("integrations")) == ([], [], [])
    assert [entry["event"] for entry in ledger()] == ["issuer_mismatch"]


def test_an_administrator_must_approve_first(journey, simulator):
    simulator.configure("google", admin_policy="redirect")

    assert result(come_back(journey)) == {"provider": "google", "error": "approval_required"}
    assert simulator.calls("token") == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("org_internal", "approval_required"),
        ("access_denied", "access_denied"),
        ("interaction_required", "authorization_failed"),
    ],
)
def test_what_google_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    started = journey.start(GOOGLE)
    path = f"/api/integrations/google/callback?error={error}&state={started.state}"

    assert result(journey.return_(path, started.cookie))["error"] == expected
    assert simulator.calls("token") == []
