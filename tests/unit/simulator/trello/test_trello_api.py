"""Trello's API: whose token it is, cards, and how it refuses."""

import pytest
import requests

from tests.simulator.server import Simulator
from tests.unit.simulator.trello.app import (
    ADA,
    DRAFTS,
    GRACE,
    LABEL,
    MEMBER,
    NOWHERE,
    TODO,
)


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


@pytest.mark.parametrize(("person", "name"), [(ADA, "Ada Byron"), (GRACE, "Grace Hooper")])
def test_a_member_is_told_about_themselves(trello, person, name):
    token = trello.connect(person)["access_token"]
    told = trello.call("GET", "members/me", token).json()

    assert (told["username"], told["fullName"]) == (person, name)
    assert told.keys() == {"id", "username", "fullName", "email"}
    assert trello.call("GET", f"members/{told['id']}", token).json() == told


def test_only_the_fields_that_were_asked_for_are_told_and_always_the_id(trello, token):
    told = trello.call("GET", "members/me", token, params={"fields": "fullName,initials"}).json()

    assert told.keys() == {"id", "fullName"}


def test_another_member_s_address_is_not_told(trello):
    token = trello.connect(GRACE)["access_token"]

    assert "email" not in trello.call("GET", f"members/{ADA}", token).json()


def test_a_member_whom_nobody_knows_is_not_found(trello, token):
    answer = trello.call("GET", "members/nobody", token)

    assert refused(answer) == (404, "The requested resource was not found.")


def test_without_credentials_reading_and_writing_are_refused_in_other_words(trello):
    assert refused(trello.call("GET", "members/me")) == (401, "unauthorized permission requested")
    assert refused(trello.create(None)) == (401, '{"message": "missing scopes"}')


def test_a_token_that_is_not_alive_is_invalid(simulator, trello):
    ended, expired = trello.connect(ADA)["access_token"], trello.connect(GRACE)["access_token"]
    refresh_token = trello.connect(GRACE)["refresh_token"]
    simulator.uninstall("trello", ADA)
    simulator.advance(3600)

    for token in ("invented", ended, expired, refresh_token):
        assert refused(trello.create(token)) == (401, "invalid token")
        assert refused(trello.call("GET", "members/me", token)) == (401, "invalid token")


def test_credentials_in_the_address_are_of_the_older_kind(trello, token):
    answer = trello.call("GET", "members/me", params={"key": "k", "token": token})

    assert refused(answer) == (401, "invalid key")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("read:board:trello write:board:trello", "GET", "members/me"),
        ("read:member:trello read:board:trello", "POST", "cards"),
    ],
)
def test_a_token_may_do_what_its_scopes_say(trello, scope, method, path):
    token = trello.connect(scope=scope)["access_token"]

    assert refused(trello.call(method, path, token)) == (401, '{"message": "missing scopes"}')


def test_a_card_is_answered_whole(simulator, trello, token):
    answer = trello.create(
        token,
        desc="With a docking station",
        due="2026-12-01T09:00:00+01:00",
        start="2026-11-24T08:00:00Z",
        idMembers=MEMBER,
        idLabels=[LABEL],
    )
    card = answer.json()

    assert answer.status_code == 200
    assert (card["idList"], card["name"], card["desc"]) == (
        TODO,
        "Laptop",
        "With a docking station",
    )
    assert (card["due"], card["start"]) == ("2026-12-01T08:00:00.000Z", "2026-11-24T08:00:00.000Z")
    assert (card["idMembers"], card["idLabels"]) == ([MEMBER], [LABEL])
    assert card["labels"][0]["name"] == "IT"
    assert card["url"].startswith(card["shortUrl"])
    (kept,) = trello.cards()
    assert (kept["id"], kept["creator"], kept["ignored"]) == (card["id"], MEMBER, ())


def test_a_card_needs_no_more_than_a_list(trello, token):
    answer = trello.call("POST", "cards", token, params={"idList": TODO})

    assert (answer.status_code, answer.json()["name"]) == (200, "")


def test_arguments_it_does_not_know_are_ignored_and_kept_for_tests(trello, token):
    assert trello.create(token, description="lost").status_code == 200

    assert trello.cards()[0]["ignored"] == ("description",)


def test_a_time_without_an_offset_is_taken_for_utc(trello, token):
    assert trello.create(token, due="2026-12-01T09:00").json()["due"] == "2026-12-01T09:00:00.000Z"


def test_cards_stand_where_they_are_put(trello, token):
    positions = [
        trello.create(token, pos=pos).json()["pos"] for pos in ("bottom", "bottom", "top", 5)
    ]

    assert positions == [16384.0, 32768.0, 8192.0, 5.0]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"idList": ""}, 400, "invalid value for idList"),
        ({"idList": None}, 400, "invalid value for idList"),
        ({"idList": TODO.upper()}, 400, "invalid value for idList"),
        ({"idList": TODO[:-1]}, 400, "invalid value for idList"),
        ({"idList": [TODO]}, 400, "invalid value for idList"),
        ({"idList": NOWHERE}, 404, "could not find the board that the card belongs to"),
        ({"idList": DRAFTS}, 401, "unauthorized card permission requested"),
        ({"name": 7}, 400, "invalid value for name"),
        ({"name": "x" * 16_385}, 400, "invalid value for name"),
        ({"desc": ["x"]}, 400, "invalid value for desc"),
        ({"due": "tomorrow"}, 400, "invalid value for due"),
        ({"start": 7}, 400, "invalid value for start"),
        ({"pos": "middle"}, 400, "invalid value for pos"),
        ({"pos": -1}, 400, "invalid value for pos"),
        ({"pos": True}, 400, "invalid value for pos"),
        ({"idMembers": NOWHERE}, 400, "invalid value for idMembers"),
        ({"idLabels": [NOWHERE]}, 400, "invalid value for idLabels"),
        ({"idLabels": {"a": 1}}, 400, "invalid value for idLabels"),
        (
            {"idMembers": "grace"},
            400,
            '{"message": "Invalid objectId", "error": "ERROR"}',
        ),
    ],
)
def test_what_is_wrong_with_a_card_is_told_in_a_line(trello, changes, status, words):
    token = trello.connect(GRACE)["access_token"]

    assert refused(trello.create(token, **changes)) == (status, words)
    assert trello.cards() == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"idList=1", "text/plain")],
)
def test_a_body_that_is_none_is_told_as_such(trello, token, body, content_type):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    url = f"{trello.endpoints['apiUrl']}/1/cards"
    answer = requests.post(url, data=body, headers=headers, timeout=5)

    assert refused(answer) == (400, "Error parsing body")


def test_a_path_that_is_none_is_not_found(trello, token):
    assert refused(trello.call("GET", "elephants", token)) == (
        404,
        "Cannot GET /1/elephants",
    )


@pytest.mark.parametrize(("seconds", "header"), [(0, None), (7, "7")])
def test_a_limit_names_itself_and_its_window(simulator: Simulator, trello, token, seconds, header):
    simulator.fault("trello", "cards.create", "rate_limited", value=seconds)
    answer = trello.create(token)

    assert answer.status_code == 429
    assert answer.json()["error"] == "API_TOKEN_LIMIT_EXCEEDED"
    assert answer.headers["x-rate-limit-api-token-interval-ms"] == "10000"
    assert answer.headers.get("Retry-After") == header


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("invalid key", (401, "invalid key")),
        ("unauthorized org access", (403, "unauthorized org access")),
        ("invalid value for due", (400, "invalid value for due")),
        ("missing scopes", (401, '{"message": "missing scopes"}')),
        (
            "invalid_client",
            (401, '{"error": "access_denied", "error_description": "Unauthorized"}'),
        ),
        ("server_error", (400, '{"error": "server_error"}')),
    ],
)
def test_a_refusal_can_be_ordered_by_its_name(simulator, trello, token, error, told):
    simulator.fault("trello", "cards.create", "ok_false", value=error)

    assert refused(trello.create(token)) == told


def test_people_see_who_connected_and_what_was_made(simulator, trello):
    trello.create(trello.connect(GRACE)["access_token"], name="Order a <laptop>")
    page = requests.get(simulator.url, timeout=5).text

    assert "Grace Hooper (gracehooper)</h3><p>Connected, with read:member:trello" in page
    assert "Ada Byron (adabyron)</h3><p>Not connected." in page
    assert "Onboarding: To do</td><td>Order a &lt;laptop&gt;" in page
