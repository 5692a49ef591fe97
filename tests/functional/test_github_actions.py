"""What people do through GitHub, who may do it, and what they are told when it fails."""

import copy
import json

import pytest

from hub.http_client import HttpClient
from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.github import (
    ADA,
    BOB,
    CANARY,
    GRACE,
    HANDBOOK,
    ISSUE,
    act,
    attempts,
    come_back,
    issues,
    register,
)
from tests.functional.google import spoil
from tests.functional.journey import result
from tests.functional.stored import dump, leaks


@pytest.fixture
def connected(journey):
    return journey.connect(ADA, provider="github")


def test_an_issue_is_created_in_the_name_of_the_account(journey, simulator, connected):
    reply = act(journey, connected, {**ISSUE, "body": "Grüße 👋"})

    assert reply.status == 200, reply.text
    (issue,) = issues(simulator)
    assert reply.json["data"] == {
        "id": issue["id"],
        "number": 1,
        "url": f"https://github.com/{HANDBOOK}/issues/1",
        "ignored": [],
    }
    assert (issue["repository"], issue["author"]) == (HANDBOOK, ADA)
    assert (issue["title"], issue["body"]) == (ISSUE["title"], "Grüße 👋")


FULL = {
    **ISSUE,
    "body": "On page 3",
    "labels": ["bug", "docs"],
    "assignees": [GRACE],
    "milestone": 1,
    "type": "Bug",
}


def test_all_that_github_offers_arrives(journey, simulator, connected):
    assert act(journey, connected, FULL).json["data"]["ignored"] == []

    (issue,) = issues(simulator)
    assert (issue["labels"], issue["assignees"]) == (("bug", "docs"), (GRACE,))
    assert (issue["milestone"], issue["type"]) == (1, "Bug")


def test_what_the_account_may_not_set_is_told(journey, simulator):
    integration = journey.connect(GRACE, provider="github")
    reply = act(journey, integration, FULL)

    assert reply.json["data"]["ignored"] == ["labels", "assignees", "milestone", "type"]


def test_an_oauth_app_does_the_same(journey, simulator):
    simulator.configure("github", oauth_app=True)
    integration = journey.connect(ADA, provider="github")

    assert act(journey, integration, {**ISSUE, "repository": "globex/board"}).status == 200


UNFIT = [
    ({"repository": "handbook"}, "owner/name"),
    ({"repository": "a/b/c"}, "owner/name"),
    ({"repository": "globex/.."}, "no id"),
    ({"repository": ""}, "repository"),
    ({"repository": "x" * 141}, "repository"),
    ({"repository": 7}, "repository"),
    ({"title": ""}, "title"),
    ({"title": "x" * 257}, "title"),
    ({"body": "x" * 65_537}, "body"),
    ({"labels": "bug"}, "labels"),
    ({"labels": [""]}, "labels"),
    ({"labels": ["x" * 51]}, "labels"),
    ({"labels": ["bug"] * 101}, "labels"),
    ({"assignees": [ADA] * 11}, "assignees"),
    ({"assignees": [7]}, "assignees"),
    ({"milestone": 0}, "milestone"),
    ({"milestone": "1"}, "milestone"),
    ({"milestone": True}, "milestone"),
    ({"type": ""}, "type"),
]


def test_an_issue_that_does_not_fit_calls_nobody(journey, simulator, connected):
    for changes, words in UNFIT:
        reply = act(journey, connected, {**ISSUE, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"]
    for unknown in ({"colour": "red"}, {"kind": "Bug"}, {"assignee": ADA}):
        assert act(journey, connected, {**ISSUE, **unknown}).error == "unknown_field"
    assert attempts(simulator) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"repository": "globex/nothing"}, "not_found"),
        ({"repository": "globex/mirror"}, "disabled"),
        ({"repository": "globex/attic"}, "archived"),
        ({"repository": "globex/manual"}, "renamed"),
        ({"repository": "initech/tools"}, "not_accessible"),
        ({"assignees": ["nobody"]}, "validation"),
        ({"milestone": 99}, "validation"),
        ({"title": "   "}, "validation"),
    ],
)
def test_what_github_finds_wrong_is_told_in_our_words(
    journey, simulator, connected, changes, outcome
):
    reply = act(journey, connected, {**ISSUE, **changes})

    assert [call.outcome for call in attempts(simulator)] == [outcome]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert "Resource not" not in reply.text
    assert issues(simulator) == []


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (("rate_limited", 17), 17),
        (("rate_limited", 0), 60),
        (("ok_false", "secondary_limit"), 60),
        (("ok_false", "primary_limit"), 1800),
        (("status", 429), 60),
    ],
)
def test_a_limit_is_passed_on_with_the_wait(journey, simulator, connected, fault, wait):
    kind, value = fault
    simulator.fault("github", "issues.create", kind, value=value)
    reply = act(journey, connected)

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert wait - 2 <= int(reply.headers["retry-after"]) <= wait
    assert len(attempts(simulator)) == 1


FAILURES = [
    (("ok_false", "single_sign_on"), (400, "invalid_request")),
    (("ok_false", "restricted"), (400, "invalid_request")),
    (("ok_false", "unavailable"), (502, "provider_unavailable")),
    (("status", 418), (502, "provider_error")),
    (("status", 500), (502, "provider_unavailable")),
    (("html", None), (502, "provider_unavailable")),
    (("empty", None), (502, "provider_unavailable")),
    (("reset", None), (502, "provider_unavailable")),
    (("lost_answer", None), (502, "provider_unavailable")),
    (("truncated", None), (502, "provider_unavailable")),
    (("huge", 9 * 1024 * 1024), (502, "provider_unavailable")),
    (("redirect", "http://127.0.0.1:1/"), (400, "invalid_request")),
]


@pytest.mark.parametrize(("fault", "answer"), FAILURES)
def test_a_failure_is_told_by_its_kind_and_nothing_is_sent_twice(
    journey, simulator, connected, fault, answer
):
    kind, value = fault
    simulator.fault("github", "issues.create", kind, value=value)
    before = dump()
    reply = act(journey, connected)

    assert (reply.status, reply.error) == answer
    assert len(attempts(simulator)) == 1
    assert dump() == before


def test_a_call_that_takes_too_long_is_cut_off(journey, simulator, connected, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("github", "issues.create", "slow", value=1)

    assert (act(journey, connected).status, len(attempts(simulator))) == (504, 1)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 422, 429, 500])
def test_github_s_words_are_never_repeated(journey, connected, monkeypatch, logs, status):
    send = HttpClient.send
    errors = [{"field": CANARY, "code": CANARY, "message": CANARY}]
    words = json.dumps({"message": CANARY, "documentation_url": CANARY, "errors": errors}).encode()

    def refuse(client, request, **options):
        given = send(client, request, **options)
        return copy.replace(given, status=status, body=words, headers={"x-github-sso": CANARY})

    monkeypatch.setattr(HttpClient, "send", refuse)
    reply = act(journey, connected)

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


NAMED = "https://github.com/apps/targetym-acme/installations/new"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("slug", ["targetym-acme", ""])
def test_where_the_app_may_be_missing_people_are_told_where_to_install_it(
    journey, simulator, connected, status, slug
):
    register(simulator, appSlug=slug)
    simulator.fault("github", "issues.create", "status", value=status)
    reply = act(journey, connected)

    assert (reply.status, reply.error) == (400, "invalid_request")
    message = reply.json["error"]["message"]
    assert message.endswith(f"its owner does that at {NAMED}.") is bool(slug)
    assert ("installations" in message) is bool(slug)


def test_a_name_of_the_app_that_is_none_leads_nowhere(journey, simulator, connected):
    register(simulator, appSlug="x/../../evil?")

    assert (act(journey, connected).status, attempts(simulator)) == (500, [])


def test_a_scope_that_was_taken_away_since_is_told_as_such(journey, simulator, monkeypatch):
    """What the token endpoint said was granted is not what the API finds."""
    simulator.configure("github", oauth_app=True)
    told = b'"scope": "repo"'
    spoil(
        monkeypatch,
        "/access_token",
        lambda answer: copy.replace(answer, body=answer.body.replace(b'"scope": ""', told)),
    )
    integration = result(come_back(journey, untick=["repo"]))["integration"]
    reply = act(journey, integration)

    assert [call.outcome for call in attempts(simulator)] == ["not_found"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")


def test_a_grant_that_the_person_ended_must_be_given_again(journey, simulator, connected):
    simulator.uninstall("github", ADA)
    reply = act(journey, connected)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]


def test_an_issue_is_created_once_under_a_key(journey, simulator, connected):
    first = act(journey, connected, idempotency_key="key-1")
    again = act(journey, connected, idempotency_key="key-1")
    other = act(journey, connected, {**ISSUE, "title": "Other"}, idempotency_key="key-1")

    assert (first.status, again.json["data"]) == (200, first.json["data"])
    assert (other.status, other.error) == (409, "idempotency_conflict")
    assert len(issues(simulator)) == 1


def test_without_a_key_it_is_created_each_time(journey, simulator, connected):
    assert [act(journey, connected).json["data"]["number"] for _ in range(2)] == [1, 2]


def test_a_manager_does_not_act_as_another_person(journey, simulator, connected):
    reply = act(journey, connected, user=User(role="manager", id="mia"))

    assert (reply.status, reply.error) == (403, "forbidden")
    assert act(journey, connected, user=User(role="manager", id="ada")).status == 200
    assert act(journey, connected, user=User(role="hr", id="henry")).status == 200
    assert len(attempts(simulator)) == 2


def test_another_organization_finds_nothing_to_act_on(journey, simulator, connected):
    reply = act(journey, connected, user=BOB)

    assert (reply.status, reply.error) == (404, "not_found")
    assert attempts(simulator) == []


def test_an_action_shows_no_token_and_logs_no_content(journey, simulator, connected, logs):
    reply = act(journey, connected, {**ISSUE, "title": CANARY, "body": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
