"""What a person is told when Google refuses, fails, or does not answer."""

import copy
import json

import pytest

from hub.http_types import Answer
from hub.providers import _rest
from tests.functional.google import (
    ADA,
    CALENDAR,
    CANARY,
    GRACE,
    MAIL,
    REQUIRED,
    SHARE,
    acting,
    api_calls,
    come_back,
    spoil,
    spoil_tokens,
)
from tests.functional.journey import result
from tests.functional.stored import dump, leaks

EVENT = {
    "summary": "Kick-off",
    "start": {"dateTime": "2026-11-20T10:00:00+01:00"},
    "end": {"dateTime": "2026-11-20T12:00:00+01:00"},
}


@pytest.fixture
def act(journey):
    return acting(journey)


LIMITS = [
    ("rate_limited", 17, "17"),
    ("rate_limited", 0, None),
    ("status", 429, None),
    ("ok_false", "rateLimitExceeded", None),
    ("ok_false", "userRateLimitExceeded", None),
    ("ok_false", "quotaExceeded", None),
    ("ok_false", "dailyLimitExceeded", None),
]


@pytest.mark.parametrize(("kind", "value", "wait"), LIMITS)
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(act, simulator, kind, value, wait):
    simulator.fault("google", "messages.send", kind, value=value)
    reply = act("send_email", MAIL)

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers.get("retry-after") == wait
    assert len(api_calls(simulator)) == 1


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "forbidden", (400, "invalid_request")),
        ("ok_false", "domainPolicy", (400, "invalid_request")),
        ("ok_false", "backendError", (502, "provider_unavailable")),
        ("ok_false", "internalError", (502, "provider_unavailable")),
        ("status", 418, (502, "provider_error")),
        ("html", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("lost_answer", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("body", json.dumps({"id": {"a": CANARY}}), (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_sent_twice(
    act, simulator, kind, value, answer
):
    simulator.fault("google", "messages.send", kind, value=value)
    before = dump()
    reply = act("send_email", MAIL)

    assert (reply.status, reply.error) == answer
    assert len(api_calls(simulator)) == 1
    assert CANARY not in reply.text
    assert dump() == before


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("google", "messages.send", "slow", value=1)
    reply = act("send_email", MAIL)

    assert (reply.status, reply.error) == (504, "timeout")
    assert "Check there before you try again" in reply.json["error"]["message"]
    assert len(api_calls(simulator)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429, 500])
def test_google_s_words_are_never_repeated(act, monkeypatch, status, logs):
    error = {"code": status, "message": CANARY, "errors": [{"reason": CANARY, "message": CANARY}]}
    words = json.dumps({"error": {**error, "status": CANARY}}).encode()

    def refuse(answer: Answer) -> Answer:
        return copy.replace(answer, status=status, body=words, headers={"x": CANARY})

    spoil(monkeypatch, "/permissions", refuse)
    reply = act("share_file", SHARE)

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_rubbish_beside_an_id_does_not_reach_the_answer(act, monkeypatch):
    body = json.dumps({"id": "1", "role": {"a": CANARY}}).encode()
    spoil(monkeypatch, "/permissions", lambda answer: copy.replace(answer, body=body))
    reply = act("share_file", SHARE)

    assert reply.json["data"] == {"id": "1", "role": "reader"}


def test_a_permission_that_google_says_is_missing_is_told_as_such(journey, simulator, monkeypatch):
    """What the token endpoint said was granted is not what the API finds."""
    spoil_tokens(monkeypatch, lambda answer: answer | {"scope": " ".join(REQUIRED)})
    integration = result(come_back(journey, untick=[CALENDAR]))["integration"]
    reply = journey.gateway.post(
        f"/api/integrations/{integration}/actions/create_calendar_event", EVENT
    )

    assert [call.outcome for call in api_calls(simulator)] == ["insufficientPermissions"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")


def test_a_grant_that_the_person_ended_must_be_given_again(act, simulator):
    simulator.uninstall("google", GRACE)
    reply = act("send_email", MAIL)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]


def test_an_action_shows_no_token_and_logs_no_content(act, simulator, logs):
    reply = act("send_email", {**MAIL, "subject": CANARY, "body": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY, ADA):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
