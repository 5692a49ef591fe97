"""What a person is told when Linear refuses, fails, or does not answer; and issues made once."""

import copy
import json
from collections.abc import Callable

import pytest

from hub.errors import InvalidRequest
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers.linear import client
from tests.functional.google import spoil
from tests.functional.linear import CANARY, GRACE, ISSUE, acting, asked, issues
from tests.functional.stored import dump, leaks


@pytest.fixture
def act(journey):
    return acting(journey, journey.connect(GRACE.id, provider="linear"))


def test_a_repetition_is_answered_like_the_first_and_happens_once(act, simulator):
    first, second = act(key="key-1"), act(key="key-1")

    assert first.status == 200
    assert second.json == first.json
    assert len(issues(simulator)) == 1
    assert act({**ISSUE, "title": "Other"}, key="key-1").error == "idempotency_conflict"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("rate_limited", 1), ("ok_false", "FORBIDDEN")],
)
def test_what_linear_did_not_do_may_be_asked_for_again(act, simulator, kind, value):
    simulator.fault("linear", "graphql", kind, value=value)

    assert act(key="key-1").status in {409, 429}
    assert act(key="key-1").status == 200
    assert len(issues(simulator)) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [("lost_answer", None), ("status", 503), ("ok_false", "INTERNAL_SERVER_ERROR")],
)
def test_what_linear_may_have_done_is_not_asked_for_again(act, simulator, kind, value):
    simulator.fault("linear", "graphql", kind, value=value)

    assert act(key="key-1").status == 502
    assert act(key="key-1").status == 409
    assert len(asked(simulator)) == 1


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "FORBIDDEN", (409, "insufficient_scope")),
        ("ok_false", "QUOTA_EXCEEDED", (400, "invalid_request")),
        ("ok_false", "FEATURE_NOT_ACCESSIBLE", (400, "invalid_request")),
        ("ok_false", "LOCK_TIMEOUT", (502, "provider_unavailable")),
        ("ok_false", "GRAPHQL_VALIDATION_FAILED", (502, "provider_error")),
        ("ok_false", "NOBODY_KNOWS", (502, "provider_error")),
        ("status", 418, (502, "provider_error")),
        ("html", None, (502, "provider_unavailable")),
        ("empty", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("truncated", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("body", json.dumps({"data": {"issueCreate": {"a": CANARY}}}), (502, "provider_error")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_asked_twice(
    act, simulator, kind, value, answer
):
    simulator.fault("linear", "graphql", kind, value=value)
    before = dump()
    reply = act()

    assert (reply.status, reply.error) == answer
    assert len(asked(simulator)) == 1
    assert CANARY not in reply.text
    assert dump() == before


@pytest.mark.parametrize(
    ("kind", "value", "waits"),
    [
        ("rate_limited", 17, {"16", "17"}),
        ("rate_limited", 0, {None}),
        ("ok_false", "RATELIMITED", {None}),
        ("status", 429, {None}),
    ],
)
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(act, simulator, kind, value, waits):
    """Linear says when its limits start anew, in milliseconds, and with HTTP 400."""
    simulator.fault("linear", "graphql", kind, value=value)
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers.get("retry-after") in waits


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("linear", "graphql", "slow", value=1)
    reply = act()

    assert (reply.status, reply.error) == (504, "timeout")
    assert "Check there before you try again" in reply.json["error"]["message"]
    assert len(asked(simulator)) == 1


def test_a_person_who_ended_it_at_linear_must_connect_again(act, simulator):
    simulator.uninstall("linear", GRACE.id)
    reply = act()

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]


def speaking(status: int, code: str | None) -> Callable[[Answer], Answer]:
    """Make Linear refuse with words of its own wherever words can stand."""
    extensions = {"code": code, "type": CANARY, "userPresentableMessage": CANARY}
    error = {"message": CANARY, "path": [CANARY], "extensions": extensions}
    words = json.dumps({"errors": [error], "data": None}).encode()
    return lambda answer: copy.replace(answer, status=status, body=words, headers={"x": CANARY})


CODES = [None, "INPUT_ERROR", "FORBIDDEN", "AUTHENTICATION_ERROR", "RATELIMITED", CANARY]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_linear_s_words_are_never_repeated(act, monkeypatch, logs, code, status):
    spoil(monkeypatch, "/graphql", speaking(status, code))
    reply = act()

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_a_client_that_repeated_them_would_be_found(act, monkeypatch):
    """The broken variant: what the test above looks for is there to be found."""

    def repeat(answer: Answer) -> InvalidRequest:
        return InvalidRequest(answer.json()["errors"][0]["message"])

    monkeypatch.setattr(client, "_failure", repeat)
    spoil(monkeypatch, "/graphql", speaking(200, "INPUT_ERROR"))

    assert leaks(CANARY, [act().text])


def test_rubbish_beside_an_id_does_not_reach_the_answer(act, monkeypatch):
    issue = {"id": "1", "identifier": {"a": CANARY}, "url": f"javascript:{CANARY}"}
    body = json.dumps({"data": {"issueCreate": {"success": True, "issue": issue}}}).encode()
    spoil(monkeypatch, "/graphql", lambda answer: copy.replace(answer, body=body))

    assert act().json["data"] == {"id": "1", "identifier": None, "url": None}


def test_an_action_shows_no_token_and_logs_no_content(act, simulator, logs):
    reply = act({**ISSUE, "description": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
