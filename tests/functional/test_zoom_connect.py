"""Connecting Zoom: what it is asked, and what may come back."""

import copy
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from hub import providers
from tests.functional.conftest import CLIENTS
from tests.functional.google import shown, spoil
from tests.functional.journey import result
from tests.functional.made_up import declare
from tests.functional.stored import leaks, ledger, rows, sealed
from tests.functional.zoom import GRACE, LIST_USERS, REQUIRED, ZOOM, come_back, schedule
from tests.simulator.person import NoConsentAsked


def test_zoom_is_asked_for_exactly_what_the_protocol_needs_and_for_no_scope(journey):
    url = urlsplit(journey.start({**ZOOM, "scopes": [LIST_USERS]}).url)
    asked = dict(parse_qsl(url.query, strict_parsing=True))

    assert url.path == "/zoom/oauth/authorize"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["zoom"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/zoom/callback",
        "code_challenge_method": "S256",
    }


def test_a_request_that_named_scopes_would_never_come_back(journey, monkeypatch):
    """Negative control: what `sends_scopes` keeps from happening."""
    naming = copy.replace(providers.get("zoom"), sends_scopes=True)
    declare(monkeypatch, naming)

    with pytest.raises(NoConsentAsked, match="4,700"):
        journey.consent(journey.start(ZOOM), GRACE)


def test_a_zoom_user_connects_with_a_verifier_that_zoom_checked(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Zoom", GRACE)
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert data["tokenExpiresAt"] is not None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", "access_denied"),
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("invalid_request", "authorization_failed"),
    ],
)
def test_what_zoom_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    simulator.configure("zoom", consent_error=error)

    assert result(come_back(journey)) == {"provider": "zoom", "error": expected}
    assert simulator.calls("token") == []


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "4738", "approval_required"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("rate_limited", 30, "provider_unavailable"),
    ("rate_limited", 0, "provider_unavailable"),
    ("status", 502, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("body", '{"token_type": "bearer"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("zoom", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "zoom", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def test_the_code_that_zoom_repeats_in_a_refusal_is_not_logged(journey, simulator, logs):
    started = journey.start(ZOOM)
    back = journey.consent(started, GRACE)
    simulator.advance(301)
    reply = journey.return_(back, started.cookie)

    assert result(reply)["error"] == "authorization_failed"
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    assert not leaks(code, [reply.text, reply.headers, logs.getvalue(), rows("consents")])


UNIDENTIFIED = [
    ("status", 500, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("body", "{}", "provider_unavailable"),
    ("body", '{"id": "u", "email": "grace@example.org"}', "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("ok_false", "124", "authorization_failed"),
    ("ok_false", "4711", "insufficient_scope"),
    ("redirect", "http://127.0.0.1:9/", "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), UNIDENTIFIED)
def test_a_user_whom_zoom_does_not_name_is_not_connected(journey, simulator, kind, value, expected):
    simulator.fault("zoom", "users.get", kind, value=value, times=2)
    reply = come_back(journey)

    assert result(reply) == {"provider": "zoom", "error": expected}
    assert rows("integrations") == []
    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert ledger("revocation_settled")[0]["outcome"] == "account_unknown"
    assert sealed() == set()


@pytest.mark.parametrize("unticked", [["meeting:read:meeting"], REQUIRED[2:]])
def test_a_permission_that_was_unticked_must_be_given_before_the_integration_is_used(
    journey, unticked
):
    reply = come_back(journey, untick=unticked)

    assert result(reply) == {"provider": "zoom", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["scopesMissing"]) == ("reauth_required", unticked)
    assert schedule(journey, row["integrationId"]).error == "reauth_required"

    started = journey.reconnect(row["integrationId"])
    assert result(journey.return_(journey.consent(started, GRACE), started.cookie)) == {
        "integration": row["integrationId"],
        "status": "connected",
    }
    assert schedule(journey, row["integrationId"]).status == 200


def test_an_optional_permission_that_the_app_does_not_have_is_shown_as_missing(journey):
    data = shown(journey, result(come_back(journey, scopes=[LIST_USERS]))["integration"])

    assert (data["status"], data["scopesMissing"]) == ("active", [LIST_USERS])


def test_an_app_that_administrators_manage_connects_too(journey, simulator):
    granted = [*(f"{scope}:admin" for scope in REQUIRED), LIST_USERS]
    simulator.configure("zoom", granted_scopes=granted)
    integration = result(come_back(journey))["integration"]

    data = shown(journey, integration)
    assert (data["status"], data["scopesMissing"]) == ("active", [])
    assert set(granted) < set(data["scopesGranted"])
    assert schedule(journey, integration).status == 200


def test_an_answer_that_says_nothing_of_scopes_grants_none(journey, monkeypatch):
    def without_scope(answer):
        content = {name: value for name, value in answer.json().items() if name != "scope"}
        return copy.replace(answer, body=json.dumps(content).encode())

    spoil(monkeypatch, "/oauth/token", without_scope)

    assert result(come_back(journey))["error"] == "insufficient_scope"
