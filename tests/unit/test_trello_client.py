"""TrelloClient by itself, as a developer's script would use it; Trello is the simulator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderTimeout,
    ProviderUnavailable,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers.trello.client import TrelloClient
from tests.simulator.server import Simulator
from tests.unit.simulator.registered import PREFIX
from tests.unit.simulator.trello.app import (
    ADA,
    CLIENT,
    DRAFTS,
    GRACE,
    LABEL,
    MEMBER,
    NOWHERE,
    TODO,
    App,
)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"trello": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: TrelloClient(token, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect(GRACE)["access_token"])


def test_whose_token_it_is_and_a_card_are_a_line_each(app, client):
    member = client.me()
    made = client.create_card(TODO, "Order a laptop")

    assert (member["username"], member["fullName"]) == (GRACE, "Grace Hooper")
    (card,) = app.cards()
    assert made == {"id": card["id"], "url": "https://trello.com/c/sim00001"}
    assert (card["creator"], card["list"], card["name"]) == (member["id"], TODO, "Order a laptop")


def test_all_that_a_card_can_have_arrives(app, client):
    client.create_card(TODO, "First")
    client.create_card(
        TODO,
        "Grüße 👋",
        description="Line one\nLine two",
        start=datetime(2026, 11, 24, 9, tzinfo=timezone(timedelta(hours=1))),
        due=datetime(2026, 12, 1, 23, 59, 59, 250_000, tzinfo=UTC),
        members=[MEMBER, "65a1f0c2d4e8b90011aa0002"],
        labels=[LABEL],
        position="top",
    )

    first, card = app.cards()
    assert (card["name"], card["desc"]) == ("Grüße 👋", "Line one\nLine two")
    assert (card["start"], card["due"]) == ("2026-11-24T08:00:00.000Z", "2026-12-01T23:59:59.250Z")
    assert (len(card["members"]), card["labels"]) == (2, (LABEL,))
    assert card["pos"] < first["pos"]
    assert [one["ignored"] for one in (first, card)] == [(), ()]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 12, 1, 9), "offset"),  # noqa: DTZ001  # that is the mistake
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "years"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2))), "years"),
    ],
)
def test_a_time_that_is_no_moment_calls_nobody(app, client, moment, words):
    for field in ("due", "start"):
        with pytest.raises(InvalidRequest, match=words):
            client.create_card(TODO, "Order a laptop", **{field: moment})
    assert app.simulator.calls("cards.create") == []


def test_what_is_sent_is_what_trello_documents():
    sent = []

    def send(request, **limits):
        sent.append((request, limits))
        return Answer(status=200, headers={}, body=b'{"id": "1"}', sent_at=1_000.0)

    TrelloClient("token-1", send).create_card(TODO, "Order a laptop", labels=(LABEL, NOWHERE))

    ((request, limits),) = sent
    assert (request.method, request.url) == ("POST", "https://api.trello.com/1/cards")
    assert request.json == {
        "idList": TODO,
        "name": "Order a laptop",
        "idLabels": f"{LABEL},{NOWHERE}",
        "pos": "bottom",
    }
    assert request.headers["authorization"] == "Bearer token-1"
    assert limits.get("attempts", 1) == 1


def test_by_itself_it_calls_trello_and_nobody_else(app):
    base = app.endpoints["apiUrl"]

    with pytest.raises(ValueError, match="host"):
        TrelloClient("token", api=base).create_card(TODO, "Order a laptop")


def test_the_token_is_not_shown(client_of):
    client = client_of("canary-token")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.me()
    assert "canary" not in str(raised.value)


def test_a_token_without_the_scope_says_so(app, client_of):
    reads = client_of(app.connect(scope="read:member:trello read:board:trello")["access_token"])
    writes = client_of(app.connect(scope="write:board:trello")["access_token"])

    with pytest.raises(InsufficientScope):
        reads.create_card(TODO, "Order a laptop")
    with pytest.raises(InsufficientScope):
        writes.me()


def test_a_grant_that_ended_says_so(app, client):
    app.simulator.uninstall("trello", GRACE)

    with pytest.raises(ReauthRequired):
        client.create_card(TODO, "Order a laptop")


@pytest.mark.parametrize(
    ("list_id", "changes", "words"),
    [
        (NOWHERE, {}, "no such list"),
        (DRAFTS, {}, "may not add cards"),
        ("", {}, "no such list"),
        ("to-do", {}, "no such list"),
        (TODO, {"description": "x" * 16_385}, "description"),
        (TODO, {"members": [NOWHERE]}, "member"),
        (TODO, {"labels": [NOWHERE]}, "label"),
        (TODO, {"labels": ["IT"]}, "24 characters"),
        (TODO, {"position": "middle"}, "top"),
    ],
)
def test_what_a_person_can_mend_is_told_in_our_words(client, list_id, changes, words):
    with pytest.raises(InvalidRequest) as raised:
        client.create_card(list_id, "Order a laptop", **changes)
    assert words in raised.value.message


def test_a_board_of_somebody_else_is_not_the_end_of_the_token(app, client, client_of):
    with pytest.raises(InvalidRequest):
        client.create_card(DRAFTS, "Order a laptop")
    client.create_card(TODO, "Order a laptop")
    client_of(app.connect(ADA)["access_token"]).create_card(DRAFTS, "Order a laptop")

    assert [card["list"] for card in app.cards()] == [TODO, DRAFTS]


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "html", "empty"])
def test_an_answer_that_is_none_is_never_asked_for_again(app, client, kind):
    app.simulator.fault("trello", "cards.create", kind)

    with pytest.raises(ProviderUnavailable):
        client.create_card(TODO, "Order a laptop")
    assert len(app.simulator.calls("cards.create")) == 1


@pytest.mark.parametrize(("status", "calls"), [(500, 1), (503, 1), (504, 1)])
def test_a_trello_that_is_down_is_unavailable(app, client, status, calls):
    app.simulator.fault("trello", "cards.create", "status", value=status)

    with pytest.raises(ProviderUnavailable):
        client.create_card(TODO, "Order a laptop")
    assert len(app.simulator.calls("cards.create")) == calls


def test_asking_who_it_is_is_tried_once_more(app, client):
    app.simulator.fault("trello", "members.get", "status", value=503)

    assert client.me()["username"] == GRACE
    assert len(app.simulator.calls("members.get")) == 2


def test_a_redirect_is_not_followed(app, client):
    elsewhere = f"{app.endpoints['apiUrl']}/1/members/me"
    app.simulator.fault("trello", "cards.create", "redirect", value=elsewhere, times=2)

    with pytest.raises(ProviderUnavailable):
        client.create_card(TODO, "Order a laptop")
    assert app.simulator.calls("members.get") == []
    app.create("token")  # a client that follows gets there, and takes the token along
    (followed,) = app.simulator.calls("members.get")
    assert "token" in followed.fingerprints


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("trello", "cards.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_card(TODO, "Order a laptop")
    assert len(app.simulator.calls("cards.create")) == 1
