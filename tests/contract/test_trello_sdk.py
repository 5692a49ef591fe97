"""trello.js, the best-kept client of Trello's API, against the simulator: what it asks is taken,
what comes back has the shape it checks, and what is refused it can tell.

It knows the API only; there is no library for Trello's OAuth 2.0 that can be pointed at loopback.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract import node
from tests.unit.simulator.trello.app import DRAFTS, GRACE, LABEL, MEMBER, NOWHERE, TODO, App

type Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def ask(app: App) -> Ask:
    """Make calls with trello.js: (token, namespace, method, parameters) each."""

    def call(*calls: tuple[str, str, str, dict[str, Any]]) -> list[dict[str, Any]]:
        names = ("token", "api", "method", "parameters")
        asked = [dict(zip(names, each, strict=True)) for each in calls]
        return node.run("trello.mjs", host=f"{app.endpoints['apiUrl']}/1", calls=asked)

    return call


def card(**changes: Any) -> dict[str, Any]:
    return {"idList": TODO, "name": "Order a laptop"} | changes


def test_a_member_and_a_card_pass_its_checks(app: App, ask: Ask) -> None:
    token = app.connect(GRACE)["access_token"]
    member, whole, created = (
        outcome["answer"]
        for outcome in ask(
            (token, "members", "getMember", {"id": "me", "fields": "id,username,fullName"}),
            (token, "members", "getMember", {"id": "me"}),
            (
                token,
                "cards",
                "createCard",
                card(
                    desc="With a docking station",
                    due="2026-12-01T09:00:00+01:00",
                    start="2026-11-24T08:00:00Z",
                    idMembers=[MEMBER],
                    idLabels=[LABEL],
                    pos="top",
                ),
            ),
        )
    )

    assert (member["username"], member["fullName"]) == (GRACE, "Grace Hooper")
    assert whole["email"] == "grace@example.org"
    (kept,) = app.cards()
    assert (created["id"], created["name"]) == (kept["id"], "Order a laptop")
    assert created["due"] == "2026-12-01T08:00:00.000Z"
    assert created["labels"][0]["id"] == LABEL
    assert (kept["desc"], kept["members"], kept["ignored"]) == (
        "With a docking station",
        (MEMBER,),
        (),
    )


def test_what_is_refused_is_told_with_status_and_words(app: App, ask: Ask) -> None:
    token = app.connect(GRACE)["access_token"]
    reader = app.connect(GRACE, scope="read:member:trello")["access_token"]
    outcomes = ask(
        ("invented", "members", "getMember", {"id": "me"}),
        ("invented", "cards", "createCard", card()),
        (reader, "cards", "createCard", card()),
        (token, "cards", "createCard", card(idList=NOWHERE)),
        (token, "cards", "createCard", card(idList=DRAFTS)),
        (token, "cards", "createCard", card(idList="to-do")),
        (token, "cards", "createCard", card(idLabels=[NOWHERE])),
    )

    assert [outcome["error"] for outcome in outcomes] == [
        "Request failed: 401 Unauthorized - invalid token",
        "Request failed: 401 Unauthorized - invalid token",
        'Request failed: 401 Unauthorized - {"message": "missing scopes"}',
        "Request failed: 404 Not Found - could not find the board that the card belongs to",
        "Request failed: 401 Unauthorized - unauthorized card permission requested",
        "Request failed: 400 Bad Request - invalid value for idList",
        "Request failed: 400 Bad Request - invalid value for idLabels",
    ]
    assert app.cards() == []


def test_a_limit_is_waited_out(app: App, ask: Ask) -> None:
    """It tries again by itself, on the status alone."""
    token = app.connect(GRACE)["access_token"]
    app.simulator.fault("trello", "cards.create", "rate_limited", value=0)
    (outcome,) = ask((token, "cards", "createCard", card()))

    assert outcome["answer"]["name"] == "Order a laptop"
    assert len(app.simulator.calls("cards.create")) == 2


def test_a_shape_that_trello_does_not_have_would_be_noticed(app: App, ask: Ask) -> None:
    token = app.connect(GRACE)["access_token"]
    app.simulator.fault("trello", "cards.create", "body", value='{"id": 7, "idMembers": "x"}')
    (outcome,) = ask((token, "cards", "createCard", card()))

    assert outcome["kind"] == "ZodError"
