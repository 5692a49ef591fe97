"""What Trello's deliveries say, and what there is to watch."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from hub.errors import InvalidRequest, ProviderError, ProviderUnavailable, ReauthRequired
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers import trello
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Effect, Event, Reach
from hub.providers.trello.subscriptions import MOST_BOARDS, SUBSCRIBING
from hub.providers.trello.webhooks import SIGNATURE, WEBHOOKS
from hub.schemes import Incoming, Verdict

ID = "0ab287f3-ac58-4a7e-906c-7688f97653d4"
BOARD = {"id": "54c2f73c734b5b084777d1aa", "name": "This is a Site", "shortLink": "7hs3uLZE"}
CARD = {"id": "550df104f244348fb46ce2b5", "name": "posts-per-page", "idShort": 11}
LIST = {"id": "5514564da07f76c2633f07f0", "name": "an empty List"}
SCOPES = frozenset({"read:member:trello", "read:board:trello"})


def incoming(body: object) -> Incoming:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(body=raw, url="https://x", webhook_id=ID, at=0)


def read(kind: str, **data: Any) -> tuple[Event, ...]:
    action = {
        "id": "55900c950fbd86334d5c4071",
        "idMemberCreator": "50e853a3a98492ed05002257",
        "data": data,
        "type": kind,
        "date": "2026-06-28T15:02:45.235Z",
        "memberCreator": {"id": "50e853a3a98492ed05002257", "fullName": "Ada", "username": "ada"},
    }
    (heard,) = WEBHOOKS.read(incoming({"action": action, "model": BOARD}))
    assert (heard.webhook_id, heard.dedup) == (ID, action["id"])
    return heard.events


def test_an_action_is_ids_and_times():
    assert read("updateCard", board=BOARD, card=CARD, old={"idList": "5"}) == (
        Event(
            type="updateCard",
            resource="cards",
            external_id=CARD["id"],
            occurred_at=1_782_658_965_235,
        ),
    )


@pytest.mark.parametrize(
    ("kind", "data", "resource", "effect"),
    [
        ("deleteCard", {"board": BOARD, "list": LIST, "card": CARD}, "cards", Effect.CHANGED),
        ("commentCard", {"board": BOARD, "card": CARD}, "cards", Effect.CHANGED),
        ("createList", {"board": BOARD, "list": LIST}, "boards", Effect.CHANGED),
        ("updateList", {"board": BOARD, "list": LIST}, "boards", Effect.CHANGED),
        ("updateBoard", {"board": BOARD, "old": {"name": "x"}}, "boards", Effect.CHANGED),
        ("updateBoard", {"board": BOARD, "old": {"closed": False}}, "boards", Effect.MOVED),
        ("createBoard", {"board": BOARD}, "boards", Effect.MOVED),
        ("addMemberToBoard", {"board": BOARD}, "boards", Effect.MOVED),
        ("removeMemberFromBoard", {"board": BOARD}, "boards", Effect.MOVED),
        ("updateMember", {}, None, Effect.CHANGED),
        ("createBoard", {"board": None}, None, Effect.CHANGED),
        ("createCard", {"card": "text", "board": {"id": 7}}, None, Effect.CHANGED),
    ],
)
def test_an_action_is_about_what_a_sync_reads(
    kind: str, data: dict[str, Any], resource: str | None, effect: Effect
):
    (event,) = read(kind, **data)
    assert (event.resource, event.effect) == (resource, effect)


def test_with_a_list_its_cards_go():
    events = read("moveListToBoard", board=BOARD, list=LIST)
    assert [event.resource for event in events] == ["boards", "cards"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        {},
        {"action": None},
        {"action": []},
        {"action": {"type": "updateCard"}},
        {"action": {"id": "55900c950fbd86334d5c4071"}},
        {"action": {"id": 7, "type": "updateCard"}},
    ],
)
def test_what_is_no_action_is_refused(body: object):
    with pytest.raises(InvalidRequest):
        WEBHOOKS.read(incoming(body))


def test_the_signature_is_the_guides():
    """`base64Digest(request.body + callbackURL)`, made here by other means."""
    url = "https://hub.example/api/webhooks/trello?webhook_id=" + ID
    body = '{"action": {"name": "é"}}'.encode()
    digest = hmac.new(b"secret", body + url.encode(), hashlib.sha1).digest()
    headers = {"x-trello-webhook": base64.b64encode(digest).decode()}
    sent = Incoming(headers=headers, body=body, url=url, webhook_id=ID, at=0)

    assert SIGNATURE.verify(sent, [b"secret"]) is Verdict.VERIFIED
    assert SIGNATURE.verify(sent, [b"other"]) is Verdict.INVALID


def reach(answer: Any, scopes: frozenset[str] = SCOPES) -> Reach:
    def send(request: Request, **_: Any) -> Answer:
        body = answer(request) if callable(answer) else answer
        status = 200
        if isinstance(body, tuple):
            status, body = body
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status=status, headers={}, body=raw, sent_at=0)

    endpoints = trello.PROVIDER.endpoints
    return Reach(
        client=None,
        connection=Connection(
            token=Secret("token"), account_id="me", send=send, endpoints=endpoints
        ),
        registration=Client(id="id", secret=Secret("secret"), endpoints=endpoints),
        scopes=scopes,
        now=0,
    )


def test_of_many_boards_the_newest_are_watched():
    ids = [f"{number:024x}" for number in range(60)]
    member = {"id": "me", "boards": [{"id": each} for each in reversed(ids)]}
    keys = [each.key for each in SUBSCRIBING.wanted(reach(member))]

    assert keys == ["member/me", *(f"board/{each}" for each in ids[-MOST_BOARDS:])]


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_grant_without_the_scopes_is_not_asked_about(scope: str):
    assert SUBSCRIBING.wanted(reach({}, SCOPES - {scope})) == ()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"id": "me"}, ProviderUnavailable),
        ({"id": "me", "boards": [{}]}, ProviderUnavailable),
        (b"[]", ProviderUnavailable),
        ((401, b"invalid token"), ReauthRequired),
        ((401, b"unauthorized permission requested"), ProviderError),
        ((401, {"message": "missing scopes"}), ProviderError),
        ((400, b"invalid value for idModel"), ProviderError),
        ((500, b""), ProviderUnavailable),
    ],
)
def test_what_trello_refuses_is_no_persons_fault(answer: Any, error: type[Exception]):
    with pytest.raises(error) as raised:
        SUBSCRIBING.wanted(reach(answer))
    assert type(raised.value) is error
