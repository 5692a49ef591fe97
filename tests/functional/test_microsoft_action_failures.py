"""What a person is told when Microsoft refuses, fails or is silent, and who may act at all."""

import copy
import json

import pytest

from hub.http_types import Answer
from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.google import spoil
from tests.functional.journey import result
from tests.functional.microsoft import (
    ADA,
    CANARY,
    EVERY,
    GRACE,
    MAIL,
    MESSAGE,
    acting,
    api_calls,
    come_back,
    made,
)
from tests.functional.stored import dump, leaks


@pytest.fixture
def act(journey):
    return acting(journey)


FAILURES = [
    ("rate_limited", 17, (429, "rate_limited")),
    ("ok_false", "activityLimitReached", (429, "rate_limited")),
    ("ok_false", "accessDenied", (400, "invalid_request")),
    ("ok_false", "notAllowed", (400, "invalid_request")),
    ("ok_false", "resourceLocked", (400, "invalid_request")),
    ("ok_false", "MailboxNotEnabledForRESTAPI", (400, "invalid_request")),
    ("ok_false", "serviceNotAvailable", (502, "provider_unavailable")),
    ("status", 409, (502, "provider_error")),
    ("html", None, (502, "provider_unavailable")),
    ("reset", None, (502, "provider_unavailable")),
    ("lost_answer", None, (502, "provider_unavailable")),
    ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
]


@pytest.mark.parametrize(("action", "body", "operation"), EVERY)
def test_a_failure_is_told_by_its_kind_and_nothing_is_sent_twice(
    act, simulator, action, body, operation
):
    for number, (kind, value, expected) in enumerate(FAILURES, start=1):
        simulator.fault("microsoft", operation, kind, value=value)
        reply = act(action, body)

        assert (reply.status, reply.error) == expected, (kind, value)
        assert reply.headers.get("retry-after") == ("17" if kind == "rate_limited" else None)
        assert len(simulator.calls(operation)) == number


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("microsoft", "mail.send", "slow", value=1)
    reply = act("send_email", MAIL)

    assert (reply.status, reply.error) == (504, "timeout")
    assert len(simulator.calls("mail.send")) == 1


def test_rubbish_beside_an_id_does_not_reach_the_answer(act, monkeypatch):
    body = json.dumps({"id": "1", "webUrl": CANARY, "x": CANARY}).encode()

    def rubbish(answer: Answer) -> Answer:
        return copy.replace(answer, body=body)

    spoil(monkeypatch, "/messages", rubbish)

    assert act("send_channel_message", MESSAGE).json["data"] == {"id": "1", "url": None}


def test_a_permission_that_was_not_granted_calls_nobody(journey, simulator):
    integration = result(come_back(journey))["integration"]
    simulator.configure("microsoft", granted_scopes=["openid", "profile", "offline_access"])
    journey.return_(*_reconnected(journey, integration))
    act = acting(journey, integration)

    for action, body, _ in EVERY:
        assert act(action, body).error == "reauth_required"
    assert api_calls(simulator) == []


def _reconnected(journey, integration):
    started = journey.reconnect(integration)
    return journey.consent(started, GRACE), started.cookie


@pytest.mark.parametrize(
    ("user", "status"),
    [
        (User(role="manager", id="ada"), 200),
        (User(role="hr", id="henry"), 200),
        (User(role="manager", id="mia"), 403),
        (User(organization="org-b", id="ada"), 404),
    ],
    ids=["the one who connected", "hr", "another manager", "another organization"],
)
def test_the_one_who_connected_and_those_who_manage_act_as_that_person(
    act, simulator, user, status
):
    assert act("send_email", MAIL, user=user).status == status
    assert len(made(simulator, "mails")) == (1 if status == 200 else 0)


def test_an_action_shows_no_token_and_logs_no_content(act, simulator, logs):
    reply = act("send_email", {**MAIL, "subject": CANARY, "body": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY, ADA):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
    assert not leaks(CANARY, dump())
