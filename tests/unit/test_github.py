"""GitHub's quirks: its answers read, its errors mapped, whatever it sends."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import oauth
from hub.errors import (
    ApprovalRequired,
    ClientRefused,
    GrantRefused,
    HubError,
    ProviderError,
    ProviderUnavailable,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Account, Secret, Token, Tokens
from hub.providers import get
from hub.providers._provider import Access
from hub.providers._values import Client, Endpoints

GITHUB = get("github")
FORM = "application/x-www-form-urlencoded; charset=utf-8"
USER = {"id": 1001, "login": "ada-byron"}
INSTALLED = {"installations": [{"permissions": {"issues": "write"}}]}
ENTERPRISE = Endpoints(
    authorization="https://github.example/login/oauth/authorize",
    token="https://github.example/login/oauth/access_token",
    revocation="https://github.example/api/v3/applications/{client_id}/grant",
    api="https://github.example/api/v3",
)


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=raw, sent_at=1_000.0)


def access(*answers, endpoints=GITHUB.endpoints):
    """GitHub within reach: it gives these answers in turn, and what it was sent is kept."""
    left, sent = list(answers), []

    def send(request, **_):
        sent.append(request)
        return left.pop(0)

    client = Client(id="Iv1.8a", secret=Secret("s"), endpoints=endpoints)
    return Access(provider=GITHUB, client=client, send=send), sent


def read(token, **changes):
    return GITHUB.read_tokens(answer({"access_token": token, "scope": "", **changes}))


def test_a_github_app_s_token_has_the_scope_that_its_installations_will_show():
    assert read("ghu_1").scopes == {"repo"}
    assert read("ghu_1", scope="user").scopes == {"repo"}


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("repo,user:email", {"repo", "user:email"}),
        ("", set()),
        (None, set()),
        (["repo"], set()),
        (",repo,", {"repo"}),
        ("repo user", {"repo user"}),
    ],
)
def test_an_oauth_app_s_token_has_the_scopes_that_are_told_and_no_others(scope, scopes):
    assert read("gho_1", scope=scope).scopes == scopes


def test_a_form_is_read_as_well_as_json():
    body = b"access_token=ghu_1&expires_in=28800&refresh_token=ghr_1&scope=&token_type=bearer"
    tokens = GITHUB.read_tokens(answer(body, content_type=FORM)).tokens

    assert tokens.main == Token(access=Secret("ghu_1"), refresh=Secret("ghr_1"), expires_at=29_800)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("bad_verification_code", GrantRefused),
        ("bad_refresh_token", GrantRefused),
        ("unverified_user_email", GrantRefused),
        ("incorrect_client_credentials", ClientRefused),
        ("redirect_uri_mismatch", ClientRefused),
        ("application_suspended", ClientRefused),
        ("unauthorized_client", ClientRefused),
        ("made_up", ProviderError),
    ],
)
def test_the_token_endpoints_errors_come_with_http_200_as_json_or_form(error, expected):
    as_form = f"error={error}&error_description=No".encode()

    assert type(GITHUB.refusal(answer({"error": error}))) is expected
    assert type(GITHUB.refusal(answer(as_form, content_type=FORM))) is expected


@pytest.mark.parametrize(
    ("given_answer", "expected"),
    [
        (answer({"error": "Not Found"}, 404), ClientRefused),
        (answer({"message": "Not Found"}, 404), GrantRefused),
        (answer({}, 404), ProviderError),
        (answer(b"<html>", 404), ProviderError),
        (answer({"message": "Validation Failed"}, 422), GrantRefused),
        (answer({"message": "Bad credentials"}, 401), ClientRefused),
        (answer({"message": "Forbidden"}, 403), ProviderError),
        (answer({"message": "Later"}, 403, retry_after="3"), ProviderUnavailable),
        (answer({"message": "Later"}, 403, x_ratelimit_remaining="0"), ProviderUnavailable),
        (answer(b"", 429), ProviderUnavailable),
        (answer({"message": "Server Error"}, 502), ProviderUnavailable),
        (answer(b"<html>", 503), ProviderUnavailable),
    ],
)
def test_only_the_api_s_own_404_says_that_a_grant_is_gone(given_answer, expected):
    """A wrong address answers 404 too, and must not end every connection that is refreshed."""
    assert type(GITHUB.refusal(given_answer)) is expected


def test_a_success_is_no_refusal():
    assert GITHUB.refusal(answer({"access_token": "ghu_1"})) is None
    assert GITHUB.refusal(answer(b"", 204)) is None


def test_of_an_oauth_app_s_token_only_the_person_is_asked_for():
    reach, sent = access(answer(USER))

    assert GITHUB.identify(read("gho_1"), reach) == Account(id="1001", name="ada-byron")
    assert [request.url for request in sent] == ["https://api.github.com/user"]


def test_of_a_github_app_s_token_the_installations_are_asked_for_too():
    reach, sent = access(answer(USER), answer(INSTALLED), endpoints=ENTERPRISE)

    assert GITHUB.identify(read("ghu_1"), reach) == Account(id="1001", name="ada-byron")
    assert [request.url for request in sent] == [
        "https://github.example/api/v3/user",
        "https://github.example/api/v3/user/installations?per_page=100&page=1",
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([answer(USER), answer({"installations": []})], ApprovalRequired),
        ([answer(USER), answer({"message": "Bad credentials"}, 401)], ReauthRequired),
        ([answer(USER), answer([])], ProviderUnavailable),
        ([answer({"login": "ada-byron"})], ProviderUnavailable),
        ([answer({}, 302, location="https://evil.example")], ProviderUnavailable),
    ],
)
def test_a_grant_that_leads_nowhere_is_none(answers, expected):
    with pytest.raises(expected):
        GITHUB.identify(read("ghu_1"), access(*answers)[0])


@pytest.mark.parametrize(
    ("endpoints", "url"),
    [
        (GITHUB.endpoints, "https://api.github.com/applications/Iv1.8a/grant"),
        (ENTERPRISE, "https://github.example/api/v3/applications/Iv1.8a/grant"),
    ],
)
def test_the_grant_is_ended_where_the_api_is(endpoints, url):
    reach, sent = access(answer(b"", 204), endpoints=endpoints)
    oauth.revoke(reach, Tokens(main=Token(access=Secret("ghu_1"))), now=0)

    (request,) = sent
    assert (request.method, request.url) == ("DELETE", url)
    assert request.json == {"access_token": "ghu_1"}
    assert request.headers["authorization"] == f"Basic {b64encode(b'Iv1.8a:s').decode()}"


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ({"setup_action": "request"}, "approval_required"),
        ({"setup_action": "request", "error": "access_denied"}, "approval_required"),
        ({"setup_action": "install"}, "authorization_failed"),
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "application_suspended"}, "authorization_failed"),
        ({}, "authorization_failed"),
    ],
)
def test_what_a_browser_brings_back_has_its_word(returned, expected):
    assert GITHUB.callback_outcome(returned) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = ["error", "message", "access_token", "scope", "expires_in", "installations", "id", "login"]
CONTENTS = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=8) | json_values
STATUSES = st.sampled_from([200, 204, 302, 400, 401, 403, 404, 422, 429, 500])


@given(CONTENTS, STATUSES, st.sampled_from(["application/json", FORM]))
def test_no_answer_breaks_us(said, status, kind):
    received = answer(said, status, content_type=kind)
    for understand in (
        GITHUB.refusal,
        GITHUB.read_tokens,
        lambda given_answer: GITHUB.identify(read("ghu_1"), access(given_answer, given_answer)[0]),
    ):
        try:
            understand(received)
        except HubError:
            continue
