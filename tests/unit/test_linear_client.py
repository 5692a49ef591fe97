"""LinearClient by itself, as a developer's script would use it; Linear is the simulator."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.providers import _rest
from hub.providers.linear.client import LinearClient
from tests.simulator.providers.linear.errors import TYPES, named
from tests.simulator.server import Simulator
from tests.unit.linear_wire import Wire, created
from tests.unit.simulator.linear.app import ADA_AT_GLOBEX, BOARD, CLIENT, ENGINEERING, GRACE, App
from tests.unit.simulator.registered import PREFIX

CANARY = "canary-3c9e"
LABEL = GRACE.workspace.named("label", "Onboarding")
PROJECT = GRACE.workspace.named("project", "New hires")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"linear": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: LinearClient(token, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect()["access_token"])


def issues(app: App) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = app.simulator.state()["linear"]["issues"]
    return found


# What it asks


def test_values_are_sent_beside_the_document_and_never_in_it():
    wire = Wire(created())
    LinearClient("lin_oauth_1", wire).create_issue('team"}', 'A "title") { id }', priority=0)

    (request,) = wire.requests
    assert (request.method, request.url) == ("POST", "https://api.linear.app/graphql")
    assert request.headers["authorization"] == "Bearer lin_oauth_1"
    assert request.json["variables"] == {
        "input": {"teamId": 'team"}', "title": 'A "title") { id }', "priority": 0}
    }
    assert "title" not in request.json["query"]


def test_reading_is_tried_twice_and_creating_once():
    wire = Wire(created())
    linear = LinearClient("lin_oauth_1", wire)
    linear.create_issue("team", "Laptop")
    with pytest.raises(ProviderUnavailable):
        linear.viewer()

    assert wire.options == [
        {"seconds": _rest.CALL_SECONDS},
        {"seconds": _rest.IDENTIFY_SECONDS, "attempts": 2},
    ]


def test_an_issue_is_a_line(app, client):
    made = client.create_issue(ENGINEERING.id, "A laptop for Alan")

    (issue,) = issues(app)
    assert made == {
        "id": issue["id"],
        "identifier": "ENG-1",
        "url": "https://linear.app/globex/issue/ENG-1/a-laptop-for-alan",
    }
    assert (issue["creator"], issue["assignee"], issue["priority"]) == (GRACE.id, None, 0)


def test_everything_else_may_be_said_of_it(app, client_of):
    client = client_of(app.connect(scope="read,write")["access_token"])
    parent = client.create_issue(ENGINEERING.id, "New hires")
    client.create_issue(
        ENGINEERING.id,
        "Ein Läptop für Alan 👋",
        description="- [ ] bestellen",
        priority=1,
        due_date="2026-11-30",
        assignee=ADA_AT_GLOBEX.id,
        project=PROJECT,
        parent=parent["identifier"],
        state=ENGINEERING.state_id("Todo"),
        labels=(LABEL,),
    )

    issue = issues(app)[1]
    told = [issue[name] for name in ("title", "description", "priority", "due_date", "labels")]
    assert told == ["Ein Läptop für Alan 👋", "- [ ] bestellen", 1, "2026-11-30", (LABEL,)]
    assert (issue["assignee"], issue["project"]) == (ADA_AT_GLOBEX.id, PROJECT)
    assert (issue["parent"], issue["state"]) == ("ENG-1", ENGINEERING.state_id("Todo"))


def test_whose_token_it_is(client):
    assert client.viewer() == {
        "id": GRACE.id,
        "name": "Grace Hooper",
        "email": "grace@example.org",
        "organization": {"id": GRACE.workspace.id, "name": "Globex"},
    }


def test_by_itself_it_calls_linear_and_nobody_else(app):
    assert LinearClient("lin_oauth_1")._send.__self__._allowed == {"api.linear.app"}
    elsewhere = LinearClient("lin_oauth_1", HttpClient({"api.linear.app"}).send, "http://[::1]:1")

    with pytest.raises(ValueError, match="host"):
        elsewhere.viewer()


def test_the_token_is_not_shown(client_of):
    client = client_of(f"lin_oauth_{CANARY}")

    assert CANARY not in repr(client)
    with pytest.raises(ReauthRequired) as refused:
        client.create_issue(ENGINEERING.id, "Laptop")
    assert CANARY not in str(refused.value)


# What it is refused


def test_a_grant_that_ended_says_so(app, client):
    app.simulator.uninstall("linear", GRACE.id)

    with pytest.raises(ReauthRequired):
        client.create_issue(ENGINEERING.id, "Laptop")


def test_a_token_without_the_scope_says_so(app, client_of):
    client = client_of(app.connect(scope="read")["access_token"])

    with pytest.raises(InsufficientScope):
        client.create_issue(ENGINEERING.id, "Laptop")


def test_who_may_only_create_issues_may_not_choose_their_state(app, client):
    with pytest.raises(InsufficientScope) as refused:
        client.create_issue(ENGINEERING.id, "Laptop", state=ENGINEERING.state_id("Todo"))

    assert "state" in refused.value.message
    assert issues(app) == []


WRONG = [
    {"team": "ENG"},
    {"team": BOARD.id[::-1]},
    {"title": " "},
    {"title": CANARY * 100},
    {"priority": 5},
    {"assignee": GRACE.workspace.id},
    {"project": LABEL},
    {"parent": "ENG-999"},
    {"labels": (PROJECT,)},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_person_can_mend_is_explained_in_our_words(app, client, wrong):
    with pytest.raises(InvalidRequest) as refused:
        client.create_issue(**{"team": ENGINEERING.id, "title": "Laptop"} | wrong)

    assert "Check the ids" in refused.value.message
    assert issues(app) == []


def test_a_private_team_is_none_to_who_is_not_in_it(app, client_of):
    outsider = client_of(app.connect(ADA_AT_GLOBEX.id)["access_token"])

    with pytest.raises(InvalidRequest):
        outsider.create_issue(BOARD.id, "Laptop")


def test_a_day_that_is_none_is_our_own_mistake(client):
    with pytest.raises(ProviderError):
        client.create_issue(ENGINEERING.id, "Laptop", due_date="tomorrow")


KINDS = {
    "AUTHENTICATION_ERROR": ReauthRequired,
    "FORBIDDEN": InsufficientScope,
    "INPUT_ERROR": InvalidRequest,
    "INVALID_INPUT": InvalidRequest,
    "QUOTA_EXCEEDED": InvalidRequest,
    "USAGE_LIMIT_EXCEEDED": InvalidRequest,
    "FEATURE_NOT_ACCESSIBLE": InvalidRequest,
    "GRAPHQL_VALIDATION_FAILED": ProviderError,
    "INTERNAL_SERVER_ERROR": ProviderUnavailable,
    "LOCK_TIMEOUT": ProviderUnavailable,
    "SOMETHING_NEW": ProviderError,
}


@pytest.mark.parametrize(("code", "expected"), KINDS.items())
def test_every_code_has_its_kind_and_linear_is_asked_once(app, client, code, expected):
    app.simulator.fault("linear", "graphql", "ok_false", value=code)
    with pytest.raises(HubError) as refused:
        client.create_issue(ENGINEERING.id, "Laptop")

    assert refused.type is expected
    assert not {str(named(code)), "Words for the person"} & {refused.value.message}
    assert len(app.simulator.calls("graphql")) == 1


def test_every_code_the_simulator_knows_has_its_kind_here():
    assert TYPES.keys() <= KINDS.keys()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("QUOTA_EXCEEDED", "has reached a limit of its plan"),
        ("USAGE_LIMIT_EXCEEDED", "has reached a limit of its plan"),
        ("FEATURE_NOT_ACCESSIBLE", "plan of this Linear workspace does not include"),
    ],
)
def test_what_the_plan_does_not_allow_is_told_as_such(app, client, code, words):
    """A type says it as well as a code, where Linear's own code is not known."""
    app.simulator.fault("linear", "graphql", "ok_false", value=code)

    with pytest.raises(InvalidRequest, match=words):
        client.create_issue(ENGINEERING.id, "Laptop")


FAULTS = [
    ("status", 500, ProviderUnavailable),
    ("status", 503, ProviderUnavailable),
    ("status", 429, RateLimited),
    ("status", 401, ReauthRequired),
    ("status", 404, ProviderError),
    ("status", 418, ProviderError),
    ("html", None, ProviderUnavailable),
    ("empty", None, ProviderUnavailable),
    ("reset", None, ProviderUnavailable),
    ("lost_answer", None, ProviderUnavailable),
    ("truncated", None, ProviderUnavailable),
    ("redirect", "http://127.0.0.1:1/", ProviderUnavailable),
    ("body", "[]", ProviderUnavailable),
    ("body", '{"data": {}}', ProviderUnavailable),
    ("body", '{"data": {"issueCreate": {"success": true}}}', ProviderUnavailable),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FAULTS)
def test_an_answer_that_is_none_is_never_asked_for_again(app, client, kind, value, expected):
    app.simulator.fault("linear", "graphql", kind, value=value)
    with pytest.raises(HubError) as failure:
        client.create_issue(ENGINEERING.id, "Laptop")

    assert failure.type is expected
    assert len(app.simulator.calls("graphql")) == 1


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("linear", "graphql", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_issue(ENGINEERING.id, "Laptop")
    assert len(app.simulator.calls("graphql")) == 1


def test_a_limit_of_linear_s_own_making_is_understood(app, client):
    app.simulator.fault("linear", "graphql", "rate_limited", value=30)

    with pytest.raises(RateLimited) as raised:
        client.create_issue(ENGINEERING.id, "Laptop")
    assert raised.value.retry_after in {29, 30}
    assert client.create_issue(ENGINEERING.id, "Laptop")["identifier"] == "ENG-1"
