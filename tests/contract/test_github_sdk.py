"""PyGithub against the simulator: what a client that was not written here makes of it.

PyGithub puts OAuth at the root of an enterprise host; the simulator has it below /github, so that
one method is told where to look. Everything else is PyGithub's own.
"""

from typing import Any

import github
import pytest
from github.ApplicationOAuth import ApplicationOAuth
from github.GithubException import (
    BadCredentialsException,
    GithubException,
    RateLimitExceededException,
    UnknownObjectException,
)

from tests.simulator.oauth import challenge_of
from tests.unit.simulator.github.app import ADA, CLIENT, GRACE, HANDBOOK, App

VERIFIER = "v" * 43
S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def sdk(app):
    """PyGithub for a token, for a pair of id and secret, or for nobody."""

    def make(auth: github.Auth.Auth | None = None) -> github.Github:
        return github.Github(
            base_url=app.endpoints["apiUrl"],
            auth=auth,
            retry=None,
            lazy=True,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )

    return make


@pytest.fixture
def oauth(app, sdk, monkeypatch) -> ApplicationOAuth:
    base = app.endpoints["apiUrl"]
    monkeypatch.setattr(
        ApplicationOAuth, "get_oauth_url", lambda _, path: f"{base}/login/oauth/{path.lstrip('/')}"
    )
    return sdk().get_oauth_application(CLIENT.client_id, CLIENT.client_secret)


def user_of(sdk: Any, token: str) -> Any:
    return sdk(github.Auth.Token(token)).get_user()


def end_grant(sdk: Any, token: str, secret: str = CLIENT.client_secret) -> None:
    """PyGithub has no method for this; its requester has all it takes."""
    requester = sdk(github.Auth.Login(CLIENT.client_id, secret)).requester
    requester.requestJsonAndCheck(
        "DELETE", f"/applications/{CLIENT.client_id}/grant", input={"access_token": token}
    )


def test_a_code_becomes_tokens_and_a_person(app, sdk, oauth):
    token = oauth.get_access_token(app.code(GRACE, **S256), code_verifier=VERIFIER)

    assert token.token.startswith("ghu_")
    assert (token.type, token.scope, token.expires_in) == ("bearer", "", 28_800)
    assert (token.refresh_token or "").startswith("ghr_")
    user = user_of(sdk, token.token)
    assert (user.id, user.login, user.name) == (1002, GRACE, "Grace Hooper")


def test_an_oauth_app_s_code_becomes_a_token_with_scopes(app, sdk, oauth):
    app.configured(oauth_app=True)
    token = oauth.get_access_token(app.code(ADA))

    assert token.token.startswith("gho_")
    assert (token.scope, token.expires_in, token.refresh_token) == ("repo,user:email", None, None)
    client = sdk(github.Auth.Token(token.token))
    assert client.get_user().login == ADA
    assert client.oauth_scopes == ["repo", "user:email"]


@pytest.mark.parametrize(
    ("asked", "verifier"),
    [({}, None), (S256, None), (S256, "w" * 43)],
    ids=["invented", "without its verifier", "with another verifier"],
)
def test_a_code_that_is_refused_is_understood_as_such(app, oauth, asked, verifier):
    code = app.code(**asked) if asked else "invented"

    with pytest.raises(BadCredentialsException) as raised:
        oauth.get_access_token(code, code_verifier=verifier)
    assert raised.value.status == 200
    assert raised.value.data["error"] == "bad_verification_code"


def test_another_secret_is_refused(app, sdk, oauth):
    wrong = sdk().get_oauth_application(CLIENT.client_id, "wrong")
    stranger = sdk().get_oauth_application("another", CLIENT.client_secret)

    with pytest.raises(GithubException) as raised:
        wrong.get_access_token(app.code())
    assert raised.value.data["error"] == "incorrect_client_credentials"
    with pytest.raises(GithubException) as raised:
        stranger.get_access_token(app.code())
    assert (raised.value.status, raised.value.data) == (404, {"error": "Not Found"})


def test_a_refresh_gives_another_pair_and_ends_the_one_before(app, sdk, oauth):
    before = oauth.get_access_token(app.code())
    after = oauth.refresh_access_token(before.refresh_token)

    assert user_of(sdk, after.token).id == 1001
    with pytest.raises(BadCredentialsException):
        _ = user_of(sdk, before.token).id
    with pytest.raises(GithubException) as raised:
        oauth.refresh_access_token(before.refresh_token)
    assert raised.value.data["error"] == "bad_refresh_token"


def test_a_token_that_has_expired_is_refreshed_by_itself(app, sdk, oauth):
    token = oauth.get_access_token(app.code())
    auth = oauth.get_app_user_auth(token)
    auth._expires_at = token.created  # as if eight hours had passed
    app.simulator.advance(28_800)

    assert sdk(auth).get_user().login == ADA
    assert [call.outcome for call in app.simulator.calls("token")] == ["ok", "ok"]


def test_the_app_s_installations_are_listed(app, sdk):
    (installation,) = user_of(sdk, app.connect(GRACE)).get_installations()

    assert (installation.id, installation.app_id) == (9001, 4_711)
    assert installation.target_type == "Organization"


def test_an_issue_is_created(app, sdk):
    repository = sdk(github.Auth.Token(app.connect(ADA))).get_repo(HANDBOOK)
    issue = repository.create_issue(
        "Broken link", "On page 3. Grüße 👋", labels=["bug"], assignees=[GRACE]
    )

    assert (issue.number, issue.title, issue.body) == (1, "Broken link", "On page 3. Grüße 👋")
    assert issue.html_url == f"https://github.com/{HANDBOOK}/issues/1"
    assert ([label.name for label in issue.labels], issue.user.login) == (["bug"], ADA)
    assert [person.login for person in issue.assignees] == [GRACE]
    assert app.issues()[0]["id"] == issue.id


@pytest.mark.parametrize(
    ("repository", "kind", "status"),
    [
        ("globex/nothing", UnknownObjectException, 404),
        ("globex/mirror", GithubException, 410),
        ("globex/attic", GithubException, 403),
        ("initech/tools", GithubException, 403),
    ],
)
def test_refusals_of_the_api_are_understood(app, sdk, repository, kind, status):
    client = sdk(github.Auth.Token(app.connect(GRACE)))

    with pytest.raises(kind) as raised:
        client.get_repo(repository).create_issue("Broken")
    assert type(raised.value) is kind
    assert raised.value.status == status


def test_a_field_that_will_not_do_is_named(app, sdk):
    repository = sdk(github.Auth.Token(app.connect(ADA))).get_repo(HANDBOOK)

    with pytest.raises(GithubException) as raised:
        repository.create_issue("Broken", assignees=["nobody"])
    assert raised.value.data["errors"][0]["field"] == "assignees"


@pytest.mark.parametrize("name", ["primary_limit", "secondary_limit"])
def test_limits_are_understood_as_limits(app, sdk, name):
    client = sdk(github.Auth.Token(app.connect()))
    app.simulator.fault("github", "user", "ok_false", value=name)

    with pytest.raises(RateLimitExceededException):
        _ = client.get_user().id


def test_the_rest_of_the_limit_is_read_from_the_headers(app, sdk):
    client = sdk(github.Auth.Token(app.connect()))
    _ = client.get_user().id

    assert client.rate_limiting == (4_999, 5_000)
    assert client.rate_limiting_resettime > app.simulator.now()


def test_a_grant_is_ended_by_the_app_itself(app, sdk):
    token = app.connect()
    with pytest.raises(BadCredentialsException):
        end_grant(sdk, token, "wrong")
    assert user_of(sdk, token).id == 1001
    end_grant(sdk, token)

    with pytest.raises(BadCredentialsException):
        _ = user_of(sdk, token).id
    with pytest.raises(UnknownObjectException):
        end_grant(sdk, token)
