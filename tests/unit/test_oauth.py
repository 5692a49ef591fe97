"""The protocol by itself: what is sent, how often, and what answers mean (RFC 6749, 7636, 9207)."""

import re
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import oauth
from hub.errors import (
    ClientRefused,
    GrantRefused,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
)
from hub.http_types import Answer
from hub.models import Account, Secret, Token, Tokens
from hub.providers import everything
from hub.providers._provider import Access, Provider
from hub.providers._values import (
    ActsAs,
    BodyFormat,
    Client,
    ClientAuthentication,
    Endpoints,
    RevocationScope,
    Scope,
)

AUTHORIZE, TOKEN, REVOKE, API = (f"https://idp.example/{path}" for path in ("a", "t", "r", "api"))


def provider(**changes):
    standard = {
        "id": "acme",
        "name": "Acme",
        "features": (),
        "acts_as": ActsAs.APP,
        "endpoints": Endpoints(authorization=AUTHORIZE, token=TOKEN, revocation=REVOKE, api=API),
        "scopes": (Scope(id="read", explanation="Read"),),
        "identify": lambda answer, access: Account(id="1", name="One"),
        "revocation_scope": RevocationScope.TOKEN,
        "account": "team",
        "make_client": lambda to: None,
    }
    return Provider(**(standard | changes))


class Wire:
    """Answers calls with what it was given, and remembers them."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request, **limits):
        self.requests.append((request, limits))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(status=200, body=b"{}", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=body, sent_at=1_000.0)


def access(wire, client_id="id", secret="secret", **changes):
    declared = provider(**changes)
    client = Client(id=client_id, secret=Secret(secret), endpoints=declared.endpoints)
    return Access(provider=declared, client=client, send=wire)


def exchange(wire, **changes):
    return oauth.exchange(
        access(wire, **changes),
        code=Secret("the-code"),
        redirect_uri="https://us.example/callback",
        verifier=Secret("v" * 43),
    )


def test_the_challenge_is_that_of_rfc_7636_appendix_b():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert oauth.code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_secrets_have_256_bits_are_unique_and_fit_as_verifiers():
    secrets = {oauth.new_secret() for _ in range(10_000)}

    assert len(secrets) == 10_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in secrets)


def url_parameters(declared, scopes=("read",)):
    client = Client(id="my client&1", secret=Secret("s"), endpoints=declared.endpoints)
    url = oauth.authorization_url(
        declared,
        client,
        redirect_uri="https://us.example/cb",
        state="s t+a&te",
        scopes=scopes,
        verifier="v" * 43,
    )
    assert url.startswith(f"{AUTHORIZE}?")
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_the_authorization_url_says_all_and_not_the_verifier():
    asked = url_parameters(provider(authorization_parameters={"prompt": "consent"}))

    assert asked == {
        "response_type": "code",
        "client_id": "my client&1",
        "redirect_uri": "https://us.example/cb",
        "scope": "read",
        "state": "s t+a&te",
        "prompt": "consent",
        "code_challenge": oauth.code_challenge("v" * 43),
        "code_challenge_method": "S256",
    }


def test_scopes_are_separated_as_the_provider_wants_them():
    assert url_parameters(provider(scope_separator=","), ("a", "b"))["scope"] == "a,b"
    assert url_parameters(provider(), ("a", "b"))["scope"] == "a b"


def test_a_provider_that_takes_no_pkce_is_sent_none():
    wire = Wire(answer(body=b'{"access_token": "t"}'))
    exchange(wire, pkce=False)

    assert "code_challenge" not in url_parameters(provider(pkce=False))
    assert "code_verifier" not in wire.requests[0][0].form


# Slack would turn a server app into a public client for it; the others do not document it for
# codes that a server exchanges with its secret.
WITHOUT_PKCE = {"slack", "notion", "jira"}


def test_only_providers_that_do_not_take_it_go_without_pkce():
    assert {each.id for each in everything() if not each.pkce} == WITHOUT_PKCE


ISSUER = "https://idp.example"


@pytest.mark.parametrize(
    ("configured", "always_sent", "sent", "matches"),
    [
        (ISSUER, True, ISSUER, True),
        (ISSUER, True, None, False),
        (ISSUER, False, None, True),
        (ISSUER, False, ISSUER, True),
        (ISSUER, False, f"{ISSUER}/", False),
        (ISSUER, False, "https://IDP.example", False),
        (ISSUER, False, "", False),
        (None, False, ISSUER, False),
        (None, False, None, True),
    ],
)
def test_iss_is_compared_byte_by_byte(configured, always_sent, sent, matches):
    declared = provider(issuer=configured, sends_issuer=always_sent)

    assert oauth.issuer_matches(declared, sent) is matches


def test_basic_authentication_encodes_before_it_joins():
    """RFC 6749 section 2.3.1: id and secret are form-encoded first, so a colon cannot shift."""
    wire = Wire(answer(body=b'{"access_token": "t"}'))
    exchange(
        wire,
        client_id="i:d",
        secret="s ecret%&",
        client_authentication=ClientAuthentication.BASIC,
    )

    request, _ = wire.requests[0]
    scheme, _, pair = request.headers["authorization"].partition(" ")
    assert (scheme, b64decode(pair)) == ("Basic", b"i%3Ad:s%20ecret%25%26")
    assert "client_secret" not in request.form


@pytest.mark.parametrize("form", list(BodyFormat))
def test_the_client_may_be_authenticated_in_the_body(form):
    wire = Wire(answer(body=b'{"access_token": "t"}'))
    exchange(wire, body_format=form)

    request, _ = wire.requests[0]
    sent, other = (
        (request.form, request.json) if form is BodyFormat.FORM else (request.json, request.form)
    )
    assert other is None
    assert (sent["client_id"], sent["client_secret"]) == ("id", "secret")
    assert (sent["code"], sent["grant_type"]) == ("the-code", "authorization_code")
    assert sent["code_verifier"] == "v" * 43


@pytest.mark.parametrize(
    "failing", [ProviderTimeout(), ProviderUnavailable(), answer(500), answer(429)]
)
def test_a_code_is_sent_exactly_once_whatever_happens(failing):
    wire = Wire(failing)

    with pytest.raises(ProviderUnavailable):
        exchange(wire)

    assert len(wire.requests) == 1
    assert "attempts" not in wire.requests[0][1]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b'{"error": "invalid_grant"}', GrantRefused),
        (401, b'{"error": "invalid_grant"}', GrantRefused),
        (503, b'{"error": "invalid_grant"}', GrantRefused),
        (400, b'{"error": "invalid_client"}', ClientRefused),
        (401, b'{"error": "invalid_client"}', ClientRefused),
        (400, b'{"error": "redirect_uri_mismatch"}', ClientRefused),
        (400, b'{"error": "temporarily_unavailable"}', ProviderUnavailable),
        (400, b'{"error": "made_up"}', ProviderError),
        (403, b"<html>", ProviderError),
        (400, b'{"error": {"code": 5}}', ProviderError),
        (408, b"", ProviderUnavailable),
        (429, b"", ProviderUnavailable),
        (500, b'{"error": "made_up"}', ProviderUnavailable),
        (302, b"", ProviderUnavailable),
        (307, b"", ProviderUnavailable),
        (204, b"", ProviderUnavailable),
        (200, b"<html>sign in</html>", ProviderUnavailable),
        (200, b'{"access_token": "t', ProviderUnavailable),
        (200, b"", ProviderUnavailable),
        (200, b"[]", ProviderUnavailable),
        (200, b"{}", ProviderUnavailable),
        (200, b'{"access_token": ""}', ProviderUnavailable),
        (200, b'{"access_token": 5}', ProviderUnavailable),
        (200, b"[" * 100_000, ProviderUnavailable),
    ],
)
def test_an_answer_is_judged_by_its_code_first_and_by_its_status_second(status, body, expected):
    with pytest.raises(expected) as refused:
        exchange(Wire(answer(status, body)))

    assert type(refused.value) is expected


def test_a_refusal_passes_on_when_to_come_back():
    with pytest.raises(ProviderUnavailable) as refused:
        exchange(Wire(answer(429, retry_after="17")))

    assert refused.value.retry_after == 17


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [
        (3600, 4600),
        ("3600", 4600),
        (None, None),
        (-5, None),
        (0, None),
        ("soon", None),
        (1e12, 1000 + 366 * 86_400),
        (float("inf"), None),
        ([], None),
    ],
)
def test_a_lifetime_counts_from_when_we_asked_and_is_bounded(expires_in, expected):
    import json

    body = json.dumps({"access_token": "t", "expires_in": expires_in}).encode()
    read = exchange(Wire(answer(body=body)))

    assert read.tokens.main.expires_at == expected


NOW = 2_000
HELD = Tokens(main=Token(access=Secret("access"), refresh=Secret("refresh")))


@pytest.mark.parametrize("settled", [answer(200, b""), answer(400, b'{"error": "invalid_grant"}')])
def test_a_token_that_is_no_longer_known_counts_as_revoked(settled):
    wire = Wire(settled)
    oauth.revoke(access(wire), HELD, NOW)

    assert wire.requests[0][0].form["token"] == "refresh"


@pytest.mark.parametrize(
    "failing",
    [answer(500), answer(429), ProviderTimeout(), answer(200, b"\n<!doctype html>We will be back")],
)
def test_a_revocation_that_did_not_get_through_is_no_revocation(failing):
    with pytest.raises(ProviderUnavailable):
        oauth.revoke(access(Wire(failing)), HELD, NOW)


def test_a_status_that_says_gone_before_counts_as_revoked_where_it_is_declared():
    dead = answer(401, b'{"error": "invalid_client"}')
    oauth.revoke(access(Wire(dead), already_revoked=frozenset({401})), HELD, NOW)

    with pytest.raises(ClientRefused):
        oauth.revoke(access(Wire(dead)), HELD, NOW)
    with pytest.raises(ClientRefused):
        exchange(Wire(dead), already_revoked=frozenset({401}))


def test_a_provider_that_is_busy_has_revoked_nothing_whatever_its_status():
    busy = answer(401, b'{"error": "temporarily_unavailable"}')

    with pytest.raises(ProviderUnavailable):
        oauth.revoke(access(Wire(busy), already_revoked=frozenset({401})), HELD, NOW)
