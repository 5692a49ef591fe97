"""GitHub's documented answers: our readers understand them, and the simulator's look the same."""

from collections.abc import Iterator

import pytest
import requests

from hub.errors import (
    ClientRefused,
    GrantRefused,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.models import Account, Secret
from hub.providers import get
from hub.providers.github.client import GitHubClient
from tests.providers.sample import fixture, fixtures
from tests.simulator.server import Simulator
from tests.unit.simulator.github.app import CLIENT, IN_FORM, App
from tests.unit.simulator.registered import PREFIX

GITHUB = get("github")
WAYS_TO_ANSWER = {
    "token": lambda app: app.exchange(app.code()),
    "token_without_expiry": lambda app: app.configured(expiring=False).exchange(app.code()),
    "token_oauth_app": lambda app: app.configured(oauth_app=True).exchange(app.code()),
    "token_form": lambda app: app.configured(oauth_app=True).exchange(app.code(), accept="*/*"),
    "token_error": lambda app: app.exchange("invented"),
    "token_error_form": lambda app: app.token(accept="*/*", client_secret="wrong"),
    "token_error_refresh": lambda app: app.refresh("ghr_invented"),
    "token_error_client": lambda app: app.token(client_id="another"),
    "account": lambda app: app.get("/user", app.connect()),
    "installations": lambda app: app.get("/user/installations", app.connect()),
    "action": lambda app: app.create_issue(app.connect(), labels=["bug"], assignees=["ada-byron"]),
    "api_error": lambda app: app.create_issue(app.connect(), assignees=["nobody"]),
    "api_error_token": lambda app: app.get("/user", "ghu_invented"),
    "api_error_disabled": lambda app: app.create_issue(app.connect(), "globex/mirror"),
    "rate_limited": lambda app: app.refused("primary_limit"),
    "rate_limited_secondary": lambda app: app.refused("secondary_limit"),
    "revoked_token": lambda app: app.revoke("ghu_invented"),
}


def client_of(name, token="ghu_1"):
    return GitHubClient(token, lambda *_, **__: fixture("github", name))


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"github": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.mark.parametrize(
    ("name", "refresh", "expires_at", "scopes"),
    [
        ("token", "ghr_fixtureRefreshToken0001", 29_800, {"repo"}),
        ("token_without_expiry", None, None, {"repo"}),
        ("token_oauth_app", None, None, {"repo", "user:email"}),
        ("token_form", None, None, {"repo", "user:email"}),
    ],
)
def test_tokens_are_read_with_what_belongs_to_them(name, refresh, expires_at, scopes):
    read = GITHUB.read_tokens(fixture("github", name))

    assert GITHUB.refusal(fixture("github", name)) is None
    assert read.tokens.main.access.reveal().startswith(("ghu_fixture", "gho_fixture"))
    assert read.tokens.main.refresh == (Secret(refresh) if refresh else None)
    assert read.tokens.main.expires_at == expires_at
    assert read.scopes == scopes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_error", GrantRefused),
        ("token_error_refresh", GrantRefused),
        ("token_error_form", ClientRefused),
        ("token_error_client", ClientRefused),
        ("revoked_token", GrantRefused),
        ("api_error", GrantRefused),
        ("api_error_token", ClientRefused),
        ("rate_limited", ProviderUnavailable),
        ("rate_limited_secondary", ProviderUnavailable),
    ],
)
def test_refusals_of_tokens_and_revocation_have_their_kind(name, expected):
    assert type(GITHUB.refusal(fixture("github", name))) is expected


def test_the_account_is_the_number_and_its_name_the_login():
    assert client_of("account").account() == Account(id="583", name="mona-lisa")


def test_an_installation_tells_whether_issues_may_be_written():
    assert client_of("installations").may_create_issues()


def test_an_issue_is_told_by_id_number_and_link():
    made = client_of("action").create_issue(
        "octo-org/octo-repo", "Found a bug", labels=["Bug"], assignees=["Mona-Lisa"]
    )

    assert made == {
        "id": 90210,
        "number": 42,
        "url": "https://github.com/octo-org/octo-repo/issues/42",
        "ignored": [],
    }


@pytest.mark.parametrize(
    ("name", "expected", "words"),
    [
        ("api_error", InvalidRequest, "cannot be given issues"),
        ("api_error_token", ReauthRequired, "authorized again"),
        ("api_error_disabled", InvalidRequest, "switched off"),
    ],
)
def test_errors_of_the_api_are_explained(name, expected, words):
    with pytest.raises(expected, match=words):
        client_of(name).create_issue("octo-org/octo-repo", "Found a bug")


@pytest.mark.parametrize(("name", "wait"), [("rate_limited", 1800), ("rate_limited_secondary", 60)])
def test_a_limit_tells_when_to_come_back(name, wait):
    with pytest.raises(RateLimited) as raised:
        client_of(name).create_issue("octo-org/octo-repo", "Found a bug")
    assert raised.value.retry_after == wait


def test_the_simulator_answers_in_every_documented_way():
    assert sorted(WAYS_TO_ANSWER) == fixtures("github")


@pytest.mark.parametrize("name", sorted(WAYS_TO_ANSWER))
def test_the_simulator_s_answers_have_the_documented_shape(app, name):
    documented, played = fixture("github", name), WAYS_TO_ANSWER[name](app)

    assert played.status_code == documented.status
    kind = documented.headers["content-type"]
    assert played.headers["Content-Type"] == kind
    assert shape(read(played.content, kind)) == shape(read(documented.body, kind))
    for header in documented.headers:
        assert header in played.headers


def read(body, kind):
    answer = requests.models.Response()
    answer._content = body
    if "json" in kind:
        return answer.json()
    return dict(pair.split("=") for pair in body.decode().split("&"))


def shape(value):
    """Names and types, of lists those of the first entry."""
    match value:
        case dict():
            return {key: shape(each) for key, each in value.items() if each is not None}
        case list():
            return [shape(each) for each in value[:1]]
        case _:
            return type(value).__name__


def test_a_shape_that_differs_is_noticed():
    assert shape({"a": 1}) != shape({"a": "1"})
    assert shape({"a": [{"b": 1}]}) != shape({"a": [{"c": 1}]})
    assert IN_FORM["client_id"] == CLIENT.client_id
