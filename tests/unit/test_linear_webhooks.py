"""What Linear's deliveries may look like, and what its API says of webhooks."""

import json
from typing import Any

import pytest

from hub.errors import InvalidRequest, ProviderError, ProviderUnavailable, SubscriptionGone
from hub.http_types import Answer
from hub.models import Secret
from hub.providers import get
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Example, Held, Notify, Reach, Wanted
from hub.providers.linear.client import LinearClient
from hub.providers.linear.subscriptions import SUBSCRIBING
from hub.providers.linear.webhooks import WEBHOOKS
from hub.schemes import Incoming, Signature, Verdict

NOW = 1_790_000_000.0
URL = "https://hub.test/api/webhooks/linear"
HOOK = "2f9d0b1c-6a47-4d83-9e25-7c1b3f5a8d60"
NOTIFY = Notify(webhook_id=HOOK, url=f"{URL}?webhook_id={HOOK}", secret="chosen")
HELD = Held(
    webhook_id=HOOK, key="workspace", resource=None, external_id=HOOK, ends_at=None, more={}
)
BODY = {
    "type": "Issue",
    "action": "update",
    "organizationId": "org",
    "createdAt": "2026-09-21T14:13:20.123Z",
    "data": {"id": "issue-1"},
    "webhookId": "hook-1",
    "webhookTimestamp": int(NOW * 1000),
}
SIGNATURE = Signature(header="linear-signature")


class Secrets:
    def webhook_secrets(self) -> tuple[bytes, ...]:
        return (b"of-the-app",)

    def chosen(self, webhook_id: str) -> tuple[bytes, ...]:
        return (f"of-{webhook_id}".encode(),)


def incoming(body: Any, webhook_id: str | None = None) -> Incoming:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(body=raw, url=URL, webhook_id=webhook_id, at=NOW)


def verdict(body: Any, secret: bytes = b"of-the-app", webhook_id: str | None = None) -> Verdict:
    unsigned = incoming(body, webhook_id)
    signed = unsigned.signed({"linear-signature": SIGNATURE.sign(unsigned, secret)})
    return WEBHOOKS.verify(signed, Secrets())


def dedup(**changes: Any) -> str:
    (heard,) = WEBHOOKS.read(incoming({**BODY, **changes}))
    return heard.dedup


@pytest.mark.parametrize("seconds", [-60, 0, 60])
def test_a_minute_off_is_near_enough(seconds):
    assert verdict(BODY | {"webhookTimestamp": int((NOW + seconds) * 1000)}) is Verdict.VERIFIED


@pytest.mark.parametrize(
    "stamp",
    [
        int((NOW - 61) * 1000),
        int((NOW + 61) * 1000),
        int(NOW),
        -int(NOW * 1000),
        NOW * 1000,
        str(int(NOW * 1000)),
        True,
        None,
        [],
        10**400,
    ],
)
def test_what_is_not_near_or_no_stamp_is_refused(stamp):
    assert verdict(BODY | {"webhookTimestamp": stamp}) is Verdict.INVALID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"7",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"webhookTimestamp": NaN}',
        b'{"webhookTimestamp": 1, "webhookTimestamp": 1790000000000}',
        b'{"webhookTimestamp": ' + b"1" * 5_000 + b"}",
        b"\xff\xfe",
    ],
)
def test_a_body_that_nobody_can_read_is_refused_though_signed(body):
    assert verdict(body) is Verdict.INVALID


def test_each_address_has_its_own_secret():
    assert verdict(BODY, f"of-{HOOK}".encode(), HOOK) is Verdict.VERIFIED
    assert verdict(BODY, b"of-the-app", HOOK) is Verdict.INVALID
    assert verdict(BODY, f"of-{HOOK}".encode()) is Verdict.INVALID


def test_a_repetition_says_the_same_but_for_its_sending():
    assert dedup() == dedup(webhookTimestamp=int(NOW * 1000) + 3_600_000, webhookId="hook-2")
    others = [
        dedup(createdAt="2026-09-21T14:13:20.124Z"),
        dedup(action="remove"),
        dedup(type="Project"),
        dedup(organizationId="another"),
        dedup(data={"id": "issue-1", "updatedAt": "2026-09-21T14:13:20.124Z"}),
    ]
    assert len({dedup(), *others}) == len(others) + 1


@pytest.mark.parametrize("depth", [500, 900, 990, 5_000, 100_000])
def test_a_deep_body_is_read_or_refused(depth):
    deep = json.dumps(BODY)[:-1] + ', "deep": ' + "[" * depth + "]" * depth + "}"
    try:
        (heard,) = WEBHOOKS.read(incoming(deep.encode()))
    except InvalidRequest:
        return
    assert heard.accounts == ("org",)


@pytest.mark.parametrize(
    ("at", "occurred_at"),
    [
        ("2026-09-21T14:13:20.123Z", 1_790_000_000_123),
        ("2026-09-21T16:13:20.123+02:00", 1_790_000_000_123),
        ("soon", None),
        (None, None),
        (7, None),
    ],
)
def test_when_it_happened_is_told_in_milliseconds(at, occurred_at):
    (heard,) = WEBHOOKS.read(incoming({**BODY, "createdAt": at}))

    assert heard.events[0].occurred_at == occurred_at


@pytest.mark.parametrize("held", [HELD, None])
def test_a_test_notification_proves_itself(held):
    of = Example(account_id="org:person", held=held, url=URL, at=NOW, id="t1")
    made = WEBHOOKS.example(of, Secrets())

    assert WEBHOOKS.verify(made, Secrets()) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(made)
    assert (heard.webhook_id, heard.accounts) == (held and HOOK, ("org",))


def reach(*answers: Any) -> tuple[Reach, list[Any]]:
    asked: list[Any] = []
    waiting = [
        Answer(status=200, headers={}, body=json.dumps(each).encode(), sent_at=NOW)
        for each in answers
    ]

    def send(request: Any, **_: Any) -> Answer:
        asked.append(request)
        return waiting.pop(0)

    endpoints = get("linear").endpoints
    return Reach(
        client=LinearClient("token", send),
        connection=Connection(
            token=Secret("token"), account_id="org:person", send=send, endpoints=endpoints
        ),
        registration=Client(id="id", secret=Secret("secret"), endpoints=endpoints),
        scopes=frozenset({"admin"}),
        now=NOW,
    ), asked


def refused(code: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": "no", "extensions": {"code": code}}]}


GONE = refused("INPUT_ERROR")
DONE = {"data": {"webhookDelete": {"success": True}}}


def test_a_webhook_is_made_under_our_id_with_our_secret():
    done = {"success": True, "webhook": {"id": HOOK}}
    to, asked = reach({"data": {"webhookCreate": done}})
    made = SUBSCRIBING.create(to, Wanted(key="workspace"), NOTIFY)

    assert (made.external_id, made.ends_at, made.secret) == (HOOK, None, None)
    given = asked[0].json["variables"]["input"]
    assert (given["id"], given["url"], given["secret"]) == (HOOK, NOTIFY.url, "chosen")
    assert given["allPublicTeams"] is True
    assert {"Issue", "Comment", "Project"} < set(given["resourceTypes"])


@pytest.mark.parametrize(
    ("done", "error"),
    [
        ({"success": False, "webhook": {"id": HOOK}}, ProviderError),
        ({"success": True, "webhook": None}, ProviderUnavailable),
        ({"success": True, "webhook": {"id": 7}}, ProviderUnavailable),
    ],
)
def test_what_is_no_webhook_is_none(done, error):
    to, _ = reach({"data": {"webhookCreate": done}})
    with pytest.raises(error):
        SUBSCRIBING.create(to, Wanted(key="workspace"), NOTIFY)


def test_a_webhook_is_looked_at():
    assert SUBSCRIBING.renew is not None
    to, _ = reach({"data": {"webhook": {"id": HOOK, "enabled": True}}})
    assert SUBSCRIBING.renew(to, HELD, NOTIFY).external_id == HOOK

    to, _ = reach(GONE)
    with pytest.raises(SubscriptionGone):
        SUBSCRIBING.renew(to, HELD, NOTIFY)

    to, asked = reach({"data": {"webhook": {"id": HOOK, "enabled": False}}}, DONE)
    with pytest.raises(SubscriptionGone):
        SUBSCRIBING.renew(to, HELD, NOTIFY)
    assert "webhookDelete" in asked[1].json["query"]


@pytest.mark.parametrize("answer", [DONE, GONE])
def test_deleting_does_not_mind_what_is_gone(answer):
    to, asked = reach(answer)
    SUBSCRIBING.delete(to, HELD)

    assert asked[0].json["variables"] == {"id": HOOK}
