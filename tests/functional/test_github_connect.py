"""A GitHub account connects: by a GitHub App and by an OAuth App, or not, and we say why."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.functional.conftest import CLIENTS
from tests.functional.github import (
    ADA,
    GITHUB,
    GRACE,
    act,
    come_back,
    grants,
    shown,
    without_asking_for_json,
)
from tests.functional.journey import result
from tests.functional.stored import dump, rows, states

BOTH = pytest.mark.parametrize("oauth_app", [False, True], ids=["GitHub App", "OAuth App"])


def test_github_is_asked_for_exactly_what_the_protocol_needs(journey):
    asked = dict(parse_qsl(urlsplit(journey.start(GITHUB).url).query, strict_parsing=True))

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["github"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/github/callback",
        "scope": "repo",
        "prompt": "select_account",
        "code_challenge_method": "S256",
    }


@BOTH
def test_an_account_connects_with_a_verifier_that_github_checked(journey, simulator, oauth_app):
    simulator.configure("github", oauth_app=oauth_app)
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" in exchange.fingerprints
    data = shown(journey, integration)
    assert (data["providerName"], data["accountName"]) == ("GitHub", ADA)
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == ["repo"]
    assert (data["tokenExpiresAt"] is None) is oauth_app


def test_an_app_that_has_expiry_switched_off_gets_a_token_that_stays(journey, simulator):
    simulator.configure("github", expiring=False)
    integration = result(come_back(journey))["integration"]

    assert shown(journey, integration)["tokenExpiresAt"] is None
    assert act(journey, integration).status == 200


@BOTH
def test_an_answer_that_comes_as_a_form_is_read_too(journey, simulator, monkeypatch, oauth_app):
    simulator.configure("github", oauth_app=oauth_app)
    without_asking_for_json(monkeypatch)

    assert result(come_back(journey))["status"] == "connected"


def test_a_refusal_that_comes_as_a_form_is_read_too(journey, simulator, monkeypatch):
    without_asking_for_json(monkeypatch)
    reply = come_back(journey, url=other_challenge)

    assert result(reply) == {"provider": "github", "error": "authorization_failed"}
    assert [call.outcome for call in simulator.calls("token")] == ["bad_verification_code"]


def other_challenge(url):
    return re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", url)


def without_challenge(url):
    return re.sub(r"&code_challenge(_method)?=[^&]+", "", url)


@pytest.mark.parametrize("change", [other_challenge, without_challenge])
def test_a_challenge_that_was_exchanged_on_the_way_connects_nothing(journey, simulator, change):
    reply = come_back(journey, url=change)

    assert result(reply) == {"provider": "github", "error": "authorization_failed"}
    (exchange,) = simulator.calls("token")
    assert exchange.outcome == "bad_verification_code"
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


REFUSED_EXCHANGES = [
    ("ok_false", "bad_verification_code", "authorization_failed"),
    ("ok_false", "unverified_user_email", "authorization_failed"),
    ("ok_false", "incorrect_client_credentials", "authorization_failed"),
    ("ok_false", "redirect_uri_mismatch", "authorization_failed"),
    ("ok_false", "application_suspended", "authorization_failed"),
    ("ok_false", "Not Found", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("ok_false", "primary_limit", "provider_unavailable"),
    ("ok_false", "secondary_limit", "provider_unavailable"),
    ("ok_false", "unavailable", "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 404, "provider_error"),
    ("status", 204, "provider_unavailable"),
    ("status", 502, "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("truncated", None, "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("body", '{"token_type": "bearer", "scope": "repo"}', "provider_unavailable"),
    ("body", '{"access_token": 7, "scope": "repo"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("github", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "github", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("user", "ok_false", "bad_credentials"), "authorization_failed"),
        (("user", "ok_false", "primary_limit"), "provider_unavailable"),
        (("user", "status", 500), "provider_unavailable"),
        (("user", "body", '{"login": "ada-byron"}'), "provider_unavailable"),
        (("user", "ok_false", "not_found"), "provider_error"),
        (("installations", "status", 500), "provider_unavailable"),
        (("installations", "html", None), "provider_unavailable"),
    ],
)
def test_an_account_that_is_not_told_connects_nothing(journey, simulator, fault, expected):
    operation, kind, value = fault
    simulator.fault("github", operation, kind, value=value, times=2)
    reply = come_back(journey)

    assert result(reply) == {"provider": "github", "error": expected}
    assert (rows("integrations"), rows("consents")) == ([], [])
    assert len(rows("outbox")) == 1


@pytest.mark.parametrize(
    "settings", [{"installed": False}, {"issues_permission": False}, {"requested": True}]
)
def test_where_the_app_is_not_installed_an_owner_must_approve_first(journey, simulator, settings):
    simulator.configure("github", **{"installed": "requested" not in settings} | settings)
    reply = come_back(journey)

    assert result(reply) == {"provider": "github", "error": "approval_required"}
    assert rows("integrations") == []


def test_a_request_to_one_organization_does_not_keep_from_another(journey, simulator):
    """The app is installed elsewhere, and that is enough to begin with."""
    simulator.configure("github", requested=True)

    assert result(come_back(journey))["status"] == "connected"


def test_an_oauth_app_is_not_asked_where_it_is_installed(journey, simulator):
    simulator.configure("github", oauth_app=True, installed=False)

    assert result(come_back(journey))["status"] == "connected"
    assert simulator.calls("installations") == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("error=access_denied", "access_denied"),
        ("error=application_suspended", "authorization_failed"),
        ("error=redirect_uri_mismatch", "authorization_failed"),
        ("setup_action=request", "approval_required"),
        ("setup_action=install&installation_id=9001", "authorization_failed"),
        ("installation_id=9001", "authorization_failed"),
    ],
)
def test_what_github_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, said, expected
):
    started = journey.start(GITHUB)
    path = f"/api/integrations/github/callback?{said}&state={started.state}"

    assert result(journey.return_(path, started.cookie))["error"] == expected
    assert (simulator.calls("token"), states()) == ([], [])


def test_a_person_who_denies_is_told_so(journey, simulator):
    started = journey.start(GITHUB)
    parts = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{parts.path}?{parts.query}", started.cookie)

    assert result(reply) == {"provider": "github", "error": "access_denied"}
    assert "denied your application" not in reply.text + reply.headers["location"]


def test_a_scope_that_was_left_out_must_be_given_before_the_integration_is_used(journey, simulator):
    simulator.configure("github", oauth_app=True)
    reply = come_back(journey, untick=["repo"])

    assert result(reply) == {"provider": "github", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["scopesGranted"]) == ("reauth_required", [])
    assert data["problem"]["missing"] == ["repo"]
    assert act(journey, row["integrationId"]).error == "reauth_required"

    started = journey.reconnect(row["integrationId"])
    again = result(journey.return_(journey.consent(started, ADA), started.cookie))
    assert again == {"integration": row["integrationId"], "status": "connected"}
    assert shown(journey, row["integrationId"])["scopesMissing"] == []


def test_a_form_that_names_no_scope_grants_none(journey, simulator, monkeypatch):
    """A form leaves an empty value out: that is not the same as not saying."""
    simulator.configure("github", oauth_app=True)
    without_asking_for_json(monkeypatch)

    assert result(come_back(journey, untick=["repo"]))["error"] == "insufficient_scope"


def test_an_optional_scope_may_be_left_out(journey, simulator):
    simulator.configure("github", oauth_app=True)
    reply = come_back(journey, untick=["user:email"], scopes=["user:email", "read:org"])

    data = shown(journey, result(reply)["integration"])
    assert (data["status"], data["scopesMissing"]) == ("active", ["user:email"])
    assert data["scopesGranted"] == ["repo", "read:org"]


def test_the_account_is_the_number_whatever_it_is_called(journey, simulator, monkeypatch):
    first = result(come_back(journey))["integration"]
    renamed = '{"id": 1001, "login": "ada-lovelace"}'
    simulator.fault("github", "user", "body", value=renamed)
    again = result(come_back(journey))["integration"]

    assert again == first
    assert shown(journey, again)["accountName"] == "ada-lovelace"


@BOTH
def test_coming_back_with_another_account_changes_nothing(journey, simulator, oauth_app):
    simulator.configure("github", oauth_app=oauth_app)
    integration = journey.connect(ADA, provider="github")
    before = dump()
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, GRACE), started.cookie)

    assert result(reply) == {"provider": "github", "error": "account_mismatch"}
    for table in ("integrations", "consents", "external-accounts"):
        assert dump()[table] == before[table]
    assert journey.run_jobs() == []
    assert grants(simulator) == [ADA]
    assert act(journey, integration).status == 200


def test_nothing_of_the_tokens_is_told_or_logged(journey, simulator, logs):
    reply = come_back(journey)

    for secret in simulator.issued_secrets():
        assert secret not in logs.getvalue() + reply.text + str(reply.headers)
