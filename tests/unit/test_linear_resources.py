"""What is synced of Linear, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest
from graphql import FieldNode, SelectionSetNode, parse

from hub import providers
from hub.errors import InvalidRequest, ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.linear import client as linear
from hub.providers.linear import resources
from hub.providers.linear.client import LinearClient
from tests.reading import read_pass
from tests.simulator.providers.linear.workspaces import BAKERY, team_at
from tests.unit.simulator.linear.app import ADA, ADA_AT_GLOBEX, App
from tests.unit.simulator.registered import playing

ISSUES, PROJECTS = providers.get("linear").load_sync().resources


running, simulator = playing(App)


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


def read_page(resource, client, simulator, at=None):
    return resource.read(client, Asked(at=at, now=simulator.now()))


@pytest.mark.usefixtures("pages_of_two")
def test_what_is_deleted_for_good_is_not_met_by_a_full_pass(simulator, client):
    one, *others = change(simulator, "create", count=3)["ids"]
    change(simulator, "delete", id=one)
    change(simulator, "delete", id=one)

    read = read_pass(ISSUES, client, now=simulator.now())

    assert (set(read.records), read.gone) == (set(others), set())


@pytest.mark.usefixtures("pages_of_two")
def test_a_place_in_the_list_that_is_not_there_any_more_is_said_to_be_gone(simulator, client):
    _, last, *_ = change(simulator, "create", count=5)["ids"]
    page = read_page(ISSUES, client, simulator)
    change(simulator, "delete", id=last)
    change(simulator, "delete", id=last)

    with pytest.raises(CursorExpired):
        read_page(ISSUES, client, simulator, page.next)


@pytest.mark.usefixtures("pages_of_two")
def test_a_place_in_the_list_that_has_expired_is_said_to_be_gone(simulator, client):
    change(simulator, "create", count=3)
    page = read_page(ISSUES, client, simulator)
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        read_page(ISSUES, client, simulator, page.next)


def test_a_refusal_of_a_first_page_is_about_no_place_in_the_list(simulator, client):
    simulator.fault("linear", "graphql", "ok_false", value="INPUT_ERROR")

    with pytest.raises(InvalidRequest):
        read_page(ISSUES, client, simulator)


@pytest.mark.parametrize("trashed", [True, False])
def test_of_two_words_on_one_issue_in_a_page_the_last_counts(simulator, client, trashed):
    (id_,) = change(simulator, "create")["ids"]
    change(simulator, "disarray")
    change(simulator, "update", id=id_, fields={"trashed": not trashed})
    change(simulator, "update", id=id_, fields={"trashed": trashed, "title": "Newer"})

    page = read_page(ISSUES, client, simulator)

    assert [each.title for each in page.records] == ([] if trashed else ["Newer"])
    assert page.gone == ((id_,) if trashed else ())


def partly_read(code):
    issue = {"id": "i", "title": "Laptop", "updatedAt": "2026-11-26T10:00:00.000Z", "project": None}
    page = {"nodes": [issue], "pageInfo": {"hasNextPage": False, "endCursor": "i"}}
    error = {"path": ["issues", "nodes", 0, "project"], "extensions": {"code": code}}
    return json.dumps({"data": {"issues": page}, "errors": [error]})


@pytest.mark.parametrize(
    ("code", "error"),
    [("RATELIMITED", RateLimited), ("internal error", ProviderUnavailable)],
)
def test_what_could_not_be_read_for_a_moment_is_not_taken_for_empty(simulator, client, code, error):
    simulator.fault("linear", "graphql", "body", value=partly_read(code))

    with pytest.raises(error):
        read_page(ISSUES, client, simulator)


def test_an_issue_is_read_without_what_is_closed_to_the_person(simulator, client):
    simulator.fault("linear", "graphql", "body", value=partly_read("FORBIDDEN"))

    assert [each.title for each in read_page(ISSUES, client, simulator).records] == ["Laptop"]


def points(found: SelectionSetNode | None) -> float:
    """Count as linear.app/developers/rate-limiting says: 0.1 a property, 1 an object."""
    parts = found.selections if found else ()
    inner = [each.selection_set for each in parts if isinstance(each, FieldNode)]
    return sum(1 + points(each) if each else 0.1 for each in inner)


@pytest.mark.parametrize("document", [linear._ISSUES, linear._PROJECTS])
def test_pages_are_within_the_points_of_a_query_and_of_an_hour(document):
    (list_,) = parse(document).definitions[0].selection_set.selections
    nodes, _ = list_.selection_set.selections
    page = resources._PAGE * (1 + points(nodes.selection_set)) + points(list_.selection_set)
    budget = resources.SYNC.budget

    assert page < 10_000
    assert page * budget.calls * 3600 / budget.seconds < 0.8 * 2_000_000


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
