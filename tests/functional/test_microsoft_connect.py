"""Connecting Microsoft 365: what it is asked, and what may come back."""

import re
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from hub.http_client import HttpClient
from tests.functional.conftest import CLIENTS
from tests.functional.gateway import User
from tests.functional.google import spoil_tokens, with_claims
from tests.functional.journey import result
from tests.functional.microsoft import (
    ADA,
    ALAN,
    CANARY,
    GRACE,
    LINUS,
    MESSAGE,
    MICROSOFT,
    REQUIRED,
    acting,
    api_calls,
    come_back,
    register,
    shown,
)
from tests.functional.stored import dump, leaks, ledger, rows, sealed
from tests.simulator.providers.microsoft.directory import CONTOSO, FABRIKAM, PERSONAL

BOB = User(organization="org-b", id="bob")
ERROR_PAGE = "https://login.microsoftonline.com/error"


def test_microsoft_is_asked_for_exactly_what_the_protocol_needs(journey, simulator):
    url = urlsplit(journey.start(MICROSOFT).url)
    asked = dict(parse_qsl(url.query, strict_parsing=True))

    assert url.path == "/microsoft/organizations/oauth2/v2.0/authorize"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["microsoft"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/microsoft/callback",
        "scope": " ".join(REQUIRED),
        "response_mode": "query",
        "prompt": "select_account",
        "code_challenge_method": "S256",
    }


def test_an_account_connects_with_a_verifier_that_microsoft_checked(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    assert api_calls(simulator) == []
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("Microsoft 365", GRACE)
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert (data["scopesAsked"], data["scopesGranted"]) == (REQUIRED, [*REQUIRED, "email"])
    assert data["tokenExpiresAt"] is not None


def test_an_optional_permission_comes_along_when_it_is_chosen(journey):
    scopes = ["Files.ReadWrite.All", "Team.ReadBasic.All"]
    data = shown(journey, result(come_back(journey, scopes=scopes))["integration"])

    assert data["scopesAsked"] == [*REQUIRED, *scopes]
    assert data["scopesMissing"] == []


def test_an_administrator_must_approve_first(journey, simulator):
    simulator.configure("microsoft", admin_approval=True)

    assert result(come_back(journey)) == {"provider": "microsoft", "error": "approval_required"}
    assert simulator.calls("token") == []
    assert (rows("integrations"), sealed()) == ([], set())

    simulator.configure("microsoft", admin_approval=False)
    assert result(come_back(journey))["status"] == "connected"


def test_a_person_s_no_is_no_administrator_s_wall(journey, simulator):
    started = journey.start(MICROSOFT)
    back = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{back.path}?{back.query}", started.cookie)

    assert "AADSTS65004" in back.query
    assert result(reply) == {"provider": "microsoft", "error": "access_denied"}
    assert "AADSTS" not in reply.text + str(reply.headers)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("error=consent_required&admin_consent=True", "approval_required"),
        (f"error=access_denied&error_uri={quote(ERROR_PAGE)}%3Fcode%3D90094", "approval_required"),
        (f"error=access_denied&error_uri={quote(ERROR_PAGE)}%3Fcode%3D50020", "access_denied"),
        ("error=access_denied&error_uri=http%3A%2F%2F%5Bbroken", "access_denied"),
        ("error=interaction_required", "authorization_failed"),
        ("error=unauthorized_client", "authorization_failed"),
        ("error=temporarily_unavailable", "provider_unavailable"),
        ("error=server_error", "provider_error"),
        ("admin_consent=True&tenant=common", "authorization_failed"),
    ],
)
def test_what_microsoft_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, said, expected
):
    started = journey.start(MICROSOFT)
    path = f"/api/integrations/microsoft/callback?{said}&state={started.state}"

    assert result(journey.return_(path, started.cookie))["error"] == expected
    assert simulator.calls("token") == []


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "consent_required", "authorization_failed"),
    ("ok_false", "interaction_required", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "invalid_resource", "authorization_failed"),
    ("ok_false", "unauthorized_client", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("ok_false", "temporarily_unavailable", "provider_unavailable"),
    ("ok_false", "generalException", "provider_unavailable"),
    ("rate_limited", 60, "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("microsoft", "token", kind, value=value)

    assert result(come_back(journey)) == {"provider": "microsoft", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def test_personal_accounts_are_not_taken_unless_the_deployer_wants_them(journey, simulator):
    assert result(come_back(journey, LINUS))["error"] == "access_denied"

    register(simulator, tenant="common")
    assert result(come_back(journey, LINUS))["status"] == "connected"


@pytest.mark.parametrize("tenant", [CONTOSO.id, CONTOSO.domain])
def test_a_deployment_may_be_for_one_organization(journey, simulator, tenant):
    register(simulator, tenant=tenant)

    assert f"/{tenant}/oauth2/v2.0/authorize" in journey.start(MICROSOFT).url
    assert result(come_back(journey, ALAN))["error"] == "access_denied"
    assert simulator.calls("token") == []
    assert result(come_back(journey, GRACE))["status"] == "connected"
    assert [call.outcome for call in simulator.calls("token")] == ["ok"]


@pytest.mark.parametrize("tenant", ["contoso/../..", "a b", "{tenant}", "x?y=z", "evil#"])
def test_a_tenant_that_would_change_the_address_is_refused(journey, simulator, tenant):
    register(simulator, tenant=tenant)
    reply = journey.gateway.post("/api/integrations/connect", MICROSOFT)

    assert (reply.status, reply.error) == (500, "internal")


@pytest.mark.parametrize(
    "login", ["https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn"]
)
def test_a_national_cloud_is_an_override(journey, simulator, login):
    register(simulator, authorizationUrl=f"{login}/{{tenant}}/oauth2/v2.0/authorize")

    expected = f"{login}/organizations/oauth2/v2.0/authorize?"
    assert journey.start(MICROSOFT).url.startswith(expected)


def test_the_account_is_the_person_whatever_the_address_becomes(journey, monkeypatch):
    first = result(come_back(journey))["integration"]
    spoil_tokens(monkeypatch, with_claims(preferred_username="grace.married@contoso.example"))
    again = result(come_back(journey))["integration"]

    assert again == first
    assert shown(journey, again)["accountName"] == "grace.married@contoso.example"


def test_a_guest_in_another_organization_is_another_account(journey, monkeypatch):
    first = result(come_back(journey))["integration"]
    elsewhere = with_claims(
        tid=FABRIKAM.id, iss=f"https://login.microsoftonline.com/{FABRIKAM.id}/v2.0"
    )
    spoil_tokens(monkeypatch, elsewhere)

    assert result(come_back(journey))["integration"] != first


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"iss": f"https://login.microsoftonline.com/{PERSONAL.id}/v2.0"},
        {"iss": [CANARY]},
        {"tid": None},
        {"oid": {"a": CANARY}},
    ],
)
def test_tokens_of_nobody_knows_whom_are_not_kept(journey, monkeypatch, changes, logs):
    spoil_tokens(monkeypatch, with_claims(**changes))
    reply = come_back(journey)

    assert result(reply) == {"provider": "microsoft", "error": "provider_unavailable"}
    assert rows("integrations") == []
    journey.run_jobs()
    assert [entry["outcome"] for entry in ledger("revocation_settled")] == [
        "not_offered_by_provider"
    ]
    assert (sealed(), rows("outbox")) == (set(), [])
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_without_a_refresh_token_the_permission_to_stay_connected_is_missing(journey, monkeypatch):
    def drop(answer):
        return {name: value for name, value in answer.items() if name != "refresh_token"}

    spoil_tokens(monkeypatch, drop)

    assert result(come_back(journey)) == {"provider": "microsoft", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert "offline_access" not in data["scopesGranted"]
    assert data["status"] == "reauth_required"


def test_scopes_in_full_or_in_capitals_are_the_same_permissions(journey, monkeypatch):
    full = " ".join(f"https://graph.microsoft.com/{scope.upper()}" for scope in REQUIRED[3:])
    spoil_tokens(monkeypatch, lambda answer: answer | {"scope": f"{full} openid profile"})
    data = shown(journey, result(come_back(journey))["integration"])

    assert data["scopesGranted"] == REQUIRED


def test_disconnecting_calls_nobody_and_tells_who_can_end_the_grant(journey, simulator):
    mine = result(come_back(journey))["integration"]
    theirs = journey.connect(GRACE, provider="microsoft", user=BOB)
    before = len(simulator.log())
    told = journey.gateway.delete(f"/api/integrations/{mine}").json["data"]
    assert journey.run_jobs() == []

    assert told["revocation"] == "not_offered_by_provider"
    assert "Entra admin center" in told["message"]
    assert shown(journey, mine)["revocation"] == "not_offered_by_provider"
    for_theirs = ["subscriptions.create"]
    assert [call.operation for call in simulator.log()[before:]] == for_theirs
    assert sealed() == {theirs}


def test_coming_back_as_somebody_else_changes_nothing(journey, simulator):
    integration = result(come_back(journey))["integration"]
    act = acting(journey, integration)
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, ADA), started.cookie)

    assert result(reply) == {"provider": "microsoft", "error": "account_mismatch"}
    assert journey.run_jobs() == []
    assert shown(journey, integration)["accountName"] == GRACE
    assert act("send_channel_message", MESSAGE).status == 200


def test_a_broken_client_would_be_refused(journey, simulator, monkeypatch):
    """The simulator is no yes-man: without the verifier, or the secret, nothing connects."""
    send = HttpClient.send
    for lost, outcome in (("code_verifier", "invalid_grant"), ("client_secret", "invalid_client")):

        def forgetful(client, request, lost=lost, **options):
            form = {name: value for name, value in (request.form or {}).items() if name != lost}
            return send(client, request.__replace__(form=form), **options)

        monkeypatch.setattr(HttpClient, "send", forgetful)
        assert result(come_back(journey))["error"] == "authorization_failed"
        assert simulator.calls("token")[-1].outcome == outcome
