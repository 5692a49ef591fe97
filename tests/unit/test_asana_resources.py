"""What is synced of Asana, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import InsufficientScope, ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.asana import resources
from hub.providers.asana.client import AsanaClient
from tests.reading import read_pass
from tests.simulator.providers.asana.world import BERTHS, BOARD, EXAMPLE, ONBOARDING
from tests.unit.simulator.asana.app import ADA, GRACE, App
from tests.unit.simulator.registered import playing

PROJECTS, TASKS = providers.get("asana").load_sync().resources
NO_TIME = {"data": [{"gid": "1"}], "next_page": None}


running, simulator = playing(App)


@pytest.fixture
def client_of(simulator):
    app = App(simulator)
    send = HttpClient({urlsplit(app.api).netloc}).send
    return lambda person, **asked: AsanaClient(app.token(person, **asked), send, app.api)


@pytest.fixture
def client(client_of) -> AsanaClient:
    return client_of(ADA)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="tasks", account=ADA, **order):
    return simulator.change("asana", account, resource, kind, **order)


def test_a_task_has_the_common_part(simulator, client):
    (id_,) = change(simulator, "create")["ids"]

    task = read_pass(TASKS, client, now=simulator.now()).records[id_]

    assert (task.title, task.state, task.parent) == ("Task 1", "open", ONBOARDING)
    assert task.url.startswith("https://app.asana.com/")
    assert task.times["due"] == "2026-12-24"
    assert [each.role for each in task.people] == ["creator", "assignee"]


def test_the_projects_of_every_workspace_are_read(simulator, client_of):
    read = read_pass(PROJECTS, client_of(GRACE), now=simulator.now())

    assert set(read.records) == {ONBOARDING, BERTHS}  # and not what is Ada's alone
    project = read.records[ONBOARDING]
    assert (project.title, project.state, project.parent) == ("Onboarding", "active", EXAMPLE)
    assert project.people[0].role == "owner"


def test_what_an_action_made_is_among_the_tasks(simulator, client):
    made = client.create_task("Welcome Ada", projects=[ONBOARDING])

    assert read_pass(TASKS, client, now=simulator.now()).records[made["id"]].title == "Welcome Ada"


@pytest.mark.usefixtures("pages_of_two")
def test_a_pass_reads_what_was_modified_since_the_one_before(simulator, client):
    ids = change(simulator, "create", count=5)["ids"]
    first = read_pass(TASKS, client, now=simulator.now())
    assert set(first.records) == set(ids)
    simulator.advance(900)
    change(simulator, "update", id=ids[3], fields={"completed": True})
    second = read_pass(TASKS, client, first.cursor, now=simulator.now())
    assert second.records[ids[3]].state == "completed"
    simulator.advance(900)
    before = len(simulator.log())

    third = read_pass(TASKS, client, second.cursor, now=simulator.now())

    assert set(third.records) == {ids[3]}
    assert third.cursor == second.cursor
    assert len(simulator.log()) - before == 4  # workspaces, projects, and the tasks of two


def test_a_project_that_vanishes_meanwhile_ends_nothing(simulator, client):
    (id_,) = change(simulator, "create")["ids"]
    at = None
    while not (at and at.get("projects")):
        at = TASKS.read(client, Asked(at=at, now=simulator.now())).next
    change(simulator, "delete", "projects", id=BOARD)

    assert set(read_pass(TASKS, client, at, now=simulator.now()).records) == {id_}


@pytest.mark.parametrize(
    ("resource", "missing"),
    [
        (PROJECTS, "projects:read"),
        (PROJECTS, "workspaces:read"),
        (TASKS, "projects:read"),
        (TASKS, "tasks:read"),
    ],
)
def test_a_missing_permission_is_never_an_empty_account(client_of, simulator, resource, missing):
    scopes = {"tasks:read", "projects:read", "workspaces:read"} - {missing}
    client = client_of(GRACE, scope=" ".join(scopes))

    with pytest.raises(InsufficientScope):
        read_pass(resource, client, now=simulator.now())


def test_one_that_is_closed_among_others_ends_nothing(simulator, client_of):
    change(simulator, "create")  # in the first of Ada's two projects
    simulator.fault("asana", "projects.list", "ok_false", value="forbidden")
    simulator.fault("asana", "tasks.list", "ok_false", value="forbidden")

    projects = read_pass(PROJECTS, client_of(GRACE), now=simulator.now())
    tasks = read_pass(TASKS, client_of(ADA), now=simulator.now())

    assert (set(projects.records), tasks.records) == ({BERTHS}, {})
    assert tasks.cursor is not None


@pytest.mark.usefixtures("pages_of_two")
def test_an_offset_that_asana_does_not_take_has_expired(simulator, client):
    change(simulator, "create", count=5)
    at = None
    while not (at and at.get("offset")):
        at = TASKS.read(client, Asked(at=at, now=simulator.now())).next
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        TASKS.read(client, Asked(at=at, now=simulator.now()))


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "not_authorized", ReauthRequired),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps(NO_TIME), ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("asana", "tasks.list", fault, value=value)

    with pytest.raises(error):
        read_pass(TASKS, client, now=simulator.now())
