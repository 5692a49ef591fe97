"""What GitHubClient sends, and what it makes of any answer; nothing here is GitHub's own."""

import json
from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.providers.github.client import GitHubClient

HANDBOOK = "globex/handbook"
NOW = 1_000.0
CREATED = {"id": 7, "number": 1, "html_url": "https://github.com/globex/handbook/issues/1"}


def answer(status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=body, sent_at=NOW)


def refusing(given_answer, token="ghu_1"):
    return GitHubClient(token, lambda *_, **__: given_answer)


def test_by_itself_it_calls_github_and_nobody_else():
    sent = []

    def send(request, **_):
        sent.append(request)
        return answer(201, CREATED)

    GitHubClient("ghu_1", send).create_issue(HANDBOOK, "Broken")
    (request,) = sent
    assert request.url == "https://api.github.com/repos/globex/handbook/issues"
    assert request.json == {"title": "Broken"}
    assert request.headers["authorization"] == "Bearer ghu_1"
    assert request.headers["accept"] == "application/vnd.github+json"
    assert request.headers["x-github-api-version"] == "2022-11-28"
    assert request.headers["user-agent"]
    own = GitHubClient("ghu_1", api="https://github.example/api/v3")._send
    with pytest.raises(ValueError, match="host"):
        own(request, seconds=1)


def test_an_enterprise_server_has_its_api_elsewhere():
    sent = []

    def send(request, **_):
        sent.append(request.url)
        return answer(201, CREATED)

    GitHubClient("ghu_1", send, "https://github.example/api/v3").create_issue(HANDBOOK, "Broken")
    assert sent == ["https://github.example/api/v3/repos/globex/handbook/issues"]


CANARY = {"message": "canary", "documentation_url": "https://canary.example", "errors": "canary"}
REFUSALS = [
    (answer(400, CANARY), ProviderError),
    (answer(401, CANARY), ReauthRequired),
    (answer(403, CANARY), InvalidRequest),
    (answer(403, b"<html>canary"), InvalidRequest),
    (answer(403, []), InvalidRequest),
    (answer(403, {"documentation_url": ["rate-limits"]}), InvalidRequest),
    (answer(403, {"documentation_url": "https://docs.github.com/rest/x#rate-limits"}), RateLimited),
    (answer(403, CANARY, x_github_sso="required; url=https://canary"), InvalidRequest),
    (answer(403, CANARY, retry_after="7"), RateLimited),
    (answer(403, CANARY, retry_after="soon"), InvalidRequest),
    (answer(403, CANARY, x_ratelimit_remaining="0"), RateLimited),
    (answer(403, CANARY, x_ratelimit_remaining="1"), InvalidRequest),
    (answer(404, CANARY), InvalidRequest),
    (answer(404, CANARY, x_oauth_scopes=""), InvalidRequest),
    (answer(409, CANARY), ProviderError),
    (answer(410, CANARY), InvalidRequest),
    (answer(415, CANARY), ProviderError),
    (answer(422, CANARY), InvalidRequest),
    (answer(422, b"canary"), InvalidRequest),
    (answer(422, {"errors": [7, {"field": ["canary"]}, {"field": "canary"}]}), InvalidRequest),
    (answer(429, b""), RateLimited),
    (answer(500, CANARY), ProviderUnavailable),
    (answer(503, b""), ProviderUnavailable),
    (answer(304, b""), ProviderUnavailable),
    (answer(200, CREATED), ProviderUnavailable),
    (answer(204, b""), ProviderUnavailable),
    (answer(201, {**CREATED, "id": "7"}), ProviderUnavailable),
    (answer(201, {**CREATED, "number": True}), ProviderUnavailable),
]


@pytest.mark.parametrize(("given_answer", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_github_s_words(given_answer, expected):
    with pytest.raises(expected) as raised:
        refusing(given_answer).create_issue(HANDBOOK, "Broken")
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ("repo", InvalidRequest),
        ("user, public_repo", InvalidRequest),
        ("user:email", InsufficientScope),
        ("", InsufficientScope),
        ("repo:status,repository", InsufficientScope),
    ],
)
def test_of_an_oauth_app_s_token_the_header_tells_what_it_may(scopes, expected):
    client = refusing(answer(404, CANARY, x_oauth_scopes=scopes), "gho_1")

    with pytest.raises(expected):
        client.create_issue(HANDBOOK, "Broken")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "17"}, 17),
        ({"retry_after": "99999"}, 3600),
        ({"retry_after": "17", "x_ratelimit_remaining": "0", "x_ratelimit_reset": "1300"}, 17),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1300"}, 300),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "900"}, 1),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "99999999"}, 3600),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "9" * 400}, 60),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "\uff11\uff13\uff10\uff10"}, 60),
        ({"x_ratelimit_remaining": "0"}, 60),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "nan"}, 60),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_the_wait_comes_from_the_headers_in_github_s_order(status, headers, wait):
    with pytest.raises(RateLimited) as raised:
        refusing(answer(status, {}, **headers)).create_issue(HANDBOOK, "Broken")
    assert raised.value.retry_after == wait


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "http://github.com/x", "https://github.com/x y", 7, None, ["https://"]],
)
def test_what_is_no_link_is_not_given_as_one(link):
    made = refusing(answer(201, {**CREATED, "html_url": link})).create_issue(HANDBOOK, "Broken")

    assert made == {"id": 7, "number": 1, "url": None, "ignored": []}


RUBBISH = {"labels": "canary", "assignees": [7], "milestone": [], "type": 7}


def test_rubbish_beside_an_issue_does_not_reach_the_answer():
    client = refusing(answer(201, CREATED | RUBBISH))

    made = client.create_issue(HANDBOOK, "Broken", labels=["Bug"])
    assert made["ignored"] == ["labels"]


@pytest.mark.parametrize(
    "installations",
    [
        {},
        {"installations": None},
        {"installations": [7, {}, {"permissions": []}]},
        {"installations": [{"permissions": {"issues": "read"}}]},
        {"installations": [{"permissions": {"metadata": "read"}}]},
        {
            "installations": [
                {"permissions": {"issues": "write"}, "suspended_at": "2026-01-01T00:00:00Z"}
            ]
        },
    ],
)
def test_an_installation_that_does_not_let_us_is_none(installations):
    assert not refusing(answer(200, installations)).may_create_issues()


@pytest.mark.parametrize(
    "user", [{}, {"id": 1}, {"login": "x"}, {"id": "1", "login": "x"}, {"id": True, "login": "x"}]
)
def test_an_answer_that_does_not_say_whose_token_it_is_is_none(user):
    with pytest.raises(ProviderUnavailable):
        refusing(answer(200, user)).account()


def path_of_issues(repository):
    """The path on the wire, which requests and urllib3 may still change; None where refused."""
    called = []

    def send(request, **_):
        called.append(request.url)
        return answer(201, CREATED)

    try:
        GitHubClient("ghu_1", send).create_issue(repository, "Broken")
    except InvalidRequest:
        assert called == []
        return None
    (url,) = called
    parts = urlsplit(requests.Request("POST", url).prepare().url)
    assert (parts.scheme, parts.netloc, parts.query) == ("https", "api.github.com", "")
    return parts.path


HOSTILE = [
    "../..",
    "./x",
    "x/..",
    "globex/..%2f..",
    "globex/handbook?x=y",
    "globex/handbook#x",
    "globex\\..\\x/y",
    "//evil.example",
    "@evil.example/x",
    "a b/c d",
    "\x00/\r\nx: y",
    "\u00fc/\u3002\u3002",
]


@pytest.mark.parametrize("repository", HOSTILE)
def test_a_hostile_name_stays_two_segments_of_the_path(repository):
    assert_two_segments(repository)


@given(st.text(st.sampled_from("./\\%2eEfF?#:@;a\u00fc \u3002"), min_size=1, max_size=14))
def test_any_name_stays_two_segments_of_the_path(repository):
    assert_two_segments(repository)


def assert_two_segments(repository):
    path = path_of_issues(repository)

    owner, _, name = repository.partition("/")
    if path is None:
        assert not owner or not name or "/" in name or {owner, name} & {".", ".."}
        return
    before, repos, *segments, last = path.split("/")
    assert (before, repos, last) == ("", "repos", "issues")
    assert [unquote(segment) for segment in segments] == [owner, name]
