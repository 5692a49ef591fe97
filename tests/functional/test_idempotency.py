"""Idempotency-Key: what was asked for under one happens at most once in 24 hours."""

import pytest

from hub import providers
from hub.actions import Actions
from hub.http_client import HttpClient
from hub.providers import _rest
from hub.store import idempotency
from tests.functional.gateway import User
from tests.functional.google import (
    ADA,
    BOB,
    GRACE,
    MAIL,
    SHARE,
    acting_under_keys,
    api_calls,
    made,
)
from tests.functional.stored import rows

HOUR, DAY = 3600, 86_400


@pytest.fixture
def connected(journey):
    return journey.connect(GRACE, provider="google")


@pytest.fixture
def act(journey, connected):
    return acting_under_keys(journey, connected)


def told(reply):
    return (reply.status, reply.error)


def test_a_repetition_is_answered_like_the_first_and_happens_once(act, simulator):
    first, second, third = act(), act(), act(user=User(role="hr", id="henry"))

    assert first.status == 200
    assert (second.status, second.json) == (first.status, first.json)
    assert third.json == first.json
    assert len(made(simulator, "mails")) == 1
    assert len(rows("idempotency")) == 1


def test_an_answer_that_has_gaps_is_repeated_with_them(act, simulator):
    simulator.fault("google", "permissions.create", "body", value='{"id": "p1"}')
    simulator.fault("google", "messages.send", "body", value='{"id": "m1", "threadId": 1.5}')

    for action, body in (("share_file", SHARE), ("send_email", MAIL)):
        first, second = (act(body, action=action) for _ in range(2))
        assert first.status == second.status == 200
        assert first.json == second.json
    assert first.json["data"] == {"id": "m1", "threadId": None}
    assert len(api_calls(simulator)) == 2


def test_another_body_under_the_same_key_is_refused(act, simulator):
    act()
    for changes in ({"body": "Welcome aboard?"}, {"html": False}, {"cc": [ADA]}):
        assert told(act({**MAIL, **changes})) == (409, "idempotency_conflict")

    assert len(made(simulator, "mails")) == 1


def test_another_integration_under_the_same_key_is_refused(journey, act, simulator):
    act()
    other = journey.connect(ADA, provider="google")

    assert told(act(to=other)) == (409, "idempotency_conflict")
    assert len(made(simulator, "mails")) == 1


def test_another_organization_or_another_action_has_keys_of_its_own(journey, act, simulator):
    theirs = journey.connect(GRACE, provider="google", user=BOB)

    assert act().status == act(to=theirs, user=BOB).status == 200
    assert act(SHARE, action="share_file").status == 200
    assert len(made(simulator, "mails")) == 2
    assert len(rows("idempotency")) == 3


def test_organization_action_and_key_cannot_be_shifted_into_each_other():
    assert not any("#" in action.id for each in providers.everything() for action in each.actions)
    ids = [
        ("a", "bc", "d"),
        ("ab", "c", "d"),
        ("a", "b", "c#d"),
        ("1#a", "b", "c"),
        ("1", "ab", "c"),
    ]

    assert len({idempotency.claim_id(*each) for each in ids}) == len(ids)


def test_without_a_key_nothing_is_remembered(act, simulator):
    assert act(key=None).status == act(key=None).status == 200

    assert len(made(simulator, "mails")) == 2
    assert rows("idempotency") == []


def test_a_repetition_while_the_first_is_under_way_is_refused(act, simulator, monkeypatch):
    send, meanwhile = HttpClient.send, []

    def again_meanwhile(client, request, **options):
        if not meanwhile:
            meanwhile.append(None)
            meanwhile[0] = act()
        return send(client, request, **options)

    monkeypatch.setattr(HttpClient, "send", again_meanwhile)

    assert act().status == 200
    assert told(meanwhile[0]) == (409, "conflict")
    assert "has not ended" in meanwhile[0].json["error"]["message"]
    assert len(made(simulator, "mails")) == 1
    assert act().status == 200


class Killed(BaseException):
    """The process is gone."""


def test_a_request_that_was_cut_off_is_not_made_again(act, simulator, monkeypatch):
    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "settle", die)
        with pytest.raises(Killed):
            act()

    assert told(act()) == (409, "conflict")
    assert len(made(simulator, "mails")) == 1


EFFECT_UNKNOWN = [
    ("lost_answer", None, 502),
    ("truncated", None, 502),
    ("reset", None, 502),
    ("html", None, 502),
    ("status", 500, 502),
    ("status", 503, 502),
]


@pytest.mark.parametrize(("kind", "value", "status"), EFFECT_UNKNOWN)
def test_what_may_have_happened_is_not_done_again(act, simulator, kind, value, status):
    simulator.fault("google", "messages.send", kind, value=value)

    assert act().status == status
    assert told(act()) == (409, "conflict")
    assert len(api_calls(simulator)) == 1


def test_what_took_too_long_is_not_done_again(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("google", "messages.send", "slow", value=1)

    assert told(act()) == (504, "timeout")
    assert told(act()) == (409, "conflict")
    assert len(made(simulator, "mails")) == 1


NO_EFFECT = [
    ("rate_limited", 5, "rate_limited"),
    ("ok_false", "userRateLimitExceeded", "rate_limited"),
    ("ok_false", "forbidden", "invalid_request"),
    ("ok_false", "notFound", "invalid_request"),
    ("status", 418, "provider_error"),
]


@pytest.mark.parametrize(("kind", "value", "code"), NO_EFFECT)
def test_a_refusal_gives_the_key_back(act, simulator, kind, value, code):
    simulator.fault("google", "messages.send", kind, value=value)

    assert act().error == code
    assert rows("idempotency") == []
    assert act().status == 200
    assert len(made(simulator, "mails")) == 1


def test_an_input_that_turns_out_wrong_late_gives_the_key_back(act):
    naive = {"dateTime": "2026-11-20T10:00:00"}
    event = {"summary": "Kick-off", "start": naive, "end": naive}

    assert act(event, action="create_calendar_event").error == "invalid_request"
    assert rows("idempotency") == []


def test_those_who_may_not_learn_nothing_of_earlier_answers(act, simulator):
    act()

    assert act(user=User(role="manager", id="mia")).error == "forbidden"
    assert act(user=User(organization="org-b", id="ada")).error == "not_found"
    assert len(rows("idempotency")) == 1


def test_a_repetition_is_answered_though_the_integration_is_gone(journey, act, connected, clock):
    first = act()
    journey.simulator.uninstall("google", journey.simulator.state()["google"]["grants"][0]["sub"])
    assert act().json == first.json
    assert act(key="key-2").error == "reauth_required"

    journey.gateway.delete(f"/api/integrations/{connected}")
    assert act().json == first.json
    assert act(key="key-2").error == "integration_disconnected"
    assert len(rows("idempotency")) == 1


def test_a_claim_older_than_a_day_is_absent_though_it_is_still_there(journey, simulator, clock):
    """On Slack, whose token outlives the day."""
    user = User(expires_in=3 * DAY)
    integration = journey.connect("Globex", user=user)

    def send():
        return journey.gateway.post(
            f"/api/integrations/{integration}/actions/send_message",
            {"channel": "#general", "text": "Hello"},
            headers={"idempotency-key": "key-1"},
            user=user,
        )

    first = send()
    clock.advance(DAY - 1)
    assert send().json == first.json
    (before,) = rows("idempotency")
    clock.advance(1)
    again = send()

    assert again.status == 200
    assert again.json != first.json
    assert len(simulator.calls("chat.postMessage")) == 2
    (after,) = rows("idempotency")
    assert after["claimId"] == before["claimId"]
    assert after["expiresAt"] == before["expiresAt"] + DAY
    assert send().json == again.json


NO_KEYS = ["", "x" * 256, "ü", "a\tb", "a\x00b", "a\r\nb", "\u200b", "\u2028", "\ud800"]


def test_a_key_is_a_short_printable_text(act, simulator):
    for key in NO_KEYS:
        reply = act(key=key)
        assert (reply.status, reply.error) == (400, "invalid_request"), key
        assert "Idempotency-Key" in reply.json["error"]["message"]
    assert (api_calls(simulator), rows("idempotency")) == ([], [])


def test_any_printable_key_will_do(act, simulator):
    for key in ("x", "x" * 255, " ", 'a "quoted" one', "8f14e45f-ceea-4672-9f5b", "1#a,b;c"):
        assert act(key=key).status == 200
    assert len(made(simulator, "mails")) == 6


def test_the_claim_is_what_stops_the_second_call(act, simulator, monkeypatch):
    """Negative control: without it, two requests under one key are two mails."""
    monkeypatch.setattr(Actions, "_once", lambda _, _found, _action, _once, perform: perform())

    assert act().status == act().status == 200
    assert len(made(simulator, "mails")) == 2
