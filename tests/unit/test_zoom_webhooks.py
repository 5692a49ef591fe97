"""What Zoom's events are read as: bodies as Zoom documents them, cut to what tells them apart."""

import json
from copy import replace
from typing import Any

import pytest

from hub.errors import InvalidRequest
from hub.models import Secret
from hub.providers import zoom
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Effect, Example, Heard, Reach
from hub.providers.zoom.webhooks import SIGNATURE, WEBHOOKS
from hub.schemes import Incoming, Verdict

URL = "https://hub.example/api/webhooks/zoom"
MEETING = {
    "id": 1234567890,
    "uuid": "4444AAAiAAAAAiAiAiiAii==",
    "host_id": "x1yCzABCDEfg23HiJKl4mN",
}
NOW = 1_658_940_994.0


class Ring:
    def __init__(self, *secrets: bytes) -> None:
        self._secrets = secrets

    def webhook_secrets(self) -> tuple[bytes, ...]:
        return self._secrets

    def client_secrets(self) -> tuple[bytes, ...]:
        return ()

    def setting(self, name: str) -> str:
        return name

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return (str(webhook_id).encode(),)

    def stored(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return (str(webhook_id).encode(),)

    def is_expected(self, webhook_id: str | None) -> bool:
        return webhook_id is None


RING = Ring(b"secret token")


def incoming(body: Any) -> Incoming:
    return Incoming(body=json.dumps(body).encode(), url=URL, at=NOW)


def signed(body: Any) -> Incoming:
    plain = incoming(body).signed({"x-zm-request-timestamp": str(int(NOW))})
    return plain.signed({"x-zm-signature": SIGNATURE.sign(plain, b"secret token")})


def read(event: str, payload: dict[str, Any], **more: Any) -> Heard | None:
    body = {"event": event, "event_ts": 1626230691572, "payload": payload, **more}
    heard = WEBHOOKS.read(incoming(body))
    return heard[0] if heard else None


def payload(**more: Any) -> dict[str, Any]:
    return {"account_id": "AAAAAABBBB", "operator_id": "z8yCxjabcdEFGHfp8uQ", **more}


def test_a_meeting_goes_to_its_host():
    heard = read("meeting.created", payload(object=MEETING))

    assert heard is not None
    assert heard.accounts == ("AAAAAABBBB/x1yCzABCDEfg23HiJKl4mN",)
    (event,) = heard.events
    assert (event.type, event.resource, event.external_id, event.occurred_at) == (
        "meeting.created",
        "meetings",
        "1234567890",
        1626230691572,
    )


def test_without_a_host_it_goes_to_who_did_it():
    heard = read("meeting.updated", payload(object={"id": 94446976353, "topic": "New"}))

    assert heard is not None
    assert heard.accounts == ("AAAAAABBBB/z8yCxjabcdEFGHfp8uQ",)
    assert read("meeting.updated", {"account_id": "AAAAAABBBB", "object": {"id": 1}}) is None


def test_a_user_goes_to_the_account():
    heard = read("user.deactivated", payload(object={"id": "uLobbbbbbbbbb_qQsQ"}))

    assert heard is not None
    assert heard.accounts == ("AAAAAABBBB",)
    assert (heard.events[0].resource, heard.events[0].external_id) == (
        "users",
        "uLobbbbbbbbbb_qQsQ",
    )


DEAUTHORIZED = {
    "account_id": "EabCDEFghiLHMA",
    "user_id": "z9jkdsfsdfjhdkfjQ",
    "signature": "827edc3452044f0bc86bdd5684afb7d1e6becfa1a767f24df1b287853cf73000",
    "deauthorization_time": "2019-06-17T13:52:28.632Z",
    "client_id": "ADZ9k9bTWmGUoUbECUKU_a",
}


@pytest.mark.parametrize("more", [{}, {"event_ts": None}])
def test_a_deauthorization_is_the_persons(more: dict[str, Any]):
    heard = read("app_deauthorized", DEAUTHORIZED, **more)

    assert heard is not None
    assert heard.accounts == ("EabCDEFghiLHMA/z9jkdsfsdfjhdkfjQ",)
    (event,) = heard.events
    assert event.effect is Effect.ERASED
    assert event.occurred_at == (1560779548632 if more else 1626230691572)


def test_the_same_event_is_known_by_what_it_is_about():
    """Bodies of one recording have come with different links (devforum.zoom.us 128602)."""
    one = read("recording.completed", payload(object=MEETING, download_token="one"))
    again = read("recording.completed", payload(object=MEETING, download_token="two"))
    others = [
        read("recording.completed", payload(object={**MEETING, "uuid": "another"})),
        read("recording.completed", {**payload(object=MEETING), "account_id": "another"}),
        read("recording.completed", payload(object=MEETING), event_ts=1626230691573),
        read("meeting.ended", payload(object=MEETING)),
    ]

    assert one is not None
    assert again is not None
    assert one.dedup == again.dedup
    assert one.dedup not in {each.dedup for each in others if each}
    assert len({each.dedup for each in others if each}) == len(others)


@pytest.mark.parametrize("at", [None, "1626230691572", True, 1.5])
def test_without_a_time_the_body_tells_them_apart(at: Any):
    made = [read("meeting.ended", payload(object=MEETING, n=n), event_ts=at) for n in (1, 2)]

    assert None not in made
    assert len({each.dedup for each in made if each}) == 2
    assert {each.events[0].occurred_at for each in made if each} == {None}


@pytest.mark.parametrize(
    "event",
    ["meeting.participant_joined", "user.presence_status_updated", "endpoint.url_validated"],
)
def test_what_is_no_concern_of_ours(event: str):
    assert read(event, payload(object=MEETING)) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event": 7, "payload": {"account_id": "A"}},
        {"event": "meeting.created"},
        {"event": "meeting.created", "payload": []},
        {"event": "meeting.created", "payload": {"account_id": 7}},
        {"event": "app_deauthorized", "payload": {"user_id": "u"}},
        [],
    ],
)
def test_what_cannot_be_read_is_refused(body: Any):
    with pytest.raises(InvalidRequest):
        WEBHOOKS.read(incoming(body))


@pytest.mark.parametrize("wrong", [None, 7, "", [], {}])
def test_who_is_nobody_is_not_named(wrong: Any):
    assert read("app_deauthorized", {**DEAUTHORIZED, "user_id": wrong}) is None
    assert read("meeting.ended", {"account_id": "A", "object": {"host_id": wrong}}) is None


def test_the_documented_validation():
    """https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint"""
    body = {
        "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"},
        "event_ts": 1654503849680,
        "event": "endpoint.url_validation",
    }
    asked = signed(body)

    assert WEBHOOKS.greet(asked, RING) is None
    assert WEBHOOKS.verify(asked, RING) is Verdict.VERIFIED
    reply = WEBHOOKS.reply(asked, RING)
    greeted = WEBHOOKS.greet(incoming(body), RING)
    assert reply is not None
    assert greeted is not None
    assert reply.body == greeted.body
    assert WEBHOOKS.greet(incoming(body), Ring()) is None
    assert WEBHOOKS.greet(incoming({**body, "more": "x" * 1024}), RING) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"event":"endpoint.url_validation"}', b"\xff"]
)
def test_what_is_no_validation_is_not_greeted(body: bytes):
    assert WEBHOOKS.greet(Incoming(body=body, url=URL, at=NOW), RING) is None


@pytest.mark.parametrize(
    ("account", "accounts"),
    [("A/u", ("A/u",)), ("A", ("A",))],
)
def test_an_example_names_the_account(account: str, accounts: tuple[str, ...]):
    example = Example(account_id=account, held=None, url=URL, at=NOW, id="7")
    made = WEBHOOKS.example(example, RING)

    assert WEBHOOKS.verify(made, RING) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(made)
    assert (heard.accounts, heard.events[0].type) == (accounts, "targetym.test")
    assert WEBHOOKS.verify(replace(made, at=NOW + 301), RING) is Verdict.INVALID


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [((), ("A/u",)), (("user:read:list_users:admin",), ("A/u", "A"))],
)
def test_routes(scopes: tuple[str, ...], expected: tuple[str, ...]):
    endpoints = zoom.PROVIDER.endpoints
    connection = Connection(
        token=Secret("t"), account_id="A/u", send=lambda *_, **__: None, endpoints=endpoints
    )
    reach = Reach(
        client=None,
        connection=connection,
        registration=Client(id="id", secret=Secret("s"), endpoints=endpoints),
        scopes=frozenset(scopes),
        now=NOW,
    )

    assert WEBHOOKS.routes(reach) == expected
