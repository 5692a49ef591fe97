"""jira.js against the simulator: the whole of OAuth by another's understanding of Atlassian, tokens
renewed, sites found, and refusals told apart.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import oauth, providers
from hub.models import Secret
from hub.providers._values import Client
from hub.providers.jira.document import to_document
from tests.contract import node
from tests.simulator.person import Person
from tests.simulator.providers.jira.people import GLOBEX, INITECH, Site
from tests.unit.simulator.jira.app import (
    ADA,
    ADA_AT_GLOBEX,
    CLIENT,
    GRACE,
    REDIRECT_URI,
    SCOPES,
    WORK,
    App,
)

REGISTRATION = {"clientId": CLIENT.client_id, "clientSecret": CLIENT.client_secret}
CALLBACK = {**REGISTRATION, "redirectUri": REDIRECT_URI}
LAPTOP = {
    "project": {"key": "HR"},
    "issuetype": {"name": "Task"},
    "summary": "Prepare a laptop",
    "description": to_document("By Monday"),
}

type Call = Callable[..., dict[str, Any]]
type Calls = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def calls(app: App) -> Calls:
    """Make calls with jira.js, in one process; give what came of each."""

    def calls(*wanted: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        return node.run("jira.mjs", base=app.endpoints["apiUrl"], calls=wanted)

    return calls


@pytest.fixture
def call(calls: Calls) -> Call:
    def call(name: str, **options: Any) -> dict[str, Any]:
        (outcome,) = calls((name, options))
        return outcome

    return call


def creating(token: str, site: Site | None = None, **fields: Any) -> tuple[str, dict[str, Any]]:
    auth = {"accessToken": token} | ({"cloudId": site.id} if site else {})
    return "create", {"auth": auth, "fields": LAPTOP | fields}


def refusal(outcome: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(outcome.get(name) for name in names)


def test_it_asks_for_consent_as_we_do(call: Call):
    jira = providers.get("jira")
    client = Client(id=CLIENT.client_id, secret=Secret("secret"), endpoints=jira.endpoints)
    ours = oauth.authorization_url(
        jira,
        client,
        redirect_uri=REDIRECT_URI,
        state="the-state",
        scopes=jira.required_scopes,
        verifier="v" * 43,
    )
    options = {"scopes": jira.required_scopes, "redirectUri": REDIRECT_URI, "state": "the-state"}
    theirs = call("authorize", clientId=CLIENT.client_id, **options)["value"]

    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)


def test_a_whole_flow_ends_with_an_issue(app: App, call: Call):
    page = call(
        "authorize",
        clientId=CLIENT.client_id,
        scopes=SCOPES.split(),
        redirectUri=REDIRECT_URI,
        state="the-state",
    )["value"].replace("https://auth.atlassian.com", app.endpoints["apiUrl"])
    back = Person().approve(page, GRACE)
    code = call("back", url=back, expectedState="the-state")["value"]["code"]
    tokens = call("exchange", **CALLBACK, code=code)["value"]
    assert (tokens["tokenType"], tokens["expiresIn"], tokens["scope"]) == ("Bearer", 3600, SCOPES)
    (site,) = call("sites", token=tokens["accessToken"])["value"]
    assert (site["id"], site["name"]) == (INITECH.id, "Initech")

    name, options = creating(tokens["accessToken"])
    made = call(name, **options)["value"]
    assert (made["issue"]["id"], made["issue"]["key"], made["renewed"]) == ("10000", "HR-1", [])
    assert len(app.issues()) == 1


def test_it_renews_a_token_before_it_finds_the_site_and_acts(app: App, call: Call):
    refresh_token = app.connect()["refresh_token"]
    auth = {**REGISTRATION, "refreshToken": refresh_token}
    made = call("create", auth=auth, fields=LAPTOP)["value"]

    (renewed,) = made["renewed"]
    assert renewed["refreshToken"] != refresh_token
    assert app.refresh(renewed["refreshToken"])
    assert made["issue"]["key"] == "HR-1"


def test_it_renews_a_token_that_jira_no_longer_takes(app: App, call: Call):
    tokens = app.connect()
    app.simulator.advance(3600)
    auth = {
        **REGISTRATION,
        "accessToken": tokens["access_token"],
        "refreshToken": tokens["refresh_token"],
    }

    assert len(call("create", auth=auth, fields=LAPTOP)["value"]["renewed"]) == 1


def test_where_the_grant_reaches_several_sites_it_wants_one_named_too(app: App, calls: Calls):
    app.connect(ADA)
    token = app.connect(ADA_AT_GLOBEX)["access_token"]
    sites, unnamed, named = calls(
        ("sites", {"token": token}), creating(token), creating(token, GLOBEX)
    )

    assert [site["id"] for site in sites["value"]] == [INITECH.id, GLOBEX.id]
    assert unnamed["error"] == "OAuthError"
    assert named["value"]["issue"]["key"] == "HR-1"
    assert [issue["site"] for issue in app.issues()] == ["Globex"]


def test_a_no_is_a_no_to_it(app: App, call: Call):
    back = Person().deny(app.authorize_url())
    outcome = call("back", url=back, expectedState="the-state")

    assert refusal(outcome, "error", "code", "reauthorize") == ("OAuthError", "access_denied", True)


def test_a_dead_refresh_token_needs_a_new_consent_and_a_wrong_secret_does_not(
    app: App, calls: Calls
):
    live = {**REGISTRATION, "refreshToken": app.connect()["refresh_token"]}
    dead, wrong, good = calls(
        ("refresh", {**live, "refreshToken": "invented"}),
        ("refresh", {**live, "clientSecret": "wrong"}),
        ("refresh", live),
    )

    told = ("status", "code", "reauthorize")
    assert refusal(dead, *told) == (403, "invalid_grant", True)
    assert refusal(wrong, *told) == (401, "access_denied", False)
    assert good["value"]["accessToken"]


def test_a_spent_code_is_refused(app: App, calls: Calls):
    spending = ("exchange", {**CALLBACK, "code": app.code()})
    first, again = calls(spending, spending)

    assert first["value"]["accessToken"]
    assert refusal(again, "status", "code") == (400, "invalid_request")


def test_it_tells_refusals_apart(app: App, calls: Calls):
    reading = app.connect(ADA, scope=WORK)["access_token"]
    token = app.connect(GRACE)["access_token"]
    outcomes = calls(
        creating(reading, INITECH),
        creating("invented", INITECH),
        creating(token, GLOBEX),
        creating(token, INITECH, project={"key": "NONE"}),
    )

    assert [refusal(outcome, "error", "status", "scope") for outcome in outcomes] == [
        ("ScopeError", 401, True),
        ("AuthError", 401, False),
        ("ForbiddenError", 403, False),
        ("ApiError", 400, False),
    ]
    assert app.issues() == []
