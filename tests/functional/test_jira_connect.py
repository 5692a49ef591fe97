"""Connecting Jira: what it is asked, whose grant it is, and how it ends."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.functional.conftest import CLIENTS
from tests.functional.jira import (
    ADA,
    CALLBACK,
    GRACE,
    JIRA,
    REQUIRED,
    WEBHOOKS,
    act,
    come_back,
    connect_both,
    shown,
)
from tests.functional.journey import result
from tests.functional.stored import dump, leaks, ledger, rows, sealed
from tests.simulator.providers.jira.people import ADA as ADA_BYRON
from tests.simulator.providers.jira.people import INITECH

NOTHING = ([], [])


def stored():
    return rows("integrations"), rows("credentials")


def test_atlassian_is_asked_for_exactly_what_the_protocol_needs(journey):
    asked = dict(parse_qsl(urlsplit(journey.start(JIRA).url).query, strict_parsing=True))

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("state"))
    assert asked == {
        "audience": "api.atlassian.com",
        "client_id": CLIENTS["jira"].client_id,
        "scope": " ".join(REQUIRED),
        "redirect_uri": "http://localhost:4500/api/integrations/jira/callback",
        "response_type": "code",
        "prompt": "consent",
    }


def test_a_person_on_a_site_is_connected(journey, simulator):
    integration = result(come_back(journey))["integration"]

    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" not in exchange.fingerprints
    data = shown(journey, integration)
    assert data["accountName"] == "Initech (initech.atlassian.net), grace@example.org"
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert sorted(data["scopesGranted"]) == sorted(data["scopesAsked"]) == sorted(REQUIRED)
    assert data["tokenExpiresAt"] is not None


def test_our_servers_ask_for_tokens_sites_and_the_person_and_nothing_else(journey, simulator):
    come_back(journey)

    asked = [call.operation for call in simulator.log()]
    assert asked == ["authorize", "consent", "token", "sites", "me"]


def test_an_optional_permission_is_asked_for_when_chosen(journey):
    started = journey.start({**JIRA, "scopes": [WEBHOOKS]})
    integration = result(come_back(journey, started=started))["integration"]

    assert WEBHOOKS in shown(journey, integration)["scopesGranted"]


def test_a_grant_that_covers_confluence_too_still_has_one_site(journey, simulator):
    simulator.configure("jira", confluence=True)

    assert result(come_back(journey))["status"] == "connected"


def test_a_person_who_says_no_is_taken_at_their_word(journey, simulator):
    started = journey.start(JIRA)
    back = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{back.path}?{back.query}", started.cookie)

    assert result(reply) == {"provider": "jira", "error": "access_denied"}
    assert simulator.calls("token") == []


@pytest.mark.parametrize("error", ["unauthorized_client", "invalid_scope", "interaction_required"])
def test_whatever_else_atlassian_says_on_the_way_back_ends_the_flow(journey, simulator, error):
    started = journey.start(JIRA)
    reply = journey.return_(f"{CALLBACK}?error={error}&state={started.state}", started.cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert simulator.calls("token") == []


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "unauthorized_client", "authorization_failed"),
    ("ok_false", "access_denied", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
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
    simulator.fault("jira", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "jira", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert stored() == NOTHING


def test_a_code_that_was_spent_before_is_a_refused_grant(journey, simulator, logs):
    simulator.fault("jira", "token", "lost_answer")
    first, second = journey.start(JIRA), journey.start(JIRA)
    back = journey.consent(first, GRACE)
    assert result(journey.return_(back, first.cookie))["error"] == "provider_unavailable"
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    again = f"{CALLBACK}?code={code}&state={second.state}"

    assert result(journey.return_(again, second.cookie))["error"] == "authorization_failed"
    assert [call.outcome for call in simulator.calls("token")] == ["ok", "invalid_request"]
    assert '"cause":"GrantRefused"' in logs.getvalue()


UNKNOWN_PERSON = [
    (("sites", "status", 500), "provider_unavailable"),
    (("sites", "html", None), "provider_unavailable"),
    (("sites", "body", "{}"), "provider_unavailable"),
    (("sites", "rate_limited", 30), "provider_unavailable"),
    (("sites", "ok_false", "unauthorized"), "authorization_failed"),
    (("sites", "body", "[]"), "insufficient_scope"),
    (("me", "status", 500), "provider_unavailable"),
    (("me", "body", '{"name": "canary-51"}'), "provider_unavailable"),
    (("me", "ok_false", "scope"), "insufficient_scope"),
    (("me", "status", 403), "provider_error"),
]


@pytest.mark.parametrize(("fault", "expected"), UNKNOWN_PERSON)
def test_a_grant_of_nobody_knows_whom_connects_nothing(journey, simulator, fault, expected):
    operation, kind, value = fault
    simulator.fault("jira", operation, kind, value=value, times=2)
    reply = come_back(journey)

    assert result(reply) == {"provider": "jira", "error": expected}
    assert rows("integrations") == []
    assert journey.run_jobs() == []
    assert ledger("revocation_settled")[0]["outcome"] == "not_offered_by_provider"
    assert sealed() == set()


def test_reading_is_tried_once_more(journey, simulator):
    simulator.fault("jira", "sites", "status", value=503)
    simulator.fault("jira", "me", "reset")

    assert result(come_back(journey))["status"] == "connected"


@pytest.mark.parametrize("missing", ["write:jira-work", "offline_access"])
def test_narrowed_scopes_must_be_given_before_the_integration_is_used(journey, simulator, missing):
    kept = [scope for scope in REQUIRED if scope != missing]
    simulator.configure("jira", granted_scopes=kept)

    assert result(come_back(journey)) == {"provider": "jira", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    data = shown(journey, row["integrationId"])
    assert (data["status"], data["scopesMissing"]) == ("reauth_required", [missing])
    simulator.configure("jira", granted_scopes=None)
    started = journey.reconnect(row["integrationId"])
    again = result(come_back(journey, started=started))
    assert again == {"integration": row["integrationId"], "status": "connected"}


def test_disconnecting_destroys_our_tokens_and_tells_how_to_end_the_grant(journey, simulator):
    integration = journey.connect(GRACE, provider="jira")
    reply = journey.gateway.delete(f"/api/integrations/{integration}")

    assert reply.status == 200
    assert reply.json["data"]["revocation"] == "not_offered_by_provider"
    assert "under Connected apps" in reply.json["data"]["message"]
    before = simulator.log()
    assert journey.run_jobs() == []
    assert simulator.log() == before
    assert sealed() == set()
    assert shown(journey, integration)["revocation"] == "not_offered_by_provider"
    assert act(journey, integration).error == "integration_disconnected"


def test_disconnecting_one_site_leaves_the_other(journey):
    first, second = connect_both(journey)
    journey.gateway.delete(f"/api/integrations/{first}")
    journey.run_jobs()

    assert act(journey, second).status == 200


def test_neither_account_nor_site_is_stored_readable(journey):
    journey.connect(ADA, provider="jira")

    for known in (ADA_BYRON.id, INITECH.id):
        assert not leaks(known, dump())
