"""What people do through Asana, what keeps them from it, and in which words."""

import copy
import json

import pytest

from tests.functional.asana import ADA, ALAN, GRACE, acting, api_calls, tasks
from tests.functional.gateway import User
from tests.functional.google import spoil
from tests.functional.stored import dump, leaks
from tests.simulator.providers.asana.world import (
    BOARD,
    EXAMPLE,
    HARBOUR,
    ONBOARDING,
    START_DATE,
    TEAM,
    URGENT,
)

CANARY = "canary-b51f"
TASK = {"name": "Prepare the first day", "projects": [ONBOARDING]}


@pytest.fixture
def create(journey):
    return acting(journey)


def test_a_task_is_created_as_the_person_who_connected(create, simulator):
    reply = create(
        {
            **TASK,
            "workspace": EXAMPLE,
            "notes": "Grüße 👋",
            "assignee": ADA,
            "due": "2026-12-01",
            "start": "2026-11-20",
            "followers": ["me", ADA],
            "tags": [URGENT],
            "customFields": {START_DATE: "2026-12-01", TEAM: ["1", "2"]},
        }
    )

    assert reply.status == 200, reply.text
    (task,) = tasks(simulator)
    assert reply.json["data"] == {
        "id": task["gid"],
        "url": f"https://app.asana.com/1/{EXAMPLE}/task/{task['gid']}",
    }
    assert (task["by"], task["assignee"]) == ("1210000000000002", "1210000000000001")
    assert (task["name"], task["notes"]) == ("Prepare the first day", "Grüße 👋")
    assert (task["due_on"], task["start_on"]) == ("2026-12-01", "2026-11-20")
    assert task["custom_fields"] == {START_DATE: "2026-12-01", TEAM: ["1", "2"]}
    assert len(api_calls(simulator)) == 1


@pytest.mark.parametrize(
    ("due", "arrives"),
    [
        ("2026-11-20", None),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z"),
        ("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:00.000Z"),
        ("2026-11-20T23:30:00-08:00", "2026-11-21T07:30:00.000Z"),
        ("2026-11-20T10:00:00.25Z", "2026-11-20T10:00:00.250Z"),
    ],
)
def test_a_due_day_stays_a_day_and_a_time_arrives_in_utc(create, simulator, due, arrives):
    reply = create({**TASK, "due": due})

    assert reply.status == 200, reply.text
    (task,) = tasks(simulator)
    assert task["due_at"] == arrives
    assert task["due_on"] == (arrives or due)[:10]


def test_a_task_can_be_put_below_another_or_in_a_workspace_alone(create, simulator):
    above = create({"name": "Above", "workspace": HARBOUR}).json["data"]["id"]
    assert create({"name": "Below", "parent": above}).status == 200

    assert [task["parent"] for task in tasks(simulator)] == [None, above]


UNFIT = [
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"name": "x" * 1025}, "name"),
    ({"name": 7}, "name"),
    ({"projects": []}, "where the task belongs"),
    ({"projects": ONBOARDING}, "projects"),
    ({"projects": [7]}, "projects"),
    ({"projects": [""]}, "projects"),
    ({"projects": [ONBOARDING] * 21}, "projects"),
    ({"workspace": ""}, "workspace"),
    ({"workspace": 7}, "workspace"),
    ({"assignee": ""}, "assignee"),
    ({"due": "tomorrow"}, "due"),
    ({"due": "2026-02-30"}, "due"),
    ({"due": 1763629200}, "due"),
    ({"due": "2026-11-20T10:00:00"}, "offset"),
    ({"due": "0001-01-01T00:00:00+14:00"}, "9999"),
    ({"start": "2026-11-20"}, "due"),
    ({"due": "2026-11-20", "start": "2026-11-20T10:00:00Z"}, "due at a time"),
    ({"notes": ""}, "notes"),
    ({"followers": ADA}, "followers"),
    ({"customFields": []}, "customFields"),
    ({"customFields": {START_DATE: {"a": 1}}}, "customFields"),
    ({"customFields": {START_DATE: [1]}}, "customFields"),
]


def test_a_task_that_does_not_fit_calls_nobody(create, simulator):
    for changes, words in UNFIT:
        reply = create({**TASK, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"], changes
        assert api_calls(simulator) == []


def test_an_unknown_field_is_named_as_such(create, simulator):
    for changes in ({"due_on": "2026-11-20"}, {"custom_fields": {}}, {"completed": True}):
        reply = create({**TASK, **changes})

        assert (reply.status, reply.error) == (400, "unknown_field"), changes
        assert api_calls(simulator) == []


@pytest.mark.parametrize(
    ("task", "outcome", "words"),
    [
        ({"workspace": "7"}, "bad_request", "Asana does not accept these values"),
        ({"workspace": CANARY}, "bad_request", "Asana does not accept these values"),
        ({**TASK, "assignee": ALAN}, "bad_request", "Asana does not accept these values"),
        ({**TASK, "customFields": {"7": "x"}}, "bad_request", "Asana does not accept"),
        ({"projects": [BOARD]}, "forbidden", "may not do that there"),
    ],
)
def test_what_asana_finds_wrong_is_told_in_our_words(create, simulator, task, outcome, words):
    reply = create({"name": "X", **task})

    assert [call.outcome for call in api_calls(simulator)] == [outcome]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert words in reply.json["error"]["message"]
    assert CANARY not in reply.text
    assert tasks(simulator) == []


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "forbidden", (400, "invalid_request")),
        ("ok_false", "payment_required", (400, "invalid_request")),
        ("ok_false", "not_found", (400, "invalid_request")),
        ("ok_false", "legal", (502, "provider_error")),
        ("ok_false", "server_error", (502, "provider_unavailable")),
        ("status", 418, (502, "provider_error")),
        ("html", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("lost_answer", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("body", json.dumps({"data": {"gid": [CANARY]}}), (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_made_twice(
    create, simulator, kind, value, answer
):
    simulator.fault("asana", "tasks.create", kind, value=value)
    before = dump()
    reply = create(TASK)

    assert (reply.status, reply.error) == answer
    assert len(api_calls(simulator)) == 1
    assert CANARY not in reply.text
    assert dump() == before


@pytest.mark.parametrize(
    ("kind", "value", "wait"), [("rate_limited", 17, "17"), ("status", 429, None)]
)
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(
    create, simulator, kind, value, wait
):
    simulator.fault("asana", "tasks.create", kind, value=value)
    reply = create(TASK)

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers.get("retry-after") == wait


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 412, 429, 451, 500])
def test_asana_s_words_are_never_repeated(create, monkeypatch, status, logs):
    words = json.dumps({"errors": [{"message": CANARY, "help": CANARY}]}).encode()

    def refuse(answer):
        return copy.replace(answer, status=status, body=words, headers={"x": CANARY})

    spoil(monkeypatch, "/tasks", refuse)
    reply = create(TASK)

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


@pytest.mark.parametrize(
    "link", [CANARY, f"javascript:{CANARY}", f"http://{CANARY}/", {"a": CANARY}]
)
def test_a_link_that_is_none_does_not_reach_the_answer(create, monkeypatch, link):
    body = json.dumps({"data": {"gid": "1", "permalink_url": link, "name": CANARY}}).encode()
    spoil(monkeypatch, "/tasks", lambda answer: copy.replace(answer, body=body))

    assert create(TASK).json["data"] == {"id": "1", "url": None}


def test_a_task_asked_for_twice_under_one_key_is_made_once(create, simulator):
    first = create(TASK, headers={"idempotency-key": "first-day"})
    again = create(TASK, headers={"idempotency-key": "first-day"})
    other = create({**TASK, "name": "Another"}, headers={"idempotency-key": "first-day"})

    assert (first.status, again.json["data"]) == (200, first.json["data"])
    assert (other.status, other.error) == (409, "idempotency_conflict")
    assert len(tasks(simulator)) == 1


def test_without_a_key_each_request_makes_its_own_task(create, simulator):
    assert [create(TASK).status for _ in range(2)] == [200, 200]
    assert len(tasks(simulator)) == 2


@pytest.mark.parametrize(
    ("user", "status"),
    [
        (User(role="manager", id="ada"), 200),
        (User(role="admin", id="root"), 200),
        (User(role="hr", id="henry"), 200),
        (User(role="manager", id="mia"), 403),
        (User(organization="org-b", id="ada"), 404),
    ],
    ids=["the one who connected", "an admin", "hr", "another manager", "another organization"],
)
def test_only_the_person_and_those_who_manage_act_as_that_person(create, simulator, user, status):
    assert create(TASK, user=user).status == status

    assert [task["by"] for task in tasks(simulator)] == ["1210000000000002"] * (status == 200)


def test_an_action_shows_no_token_and_logs_no_content(create, simulator, logs):
    reply = create({**TASK, "name": CANARY, "notes": CANARY, "assignee": ADA})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY, ADA, GRACE):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])


def test_the_catalogue_says_what_asana_offers(journey):
    catalogue = journey.gateway.get("/api/integrations/providers").json["data"]
    (asana,) = (each for each in catalogue if each["id"] == "asana")

    assert (asana["name"], asana["actsAs"], asana["availability"]) == ("Asana", "person", "active")
    assert [each["id"] for each in asana["scopes"] if each["required"]] == [
        "tasks:write",
        "tasks:read",
        "projects:read",
        "workspaces:read",
        "webhooks:write",
        "webhooks:read",
        "webhooks:delete",
    ]
    (action,) = asana["actions"]
    assert action["id"] == "create_task"
    assert [field["name"] for field in action["fields"] if field["required"]] == ["name"]
