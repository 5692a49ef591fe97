"""What people do through Linear: issues, once, and what they are told when it does not go."""

import copy
import json

import pytest

from hub.http_types import Answer
from tests.functional.gateway import User
from tests.functional.google import spoil
from tests.functional.journey import result
from tests.functional.linear import (
    ADA_AT_GLOBEX,
    BOARD,
    CANARY,
    CREATE,
    ENGINEERING,
    GRACE,
    ISSUE,
    READ,
    WRITE,
    acting,
    asked,
    come_back,
    issues,
)
from tests.simulator.providers.linear.workspaces import BAKERY

LABEL = GRACE.workspace.named("label", "Onboarding")
PROJECT = GRACE.workspace.named("project", "New hires")
TODO = ENGINEERING.state_id("Todo")


@pytest.fixture
def act(journey):
    return acting(journey, journey.connect(GRACE.id, provider="linear"))


def test_an_issue_is_created(act, simulator):
    reply = act()

    assert reply.status == 200, reply.text
    (issue,) = issues(simulator)
    assert reply.json["data"] == {
        "id": issue["id"],
        "identifier": "ENG-1",
        "url": "https://linear.app/globex/issue/ENG-1/a-laptop-for-alan",
    }
    assert (issue["title"], issue["team"]) == (ISSUE["title"], ENGINEERING.id)
    assert (issue["creator"], issue["description"], issue["due_date"]) == (GRACE.id, None, None)


def test_everything_that_may_be_said_of_it_arrives(act, simulator):
    parent = act().json["data"]["identifier"]
    reply = act(
        {
            **ISSUE,
            "title": "Ein Läptop für Alan 👋",
            "description": '# Was?\n\n- [ ] "Größe"\\',
            "priority": "high",
            "dueDate": "2026-11-30",
            "assigneeId": ADA_AT_GLOBEX.id,
            "projectId": PROJECT,
            "parentId": parent,
            "labelIds": [LABEL],
        }
    )

    assert reply.status == 200, reply.text
    issue = issues(simulator)[1]
    assert issue["title"] == "Ein Läptop für Alan 👋"
    assert issue["description"] == '# Was?\n\n- [ ] "Größe"\\'
    assert (issue["priority"], issue["due_date"]) == (2, "2026-11-30")
    assert (issue["assignee"], issue["project"]) == (ADA_AT_GLOBEX.id, PROJECT)
    assert (issue["parent"], tuple(issue["labels"])) == ("ENG-1", (LABEL,))


@pytest.mark.parametrize(
    ("word", "number"), [("urgent", 1), ("high", 2), ("medium", 3), ("low", 4), (None, 0)]
)
def test_a_priority_is_a_word(act, simulator, word, number):
    assert act({**ISSUE, **({"priority": word} if word else {})}).status == 200
    assert issues(simulator)[0]["priority"] == number


def test_the_longest_of_all_still_fits(act, simulator):
    assert act({**ISSUE, "title": "x" * 512, "description": "x" * 100_000}).status == 200
    assert len(issues(simulator)[0]["description"]) == 100_000


UNFIT = [
    ({"teamId": ""}, "teamId"),
    ({"teamId": 7}, "teamId"),
    ({"teamId": "x" * 65}, "teamId"),
    ({"title": ""}, "title"),
    ({"title": None}, "title"),
    ({"title": "x" * 513}, "title"),
    ({"description": ""}, "description"),
    ({"description": "x" * 100_001}, "description"),
    ({"priority": "soon"}, "priority"),
    ({"priority": 1}, "priority"),
    ({"dueDate": "tomorrow"}, "dueDate"),
    ({"dueDate": "2026-02-30"}, "dueDate"),
    ({"dueDate": "2026-11-30T10:00:00Z"}, "dueDate"),
    ({"dueDate": 20261130}, "dueDate"),
    ({"labelIds": LABEL}, "labelIds"),
    ({"labelIds": [LABEL] * 51}, "labelIds"),
    ({"labelIds": [""]}, "labelIds"),
]


def test_an_issue_that_does_not_fit_calls_nobody(act, simulator):
    for changes, words in UNFIT:
        reply = act({**ISSUE, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"]
        assert asked(simulator) == []


def test_an_unknown_field_is_named_as_such(act, simulator):
    for changes in ({"team_id": "x"}, {"id": "x"}, {"createAsUser": "Ada"}, {"estimate": 3}):
        reply = act({**ISSUE, **changes})

        assert (reply.status, reply.error) == (400, "unknown_field"), changes
        assert asked(simulator) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"teamId": "ENG"}, "INVALID_INPUT"),
        ({"teamId": BAKERY.named("team", "ENG")}, "INPUT_ERROR"),
        ({"assigneeId": BAKERY.id}, "INPUT_ERROR"),
        ({"projectId": LABEL}, "INPUT_ERROR"),
        ({"parentId": f"ENG-{'9' * 9}"}, "INPUT_ERROR"),
        ({"parentId": CANARY}, "INVALID_INPUT"),
        ({"labelIds": [PROJECT]}, "INPUT_ERROR"),
        ({"title": "   "}, "INVALID_INPUT"),
    ],
)
def test_what_linear_finds_wrong_is_told_in_our_words(act, simulator, changes, outcome):
    reply = act({**ISSUE, **changes})

    assert [call.outcome for call in asked(simulator)] == [outcome]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert "Check the ids" in reply.json["error"]["message"]
    assert CANARY not in reply.text
    assert issues(simulator) == []


# Permissions


def test_a_state_may_be_chosen_with_the_optional_permission(journey, simulator):
    integration = result(come_back(journey, scopes=[WRITE]))["integration"]
    assert acting(journey, integration)({**ISSUE, "stateId": TODO}).status == 200

    assert issues(simulator)[0]["state"] == TODO


def test_a_state_cannot_be_chosen_without_it(act, simulator):
    reply = act({**ISSUE, "stateId": TODO})

    assert [call.outcome for call in asked(simulator)] == ["FORBIDDEN"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")
    assert "choosing an issue's state needs it" in reply.json["error"]["message"]


def test_a_permission_that_linear_says_is_missing_is_told_as_such(journey, simulator, monkeypatch):
    """What the token endpoint said was granted is not what the API finds."""
    simulator.configure("linear", granted_scopes=[READ])

    def said_more(answer: Answer) -> Answer:
        told = answer.json() | {"scope": f"{READ} {CREATE}"}
        return copy.replace(answer, body=json.dumps(told).encode())

    spoil(monkeypatch, "/oauth/token", said_more)
    reply = acting(journey, result(come_back(journey))["integration"])()

    assert [call.outcome for call in asked(simulator)] == ["FORBIDDEN"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")


def test_a_private_team_is_none_to_who_is_not_in_it(journey):
    body = {**ISSUE, "teamId": BOARD.id}
    outsider = acting(journey, journey.connect(ADA_AT_GLOBEX.id, provider="linear"))
    assert outsider(body).error == "invalid_request"
    owner = acting(journey, journey.connect(GRACE.id, provider="linear"))
    assert owner(body).status == 200


def test_a_manager_does_not_act_as_another_person(act, simulator):
    reply = act(user=User(role="manager", id="mia"))

    assert (reply.status, reply.error) == (403, "forbidden")
    assert asked(simulator) == []


@pytest.mark.parametrize(
    "user",
    [User(role="manager", id="ada"), User(role="admin", id="root"), User(role="hr", id="henry")],
    ids=["the one who connected", "an admin", "hr"],
)
def test_the_one_who_connected_and_those_who_manage_act_as_that_person(act, simulator, user):
    assert act(user=user).status == 200
    assert issues(simulator)[0]["creator"] == GRACE.id


def test_another_organization_finds_nothing_to_act_on(act, simulator):
    reply = act(user=User(organization="org-b", id="ada"))

    assert (reply.status, reply.error) == (404, "not_found")
    assert asked(simulator) == []
