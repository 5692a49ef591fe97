"""Graph's notices: what proves them, what they tell, and which of them are the same."""

import json
from typing import Any

import pytest

from hub.errors import InvalidRequest
from hub.providers._webhooks import Effect, Event, Example, Held
from hub.providers.microsoft.webhooks import WEBHOOKS
from hub.schemes import Incoming, Verdict

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
SECRET, BEFORE = "the-secret-of-this-address", "the-secret-before"
ABOUT = {
    "subscriptionId": "c6126aa3-0ed8-412f-a988-71e6cee627c4",
    "subscriptionExpirationDateTime": "2026-12-02T03:12:18.2257768+05:30",
    "clientState": SECRET,
    "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
}
# concepts/outlook-change-notifications-overview.md
EVENT = {
    **ABOUT,
    "changeType": "created",
    "resource": "Users/622eaaff-0683-4862-9de4-f2ec83c2bd98/Events/AAMkAGUwNjQ4ZjIxAAA=",
    "resourceData": {
        "@odata.type": "#Microsoft.Graph.Event",
        "@odata.id": "Users/622eaaff-0683-4862-9de4-f2ec83c2bd98/Events/AAMkAGUwNjQ4ZjIxAAA=",
        "@odata.etag": 'W/"CQAAABYAAACQ2fKdhq8oSKEDSVrdi3lRAAGDUUXn"',
        "id": "AAMkAGUwNjQ4ZjIxAAA=",
    },
}
# azure-docs articles/event-grid/azure-active-directory-events.md
PERSON = {
    **ABOUT,
    "changeType": "deleted",
    "resource": "Users/3c6ee395-529d-4681-b5f7-582c707570f6",
    "resourceData": {
        "@odata.type": "#Microsoft.Graph.User",
        "@odata.id": "Users/3c6ee395-529d-4681-b5f7-582c707570f6",
        "id": "3c6ee395-529d-4681-b5f7-582c707570f6",
        "organizationId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        "eventTime": "2026-11-24T22:24:31.3062901Z",
        "sequenceNumber": 637890350713062901,
    },
}
# onedrive-api-docs issue 1214, microsoft-graph-docs issue 11776
DRIVE = {**ABOUT, "changeType": "updated", "resource": "me/drive/root", "resourceData": None}
# microsoft-graph-docs-contrib issue 84: as it came, with another name for the tenant
ASKED = {
    "lifecycleEvent": "reauthorizationRequired",
    "subscriptionId": ABOUT["subscriptionId"],
    "resource": "",
    "clientState": SECRET,
    "sequence": None,
    "resourceData": {"id": ""},
    "encryptedContent": None,
    "organizationId": ABOUT["tenantId"],
    "subscriptionExpirationDateTime": "2026-12-02T03:12:18Z",
}


class Ring:
    """Two secrets, as while one takes the other's place."""

    def __init__(self, *, expected: bool = True, secrets: tuple[str, ...] = (SECRET, BEFORE)):
        self._expected, self._secrets = expected, secrets

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return tuple(each.encode() for each in self._secrets) if webhook_id == ID else ()

    def is_expected(self, webhook_id: str | None) -> bool:
        return self._expected and webhook_id == ID


def incoming(*items: Any, at: float = 1_790_000_000.0, **changes: Any) -> Incoming:
    given = {"body": json.dumps({"value": items}).encode(), "webhook_id": ID} | changes
    return Incoming(url=f"https://hub.example/{ID}", at=at, **given)


def verdict(request: Incoming, ring: Ring | None = None) -> Verdict:
    return WEBHOOKS.verify(request, ring or Ring())


def told(item: dict[str, Any]) -> Event:
    (heard,) = WEBHOOKS.read(incoming(item))
    assert heard.webhook_id == ID
    (event,) = heard.events
    return event


def identity(item: dict[str, Any], at: float = 1.0) -> str:
    (heard,) = WEBHOOKS.read(incoming(item, at=at))
    return heard.dedup


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_every_active_secret_verifies(secret):
    assert verdict(incoming({**EVENT, "clientState": secret})) is Verdict.VERIFIED


@pytest.mark.parametrize("state", ["guessed", "", None, 7, ["x"], {"a": 1}, "ключ", SECRET[:-1]])
def test_any_other_word_does_not(state):
    assert verdict(incoming({**EVENT, "clientState": state})) is Verdict.INVALID
    assert verdict(incoming(EVENT, {**EVENT, "clientState": state})) is Verdict.INVALID


def test_a_notice_without_a_word_does_not():
    item = {name: value for name, value in EVENT.items() if name != "clientState"}
    assert verdict(incoming(item)) is Verdict.INVALID


def test_without_a_secret_nothing_verifies():
    assert verdict(incoming(EVENT), Ring(secrets=())) is Verdict.NOT_CONFIGURED
    assert verdict(incoming({**EVENT, "clientState": ""}), Ring(secrets=("",))) is (
        Verdict.NOT_CONFIGURED
    )


def test_without_an_address_of_its_own_nothing_verifies():
    assert verdict(incoming(EVENT, webhook_id=None)) is Verdict.INVALID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"value": []}',
        b'{"value": {}}',
        b'{"value": [1]}',
        b'{"value": [null]}',
        b'{"value": NaN}',
        b'{"value": [{"clientState": "\xff"}]}',
        b"[" * 100_000,
        b'{"value": [], "value": [{"clientState": "the-secret-of-this-address"}]}',
        b'{"value": [{"clientState": "x", "clientState": "the-secret-of-this-address"}]}',
    ],
)
def test_a_body_of_another_form_does_not(body):
    assert verdict(incoming(body=body)) is Verdict.INVALID


def test_a_word_to_repeat_makes_a_notice_invalid():
    assert verdict(incoming(EVENT, query={"validationToken": "word"})) is Verdict.INVALID


WORD = "Validation: Testing client application reachability for subscription Request-Id: 4d"


def test_the_word_is_repeated_as_plain_text():
    reply = WEBHOOKS.greet(incoming(query={"validationToken": WORD}), Ring())
    assert (reply.status, reply.body) == (200, WORD)
    assert reply.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    "word",
    ["<script>alert(1)</script>", "", "x" * 2049, "two\nlines", "a\r\nb: c", "naïve", "\x00"],
)
def test_what_graph_never_sends_is_not_repeated(word):
    assert WEBHOOKS.greet(incoming(query={"validationToken": word}), Ring()) is None


@pytest.mark.parametrize(
    ("ring", "webhook_id"), [(Ring(expected=False), ID), (Ring(), None), (Ring(), "another")]
)
def test_nothing_is_repeated_that_nobody_waits_for(ring, webhook_id):
    asked = incoming(query={"validationToken": WORD}, webhook_id=webhook_id)
    assert WEBHOOKS.greet(asked, ring) is None
    assert WEBHOOKS.greet(incoming(EVENT), ring) is None


def test_a_change_is_told_with_its_id():
    assert told(EVENT) == Event(type="created", external_id="AAMkAGUwNjQ4ZjIxAAA=")


def test_a_change_in_the_directory_is_told_with_its_time():
    assert told(PERSON) == Event(
        type="deleted",
        external_id="3c6ee395-529d-4681-b5f7-582c707570f6",
        occurred_at=1_795_559_071_306,
    )


@pytest.mark.parametrize("time", ["", "soon", None, 7])
def test_a_time_that_is_none_is_left_out(time):
    data = {**PERSON["resourceData"], "eventTime": time}
    assert told({**PERSON, "resourceData": data}).occurred_at is None


def test_a_change_of_a_drive_has_no_id():
    assert told(DRIVE) == Event(type="updated")


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("reauthorizationRequired", Effect.EXPIRING),
        ("subscriptionRemoved", Effect.LOST),
        ("missed", Effect.MISSED),
        ("something_new", Effect.CHANGED),
    ],
)
def test_lifecycle_notices_have_their_effect(name, effect):
    event = told({**ASKED, "lifecycleEvent": name})
    assert (event.type, event.effect) == (name, effect)


def test_a_notice_of_nothing_is_refused():
    with pytest.raises(InvalidRequest):
        WEBHOOKS.read(incoming({**DRIVE, "changeType": None}))


@pytest.mark.parametrize("item", [EVENT, {**DRIVE, "id": "lsgTZMr9KwAAA"}, PERSON, ASKED])
def test_a_repetition_is_the_same_whenever_it_comes(item):
    assert identity(item, at=1.0) == identity(item, at=9_000.0)


@pytest.mark.parametrize("item", [DRIVE, {**ASKED, "lifecycleEvent": "missed"}])
def test_what_has_nothing_of_its_own_counts_each_time(item):
    assert identity(item, at=1.0) != identity(item, at=2.0)


def test_other_changes_are_others():
    data = EVENT["resourceData"]
    others = [
        EVENT,
        PERSON,
        {**EVENT, "id": "lsgTZMr9KwAAA"},
        {**EVENT, "id": "other"},
        {**EVENT, "changeType": "deleted"},
        {**EVENT, "subscriptionId": "another"},
        {**EVENT, "resourceData": {**data, "id": "another"}},
        {**EVENT, "resourceData": {**data, "@odata.etag": "another"}},
        {**PERSON, "resourceData": {**PERSON["resourceData"], "sequenceNumber": 2}},
        ASKED,
        {**ASKED, "subscriptionExpirationDateTime": "2026-12-09T03:12:18Z"},
        {**ASKED, "lifecycleEvent": "subscriptionRemoved"},
    ]
    assert len({identity(each) for each in others}) == len(others)


def test_the_same_notice_twice_in_a_request_is_told_once():
    assert len(WEBHOOKS.read(incoming(EVENT, EVENT, PERSON))) == 2


def test_very_many_notices_are_told_together_and_known_again():
    many = [{**EVENT, "id": str(number)} for number in range(51)]
    (one,) = WEBHOOKS.read(incoming(*many, at=1.0))
    (again,) = WEBHOOKS.read(incoming(*many, at=2.0))
    (fewer,) = WEBHOOKS.read(incoming(*many[:1], *many[:-1], DRIVE))
    assert len(one.events) == 51
    assert one.dedup == again.dedup != fewer.dedup


def test_a_test_notice_is_a_good_one():
    held = Held(
        webhook_id=ID, key="users", resource="users", external_id="made", ends_at=1, more={}
    )
    of = Example(account_id="t:o", held=held, url="https://hub.example", at=1.0, id="test-1")
    example = WEBHOOKS.example(of, Ring())

    assert verdict(example) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(example)
    assert (heard.webhook_id, [event.type for event in heard.events]) == (ID, ["updated"])


def test_without_a_subscription_there_is_no_test_notice():
    of = Example(account_id="t:o", held=None, url="https://hub.example", at=1.0, id="test-1")
    with pytest.raises(InvalidRequest):
        WEBHOOKS.example(of, Ring())
