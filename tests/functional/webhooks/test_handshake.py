"""The handshake that a person does by hand: expected and shown by an operator's command."""

import json
from typing import Any

import pytest

from tests.functional.conftest import Clock
from tests.functional.journey import Journey
from tests.functional.notion import GRACE
from tests.functional.stored import dump, rows
from tests.functional.webhooks.notion import EVENT, SECRET, post, queued, signed

EXPECT = {"command": "expect_handshake", "providerId": "notion"}
SHOW = {"command": "show_handshake", "providerId": "notion"}
TOKEN = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"


def order(journey: Journey, command: Any) -> Any:
    return journey.gateway.invoke("operator", command)


def shake(journey: Journey, token: Any = TOKEN, **more: Any) -> int:
    raw = json.dumps({"verification_token": token, **more}).encode()
    return post(journey, raw=raw).status


def nothing_kept() -> bool:
    return queued() == "[]" and not any("sealedSecret" in row for row in rows("webhooks"))


def test_a_handshake_is_shown_once_and_is_nowhere_in_clear(
    journey: Journey, logs: Any, capsys: pytest.CaptureFixture[str]
):
    opened = order(journey, EXPECT)
    assert opened["data"] == {"providerId": "notion", "expectedForSeconds": 600}
    (answer,) = journey.simulator.notify("notion", "verification", GRACE)
    assert (answer.status, answer.body) == (200, b"")
    assert SECRET not in queued()
    assert journey.hear() == []
    assert SECRET not in dump()

    shown = order(journey, SHOW)
    assert shown == {"success": True, "data": {"providerId": "notion", "secret": SECRET}}
    assert order(journey, SHOW)["error"]["code"] == "not_found"
    assert rows("webhooks") == []

    written = logs.getvalue() + capsys.readouterr().out
    assert SECRET not in written
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    audited = [(each["message"], each["outcome"]) for each in lines if each.get("by")]
    assert audited == [
        ("handshake.expected", "expected"),
        ("handshake.shown", "shown"),
        ("handshake.shown", "nothing"),
    ]


def test_nobody_expects_a_handshake_by_itself(journey: Journey):
    assert shake(journey) == 401
    assert nothing_kept()


def test_it_is_expected_for_ten_minutes(clock: Clock, journey: Journey):
    order(journey, EXPECT)
    clock.advance(599)
    assert shake(journey) == 200
    order(journey, EXPECT)
    clock.advance(600)
    assert shake(journey) == 401


def test_the_first_one_ends_the_expectation(journey: Journey):
    order(journey, EXPECT)
    assert shake(journey) == 200
    assert shake(journey, "secret_of_somebody_in_between") == 200
    assert journey.hear() == []
    assert shake(journey, "secret_of_somebody_too_late") == 401

    assert order(journey, SHOW)["data"]["secret"] == TOKEN


def test_one_that_waited_in_the_queue_is_kept_all_the_same(clock: Clock, journey: Journey):
    order(journey, EXPECT)
    assert shake(journey) == 200
    clock.advance(3600)
    assert journey.hear() == []

    assert order(journey, SHOW)["data"]["secret"] == TOKEN


def test_nobody_sees_one_of_yesterday(clock: Clock, journey: Journey):
    order(journey, EXPECT)
    assert shake(journey) == 200
    assert journey.hear() == []
    clock.advance(86_400)

    assert order(journey, SHOW)["error"]["code"] == "not_found"


def test_one_that_nobody_expects_any_more_is_dropped(clock: Clock, journey: Journey):
    order(journey, EXPECT)
    assert shake(journey) == 200
    clock.advance(86_400)
    assert journey.hear() == []

    assert not any("sealedSecret" in row for row in rows("webhooks"))


@pytest.mark.parametrize("token", [None, 7, "", "short", "x" * 201, "with space" * 3, "é" * 20])
def test_what_is_no_token_is_no_handshake(journey: Journey, token: Any):
    order(journey, EXPECT)

    assert shake(journey, token) == 401
    assert nothing_kept()


@pytest.mark.parametrize("word", ["id", "type", "workspace_id", "entity", "data"])
def test_an_event_with_a_token_is_neither(journey: Journey, word: str):
    """WH-04: unsigned it is refused, and signed it is, too."""
    order(journey, EXPECT)
    body = {"verification_token": TOKEN, word: EVENT[word]}

    assert post(journey, raw=json.dumps(body).encode()).status == 401
    assert post(journey, **signed(EVENT | {"verification_token": TOKEN})).status == 400
    assert nothing_kept()


def test_a_handshake_is_tried_again_while_the_queue_takes_nothing(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
):
    order(journey, EXPECT)
    monkeypatch.setenv("WEBHOOKS_QUEUE_URL", "https://nowhere.invalid/queue")

    assert shake(journey) == 503


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({}, "invalid_request"),
        ([], "invalid_request"),
        ({"command": "show_handshake"}, "invalid_request"),
        ({"command": "drop_tables", "providerId": "notion"}, "invalid_request"),
        ({"command": 7, "providerId": "notion"}, "invalid_request"),
        (EXPECT | {"force": True}, "unknown_field"),
        (EXPECT | {"providerId": "slack"}, "invalid_request"),
        (SHOW | {"providerId": "slack"}, "invalid_request"),
        (EXPECT | {"providerId": "myspace"}, "unknown_provider"),
    ],
)
def test_what_is_no_command_does_nothing(journey: Journey, command: Any, code: str):
    assert order(journey, command)["error"]["code"] == code
    assert rows("webhooks") == []
