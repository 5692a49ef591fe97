"""Connecting Asana: what it is asked, and what may come back."""

import copy
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.functional.asana import ASANA, GRACE, OPTIONAL, REQUIRED, come_back
from tests.functional.conftest import CLIENTS
from tests.functional.google import shown, spoil
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, states
from tests.simulator.person import NoConsentAsked
from tests.simulator.providers.asana.tokens import AsanaTokens


def test_asana_is_asked_for_exactly_what_the_protocol_needs(journey):
    asked = dict(parse_qsl(urlsplit(journey.start(ASANA).url).query, strict_parsing=True))

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["asana"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/asana/callback",
        "scope": " ".join(REQUIRED),
        "code_challenge_method": "S256",
    }


def test_spaces_between_scopes_are_written_as_asana_wants_them(journey):
    url = journey.start(ASANA).url

    assert "scope=tasks%3Awrite%20tasks%3Aread%20" in url
    assert "+" not in url


def test_a_person_s_account_connects_in_one_call_with_a_verifier_that_asana_checked(
    journey, simulator
):
    integration = result(come_back(journey))["integration"]

    assert [call.operation for call in simulator.log()] == ["authorize", "consent", "token"]
    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Asana", GRACE)
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert data["scopesMissing"] == []
    assert data["tokenExpiresAt"] is not None


def test_further_permissions_are_asked_for_where_they_are_chosen(journey):
    data = shown(journey, result(come_back(journey, scopes=OPTIONAL))["integration"])

    assert data["scopesGranted"] == data["scopesAsked"] == [*REQUIRED, *OPTIONAL]


def other_challenge(url):
    return re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", url)


def test_a_challenge_that_was_exchanged_on_the_way_connects_nothing(journey, simulator):
    reply = come_back(journey, url=other_challenge)

    assert result(reply) == {"provider": "asana", "error": "authorization_failed"}
    assert [call.outcome for call in simulator.calls("token")] == ["invalid_grant"]
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def test_it_would_connect_if_nobody_compared_the_verifier(journey, monkeypatch):
    """So that the test above is known to look at what it says."""
    monkeypatch.setattr(AsanaTokens, "_check_verifier", lambda *_: None)

    assert result(come_back(journey, url=other_challenge))["status"] == "connected"


PERSON = {"access_token": "1/a", "token_type": "bearer", "expires_in": 3600, "data": {"gid": "7"}}
REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("ok_false", "not_authorized", "authorization_failed"),
    ("ok_false", "forbidden", "provider_error"),
    ("ok_false", "server_error", "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 502, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("truncated", None, "provider_unavailable"),
    ("lost_answer", None, "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("body", '{"token_type": "bearer"}', "provider_unavailable"),
    ("body", json.dumps(PERSON), "authorization_failed"),  # it would end within the hour
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("asana", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "asana", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert rows("integrations") == []


def spoil_tokens(monkeypatch, **changes):
    """Change what the token endpoint's answer says beside its tokens, which are real."""

    def changed(answer):
        return copy.replace(answer, body=json.dumps(answer.json() | changes).encode())

    spoil(monkeypatch, "/oauth_token", changed)


@pytest.mark.parametrize("data", [None, {}, {"gid": 7}, {"name": "Grace"}])
def test_tokens_of_nobody_are_revoked(journey, simulator, monkeypatch, data):
    spoil_tokens(monkeypatch, data=data)
    reply = come_back(journey)

    assert result(reply) == {"provider": "asana", "error": "provider_unavailable"}
    assert rows("integrations") == []
    assert journey.run_jobs() == []
    assert simulator.state()["asana"]["grants"] == []


def test_a_narrower_scope_is_believed_should_asana_ever_tell_one(journey, monkeypatch):
    narrower = [scope for scope in REQUIRED if scope != "tasks:write"]
    spoil_tokens(monkeypatch, scope=" ".join(narrower))
    reply = come_back(journey)

    assert result(reply) == {"provider": "asana", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["scopesMissing"]) == ("reauth_required", ["tasks:write"])
    refused = journey.gateway.post(
        f"/api/integrations/{row['integrationId']}/actions/create_task",
        {"name": "X", "workspace": "1"},
    )
    assert (refused.status, refused.error) == (409, "reauth_required")


def test_who_denies_has_connected_nothing(journey, simulator):
    started = journey.start(ASANA)
    parts = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{parts.path}?{parts.query}", started.cookie)

    assert result(reply) == {"provider": "asana", "error": "access_denied"}
    assert (simulator.calls("token"), states(), rows("integrations")) == ([], [], [])


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"full_permissions": True}, "forbidden_scopes"), ({"distributed": False}, "invalid_request")],
    ids=["an app registered for other scopes", "an app not distributed there"],
)
def test_what_asana_tells_the_person_alone_ends_on_its_page(journey, simulator, settings, error):
    simulator.configure("asana", **settings)
    started = journey.start(ASANA)

    with pytest.raises(NoConsentAsked, match=error):
        journey.consent(started, GRACE)
    assert (simulator.calls("token"), rows("integrations")) == ([], [])
    assert len(states()) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", "access_denied"),
        ("invalid_request", "authorization_failed"),
        ("forbidden_scopes", "authorization_failed"),
        ("unsupported_response_type", "authorization_failed"),
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("<script>", "authorization_failed"),
    ],
)
def test_what_asana_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    simulator.configure("asana", consent_error=error)
    reply = come_back(journey)

    assert result(reply) == {"provider": "asana", "error": expected}
    assert simulator.calls("token") == []


@pytest.mark.parametrize(
    "issuer", ["https%3A%2F%2Fapp.asana.com", "", "https%3A%2F%2Fevil.example"]
)
def test_an_issuer_that_asana_never_names_ends_the_flow(journey, simulator, issuer):
    """Asana documents no `iss`: whoever sends one is somebody else (RFC 9207)."""
    reply = come_back(journey, extra=f"&iss={issuer}")

    assert reply.status == 400
    assert (simulator.calls("token"), states(), rows("integrations")) == ([], [], [])
    assert [entry["event"] for entry in ledger()] == ["issuer_mismatch"]
