"""octokit's OAuth methods against the simulator: what GitHub's own organization wrote for flows,
renewals and, what PyGithub lacks, for ending a grant.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract import node
from tests.unit.simulator.github.app import ADA, CLIENT, GRACE, REDIRECT_URI, App

type Call = Callable[..., dict[str, Any]]


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def call(app: App) -> Call:
    """Make one call with octokit, as the kind of app that is registered."""

    def call(name: str, kind: str = "github-app", **options: Any) -> dict[str, Any]:
        known = {"clientType": kind, "clientId": CLIENT.client_id}
        asked = {**known, "clientSecret": CLIENT.client_secret, **options}
        (outcome,) = node.run("github.mjs", base=app.endpoints["apiUrl"], calls=[(name, asked)])
        return outcome

    return call


def test_it_asks_for_consent_as_the_simulator_expects(app: App, call: Call):
    asked = call("getWebFlowAuthorizationUrl", redirectUrl=REDIRECT_URI, state="the-state")

    ours, theirs = urlsplit(app.authorize_url(scope=None)), urlsplit(asked["url"])
    assert theirs[:3] == ours[:3]
    assert parse_qs(ours.query).items() <= parse_qs(theirs.query).items()


def test_a_code_becomes_tokens_and_these_are_renewed(app: App, call: Call):
    given = call("exchangeWebFlowCode", code=app.code(GRACE), redirectUrl=REDIRECT_URI)
    first = given["authentication"]
    assert first["token"].startswith("ghu_")
    assert first["expiresAt"] < first["refreshTokenExpiresAt"]

    second = call("refreshToken", refreshToken=first["refreshToken"])["authentication"]
    assert app.get("/user", second["token"]).json()["login"] == GRACE
    assert app.get("/user", first["token"]).status_code == 401
    spent = call("refreshToken", refreshToken=first["refreshToken"])
    assert (spent["status"], spent["code"]) == (400, "bad_refresh_token")


def test_an_oauth_app_has_scopes_and_nothing_to_renew(app: App, call: Call):
    app.configured(oauth_app=True)
    code = app.code(ADA, scope="repo")
    given = call("exchangeWebFlowCode", "oauth-app", code=code)["authentication"]

    assert given["token"].startswith("gho_")
    assert given["scopes"] == ["repo"]
    assert "refreshToken" not in given


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"code": "invented"}, "bad_verification_code"),
        ({"clientSecret": "wrong"}, "incorrect_client_credentials"),
        ({"redirectUrl": "https://elsewhere.example/"}, "redirect_uri_mismatch"),
    ],
)
def test_a_refused_exchange_is_an_error_to_it(app: App, call: Call, wrong: Any, code: str):
    refused = call("exchangeWebFlowCode", **{"code": app.code(), **wrong})

    assert refused["code"] == code


@pytest.mark.parametrize(("ending", "left"), [("deleteAuthorization", 401), ("deleteToken", 200)])
def test_it_ends_a_grant_or_one_token_of_it(app: App, call: Call, ending: str, left: int):
    ended, other = app.connect(GRACE), app.connect(GRACE)

    assert call(ending, token=ended)["status"] == 204
    assert app.get("/user", ended).status_code == 401
    assert app.get("/user", other).status_code == left
    assert call(ending, token=ended)["status"] == 404


def test_a_wrong_secret_ends_nothing(app: App, call: Call):
    token = app.connect(GRACE)

    assert call("deleteAuthorization", token=token, clientSecret="wrong")["status"] == 401
    assert app.get("/user", token).status_code == 200
