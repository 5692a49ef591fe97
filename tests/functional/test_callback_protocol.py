"""PKCE and `iss` as the engine plays them, with a made-up provider at a standard authorization
server on loopback: Slack has neither.
"""

import itertools
import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import boto3
import pytest

from hub import oauth
from hub.providers._values import ClientAuthentication, RevocationScope
from hub.store.database import encode
from tests.functional.breakdowns import failing
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import but_for_the_state, dump, leaks, ledger, rows, sealed, states

ISSUER = "https://as.example"


@pytest.fixture
def start(journey, server, monkeypatch):
    """Begin a flow at a made-up provider with these traits."""

    def begin(**traits):
        declare(monkeypatch, made_up(**traits), server.url)
        return journey.start({"providerId": "madeup"})

    return begin


@pytest.fixture
def secrets(monkeypatch):
    """Every state, verifier and binding that is made, in this order for each flow."""
    made = []
    new_secret = oauth.new_secret

    def remember():
        made.append(new_secret())
        return made[-1]

    monkeypatch.setattr(oauth, "new_secret", remember)
    return made


def test_a_provider_that_nobody_prepared_for_connects(journey, server, start):
    started = start()
    reply = journey.return_(server.approve(started.url), started.cookie)

    shown = journey.gateway.get(f"/api/integrations/{result(reply)['integration']}").json["data"]
    assert (shown["providerName"], shown["accountName"]) == ("Made Up", "Account acct-1")
    assert (shown["status"], shown["scopesGranted"]) == ("active", ["notes:write"])
    assert shown["tokenExpiresAt"] is not None


def test_authorization_and_token_request_name_the_same_redirect_uri_and_challenge(
    journey, server, start, secrets
):
    started = start()
    asked = dict(parse_qsl(urlsplit(started.url).query))
    journey.return_(server.approve(started.url), started.cookie)

    ((path, form),) = server.posts
    verifier = secrets[1]
    assert path == "/token"
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    assert form["code_verifier"] == verifier
    assert asked["code_challenge_method"] == "S256"
    assert asked["code_challenge"] == oauth.code_challenge(verifier)
    assert form["redirect_uri"] == asked["redirect_uri"]
    assert form == {
        "grant_type": "authorization_code",
        "code": form["code"],
        "redirect_uri": "http://localhost:4500/api/integrations/madeup/callback",
        "code_verifier": verifier,
        "client_id": "client-of-madeup",
        "client_secret": "secret-of-madeup",
    }


def test_the_secrets_of_a_flow_are_in_no_url_log_or_table(journey, server, start, secrets, logs):
    started = start()
    between = dump()
    back = server.approve(started.url)
    code = parse_qs(urlsplit(back).query)["code"][0]
    reply = journey.return_(back, started.cookie)
    assert result(reply)["status"] == "connected"

    state, verifier, binding = secrets
    for secret in (state, verifier, binding, code):
        assert not leaks(secret, [between, dump(), logs.getvalue()])
        assert not leaks(secret, [reply.headers, reply.text, reply.cookies])
    assert not leaks(verifier, started.url)
    assert "integration.connected" in logs.getvalue()


def test_each_flow_has_a_verifier_of_its_own(journey, server, start, secrets):
    for _ in range(3):
        start()

    challenges = {oauth.code_challenge(verifier) for verifier in secrets[1::3]}
    assert len(challenges) == 3


def test_a_wrong_verifier_connects_nothing(journey, server, start):
    started = start()
    back = server.approve(started.url)
    (granted,) = server.codes.values()
    granted["code_challenge"] = oauth.code_challenge(oauth.new_secret())
    before = dump()
    reply = journey.return_(back, started.cookie)

    assert result(reply) == {"provider": "madeup", "error": "authorization_failed"}
    assert dump()["integrations"] == before["integrations"] == []
    assert rows("credentials") == []
    assert server.calls() == {"/token": 1}


def test_a_code_of_another_flow_connects_nothing_and_is_sent_once(journey, server, start):
    """An attacker puts their own code behind the victim's state (OA-12)."""
    victim, attacker = start(), start()
    injected = server.approve(attacker.url).replace(attacker.state, victim.state)
    reply = journey.return_(injected, victim.cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert server.calls() == {"/token": 1}
    assert rows("integrations") == []


def test_the_injection_works_where_flows_share_a_verifier(journey, server, start, monkeypatch):
    """Negative control: it is PKCE, with a verifier for each flow, that stops it."""
    new_secret, calls = oauth.new_secret, itertools.count()
    shared = new_secret()
    monkeypatch.setattr(
        oauth, "new_secret", lambda: shared if next(calls) % 3 == 1 else new_secret()
    )
    victim, attacker = start(), start()
    injected = server.approve(attacker.url).replace(attacker.state, victim.state)
    reply = journey.return_(injected, victim.cookie)

    assert result(reply)["status"] == "connected"


def swapped(one, other, field):
    one[field], other[field] = other[field], one[field]


def changed(one, other, field):
    for row in (one, other):
        row[field] = bytes([row[field][0] ^ 1]) + row[field][1:]


@pytest.mark.parametrize(
    ("spoil", "field"),
    [(swapped, "sealedVerifier"), (changed, "sealedVerifier"), (changed, "wrappedKey")],
)
def test_a_verifier_that_does_not_open_is_never_replaced_by_none(
    journey, server, start, spoil, field
):
    flows = start(), start()
    one, other = states()
    spoil(one, other, field)
    for row in (one, other):
        boto3.client("dynamodb").put_item(TableName="states", Item=encode(row))

    for started in flows:
        reply = journey.return_(server.approve(started.url), started.cookie)
        assert result(reply)["error"] == "authorization_failed"
    assert server.posts == []


def test_without_pkce_no_challenge_is_sent(journey, server, start):
    started = start(pkce=False)

    assert "code_challenge" not in started.url


MARKED = {"sends_issuer": True, "issuer": ISSUER}


@pytest.mark.parametrize(
    ("traits", "sent"), [(MARKED, ISSUER), ({"issuer": ISSUER}, ISSUER), ({"issuer": ISSUER}, None)]
)
def test_the_right_issuer_connects(journey, server, start, traits, sent):
    server.issuer = sent
    started = start(**traits)
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert result(reply)["status"] == "connected"


@pytest.mark.parametrize(
    ("traits", "sent"),
    [
        (MARKED, None),
        (MARKED, ""),
        (MARKED, "https://as.example/"),
        (MARKED, "https://AS.example"),
        (MARKED, "HTTPS://as.example"),
        (MARKED, "http://as.example"),
        (MARKED, "https://as.example.evil.example"),
        (MARKED, " https://as.example"),
        (MARKED, "https://\u0430s.example"),
        ({"sends_issuer": True}, None),
        ({"sends_issuer": True}, ISSUER),
        ({"issuer": ISSUER}, "https://evil.example"),
        ({}, "https://evil.example"),
    ],
)
def test_another_issuer_ends_the_flow_before_anything_is_exchanged(
    journey, server, start, traits, sent
):
    server.issuer = sent
    started = start(**traits)
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert reply.status == 400
    assert (server.posts, states(), rows("integrations")) == ([], [], [])
    assert [entry["event"] for entry in ledger()] == ["issuer_mismatch"]


def test_slack_sends_no_issuer_so_one_that_comes_is_refused(journey, simulator):
    started = journey.start()
    reply = journey.return_(f"{journey.consent(started)}&iss={ISSUER}", started.cookie)

    assert reply.status == 400
    assert simulator.calls("oauth.v2.access") == []


def test_the_issuer_is_compared_for_an_error_too(journey, server, start):
    started = start(sends_issuer=True, issuer=ISSUER)
    path = urlsplit(server.approve(started.url)).path
    reply = journey.return_(f"{path}?error=access_denied&state={started.state}", started.cookie)

    assert reply.status == 400


@pytest.mark.parametrize("scope", [None, ""])
def test_an_answer_without_scopes_means_those_asked_for_but_an_empty_one_means_none(
    journey, server, start, scope
):
    def spoil(answer):
        return {name: value for name, value in answer.items() if name != "scope"} | (
            {} if scope is None else {"scope": scope}
        )

    server.answer_tokens = spoil
    started = start()
    reply = journey.return_(server.approve(started.url), started.cookie)

    (row,) = rows("integrations")
    assert row["scopesGranted"] == (["notes:write"] if scope is None else [])
    assert ("error" in result(reply)) == (scope is not None)


@pytest.mark.parametrize("way", list(ClientAuthentication))
def test_the_client_secret_is_never_in_a_url(journey, server, start, way):
    started = start(client_authentication=way)

    assert "secret-of-madeup" not in started.url
    assert "secret-of-madeup" not in json.dumps(dump(), default=str)


def test_a_grant_that_can_be_neither_kept_nor_queued_is_revoked_at_once(journey, server, start):
    started = start(revocation_scope=RevocationScope.TOKEN)
    back = server.approve(started.url)
    before = dump()
    with failing("dynamodb", "TransactWriteItems"):
        reply = journey.return_(back, started.cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert server.calls() == {"/token": 1, "/revoke": 1}
    assert server.revoked[0].startswith("refresh-")
    after = dump()
    assert after | {"keys": []} == but_for_the_state(before)


def test_a_fault_of_our_own_after_the_exchange_leaves_no_token_behind(journey, server, start):
    def break_down(*_):
        raise RuntimeError

    started = start(identify=break_down)
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert reply.status == 500
    assert (rows("integrations"), server.revoked) == ([], [])
    assert journey.run_jobs() == []
    assert len(server.revoked) == 1
    assert sealed() == set()
