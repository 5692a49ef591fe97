"""What people do through Jira: issues, done once, and refused in our words."""

import copy
import json

import pytest

from hub.http_client import HttpClient
from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.jira import GRACE, TASK, act, come_back, created, issues
from tests.functional.journey import result
from tests.functional.stored import dump, leaks, rows
from tests.simulator.providers.jira.people import ADA as ADA_BYRON

CANARY = "canary-b51f"


@pytest.fixture
def do(journey):
    integration = journey.connect(GRACE, provider="jira")
    return lambda body=TASK, **options: act(journey, integration, body, **options)


def test_an_issue_is_created_in_the_name_of_the_person(do, simulator):
    reply = do()

    assert reply.status == 200, reply.text
    assert reply.json["data"] == {"id": "10000", "key": "HR-1"}
    (issue,) = issues(simulator)
    assert (issue["reporter"], issue["site"]) == ("grace@example.org", "Initech")
    assert (issue["type"], issue["fields"]["summary"]) == ("Task", "Prepare a laptop")


def test_all_that_an_issue_can_have_arrives(do, simulator):
    parent = do().json["data"]["key"]
    body = {
        "project": "10100",
        "summary": "Grüße 👋",
        "issueType": "Bug",
        "description": "First\nline\n\n件名",
        "labels": ["hr", "laptop"],
        "assigneeId": ADA_BYRON.id,
        "priority": "2",
        "parent": parent,
        "dueDate": "2026-12-24",
    }
    assert do(body).status == 200

    fields = issues(simulator)[1]["fields"]
    paragraphs = [
        [node.get("text") for node in block["content"]]
        for block in fields.pop("description")["content"]
    ]
    assert paragraphs == [["First", None, "line"], ["件名"]]
    assert fields == {
        "project": {"id": "10100"},
        "issuetype": {"name": "Bug"},
        "summary": "Grüße 👋",
        "labels": ["hr", "laptop"],
        "assignee": {"accountId": ADA_BYRON.id},
        "priority": {"id": "2"},
        "parent": {"key": parent},
        "duedate": "2026-12-24",
    }


UNFIT = [
    ({"project": ""}, "invalid_request"),
    ({"project": 7}, "invalid_request"),
    ({"project": None}, "invalid_request"),
    ({"summary": ""}, "invalid_request"),
    ({"summary": "x" * 256}, "invalid_request"),
    ({"description": ""}, "invalid_request"),
    ({"description": "x" * 32_768}, "invalid_request"),
    ({"description": {"type": "doc"}}, "invalid_request"),
    ({"labels": "hr"}, "invalid_request"),
    ({"labels": [""]}, "invalid_request"),
    ({"labels": ["x"] * 101}, "invalid_request"),
    ({"dueDate": "tomorrow"}, "invalid_request"),
    ({"dueDate": "2026-02-30"}, "invalid_request"),
    ({"dueDate": 1763629200}, "invalid_request"),
    ({"assigneeId": ""}, "invalid_request"),
    ({"issueType": None}, "invalid_request"),
    ({"fields": {}}, "unknown_field"),
    ({"cloudId": "another"}, "unknown_field"),
    ({"issue_type": "Bug"}, "unknown_field"),
]


def test_an_input_that_does_not_fit_calls_nobody(do, simulator):
    for changes, code in UNFIT:
        reply = do({**TASK, **changes})

        assert (reply.status, reply.error) == (400, code), changes
        assert next(iter(changes)) in reply.json["error"]["message"] or code == "unknown_field"
        assert created(simulator) == []


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"project": "NONE"}, "project", "no such project"),
        ({"project": "../../me"}, "project", "no such project"),
        ({"project": "LAW"}, "project", "who may create issues"),
        ({"issueType": "Nonsense"}, "issuetype", "no such issue type"),
        ({"issueType": "Onboarding"}, "customfield_10042", "further fields"),
        ({"summary": "two\nlines"}, "summary", "one line"),
        ({"labels": ["two words"]}, "labels", "no spaces"),
        ({"assigneeId": "nobody"}, "assignee", "cannot be assigned"),
        ({"priority": "Urgent"}, "priority", "priority"),
        ({"parent": "HR-99"}, "parent", "parent issue"),
    ],
)
def test_what_jira_finds_wrong_is_told_in_our_words(do, simulator, changes, outcome, words):
    reply = do({**TASK, **changes})

    assert [call.outcome for call in created(simulator)] == [outcome]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert words in reply.json["error"]["message"]
    assert str(*changes.values()) not in reply.json["error"]["message"]
    assert issues(simulator) == []


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "scope", (409, "insufficient_scope")),
        ("ok_false", "permission", (400, "invalid_request")),
        ("ok_false", "configuration", (400, "invalid_request")),
        ("rate_limited", 17, (429, "rate_limited")),
        ("status", 418, (502, "provider_error")),
        ("status", 503, (502, "provider_unavailable")),
        ("html", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("lost_answer", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
        ("body", json.dumps({"id": {"a": CANARY}}), (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_sent_twice(
    do, simulator, kind, value, answer
):
    simulator.fault("jira", "issue.create", kind, value=value)
    before = dump()
    reply = do()

    assert (reply.status, reply.error) == answer
    assert len(created(simulator)) == 1
    assert CANARY not in reply.text
    assert dump() == before


@pytest.mark.parametrize(("seconds", "wait"), [(17, "17"), (0, None)])
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(do, simulator, seconds, wait):
    simulator.fault("jira", "issue.create", "rate_limited", value=seconds)

    assert do().headers.get("retry-after") == wait


def test_a_call_that_takes_too_long_is_cut_off(do, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("jira", "issue.create", "slow", value=1)
    reply = do()

    assert (reply.status, reply.error) == (504, "timeout")
    assert len(created(simulator)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429, 500])
def test_jiras_words_are_never_repeated(do, monkeypatch, status, logs):
    words = {"errorMessages": [CANARY], "errors": {CANARY: CANARY, "summary": CANARY}}
    send = HttpClient.send

    def refuse(client, request, **options):
        answer = send(client, request, **options)
        body = json.dumps({**words, "message": CANARY}).encode()
        return copy.replace(answer, status=status, body=body, headers={"x": CANARY})

    monkeypatch.setattr(HttpClient, "send", refuse)
    reply = do()

    assert reply.status >= 400
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_under_a_key_an_issue_is_created_once(do, simulator):
    key = {"idempotency-key": "key-1"}
    first, again = do(headers=key), do(headers=key)

    assert first.json == again.json
    assert len(issues(simulator)) == 1
    other = do({**TASK, "summary": "Another"}, headers=key)
    assert (other.status, other.error) == (409, "idempotency_conflict")


def test_an_issue_that_may_have_been_created_is_not_created_again_under_its_key(do, simulator):
    simulator.fault("jira", "issue.create", "lost_answer")
    key = {"idempotency-key": "key-1"}
    first, again = do(headers=key), do(headers=key)

    assert (first.status, first.error) == (502, "provider_unavailable")
    assert again.status == 409
    assert len(issues(simulator)) == 1


def test_a_scope_that_was_not_granted_is_missing_before_jira_is_asked(journey, simulator):
    import boto3

    from hub.store.database import encode

    integration = result(come_back(journey))["integration"]
    (row,) = rows("integrations")
    row["scopesGranted"] = [each for each in row["scopesGranted"] if each != "write:jira-work"]
    boto3.client("dynamodb").put_item(TableName="integrations", Item=encode(row))
    reply = act(journey, integration)

    assert (reply.status, reply.error) == (409, "insufficient_scope")
    assert created(simulator) == []


@pytest.mark.parametrize(
    ("user", "status"),
    [
        (User(role="manager", id="ada"), 200),
        (User(role="hr", id="henry"), 200),
        (User(role="manager", id="mia"), 403),
        (User(organization="org-b", id="ada"), 404),
    ],
    ids=["who connected", "who manages", "another manager", "another organization"],
)
def test_an_issue_is_created_for_those_who_may_act_as_that_person(do, simulator, user, status):
    assert do(user=user).status == status
    assert len(issues(simulator)) == (1 if status == 200 else 0)


def test_an_action_shows_no_token_and_logs_no_content(do, simulator, logs):
    reply = do({**TASK, "summary": CANARY, "description": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
