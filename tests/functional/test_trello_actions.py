"""Cards made through the API, and what a person is told when Trello refuses."""

import copy

import pytest

from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.google import CANARY, spoil
from tests.functional.journey import result
from tests.functional.stored import dump, leaks
from tests.functional.trello import (
    CARD,
    DONE,
    DRAFTS,
    GRACE,
    LABEL,
    MEMBER,
    NOWHERE,
    REQUIRED,
    TODO,
    acting,
    api_calls,
    cards,
    come_back,
)


@pytest.fixture
def act(journey):
    return acting(journey)


def test_a_card_is_added_to_a_list(act, simulator):
    reply = act()

    assert reply.status == 200, reply.text
    (card,) = cards(simulator)
    assert reply.json["data"] == {"id": card["id"], "url": "https://trello.com/c/sim00001"}
    assert (card["list"], card["name"], card["desc"]) == (TODO, "Order a laptop", "")
    assert (card["due"], card["start"], card["members"], card["labels"]) == (None, None, (), ())


def test_all_that_a_card_can_have_arrives(act, simulator):
    reply = act(
        {
            "listId": DONE,
            "name": "Grüße 👋",
            "description": "First\nSecond",
            "start": "2026-11-24T09:00:00+01:00",
            "due": "2026-12-01T17:00:00Z",
            "memberIds": [MEMBER],
            "labelIds": [LABEL],
            "position": "top",
        }
    )

    assert reply.status == 200, reply.text
    (card,) = cards(simulator)
    assert (card["list"], card["name"], card["desc"]) == (DONE, "Grüße 👋", "First\nSecond")
    assert (card["start"], card["due"]) == ("2026-11-24T08:00:00.000Z", "2026-12-01T17:00:00.000Z")
    assert (card["members"], card["labels"]) == ((MEMBER,), (LABEL,))
    assert card["ignored"] == ()


UNFIT = [
    ({"listId": None}, "listId"),
    ({"listId": "to-do"}, "listId"),
    ({"listId": f"{TODO}0"}, "listId"),
    ({"name": ""}, "name"),
    ({"name": 7}, "name"),
    ({"name": "x" * 16_385}, "name"),
    ({"description": ""}, "description"),
    ({"description": "x" * 16_385}, "description"),
    ({"due": "tomorrow"}, "due"),
    ({"due": "2026-12-01"}, "due"),
    ({"due": "2026-02-30T09:00:00Z"}, "due"),
    ({"due": 1_764_576_000}, "due"),
    ({"due": "2026-12-01T09:00:00"}, "offset"),
    ({"start": "2026-12-01T09:00:00"}, "offset"),
    ({"due": "0001-01-01T00:00:00+14:00"}, "years"),
    ({"memberIds": MEMBER}, "memberIds"),
    ({"memberIds": ["grace"]}, "memberIds"),
    ({"labelIds": [LABEL] * 51}, "labelIds"),
    ({"position": "middle"}, "position"),
    ({"position": 1}, "position"),
]


def test_a_card_that_does_not_fit_calls_nobody(act, simulator):
    for changes, words in UNFIT:
        reply = act({**CARD, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"], changes
    assert act({"name": "No list"}).error == "invalid_request"
    assert api_calls(simulator) == []


@pytest.mark.parametrize(
    "unknown",
    [{"idList": TODO}, {"list_id": TODO}, {"desc": "x"}, {"urlSource": "https://x.example"}],
)
def test_an_unknown_field_is_refused(act, simulator, unknown):
    reply = act({**CARD, **unknown})

    assert (reply.status, reply.error) == (400, "unknown_field")
    assert api_calls(simulator) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"listId": NOWHERE}, "no such list"),
        ({"listId": DRAFTS}, "may not add cards"),
        ({"listId": "x" * 24}, "no such list"),
        ({"memberIds": [NOWHERE]}, "not on the board"),
        ({"labelIds": [NOWHERE]}, "label"),
        ({"labelIds": ["x" * 24]}, "24 characters"),
    ],
)
def test_what_trello_finds_wrong_is_told_in_our_words(act, simulator, changes, words):
    reply = act({**CARD, **changes})

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert words in reply.json["error"]["message"]
    assert len(api_calls(simulator)) == 1
    assert cards(simulator) == []


def test_a_board_that_is_somebody_else_s_leaves_the_connection_as_it_is(act, journey):
    """Trello says 401 here too."""
    assert act({**CARD, "listId": DRAFTS}).error == "invalid_request"
    before = dump()

    assert act().status == 200
    assert dump() == before


def test_a_card_is_made_once_under_one_key(act, simulator):
    headers = {"idempotency-key": "key-1"}
    first, second = (act(headers=headers) for _ in range(2))

    assert first.status == 200
    assert (second.status, second.json) == (200, first.json)
    assert act({**CARD, "name": "Another"}, headers=headers).error == "idempotency_conflict"
    assert len(cards(simulator)) == 1


def test_a_card_whose_answer_was_lost_is_not_made_again_under_its_key(act, simulator):
    simulator.fault("trello", "cards.create", "lost_answer")
    headers = {"idempotency-key": "key-1"}

    assert act(headers=headers).error == "provider_unavailable"
    assert act(headers=headers).status == 409
    assert len(cards(simulator)) == 1


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (User(role="manager", id="ada"), (200, None)),
        (User(role="hr", id="henry"), (200, None)),
        (User(role="manager", id="mia"), (403, "forbidden")),
        (User(organization="org-b", id="ada"), (404, "not_found")),
    ],
)
def test_the_one_who_connected_and_those_who_manage_act_as_that_person(
    act, simulator, user, answer
):
    reply = act(user=user)

    assert (reply.status, None if reply.status == 200 else reply.error) == answer
    assert len(cards(simulator)) == (1 if reply.status == 200 else 0)


def test_a_grant_that_the_person_ended_must_be_given_again(act, simulator):
    simulator.uninstall("trello", "gracehooper")
    reply = act()

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert [call.outcome for call in api_calls(simulator)] == ["invalid token"]


def test_a_permission_that_trello_says_is_missing_is_told_as_such(journey, simulator, monkeypatch):
    """What the token endpoint said was granted is not what the API finds."""
    narrowed = ("read:member:trello", "read:board:trello", "offline_access")
    simulator.configure("trello", granted_scopes=narrowed)

    def as_asked(answer):
        told = " ".join(narrowed).encode()
        return copy.replace(answer, body=answer.body.replace(told, " ".join(REQUIRED).encode()))

    spoil(monkeypatch, "/oauth/token", as_asked)
    integration = result(come_back(journey, GRACE))["integration"]
    reply = journey.gateway.post(f"/api/integrations/{integration}/actions/create_card", CARD)

    assert [call.outcome for call in api_calls(simulator)] == ["missing scopes"]
    assert (reply.status, reply.error) == (409, "insufficient_scope")


@pytest.mark.parametrize(("value", "wait"), [(0, "10"), (17, "17")])
def test_a_limit_is_passed_on_with_the_wait(act, simulator, value, wait):
    simulator.fault("trello", "cards.create", "rate_limited", value=value)
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert reply.headers["retry-after"] == wait
    assert len(api_calls(simulator)) == 1


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "invalid key", (502, "provider_error")),
        ("ok_false", "unauthorized org access", (400, "invalid_request")),
        ("status", 403, (400, "invalid_request")),
        ("status", 409, (502, "provider_error")),
        ("status", 449, (502, "provider_error")),
        ("status", 429, (429, "rate_limited")),
        ("status", 500, (502, "provider_unavailable")),
        ("html", None, (502, "provider_unavailable")),
        ("empty", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("truncated", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
        ("body", '{"id": {"a": 1}}', (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_sent_twice(
    act, simulator, kind, value, answer
):
    simulator.fault("trello", "cards.create", kind, value=value)
    reply = act()

    assert (reply.status, reply.error) == answer
    assert len(api_calls(simulator)) == 1


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("trello", "cards.create", "slow", value=1)

    assert act().error == "timeout"
    assert len(api_calls(simulator)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 449, 500])
@pytest.mark.parametrize("form", [CANARY, f'{{"message": "{CANARY}", "error": "{CANARY}"}}'])
def test_trello_s_words_are_never_repeated(act, monkeypatch, logs, status, form):
    spoil(
        monkeypatch,
        "/1/cards",
        lambda answer: copy.replace(
            answer, status=status, body=form.encode(), headers={"x": CANARY}
        ),
    )
    reply = act()

    assert reply.status != 200
    assert not leaks(CANARY, [reply.text, reply.headers, logs.getvalue(), dump()])


def test_a_link_that_is_none_does_not_reach_the_answer(act, monkeypatch):
    body = b'{"id": "1", "shortUrl": "javascript:alert(1)", "url": "http://x.example"}'
    spoil(monkeypatch, "/1/cards", lambda answer: copy.replace(answer, body=body))

    assert act().json["data"] == {"id": "1", "url": None}


def test_an_action_shows_no_token_and_logs_no_content(act, simulator, logs):
    reply = act({**CARD, "name": CANARY, "description": CANARY})

    assert reply.status == 200
    for secret in (*simulator.issued_secrets(), CANARY):
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
