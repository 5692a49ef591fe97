"""Connecting Linear: what it is asked, what may come back, and whose account it is."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from hub.http_client import HttpClient
from tests.functional.conftest import CLIENTS
from tests.functional.google import shown, spoil_tokens
from tests.functional.journey import result
from tests.functional.linear import (
    ADA,
    CREATE,
    GRACE,
    LINEAR,
    READ,
    REQUIRED,
    WRITE,
    acting,
    come_back,
)
from tests.functional.stored import dump, leaks, ledger, rows, sealed, states


def without(*names):
    return lambda told: {name: value for name, value in told.items() if name not in names}


def test_linear_is_asked_for_exactly_what_the_protocol_needs(journey):
    started = urlsplit(journey.start(LINEAR).url)
    query = dict(parse_qsl(started.query, strict_parsing=True))

    assert "scope=read%2Cissues%3Acreate&" in started.query
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", query.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", query.pop("state"))
    assert query == {
        "response_type": "code",
        "client_id": CLIENTS["linear"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/linear/callback",
        "scope": ",".join(REQUIRED),
        "prompt": "consent",
        "code_challenge_method": "S256",
    }


def test_a_person_in_a_workspace_connects_with_a_verifier_that_linear_checked(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Linear", "Globex (grace@example.org)")
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert data["scopesMissing"] == []
    assert data["tokenExpiresAt"] is not None


def test_a_challenge_that_was_exchanged_on_the_way_connects_nothing(journey, simulator):
    def other_challenge(url):
        return re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", url)

    reply = come_back(journey, url=other_challenge)

    assert result(reply) == {"provider": "linear", "error": "authorization_failed"}
    assert [call.outcome for call in simulator.calls("token")] == ["invalid_grant"]
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def test_who_declines_is_told_so(journey, simulator):
    started = journey.start(LINEAR)
    back = urlsplit(journey.person.deny(started.url))

    reply = journey.return_(f"{back.path}?{back.query}", started.cookie)
    assert result(reply) == {"provider": "linear", "error": "access_denied"}
    assert (simulator.calls("token"), states()) == ([], [])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", "access_denied"),
        ("invalid_scope", "authorization_failed"),
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("nobody_knows", "authorization_failed"),
    ],
)
def test_what_linear_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    simulator.configure("linear", consent_error=error)

    assert result(come_back(journey))["error"] == expected
    assert simulator.calls("token") == []


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 401, "provider_error"),
    ("status", 503, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("body", '{"token_type": "Bearer"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("linear", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "linear", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


# What was granted


def test_linear_s_older_apps_get_their_scopes_as_a_list(journey, simulator):
    simulator.configure("linear", scope_list=True)
    data = shown(journey, result(come_back(journey))["integration"])

    assert (data["status"], data["scopesGranted"]) == ("active", REQUIRED)


@pytest.mark.parametrize("listed", [False, True])
def test_what_writing_covers_counts_as_granted_though_it_is_not_listed(journey, simulator, listed):
    simulator.configure("linear", scope_short=True, scope_list=listed)
    data = shown(journey, result(come_back(journey, scopes=[WRITE]))["integration"])

    assert data["scopesGranted"] == data["scopesAsked"] == [*REQUIRED, WRITE]
    assert (data["status"], data["scopesMissing"]) == ("active", [])


def test_creating_issues_must_be_granted_before_the_integration_is_used(journey, simulator):
    simulator.configure("linear", granted_scopes=[READ])
    assert result(come_back(journey)) == {"provider": "linear", "error": "insufficient_scope"}

    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["healthStatus"]) == ("reauth_required", "disconnected")
    assert (data["scopesGranted"], data["scopesMissing"]) == ([READ], [CREATE])
    assert data["problem"]["category"] == "insufficient_scope"
    assert acting(journey, row["integrationId"])().error == "reauth_required"

    simulator.configure("linear", granted_scopes=None)
    started = journey.reconnect(row["integrationId"])
    back = journey.return_(journey.consent(started, GRACE.id), started.cookie)
    assert result(back) == {"integration": row["integrationId"], "status": "connected"}


def test_writing_may_be_left_out(journey, simulator):
    simulator.configure("linear", granted_scopes=REQUIRED)
    data = shown(journey, result(come_back(journey, scopes=[WRITE]))["integration"])

    assert (data["status"], data["scopesMissing"]) == ("active", [WRITE])


def test_scopes_that_are_not_told_are_those_asked_for(journey, monkeypatch):
    """By RFC 6749 section 5.1."""
    spoil_tokens(monkeypatch, without("scope"))
    data = shown(journey, result(come_back(journey))["integration"])

    assert (data["status"], data["scopesGranted"]) == ("active", REQUIRED)


def test_without_a_refresh_token_the_grant_would_end_in_a_day_and_is_revoked(journey, monkeypatch):
    spoil_tokens(monkeypatch, without("refresh_token"))

    assert result(come_back(journey)) == {"provider": "linear", "error": "authorization_failed"}
    assert (rows("integrations"), len(sealed())) == ([], 1)
    assert journey.run_jobs() == []
    assert (ledger("revocation_settled")[0]["outcome"], sealed()) == ("revoked", set())


# All of it


def test_without_a_prompt_linear_would_choose_the_workspace_itself(journey):
    """What `prompt=consent` is for: the browser comes back from the workspace used last."""
    ada = journey.connect(ADA.id, provider="linear")

    def without_prompt(url):
        assert url.count("&prompt=consent") == 1
        return url.replace("&prompt=consent", "")

    assert result(come_back(journey, url=without_prompt))["integration"] == ada
    assert result(come_back(journey))["integration"] != ada


def test_connecting_shows_no_token_and_logs_none(journey, simulator, logs):
    reply = come_back(journey)

    data = shown(journey, result(reply)["integration"])
    for secret in simulator.issued_secrets():
        assert not leaks(secret, [reply.text, json.dumps(data), logs.getvalue(), dump()])


def test_linear_alone_gets_our_secret_and_only_with_the_code(journey, monkeypatch):
    secret = CLIENTS["linear"].client_secret
    sent = []
    send = HttpClient.send

    def watched(client, request, **options):
        sent.append((urlsplit(request.url).path, leaks(secret, [request.url, request.form])))
        return send(client, request, **options)

    monkeypatch.setattr(HttpClient, "send", watched)
    integration = result(come_back(journey))["integration"]
    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()

    assert [(path.rpartition("/")[2], told) for path, told in sent] == [
        ("token", True),
        ("graphql", False),
        ("revoke", False),
        ("revoke", False),
    ]
