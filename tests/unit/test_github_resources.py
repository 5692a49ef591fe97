"""What is synced of GitHub, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import ProviderError, ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers._sync import Asked
from hub.providers.github import resources
from hub.providers.github.client import GitHubClient
from tests.reading import read_pass
from tests.unit.simulator.github.app import ADA, HANDBOOK, App
from tests.unit.simulator.registered import playing

REPOSITORIES, ISSUES = providers.get("github").load_sync().resources


running, simulator = playing(App)


@pytest.fixture
def client(simulator) -> GitHubClient:
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    return GitHubClient(app.connect(ADA), HttpClient({urlsplit(base).netloc}).send, base)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="issues", **order):
    return simulator.change("github", ADA, resource, kind, **order)


def test_an_issue_has_the_common_part(simulator, client):
    milestone = {"id": 1, "number": 1, "title": "M", "due_on": "2026-12-24T00:00:00Z"}
    fields = {"milestone": milestone, "closed_at": "2026-11-20T10:00:00Z", "state": "closed"}
    (id_,) = change(simulator, "create", fields=fields)["ids"]

    issue = read_pass(ISSUES, client, now=simulator.now()).records[id_]

    assert (issue.title, issue.state, issue.parent) == ("Issue 1", "closed", "501")
    assert issue.url == f"https://github.com/{HANDBOOK}/issues/1"
    assert issue.times["ends"] == "2026-11-20T10:00:00Z"
    assert issue.times["due"] == "2026-12-24T00:00:00Z"
    assert [(each.role, each.name) for each in issue.people] == [
        ("creator", ADA),
        ("assignee", ADA),
    ]
    assert "api.github.com" not in json.dumps(issue.content)


def test_a_repository_has_the_common_part_and_no_counters(simulator, client):
    (id_,) = change(simulator, "create", "repositories")["ids"]

    repository = read_pass(REPOSITORIES, client, now=simulator.now()).records[id_]

    assert repository.title.endswith("/project-5")
    assert repository.url.startswith("https://github.com/")
    assert (repository.state, repository.people[0].role) == ("active", "owner")
    assert "stargazers_count" not in repository.content


def test_pull_requests_are_left_out(simulator, client):
    change(simulator, "create", fields={"pull_request": {"url": "x"}})

    read = read_pass(ISSUES, client, now=simulator.now())

    assert read.records == {}
    assert read.pages == 1


def test_what_an_action_made_is_among_the_issues(simulator, client):
    made = client.create_issue(HANDBOOK, "Laptop")

    issue = read_pass(ISSUES, client, now=simulator.now()).records[str(made["id"])]

    assert (issue.title, issue.parent) == ("Laptop", "501")


@pytest.mark.usefixtures("pages_of_two")
def test_a_pass_reads_what_was_updated_since_the_one_before(simulator, client):
    ids = change(simulator, "create", count=5)["ids"]
    first = read_pass(ISSUES, client, now=simulator.now())
    assert (set(first.records), first.pages) == (set(ids), 3)
    simulator.advance(900)
    change(simulator, "update", id=ids[3], fields={"title": "Changed"})
    second = read_pass(ISSUES, client, first.cursor, now=simulator.now())
    assert second.records[ids[3]].title == "Changed"
    simulator.advance(900)
    before = len(simulator.calls("issues.list"))

    third = read_pass(ISSUES, client, second.cursor, now=simulator.now())

    assert set(third.records) == {ids[3]}
    assert third.cursor == second.cursor
    assert len(simulator.calls("issues.list")) - before == 1


def test_a_page_elsewhere_is_not_read(simulator, client):
    at = {"url": "https://api.github.example/issues?page=2"}

    with pytest.raises(ProviderError):
        ISSUES.read(client, Asked(at=at, now=simulator.now()))

    assert simulator.calls("issues.list") == []


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "secondary_limit", RateLimited),
        ("ok_false", "bad_credentials", ReauthRequired),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps([{"id": 1}]), ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("github", "issues.list", fault, value=value)

    with pytest.raises(error):
        read_pass(ISSUES, client, now=simulator.now())
