"""What is synced of Trello, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import InsufficientScope, ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_client import HttpClient
from hub.providers._sync import Asked
from hub.providers.trello import resources
from hub.providers.trello.client import TrelloClient
from tests.reading import defaults, read_pass
from tests.simulator.providers.trello.boards import BOARDS
from tests.unit.simulator.registered import playing
from tests.unit.simulator.trello.app import ADA, GRACE, TODO, App

BOARDS_OF, CARDS = providers.get("trello").load_sync().resources
ONBOARDING, SALARIES = (board.id for board in BOARDS)


running, simulator = playing(App)


@pytest.fixture
def client_of(simulator):
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda person: TrelloClient(app.connect(person)["access_token"], send, base)


@pytest.fixture
def client(client_of) -> TrelloClient:
    return client_of(ADA)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="cards", **order):
    return simulator.change("trello", ADA, resource, kind, **order)


def read_cards(simulator, client, at=None, **filters):
    return read_pass(CARDS, client, at, now=simulator.now(), filters=filters)


def calls(simulator):
    return [each.operation for each in simulator.log() if each.operation.endswith(".list")]


def test_a_card_has_the_common_part_and_no_attachments(simulator, client):
    label = {"id": "l1", "name": "IT", "color": "green", "idBoard": ONBOARDING}
    fields = {"idMembers": ["m1"], "labels": [label], "dueComplete": True}
    (id_,) = change(simulator, "create", fields=fields)["ids"]

    card = read_cards(simulator, client).records[id_]

    assert (card.title, card.state, card.parent) == ("Card 1", "completed", ONBOARDING)
    assert card.url.startswith("https://trello.com/c/")
    assert card.times["due"] == "2026-12-24T17:00:00Z"
    assert {"created", "updated"} <= set(card.times)
    assert [(each.role, each.id) for each in card.people] == [("assignee", "m1")]
    assert card.content["labels"] == [{"id": "l1", "name": "IT", "color": "green"}]
    assert "attachments" not in json.dumps(card.content)


def test_a_board_is_the_same_whatever_happens_on_it(simulator, client):
    before = read_pass(BOARDS_OF, client, now=simulator.now()).records

    change(simulator, "create")

    assert read_pass(BOARDS_OF, client, now=simulator.now()).records == before
    assert before[ONBOARDING].title == "Onboarding"
    assert before[ONBOARDING].state == "open"


def test_what_an_action_made_is_among_the_cards(simulator, client):
    made = client.create_card(TODO, "Order a laptop")

    assert read_cards(simulator, client).records[made["id"]].title == "Order a laptop"


def test_only_boards_that_people_named_are_read(simulator, client):
    change(simulator, "create")

    assert read_cards(simulator, client, boards=(SALARIES,)).records == {}
    assert len(read_cards(simulator, client, boards=(ONBOARDING,)).records) == 1


@pytest.mark.usefixtures("pages_of_two")
def test_pages_go_on_before_the_oldest(simulator, client):
    ids = change(simulator, "create", count=5)["ids"]

    read = read_cards(simulator, client)

    assert set(read.records) == set(ids)
    assert calls(simulator).count("cards.list") == 4  # three of one board, one of the other


def test_only_boards_on_which_something_happened_are_read_again(simulator, client):
    keep, drop = change(simulator, "create", count=2)["ids"]
    first = read_cards(simulator, client)
    simulator.advance(900)
    change(simulator, "update", id=keep, fields={"name": "Changed"})
    change(simulator, "delete", id=drop)
    before = len(calls(simulator))

    second = read_cards(simulator, client, first.cursor)

    assert second.records[keep].title == "Changed"
    assert second.gone == {drop}
    assert calls(simulator)[before:] == ["boards.list", "cards.list", "actions.list"]
    third = read_cards(simulator, client, second.cursor)
    assert (third.records, third.cursor) == ({}, second.cursor)
    assert calls(simulator)[before + 3 :] == ["boards.list"]


def test_a_board_that_vanishes_meanwhile_ends_nothing(simulator, client):
    (id_,) = change(simulator, "create")["ids"]
    asked = Asked(at=None, filters=defaults(CARDS), now=simulator.now())
    at = CARDS.read(client, asked).next
    change(simulator, "delete", "boards", id=SALARIES)

    assert set(read_cards(simulator, client, at).records) == {id_}


def test_a_board_out_of_reach_has_no_cards(simulator, client_of):
    at = {"known": {SALARIES: None}, "left": [[SALARIES, None]], "closed": False}

    assert read_cards(simulator, client_of(GRACE), at).records == {}


def test_that_all_boards_are_out_of_reach_is_not_taken_for_there_being_no_cards(simulator, client):
    change(simulator, "create")
    refused = "unauthorized permission requested"
    simulator.fault("trello", "cards.list", "ok_false", value=refused, times=2)

    with pytest.raises(InsufficientScope):
        read_cards(simulator, client)


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "invalid token", ReauthRequired),
        ("ok_false", "missing scopes", InsufficientScope),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps([{"name": "no id"}]), ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("trello", "cards.list", fault, value=value)

    with pytest.raises(error):
        read_cards(simulator, client)
