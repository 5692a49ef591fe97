"""Connecting Notion: what it is asked, what may come back, and how a grant ends."""

import copy
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from hub.http_client import HttpClient
from tests.functional.breakdowns import recording_pauses
from tests.functional.conftest import CLIENTS
from tests.functional.google import shown, spoil_tokens
from tests.functional.journey import result
from tests.functional.notion import (
    BAKERY,
    BOB,
    GRACE,
    HANK,
    NOTION,
    REQUIRED,
    acting,
    alive,
    calls,
    come_back,
)
from tests.functional.stored import dump, leaks, ledger, rows, sealed, states
from tests.simulator.providers.notion.workspaces import SEATS

DONE = {"success": True, "data": None}


@pytest.fixture
def connected(journey):
    return journey.connect(GRACE, provider="notion")


def disconnect(journey, integration, user=None):
    reply = journey.gateway.delete(f"/api/integrations/{integration}", user=user)
    assert reply.status == 200, reply.text
    return reply


def outcomes():
    return [entry["outcome"] for entry in ledger("revocation_settled")]


# Connecting


def test_notion_is_asked_without_scopes_and_without_a_challenge(journey):
    asked = dict(parse_qsl(urlsplit(journey.start(NOTION).url).query, strict_parsing=True))

    assert len(asked.pop("state")) == 43
    assert asked == {
        "response_type": "code",
        "client_id": CLIENTS["notion"].client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/notion/callback",
        "owner": "user",
    }


def test_a_workspace_connects_with_what_the_app_may_do_there(journey, simulator, connected):
    (exchange,) = simulator.calls("token")
    assert (exchange.outcome, exchange.client_authenticated) == ("ok", True)
    assert "code_verifier" not in exchange.fingerprints
    assert simulator.calls("users.me") == []
    data = shown(journey, connected)
    assert (data["providerName"], data["accountName"]) == ("Notion", "Globex")
    assert (data["status"], data["healthStatus"], data["problem"]) == ("active", "healthy", None)
    assert data["scopesGranted"] == data["scopesAsked"] == REQUIRED
    assert (data["scopesMissing"], data["tokenExpiresAt"]) == ([], None)


def test_nothing_of_the_person_who_connected_is_kept(journey, simulator, connected, logs):
    seat = SEATS["globex-grace"]

    for personal in (seat.email, seat.person, seat.person_id, seat.bot_id):
        assert not leaks(personal, [dump(), logs.getvalue()])


@pytest.mark.parametrize("name", [None, "", 7])
def test_a_workspace_without_a_name_has_one_all_the_same(journey, monkeypatch, name):
    spoil_tokens(monkeypatch, lambda answer: answer | {"workspace_name": name})
    integration = result(come_back(journey))["integration"]

    assert shown(journey, integration)["accountName"] == "Notion workspace"


def test_without_a_refresh_token_it_connects_just_as_well(journey, simulator):
    simulator.configure("notion", refresh_tokens=False)
    integration = result(come_back(journey))["integration"]

    assert acting(journey, integration)().status == 200


@pytest.mark.parametrize("workspace", [None, "", 7, {}, "\ud800"])
def test_an_answer_that_does_not_say_which_workspace_connects_nothing(
    journey, monkeypatch, workspace
):
    spoil_tokens(monkeypatch, lambda answer: answer | {"workspace_id": workspace})
    reply = come_back(journey)

    assert result(reply) == {"provider": "notion", "error": "provider_unavailable"}
    assert (rows("integrations"), rows("external-accounts"), states()) == ([], [], [])
    assert len(rows("outbox")) == 1  # the tokens are handed to revocation


# Denial, refusals


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", "access_denied"),
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("invalid_request", "authorization_failed"),
        ("<b>canary</b>", "authorization_failed"),
    ],
)
def test_what_notion_says_on_the_way_back_becomes_one_of_our_words(
    journey, simulator, error, expected
):
    simulator.configure("notion", consent_error=error)

    assert result(come_back(journey)) == {"provider": "notion", "error": expected}
    assert simulator.calls("token") == []


def test_a_no_is_a_no(journey, simulator):
    started = journey.start(NOTION)
    parts = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{parts.path}?{parts.query}", started.cookie)

    assert result(reply) == {"provider": "notion", "error": "access_denied"}
    assert (simulator.calls("token"), rows("integrations")) == ([], [])


REFUSED_EXCHANGES = [
    ("ok_false", "invalid_grant", "authorization_failed"),
    ("ok_false", "invalid_client", "authorization_failed"),
    ("ok_false", "unauthorized_client", "authorization_failed"),
    ("ok_false", "invalid_request", "authorization_failed"),
    ("ok_false", "unsupported_grant_type", "authorization_failed"),
    ("ok_false", "validation_error", "authorization_failed"),
    ("ok_false", "missing_version", "authorization_failed"),
    ("ok_false", "nobody_knows", "provider_error"),
    ("ok_false", "internal_server_error", "provider_unavailable"),
    ("ok_false", "service_overload", "provider_unavailable"),
    ("rate_limited", 30, "provider_unavailable"),
    ("status", 502, "provider_unavailable"),
    ("redirect", "http://127.0.0.1:1/", "provider_unavailable"),
    ("html", None, "provider_unavailable"),
    ("empty", None, "provider_unavailable"),
    ("truncated", None, "provider_unavailable"),
    ("lost_answer", None, "provider_unavailable"),
    ("body", '{"token_type": "bearer"}', "provider_unavailable"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), REFUSED_EXCHANGES)
def test_a_refused_exchange_is_told_in_our_words_and_not_tried_again(
    journey, simulator, kind, value, expected
):
    simulator.fault("notion", "token", kind, value=value)
    reply = come_back(journey)

    assert result(reply) == {"provider": "notion", "error": expected}
    assert len(simulator.calls("token")) == 1
    assert (rows("integrations"), rows("credentials"), rows("outbox")) == ([], [], [])


def without(header):
    """A client that leaves one header out, as ours would if it were broken."""
    send = HttpClient.send

    def careless(client, request, **options):
        kept = {name: value for name, value in request.headers.items() if name != header}
        return send(client, copy.replace(request, headers=kept), **options)

    return careless


def in_a_form(client, request, **options):
    if request.json is not None:
        request = copy.replace(request, form=dict(request.json), json=None)
    return SEND(client, request, **options)


SEND = HttpClient.send
BROKEN = {
    "no client authentication": (without("authorization"), "invalid_client"),
    "no version": (without("notion-version"), "invalid_request"),
    "a form": (in_a_form, "invalid_request"),
}


@pytest.mark.parametrize(("send", "outcome"), BROKEN.values(), ids=BROKEN.keys())
def test_a_client_that_did_it_otherwise_would_get_no_token(
    journey, simulator, monkeypatch, send, outcome
):
    """The control to the tests above: Notion as it is played notices."""
    monkeypatch.setattr(HttpClient, "send", send)

    assert result(come_back(journey))["error"] == "authorization_failed"
    assert [call.outcome for call in simulator.calls("token")] == [outcome]


def test_a_code_of_another_flow_is_worth_nothing_when_it_was_spent(journey, simulator):
    first = journey.start(NOTION)
    code = dict(parse_qsl(urlsplit(journey.consent(first, GRACE)).query))["code"]
    journey.return_(
        f"/api/integrations/notion/callback?code={code}&state={first.state}", first.cookie
    )
    second = journey.start(NOTION)
    again = f"/api/integrations/notion/callback?code={code}&state={second.state}"

    assert result(journey.return_(again, second.cookie))["error"] == "authorization_failed"
    assert [call.outcome for call in simulator.calls("token")] == ["ok", "invalid_grant"]


# Connecting again


def test_a_colleague_in_the_same_workspace_renews_the_same_integration(journey, connected):
    started = journey.reconnect(connected)
    reply = journey.return_(journey.consent(started, HANK), started.cookie)

    assert result(reply) == {"integration": connected, "status": "connected"}
    assert result(come_back(journey, HANK))["integration"] == connected
    assert len(rows("integrations")) == 1
    assert acting(journey, connected)().status == 200


def test_another_workspace_changes_nothing_and_its_grant_is_revoked(journey, simulator, connected):
    started = journey.reconnect(connected)
    reply = journey.return_(journey.consent(started, BAKERY), started.cookie)

    assert result(reply) == {"provider": "notion", "error": "account_mismatch"}
    assert shown(journey, connected)["accountName"] == "Globex"
    assert acting(journey, connected)().status == 200
    assert journey.run_jobs() == []
    assert alive(simulator) == ["globex-grace"]


# Disconnecting


def test_disconnecting_revokes_the_access_token_and_the_grant_ends(journey, simulator, connected):
    (token,) = simulator.state()["notion"]["tokens"]
    assert disconnect(journey, connected).json == DONE
    assert acting(journey, connected)().error == "integration_disconnected"
    assert journey.run_jobs() == []

    (call,) = simulator.calls("revoke")
    assert (call.outcome, call.client_authenticated) == ("ok", True)
    assert call.fingerprints["token"] == token["fingerprint"]
    assert (alive(simulator), simulator.state()["notion"]["refresh_tokens"]) == ([], [])
    assert (outcomes(), sealed()) == (["revoked"], set())
    assert shown(journey, connected)["revocation"] == "revoked"


def test_a_workspace_that_another_organization_needs_keeps_its_grant(journey, simulator, connected):
    """With an older registration both hold the same token: revoking ours would end theirs."""
    simulator.configure("notion", shares_tokens=True)
    theirs = result(come_back(journey, user=BOB))["integration"]
    assert len(simulator.state()["notion"]["tokens"]) == 1

    reply = disconnect(journey, connected)
    assert reply.json["data"]["revocation"] == "kept_for_other_integrations"
    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert (outcomes(), sealed()) == (["kept_for_other_integrations"], {theirs})
    assert acting(journey, theirs)(user=BOB).status == 200


def test_without_that_care_the_other_organization_would_be_cut_off(journey, simulator, connected):
    """The control to the test above."""
    simulator.configure("notion", shares_tokens=True)
    theirs = result(come_back(journey, user=BOB))["integration"]
    simulator.uninstall("notion", GRACE)

    assert acting(journey, theirs)(user=BOB).error == "reauth_required"


def test_the_last_to_leave_ends_it(journey, simulator, connected):
    theirs = result(come_back(journey, user=BOB))["integration"]
    disconnect(journey, connected)
    disconnect(journey, theirs, BOB)

    assert journey.run_jobs() == []
    assert outcomes() == ["revoked", "revoked"]
    assert alive(simulator) == []


def test_a_grant_the_person_ended_in_notion_counts_as_revoked(journey, simulator, connected):
    assert simulator.uninstall("notion", GRACE)
    disconnect(journey, connected)
    assert journey.run_jobs() == []

    assert [call.outcome for call in simulator.calls("revoke")] == ["invalid_grant"]
    assert (outcomes(), sealed()) == (["revoked"], set())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("status", 503),
        ("rate_limited", 0),
        ("ok_false", "service_overload"),
        ("ok_false", "invalid_client"),
        ("ok_false", "nobody_knows"),
        ("html", None),
    ],
)
def test_a_revocation_that_fails_is_tried_until_it_is_done(
    journey, simulator, connected, kind, value
):
    disconnect(journey, connected)
    simulator.fault("notion", "revoke", kind, value=value, times=2)
    with recording_pauses():
        while journey.run_jobs():
            assert shown(journey, connected)["revocation"] == "queued"

    assert (outcomes(), alive(simulator), sealed()) == (["revoked"], [], set())


def test_the_catalogue_says_what_connecting_allows(journey):
    reply = journey.gateway.get("/api/integrations/providers")
    (told,) = [each for each in reply.json["data"] if each["id"] == "notion"]

    assert (told["name"], told["actsAs"], told["availability"]) == ("Notion", "app", "active")
    assert [scope["id"] for scope in told["scopes"]] == REQUIRED
    assert all(scope["required"] for scope in told["scopes"])
    assert [action["id"] for action in told["actions"]] == ["create_page"]


def test_no_page_is_made_by_connecting(simulator, connected):
    assert calls(simulator) == []


def test_no_answer_and_no_log_shows_a_secret(journey, simulator, logs):
    reply = come_back(journey)
    detail = shown(journey, result(reply)["integration"])

    for secret in (*simulator.issued_secrets(), CLIENTS["notion"].client_secret):
        assert not leaks(secret, [reply.text, reply.headers, json.dumps(detail), logs.getvalue()])
        assert not leaks(secret, dump())
