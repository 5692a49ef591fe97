"""Linear's GraphQL endpoint: who may ask, what an issue must be, and how it refuses."""

import pytest
import requests

from tests.simulator.providers.linear.workspaces import LABELS, PROJECTS, uuid_of
from tests.unit.simulator.linear.app import (
    ADA,
    ADA_AT_GLOBEX,
    BOARD,
    CREATE,
    ENGINEERING,
    GRACE,
)

GLOBEX = GRACE.workspace
LABEL = GLOBEX.named("label", "Onboarding")
PROJECT = GLOBEX.named("project", "New hires")
DONE = ENGINEERING.state_id("Done")
UNKNOWN = uuid_of("nothing at all")


def extensions(answer):
    return answer.json()["errors"][0]["extensions"]


def test_the_viewer_is_the_person_in_the_workspace_that_was_chosen(linear):
    query = "{ viewer { id name email isMe admin organization { id name urlKey userCount } } }"
    told = [
        linear.ask(linear.connect(person.id)["access_token"], query).json()["data"]["viewer"]
        for person in (ADA, ADA_AT_GLOBEX)
    ]

    assert told[0] == {
        "id": ADA.id,
        "name": "Ada Lowell",
        "email": "ada@example.org",
        "isMe": True,
        "admin": True,
        "organization": {
            "id": ADA.workspace.id,
            "name": "Ada's Bakery",
            "urlKey": "adas-bakery",
            "userCount": 1,
        },
    }
    assert told[1]["id"] == ADA_AT_GLOBEX.id != ADA.id
    assert (told[1]["admin"], told[1]["organization"]["userCount"]) == (False, 2)


def test_every_answer_tells_the_limits_in_milliseconds(simulator, linear, token):
    headers = linear.ask(token, "{ organization { urlKey } }").headers

    assert headers["X-RateLimit-Requests-Limit"] == "5000"
    assert headers["X-RateLimit-Requests-Reset"] == str(int(simulator.now() + 3600) * 1000)
    assert headers["X-Complexity"] == "8"


def test_an_issue_is_created_with_all_that_was_said(simulator, linear, token):
    given = {
        "description": "**Soon**",
        "priority": 1,
        "dueDate": "2026-11-30",
        "assigneeId": ADA_AT_GLOBEX.id,
        "projectId": PROJECT,
        "labelIds": [LABEL],
    }
    answer = linear.create(token, **given)

    issue = answer.json()["data"]["issueCreate"]["issue"]
    assert (answer.status_code, issue["identifier"]) == (200, "ENG-1")
    assert issue["url"] == "https://linear.app/globex/issue/ENG-1/a-laptop-for-alan"
    (made,) = simulator.state()["linear"]["issues"]
    assert (made["id"], made["creator"]) == (issue["id"], GRACE.id)
    assert (made["assignee"], made["project"], made["labels"]) == (
        ADA_AT_GLOBEX.id,
        PROJECT,
        (LABEL,),
    )
    assert (made["priority"], made["due_date"]) == (1, "2026-11-30")


def test_issues_are_numbered_in_their_team_and_found_by_either_name(linear, token):
    first, second = (linear.create(token).json()["data"]["issueCreate"]["issue"] for _ in range(2))
    child = linear.create(token, parentId="ENG-2")

    assert [first["identifier"], second["identifier"]] == ["ENG-1", "ENG-2"]
    assert child.json()["data"]["issueCreate"]["issue"]["identifier"] == "ENG-3"
    query = "query ($id: String!) { issue(id: $id) { id team { key } state { name type } } }"
    for reference in ("ENG-2", second["id"]):
        assert linear.ask(token, query, id=reference).json()["data"]["issue"] == {
            "id": second["id"],
            "team": {"key": "ENG"},
            "state": {"name": "Backlog", "type": "backlog"},
        }


def test_without_a_good_token_nothing_is_answered(simulator, linear, token):
    answer = linear.ask("invented", "{ viewer { id } }")

    assert answer.status_code == 401
    assert answer.json() == {
        "errors": [
            {
                "message": "Authentication required, not authenticated",
                "extensions": {
                    "type": "authentication error",
                    "code": "AUTHENTICATION_ERROR",
                    "statusCode": 401,
                    "userError": True,
                    "userPresentableMessage": "You need to authenticate to access this operation.",
                    "meta": {},
                    "http": {"status": 401},
                },
            }
        ]
    }
    url = f"{linear.endpoints['apiUrl']}/graphql"
    bare = requests.post(url, json={"query": "{}"}, headers={"Authorization": token}, timeout=5)
    assert bare.status_code == 401


@pytest.mark.parametrize(
    ("scope", "changes", "status"),
    [
        ("read", {}, 400),
        ("comments:create", {}, 400),
        ("issues:create", {}, 200),
        ("issues:create", {"stateId": DONE}, 400),
        ("write", {"stateId": DONE}, 200),
    ],
)
def test_creating_takes_its_scope_and_choosing_a_state_takes_write(linear, scope, changes, status):
    answer = linear.create(linear.connect(scope=scope)["access_token"], **changes)

    assert answer.status_code == status
    if status == 400:
        assert answer.json()["errors"][0]["message"] == "Invalid scope: `write` required"
        assert extensions(answer) == {
            "type": "forbidden",
            "code": "FORBIDDEN",
            "statusCode": 403,
            "userError": True,
            "http": {"status": 400},
        }


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"teamId": UNKNOWN}, "Team"),
        ({"assigneeId": ADA.id}, "User"),
        ({"projectId": ADA.workspace.named("project", "New hires")}, "Project"),
        ({"labelIds": [LABEL, ADA.workspace.named("label", "Onboarding")]}, "IssueLabel"),
        ({"parentId": "ENG-99"}, "Issue"),
        ({"parentId": UNKNOWN}, "Issue"),
    ],
)
def test_what_is_not_there_or_of_another_workspace_is_not_found_with_200(
    simulator, linear, token, changes, what
):
    answer = linear.create(token, **changes)

    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert answer.json()["errors"][0]["message"] == f"Entity not found: {what}"
    assert answer.json()["errors"][0]["path"] == ["issueCreate"]
    assert extensions(answer)["code"] == "INPUT_ERROR"
    assert simulator.state()["linear"]["issues"] == []


def test_a_state_of_another_team_is_not_found(linear):
    token = linear.connect(scope="write")["access_token"]

    answer = linear.create(token, stateId=BOARD.state_id("Done"))
    assert answer.json()["errors"][0]["message"] == "Entity not found: WorkflowState"


def test_a_private_team_is_there_for_its_owner_alone(linear, token):
    guest = linear.connect(ADA_AT_GLOBEX.id)["access_token"]

    assert linear.create(token, teamId=BOARD.id).json()["data"]
    refused = linear.create(guest, teamId=BOARD.id)
    assert refused.json()["errors"][0]["message"] == "Entity not found: Team"
    query = "query ($id: String!) { team(id: $id) { key private } }"
    assert linear.ask(token, query, id=BOARD.id).json()["data"]["team"]["private"] is True
    assert linear.ask(guest, query, id=BOARD.id).json()["data"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"teamId": "ENG"}, "teamId"),
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "x" * 513}, "title"),
        ({"priority": 5}, "priority"),
        ({"priority": -1}, "priority"),
        ({"assigneeId": "grace"}, "assigneeId"),
        ({"labelIds": ["Onboarding"]}, "labelIds"),
        ({"parentId": "12"}, "parentId"),
        ({"id": "7"}, "id"),
    ],
)
def test_an_argument_that_does_not_fit_is_repeated_with_200(linear, token, changes, field):
    answer = linear.create(token, **changes)

    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert extensions(answer)["code"] == "INVALID_INPUT"
    (problem,) = extensions(answer)["validationErrors"]
    assert problem["property"] == field


def test_an_id_of_ones_own_is_used_once(linear, token):
    own = uuid_of("an id of one's own")

    issue = linear.create(token, id=own).json()["data"]["issueCreate"]["issue"]
    assert issue["id"] == own
    assert extensions(linear.create(token, id=own))["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewer { password } }", {}),
        ("{ viewer", {}),
        ("{ nothing }", {}),
        (CREATE, {"input": {"title": "No team"}}),
        (CREATE, {"input": {"teamId": ENGINEERING.id, "title": "x", "colour": "red"}}),
        (CREATE, {"input": {"teamId": ENGINEERING.id, "title": 7}}),
        (CREATE, {"input": {"teamId": ENGINEERING.id, "title": "x", "dueDate": "tomorrow"}}),
        (CREATE, {"input": {"teamId": ENGINEERING.id, "title": "x", "dueDate": "2026-02-30"}}),
        (CREATE, {}),
    ],
)
def test_a_document_the_schema_does_not_know_is_400(simulator, linear, token, query, variables):
    answer = linear.ask(token, query, **variables)

    assert answer.status_code == 400
    assert extensions(answer)["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert simulator.state()["linear"]["issues"] == []


@pytest.mark.parametrize(
    "options", [{"data": "{}"}, {"json": []}, {"json": {"query": 7}}, {"json": {}}]
)
def test_a_body_without_a_query_is_400(linear, token, options):
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{linear.endpoints['apiUrl']}/graphql"

    assert requests.post(url, headers=headers, timeout=5, **options).status_code == 400


def test_labels_and_projects_are_those_of_the_workspaces():
    assert (LABELS[LABEL], PROJECTS[PROJECT]) == (GLOBEX, GLOBEX)
