"""Asana's API: who may enter, what a task may say, and in which words it is refused."""

import pytest
import requests

from tests.simulator.providers.asana.world import (
    BERTHS,
    BOARD,
    EXAMPLE,
    HARBOUR,
    ONBOARDING,
    START_DATE,
    URGENT,
)
from tests.unit.simulator.asana.app import ADA, ALAN, GRACE

NOON = "2026-11-20T12:00:00.000Z"


def refusal(answer):
    """Status and text; every refusal has the form of Asana's."""
    content = answer.json()
    assert content.keys() == {"errors"}
    (error,) = content["errors"]
    assert error["help"].endswith("https://developers.asana.com/docs/errors")
    return answer.status_code, error["message"]


def test_a_task_is_created_with_all_it_can_say(asana, token):
    answer = asana.create(
        token,
        name="Order a laptop",
        notes="With a large screen.",
        projects=[ONBOARDING],
        assignee=ADA,
        due_at=NOON,
        start_on="2026-11-18",
        followers=["me", ADA],
        tags=[URGENT],
        custom_fields={START_DATE: "2026-12-01"},
    )

    assert answer.status_code == 201
    task = answer.json()["data"]
    assert answer.headers["location"] == f"/api/1.0/tasks/{task['gid']}"
    assert task["permalink_url"] == f"https://app.asana.com/1/{EXAMPLE}/task/{task['gid']}"
    assert (task["name"], task["notes"]) == ("Order a laptop", "With a large screen.")
    assert (task["due_at"], task["due_on"], task["start_on"]) == (NOON, "2026-11-20", "2026-11-18")
    assert task["assignee"]["name"] == "Ada Byron"
    assert [one["name"] for one in task["followers"]] == ["Grace Hooper", "Ada Byron"]
    assert task["workspace"] == {
        "gid": EXAMPLE,
        "resource_type": "workspace",
        "name": "example.org",
    }
    assert [one["name"] for one in task["projects"] + task["tags"]] == ["Onboarding", "Urgent"]
    assert task["custom_fields"][0]["display_value"] == "2026-12-01"
    assert asana.call("GET", f"/tasks/{task['gid']}", token).json()["data"] == task


def test_a_task_needs_no_more_than_a_place(asana, token):
    parent = asana.create(token, workspace=HARBOUR).json()["data"]
    child = asana.create(token, name="Below", parent=parent["gid"]).json()["data"]

    assert (parent["name"], parent["assignee"], parent["due_on"]) == ("", None, None)
    assert child["parent"]["gid"] == parent["gid"]
    assert child["workspace"]["gid"] == HARBOUR


REFUSED = [
    ({"name": "X"}, "You should specify one of workspace, parent, projects"),
    ({"workspace": "example"}, "workspace: Not a recognized ID: example"),
    ({"workspace": 12}, "workspace: Not a valid GID type: int"),
    ({"workspace": "7"}, "workspace: Unknown object: 7"),
    ({"projects": ["7"]}, "projects: [0]: Unknown object: 7"),
    ({"projects": [ONBOARDING, "x"]}, "projects: [1]: Not a recognized ID: x"),
    ({"projects": ONBOARDING}, f"projects: Value is not an array: {ONBOARDING}"),
    ({"projects": [ONBOARDING, BERTHS]}, "projects: The projects and the task must be in the"),
    ({"workspace": HARBOUR, "projects": [ONBOARDING]}, "projects: The projects and the task must"),
    ({"parent": "7"}, "parent: Unknown object: 7"),
    ({"assignee": "nobody@example.org"}, "assignee: Not a user in Organization: nobody@example"),
    ({"assignee": ALAN}, f"assignee: Not a user in Organization: {ALAN}"),
    ({"assignee": 7}, "assignee: Not a valid GID type: int"),
    ({"workspace": HARBOUR, "assignee": ADA}, f"assignee: Not a user in Workspace: {HARBOUR}"),
    ({"followers": ["me", "?"]}, "followers: [1]: Not a user in Organization: ?"),
    ({"due_on": "2026-11-20", "due_at": NOON}, "You may only provide one of due_on or due_at!"),
    ({"due_on": "tomorrow"}, "due_on: Date must be in ISO-8601 (yyyy-mm-dd) format, not: tomorrow"),
    ({"due_on": "20261120"}, "due_on: Date must be"),
    ({"due_on": "2026-02-30"}, "due_on: Date must be"),
    ({"due_on": NOON}, "due_on: Date must be"),
    ({"due_on": 7}, "due_on: Value is not a string: 7"),
    ({"due_at": "2026-11-20"}, "due_at: Date must be"),
    ({"due_at": "2026-11-20T12:00:00"}, "due_at: Date must be"),
    ({"due_at": "2026-11-20T12:00:00+01:00"}, "due_at: Date must be"),
    ({"due_at": "2026-11-20T25:00:00Z"}, "due_at: Date must be"),
    ({"start_on": "2026-11-20"}, "start_on: due_on or due_at must be present"),
    ({"start_at": NOON, "due_on": "2026-11-20"}, "start_at: due_at must be present"),
    ({"tags": ["7"]}, "tags: [0]: Unknown object: 7"),
    ({"custom_fields": {START_DATE: "x"}}, f"Custom field with ID {START_DATE} is not on given"),
    ({"custom_fields": []}, "custom_fields: Value is not a JSON object: []"),
    ({"name": ["X"]}, "name: Value is not a string: ['X']"),
    ({"title": "X"}, "title: Cannot write this property"),
    ({"dueOn": "2026-11-20"}, "dueOn: Cannot write this property"),
    ({"gid": "7"}, "gid: Cannot write this property"),
]


@pytest.mark.parametrize(("task", "words"), REFUSED)
def test_what_is_wrong_with_a_task_is_told_and_none_is_made(asana, token, task, words):
    placed = {"workspace", "projects", "parent"} & task.keys() or task == {"name": "X"}
    answer = asana.create(token, **task if placed else {"workspace": EXAMPLE, **task})

    status, message = refusal(answer)
    assert (status, message[: len(words)]) == (400, words)
    assert asana.made() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b""])
def test_a_body_that_is_no_json_object_is_refused(asana, token, body):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = requests.post(f"{asana.api}/tasks", data=body, headers=headers, timeout=5)

    assert refusal(answer) == (400, "Could not parse request data, invalid JSON")


def test_a_body_is_json_and_wrapped_in_data(asana, token):
    task = {"name": "X", "workspace": EXAMPLE}
    as_form = asana.call("POST", "/tasks", token, data=task)
    bare = asana.call("POST", "/tasks", token, json=task)
    empty = asana.call("POST", "/tasks", token, json={})

    assert refusal(as_form) == (400, "Could not parse request data, invalid JSON")
    assert "The only allowed keys at the top level are: data, options." in refusal(bare)[1]
    assert refusal(empty) == (400, "data: Missing input")
    assert asana.made() == []


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"projects": [BOARD]}, "You do not have access to this project."),
        ({"workspace": EXAMPLE}, "You do not have access to this workspace."),
    ],
)
def test_what_a_person_may_not_see_takes_no_task_of_theirs(asana, task, words):
    who = GRACE if "projects" in task else ALAN

    assert refusal(asana.create(asana.token(who), **task)) == (403, words)


def test_its_owner_uses_a_private_project(asana):
    assert asana.create(asana.token(ADA), projects=[BOARD]).status_code == 201


def test_a_task_of_another_workspace_is_not_shown(asana, token):
    made = asana.create(token, workspace=HARBOUR).json()["data"]["gid"]
    answer = asana.call("GET", f"/tasks/{made}", asana.token(ADA))

    assert refusal(answer) == (403, "You do not have access to this task.")
    assert refusal(asana.call("GET", "/tasks/7", token)) == (404, "task: Unknown object: 7")


ENTRANCES = [
    ("POST", "/tasks", "tasks:write"),
    ("GET", "/tasks/7", "tasks:read"),
    ("GET", "/users/me", "users:read"),
    ("GET", "/workspaces", "workspaces:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ENTRANCES)
def test_each_entrance_has_its_scope_and_no_other_opens_it(asana, method, path, scope):
    others = " ".join(each for _, _, each in ENTRANCES if each != scope)
    without = asana.call(method, path, asana.token(scope=others))
    with_it = asana.call(method, path, asana.token(scope=scope))

    assert refusal(without) == (403, "Forbidden")
    assert with_it.status_code in {200, 400, 404}


@pytest.mark.parametrize(("method", "path", "scope"), ENTRANCES)
def test_nobody_enters_without_a_good_token(asana, method, path, scope):
    dead = asana.connect()
    asana.revoke(dead["refresh_token"])
    for bad in ("", "1/unknown", dead["access_token"], dead["refresh_token"]):
        assert refusal(asana.call(method, path, bad)) == (401, "Not Authorized")


def test_a_person_is_told_apart_from_their_colleagues(asana, token):
    me = asana.call("GET", "/users/me", token).json()["data"]
    ada = asana.call("GET", f"/users/{ADA}", token).json()["data"]

    assert (me["email"], [one["name"] for one in me["workspaces"]]) == (
        GRACE,
        ["example.org", "Harbour"],
    )
    assert (ada["gid"], ada["workspaces"][0]["gid"]) == ("1210000000000001", EXAMPLE)
    assert refusal(asana.call("GET", "/users/7", token)) == (404, "user: Unknown object: 7")


def test_a_person_s_workspaces_are_listed(asana, token):
    content = asana.call("GET", "/workspaces", token).json()

    assert [one["gid"] for one in content["data"]] == [EXAMPLE, HARBOUR]
    assert content["next_page"] is None


def test_an_unknown_path_is_refused_in_the_same_form(simulator, asana, token):
    answer = asana.call("GET", "/teapots", token)
    page = requests.get(simulator.url + "/asana/teapots", timeout=5)

    assert refusal(answer) == (404, "No matching route for request")
    assert page.status_code == 404


ORDERED = [
    ("not_authorized", 401),
    ("expired", 401),
    ("payment_required", 402),
    ("forbidden", 403),
    ("not_found", 404),
    ("legal", 451),
    ("server_error", 500),
    ("bad_request", 400),
]


@pytest.mark.parametrize(("error", "status"), ORDERED)
def test_every_refusal_can_be_ordered(simulator, asana, token, error, status):
    simulator.fault("asana", "tasks.create", "ok_false", value=error)
    answer = asana.create(token, workspace=EXAMPLE)

    assert refusal(answer)[0] == status
    assert ("phrase" in answer.json()["errors"][0]) is (status == 500)
    assert simulator.calls("tasks.create")[-1].outcome == error


def test_a_rate_limit_says_when_to_come_back(simulator, asana, token):
    simulator.fault("asana", "tasks.create", "rate_limited", value=30)
    answer = asana.create(token, workspace=EXAMPLE)

    assert refusal(answer)[0] == 429
    assert answer.headers["retry-after"] == "30"


def test_what_was_made_is_shown_to_people(simulator, asana, token):
    asana.create(token, name="Order <b>two</b> laptops", workspace=EXAMPLE)
    page = requests.get(simulator.url, timeout=5).text

    assert "Order &lt;b&gt;two&lt;/b&gt; laptops" in page
    assert "Grace Hooper (grace@example.org)" in page
