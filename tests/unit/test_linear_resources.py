"""What is synced of Linear, read from the simulator without the engine."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers.linear import resources
from hub.providers.linear.client import LinearClient
from tests.reading import read_pass
from tests.simulator.providers.linear.workspaces import BAKERY, team_at
from tests.simulator.server import Simulator
from tests.unit.simulator.linear.app import ADA, ADA_AT_GLOBEX, CLIENT, App
from tests.unit.simulator.registered import PREFIX

ISSUES, PROJECTS = providers.get("linear").load_sync().resources


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"linear": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def make_client(simulator):
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda person=ADA: LinearClient(app.connect(person.id)["access_token"], send, base)


@pytest.fixture
def client(make_client) -> LinearClient:
    return make_client()


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="issues", **order):
    return simulator.change("linear", ADA.id, resource, kind, **order)


def test_an_issue_has_the_common_part(simulator, client):
    fields = {"dueDate": "2026-12-01", "completedAt": "2026-11-20T10:00:00.000Z"}
    (id_,) = change(simulator, "create", fields=fields)["ids"]

    issue = read_pass(ISSUES, client, now=simulator.now()).records[id_]

    assert issue.title.startswith("Issue ")
    assert issue.url.startswith("https://linear.app/")
    assert issue.times["due"] == "2026-12-01"
    assert issue.times["ends"] == "2026-11-20T10:00:00Z"
    assert {"created", "updated"} <= set(issue.times)
    assert (issue.state, issue.people[0].role) == ("unstarted", "creator")


def test_a_project_has_the_common_part(simulator, client):
    (project,) = read_pass(PROJECTS, client, now=simulator.now()).records.values()

    assert (project.title, project.state) == ("New hires", "planned")
    assert project.times["due"] == "2026-12-24"


def test_what_an_action_made_is_among_the_issues(simulator, client):
    made = client.create_issue(team_at(BAKERY, "ENG").id, "Laptop")

    assert read_pass(ISSUES, client, now=simulator.now()).records[made["id"]].title == "Laptop"


def test_archived_things_are_kept_and_the_trash_is_gone(simulator, client):
    archived, trashed = change(simulator, "create", count=2)["ids"]
    first = read_pass(ISSUES, client, now=simulator.now())
    change(simulator, "update", id=archived, fields={"archivedAt": "2026-11-26T10:00:00.000Z"})
    change(simulator, "delete", id=trashed)

    second = read_pass(ISSUES, client, first.cursor, now=simulator.now())

    assert second.gone == {trashed}
    assert second.records[archived].state == "archived"


@pytest.mark.usefixtures("pages_of_two")
def test_a_pass_reads_what_has_changed_since_the_one_before(simulator, client):
    ids = change(simulator, "create", count=5)["ids"]
    first = read_pass(ISSUES, client, now=simulator.now())
    assert (set(first.records), first.pages) == (set(ids), 3)
    simulator.advance(600)
    change(simulator, "update", id=ids[3], fields={"title": "Changed"})
    second = read_pass(ISSUES, client, first.cursor, now=simulator.now())
    simulator.advance(600)
    before = len(simulator.calls("graphql"))

    third = read_pass(ISSUES, client, second.cursor, now=simulator.now())

    assert third.records == {ids[3]: second.records[ids[3]]}  # the overlap, as it was
    assert third.cursor == second.cursor
    assert len(simulator.calls("graphql")) - before == 1


def test_the_next_pass_begins_no_later_than_this_one(simulator, client):
    change(simulator, "create")
    began = simulator.now() - 3600

    read = read_pass(ISSUES, client, now=began)

    change(simulator, "create")
    again = read_pass(ISSUES, client, read.cursor, now=simulator.now())
    assert len(again.records) == 2


def test_a_private_team_is_read_by_those_who_see_it(simulator, make_client):
    team = {"id": "t", "key": "BRD", "name": "Board", "private": True}
    simulator.change("linear", ADA_AT_GLOBEX.id, "issues", "create", fields={"team": team})

    assert read_pass(ISSUES, make_client(ADA_AT_GLOBEX), now=simulator.now()).records == {}


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "AUTHENTICATION_ERROR", ReauthRequired),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps({"data": {"issues": {"nodes": []}}}), ProviderUnavailable),
        (
            "body",
            json.dumps({"data": {"issues": {"nodes": [{}], "pageInfo": {"hasNextPage": False}}}}),
            ProviderUnavailable,
        ),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("linear", "graphql", fault, value=value)

    with pytest.raises(error):
        read_pass(ISSUES, client, now=simulator.now())
