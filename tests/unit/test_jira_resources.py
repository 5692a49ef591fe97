"""What is synced of Jira, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.jira import resources
from hub.providers.jira.client import JiraClient
from hub.providers.jira.resources import _jql
from tests.reading import defaults, read_pass
from tests.simulator.providers.jira.people import INITECH
from tests.unit.simulator.jira.app import GRACE, TASK, App
from tests.unit.simulator.registered import playing

ISSUES, PROJECTS = providers.get("jira").load_sync().resources
GENUINE = {"issues": [{"id": "1", "key": "HR-1", "fields": {}}]}


running, simulator = playing(App)


@pytest.fixture
def client(simulator) -> JiraClient:
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return JiraClient(app.connect(GRACE)["access_token"], INITECH.id, send, base)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)
    monkeypatch.setattr(resources, "_PROJECTS_PAGE", 2)


def change(simulator, kind, resource="issues", **order):
    return simulator.change("jira", GRACE, resource, kind, **order)


def test_an_issue_has_the_common_part(simulator, client):
    change(simulator, "create")
    (id_,) = change(simulator, "list")["ids"]
    change(simulator, "update", id=id_, fields={"duedate": "2026-12-01"})

    issue = read_pass(ISSUES, client, now=simulator.now()).records[id_]

    assert (issue.title, issue.state, issue.url) == ("Issue 1", "to do", None)
    assert issue.parent == "10100"
    assert issue.times["due"] == "2026-12-01"
    assert issue.times["updated"].endswith("Z")
    assert [(each.role, each.name) for each in issue.people] == [("creator", "Grace Hooper")]
    assert "avatar" not in json.dumps(issue.content)


def test_a_project_has_the_common_part(simulator, client):
    project = read_pass(PROJECTS, client, now=simulator.now()).records["10100"]

    assert (project.title, project.state) == ("People", "active")
    assert project.people[0].role == "owner"


def test_what_an_action_made_is_among_the_issues(simulator, client):
    made = client.create_issue("HR", "Prepare a laptop")

    issue = read_pass(ISSUES, client, now=simulator.now()).records[made["id"]]

    assert issue.title == TASK["summary"]


def test_only_the_projects_that_people_named_are_read(simulator, client):
    law = {"project": {"id": "10200", "key": "LAW"}}
    change(simulator, "create")
    change(simulator, "create")
    _, id_ = change(simulator, "list")["ids"]
    change(simulator, "update", id=id_, fields=law)

    read = read_pass(ISSUES, client, now=simulator.now(), filters={"projects": ("LAW", "X")})

    assert set(read.records) == {id_}


def test_a_projects_key_cannot_become_another_query():
    key = '") OR project is not EMPTY OR key in ("\\'

    jql = _jql(None, (key,))

    assert jql.startswith('project in ("\\") OR project is not EMPTY OR key in (\\"\\\\") AND ')


@pytest.mark.usefixtures("pages_of_two")
def test_a_pass_reads_what_has_changed_since_the_one_before(simulator, client):
    ids = change(simulator, "create", count=5)["ids"]
    first = read_pass(ISSUES, client, now=simulator.now())
    assert (set(first.records), first.pages) == (set(ids), 3)
    simulator.advance(900)
    change(simulator, "update", id=ids[3], fields={"summary": "Changed"})
    second = read_pass(ISSUES, client, first.cursor, now=simulator.now())
    assert second.records[ids[3]].title == "Changed"
    simulator.advance(900)
    before = len(simulator.calls("issue.search"))

    third = read_pass(ISSUES, client, second.cursor, now=simulator.now())

    assert set(third.records) <= {ids[3]}
    assert third.cursor == second.cursor
    assert len(simulator.calls("issue.search")) - before == 1


@pytest.mark.usefixtures("pages_of_two")
def test_all_pages_of_a_pass_are_of_one_query(simulator, client):
    change(simulator, "create", count=5)
    cursor = read_pass(ISSUES, client, now=simulator.now()).cursor

    first = ISSUES.read(client, Asked(at=cursor, filters=defaults(ISSUES), now=simulator.now()))
    second = ISSUES.read(
        client, Asked(at=first.next, filters=defaults(ISSUES), now=simulator.now() + 600)
    )

    assert first.next["minutes"] == second.next["minutes"]


@pytest.mark.usefixtures("pages_of_two")
def test_a_token_that_jira_does_not_take_has_expired(simulator, client):
    change(simulator, "create", count=3)
    asked = Asked(at=None, filters=defaults(ISSUES), now=simulator.now())
    first = ISSUES.read(client, asked)
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        ISSUES.read(client, Asked(at=first.next, filters=asked.filters, now=asked.now))


@pytest.mark.usefixtures("pages_of_two")
def test_projects_are_read_to_the_last_page(simulator, client):
    change(simulator, "create", "projects", count=3)

    read = read_pass(PROJECTS, client, now=simulator.now())

    assert (len(read.records), read.pages) == (5, 3)


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "unauthorized", ReauthRequired),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps(GENUINE), ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("jira", "issue.search", fault, value=value)

    with pytest.raises(error):
        read_pass(ISSUES, client, now=simulator.now())
