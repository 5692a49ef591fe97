"""What a person is told when the provider refuses an action or fails at it: our own words, the
wait where there is one, and never a second call.
"""

import json

import pytest

from hub.providers import _rest
from tests.functional.breakdowns import failing
from tests.functional.stored import dump, rows

POST = "chat.postMessage"
CANARY = "<b>canary-3f9c</b>"

REFUSALS = {
    "channel_not_found": (400, "invalid_request", "no such channel"),
    "not_in_channel": (400, "invalid_request", "Invite the Targetym app"),
    "is_archived": (400, "invalid_request", "archived"),
    "msg_too_long": (400, "invalid_request", "too long"),
    "restricted_action": (400, "invalid_request", "setting of your Slack workspace"),
    "missing_scope": (409, "insufficient_scope", "Reconnect"),
    "ratelimited": (429, "rate_limited", "slow down"),
    "internal_error": (502, "provider_unavailable", "Try again later"),
    "fatal_error": (502, "provider_unavailable", "Try again later"),
    "never_heard_of": (502, "provider_error", "refused"),
    CANARY: (502, "provider_error", "refused"),
}
FAULTS = {
    "500": ("status", 500),
    "503": ("status", 503),
    "302": ("redirect", "http://127.0.0.1:1/"),
    "a page": ("html", None),
    "nothing": ("empty", None),
    "cut off": ("truncated", None),
    "reset": ("reset", None),
    "lost answer": ("lost_answer", None),
    "too much": ("huge", 9 * 1024 * 1024),
    "null": ("body", "null"),
    "no ok": ("body", json.dumps({"message": CANARY})),
    "ok and nothing else": ("body", json.dumps({"ok": True})),
    "ok and rubbish": ("body", json.dumps({"ok": True, "channel": {"a": CANARY}, "ts": 1})),
}


@pytest.fixture
def act(journey):
    integration = journey.connect("Globex")
    url = f"/api/integrations/{integration}/actions/send_message"
    return lambda: journey.gateway.post(url, {"channel": "#general", "text": "Hello"})


def test_a_refusal_is_told_in_our_words(act, simulator):
    replies = {}
    for error in REFUSALS:
        simulator.fault("slack", POST, "ok_false", value=error)
        replies[error] = act()

    assert {error: (each.status, each.error) for error, each in replies.items()} == {
        error: answer[:2] for error, answer in REFUSALS.items()
    }
    for error, each in replies.items():
        message = each.json["error"]["message"]
        assert REFUSALS[error][2] in message
        assert error not in message
        assert "canary" not in each.text
    assert len(simulator.calls(POST)) == len(REFUSALS)


@pytest.mark.parametrize(
    "error", ["token_revoked", "account_inactive", "invalid_auth", "token_expired"]
)
def test_a_token_that_slack_takes_for_dead_ends_the_connection(journey, act, simulator, error):
    """Without rotation there is nothing to renew it with."""
    simulator.fault("slack", POST, "ok_false", value=error)
    reply = act()

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]
    (shown,) = journey.gateway.get("/api/integrations").json["data"]
    assert shown["status"] == "reauth_required"
    assert act().error == "reauth_required"
    assert len(simulator.calls(POST)) == 1


def test_a_provider_that_fails_is_told_apart_from_us(act, simulator):
    replies = {}
    for name, (kind, value) in FAULTS.items():
        simulator.fault("slack", POST, kind, value=value)
        replies[name] = act()

    assert {name: each.status for name, each in replies.items()} == dict.fromkeys(FAULTS, 502)
    assert {each.error for each in replies.values()} <= {"provider_unavailable", "provider_error"}
    assert not [name for name, each in replies.items() if "canary" in each.text]
    assert len(simulator.calls(POST)) == len(FAULTS)


@pytest.mark.parametrize("fault", [("slow", 3), ("drip", 0.05)], ids=["slow", "dripping"])
def test_a_provider_that_takes_too_long_says_that_it_may_have_happened(
    act, simulator, monkeypatch, fault
):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.3)
    simulator.fault("slack", POST, fault[0], value=fault[1])
    reply = act()

    assert (reply.status, reply.error) == (504, "timeout")
    assert "Check there before you try again" in reply.json["error"]["message"]
    assert len(simulator.calls(POST)) == 1


@pytest.mark.parametrize(("seconds", "header"), [(7, "7"), (30, "30"), (10**6, "3600")])
def test_a_limit_comes_with_how_long_to_wait(act, simulator, seconds, header):
    simulator.fault("slack", POST, "rate_limited", value=seconds)
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers["retry-after"] == header


def test_what_the_workspace_itself_refuses_is_explained(journey, act):
    (row,) = rows("integrations")
    url = f"/api/integrations/{row['integrationId']}/actions/send_message"
    for channel, words in {"#random": "Invite", "#old-news": "archived", "#no": "no such"}.items():
        reply = journey.gateway.post(url, {"channel": channel, "text": "Hello"})
        assert (reply.status, reply.error) == (400, "invalid_request")
        assert words in reply.json["error"]["message"]


def test_an_app_that_was_uninstalled_at_the_provider_must_be_connected_again(act, simulator):
    simulator.uninstall("slack", "T0GLOBEX0001")
    reply = act()

    assert (reply.status, reply.error) == (409, "reauth_required")


@pytest.mark.parametrize(
    "failure",
    [
        ("dynamodb", "BatchGetItem", "ThrottlingException"),
        ("kms", "Decrypt", "ThrottlingException"),
        ("kms", "Decrypt", "AccessDeniedException"),
        ("kms", "Decrypt", "DisabledException"),
        ("kms", "Decrypt", "KMSInternalException"),
        ("kms", "Decrypt", "KMSInvalidStateException"),
        ("ssm", "GetParameter", "ThrottlingException"),
    ],
)
def test_a_fault_of_ours_takes_nothing_out_of_use(act, simulator, cold, failure):
    """TS-08: KMS that does not answer is no sign that anything is wrong with the credentials."""
    cold()
    before = dump()
    with failing(*failure) as failed:
        reply = act()

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert simulator.calls(POST) == []
    assert dump() == before
    assert act().status == 200
