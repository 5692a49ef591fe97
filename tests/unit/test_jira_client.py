"""JiraClient by itself, as a developer's script would use it; Jira is the simulator."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest

from hub.errors import (
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
from hub.providers.jira.client import JiraClient
from tests.simulator.providers.jira.people import ADA, GLOBEX, INITECH
from tests.simulator.server import Simulator
from tests.unit.simulator.jira.app import ADA_AT_GLOBEX, CLIENT, WORK, App
from tests.unit.simulator.registered import PREFIX

LAPTOP = ("HR", "Prepare a laptop")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"jira": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token, site=INITECH: JiraClient(token, site.id, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect()["access_token"])


def test_an_issue_is_a_line(app, client):
    created = client.create_issue(*LAPTOP)

    assert created == {"id": "10000", "key": "HR-1"}
    (issue,) = app.issues()
    assert issue["fields"] == {
        "project": {"key": "HR"},
        "issuetype": {"name": "Task"},
        "summary": "Prepare a laptop",
    }


def test_all_that_an_issue_can_have(app, client):
    parent = client.create_issue(*LAPTOP)["key"]
    client.create_issue(
        "10100",
        "Grüße 👋",
        issue_type="10002",
        description="First\nline\n\nSecond",
        labels=["hr", "laptop"],
        assignee=ADA.id,
        priority="High",
        parent=parent,
        due=date(2026, 12, 24),
    )

    fields = app.issues()[1]["fields"]
    assert [block["type"] for block in fields.pop("description")["content"]] == ["paragraph"] * 2
    assert fields == {
        "project": {"id": "10100"},
        "issuetype": {"id": "10002"},
        "summary": "Grüße 👋",
        "labels": ["hr", "laptop"],
        "assignee": {"accountId": ADA.id},
        "priority": {"name": "High"},
        "parent": {"key": parent},
        "duedate": "2026-12-24",
    }


def test_an_issue_is_created_on_the_site_that_was_named(app, client_of):
    token = app.connect(ADA_AT_GLOBEX)["access_token"]
    client_of(token, GLOBEX).create_issue(*LAPTOP)

    assert [issue["site"] for issue in app.issues()] == ["Globex"]


def test_by_itself_it_calls_atlassian_and_nobody_else(app):
    urls = []
    client = JiraClient("token", "site-1", lambda request, **_: urls.append(request.url))
    with pytest.raises(AttributeError):
        client.create_issue(*LAPTOP)

    assert urls == ["https://api.atlassian.com/ex/jira/site-1/rest/api/3/issue"]
    base = app.endpoints["apiUrl"]
    assert JiraClient("token", INITECH.id, api=base)
    with pytest.raises(ReauthRequired):
        JiraClient("token", INITECH.id, api=base).create_issue(*LAPTOP)


def test_the_token_is_not_shown(client_of):
    client = client_of("eyJ.canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.create_issue(*LAPTOP)
    assert "canary" not in str(raised.value)


def test_a_token_without_the_scope_says_so(app, client_of):
    client = client_of(app.connect(scope=f"{WORK} offline_access")["access_token"])

    with pytest.raises(InsufficientScope):
        client.create_issue(*LAPTOP)


@pytest.mark.parametrize("what", ["grace@example.org", "Initech"])
def test_a_grant_that_ended_or_lost_the_site_says_so(app, client, what):
    assert app.simulator.uninstall("jira", what)

    with pytest.raises(ReauthRequired):
        client.create_issue(*LAPTOP)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"project": "NONE"}, "no such project"),
        ({"project": "LAW"}, "who may create issues"),
        ({"issue_type": "Nonsense"}, "no such issue type"),
        ({"issue_type": "Onboarding"}, "further fields"),
        ({"summary": "two\nlines"}, "one line"),
        ({"labels": ["two words"]}, "no spaces"),
        ({"assignee": "nobody"}, "cannot be assigned"),
        ({"priority": "Urgent"}, "no such priority"),
        ({"parent": "HR-99"}, "parent issue"),
        ({"description": "x" * 32_768}, "too long"),
    ],
)
def test_what_jira_finds_wrong_is_told_in_our_words(app, client, arguments, words):
    given_arguments = {"project": "HR", "summary": "Hello", **arguments}

    with pytest.raises(InvalidRequest, match=words):
        client.create_issue(**given_arguments)
    assert app.issues() == []


def test_several_wrong_fields_are_told_at_once(client):
    with pytest.raises(InvalidRequest, match=r"one line and .* no spaces"):
        client.create_issue("HR", "two\nlines", labels=["two words"])


FAULTS = [
    ("ok_false", "unauthorized", ReauthRequired),
    ("ok_false", "scope", InsufficientScope),
    ("ok_false", "not_installed", ReauthRequired),
    ("ok_false", "permission", InvalidRequest),
    ("ok_false", "not_found", InvalidRequest),
    ("ok_false", "configuration", InvalidRequest),
    ("ok_false", "no_reason", InvalidRequest),
    ("status", 418, ProviderError),
    ("status", 500, ProviderUnavailable),
    ("status", 503, ProviderUnavailable),
    ("html", None, ProviderUnavailable),
    ("empty", None, ProviderUnavailable),
    ("truncated", None, ProviderUnavailable),
    ("lost_answer", None, ProviderUnavailable),
    ("reset", None, ProviderUnavailable),
    ("huge", 9 * 1024 * 1024, ProviderUnavailable),
    ("redirect", "http://127.0.0.1:1/", ProviderUnavailable),
    ("body", '{"id": "1", "key": "HR-1"}', ProviderUnavailable),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FAULTS)
def test_a_failure_has_its_kind_and_nothing_is_sent_twice(app, client, kind, value, expected):
    app.simulator.fault("jira", "issue.create", kind, value=value)

    with pytest.raises(expected) as raised:
        client.create_issue(*LAPTOP)
    assert type(raised.value) is expected
    assert len(app.simulator.calls("issue.create")) == 1


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("jira", "issue.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_issue(*LAPTOP)
    assert len(app.simulator.calls("issue.create")) == 1


def test_a_limit_is_passed_on_with_the_wait(app, client):
    app.simulator.fault("jira", "issue.create", "rate_limited", value=17)

    with pytest.raises(RateLimited) as raised:
        client.create_issue(*LAPTOP)
    assert raised.value.retry_after == 17
