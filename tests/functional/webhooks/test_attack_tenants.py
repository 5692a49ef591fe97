"""Deliveries that are genuine and for somebody else, secrets that take one another's place, and
handshakes used as a way in (WH-04, WH-05, WH-13, WH-14, WH-19).
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.conftest import forget
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import BOB, Case
from tests.functional.webhooks.conftest import TOLD
from tests.functional.webhooks.heard import subscriptions
from tests.functional.webhooks.proofs import with_headers
from tests.simulator.webhooks import Sent

CHALLENGE = "8f3a-a-challenge-of-an-attacker"
HOUR, DAY = 3600, 86_400
DAYS, STEP = 35, 3
# Zoom gives an account to one integration alone; Graph subscribes to a thing of an account once.
ONE_HOLDS_IT = {"zoom", "microsoft"}


def addressed(sent: Sent, **query: str | None) -> Sent:
    """Give a request to the same URL with other parameters; None: without one."""
    parts = urlsplit(sent.url)
    given: dict[str, str | None] = {n: v[0] for n, v in parse_qs(parts.query).items()}
    kept = {name: value for name, value in (given | query).items() if value is not None}
    return replace(sent, url=urlunsplit(parts._replace(query=urlencode(kept))))


def test_an_account_that_nobody_connected_is_no_error_and_no_effect(case: Case):
    """WH-14: nothing tells a stranger which accounts there are."""
    sent = case.genuine()
    _forget_who_hears(case)
    before = case.everything()

    answer = case.deliver(sent)
    attacks.note("unknown account", case.provider, f"{answer.status}, no effect")
    assert answer.status == 401 if case.told.signed_by == "stored" else answer.status == 200
    assert case.everything() == before


def _forget_who_hears(case: Case) -> None:
    """Leave no subscription and no route: as if the account had never been connected here."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].tables["webhooks"]
    table.items.clear()


def test_another_organizations_subscription_does_not_route(case: Case):
    """WH-13: `webhook_id` selects a subscription only where that one's secret proves it. Whoever
    hears is among those that hear of the account anyway.
    """
    other = case.connect(case.sample.other, user=BOB)
    assert case.deliver(case.genuine()).status == 200
    hear_anyway = {each for each in (case.integration, other) if case.events_after(each)}
    ids = [row["whose"].removeprefix("webhook#") for row in subscriptions(other)]

    for each in (*ids, str(uuid4()), None, "../x", "%00"):
        case.pass_time(2)
        sent, before = case.genuine(), len(case.events_after(other))
        answer = case.deliver(addressed(sent, webhook_id=each))
        attacks.note("another organization's webhook_id", case.provider, answer.status)
        assert answer.status in {200, 400, 401}
        assert other in hear_anyway or len(case.events_after(other)) == before


def test_a_subscriptions_own_secret_speaks_for_that_subscription_alone(case: Case):
    """WH-13: a body that names somebody else's account, signed with one's own secret."""
    if case.told.signed_by not in {"chosen", "stored"}:
        return  # one secret signs for all accounts, and no account's owner has it
    other = case.connect(case.sample.other, user=BOB)
    sent, theirs = case.genuine(), case.genuine(account=case.sample.other)
    mine = case.sign(replace(theirs, body=sent.body), case.secret(theirs))
    onto = case.sign(replace(sent, body=theirs.body), case.secret(theirs))

    for attack, each in {
        "my account, their subscription": mine,
        "their account, my subscription, their secret": onto,
    }.items():
        answer = case.deliver(each)
        attacks.note(f"wrong tenant: {attack}", case.provider, answer.status)
        assert answer.status in {200, 400, 401}, attack
    assert case.events() == []
    assert len(case.events_of(other)) <= 1


def test_a_body_cannot_choose_its_account_unsigned(case: Case):
    """WH-13: every id of another account put into a genuine body."""
    case.connect(case.sample.other, user=BOB)
    sent, theirs = case.genuine(), case.genuine(account=case.sample.other)
    if not case.proof.of_body or sent.body == theirs.body:
        return
    case.refused("wrong tenant: their body, my signature", replace(sent, body=theirs.body))
    case.refused("wrong tenant: my body, their signature", replace(theirs, body=sent.body))


def test_two_organizations_hear_of_the_account_that_both_connected(case: Case):
    if case.provider in ONE_HOLDS_IT:
        return
    other = case.connect(user=BOB)
    delivered = [
        case.deliver(sent).status
        for sent in case.journey.simulator.notifications(
            case.provider, case.told.event, case.sample.account, **case.told.details
        )
    ]

    assert set(delivered) == {200}
    assert len(case.events()) == 1
    assert len(case.events_of(other)) == 1


def test_two_secrets_are_good_until_the_older_one_ends(case: Case):
    """WH-19."""
    before = case.secret(case.genuine())
    _rotate(case, ends=case.clock.now + HOUR)
    case.pass_time(1)
    assert case.deliver(case.sign(case.genuine())).status == 200
    assert case.deliver(case.sign(case.genuine(), before)).status == 200
    assert len(case.events()) == 2

    case.pass_time(HOUR)
    forget()
    case.refused("signed with a secret that has ended", case.sign(case.genuine(), before))
    case.pass_time(1)
    if case.told.signed_by != "stored":
        assert case.deliver(case.sign(case.genuine())).status == 200
        assert len(case.events()) == 3


def _rotate(case: Case, ends: float) -> None:
    """Put another secret in the place of the one this provider signs with."""
    name = {"webhook": "webhookSecret", "client": "clientSecret"}.get(case.told.signed_by)
    ssm, parameter = boto3.client("ssm"), "/targetym/local/ingress"
    if name:
        parameter = f"/targetym/local/providers/{case.provider}"
    held = json.loads(ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"])
    name = name or "secret"
    previous = f"previous{name[0].upper()}{name[1:]}"
    held |= {
        name: "another-secret-of-more-than-32-bytes-for-tests",
        previous: held[name],
        f"{previous}Until": datetime.fromtimestamp(ends, UTC).isoformat(),
    }
    ssm.put_parameter(Name=parameter, Value=json.dumps(held), Type="SecureString", Overwrite=True)
    forget()


def test_subscriptions_outlive_the_ingress_secret_that_they_were_made_under(case: Case):
    """WH-19: by the time it ends, whatever was chosen or sealed under it is of the next one."""
    if case.told.signed_by not in {"chosen", "stored"}:
        return
    _rotate(case, ends=case.clock.now + DAYS * DAY)
    for _ in range(0, DAYS + STEP, STEP):
        case.pass_time(STEP * DAY)
        case.journey.gateway.invoke("webhook_dispatcher", {})
        case.work()
    forget()

    assert case.deliver(case.genuine()).status == 200
    assert len(case.events()) == 1


def test_handshakes_are_no_way_in(case: Case):
    """WH-04: beside a real event, unsigned, while nothing is being registered."""
    sent = case.genuine()
    unsigned = case.unproven(sent)
    body = json.loads(unsigned.body or b"{}")
    words: dict[str, Any] = {
        "verification_token": CHALLENGE,
        "challenge": CHALLENGE,
        "type": "url_verification",
    }
    oracle = f"v0:{int(case.clock.now)}:{sent.body.decode()}"
    zoom = {"event": "endpoint.url_validation", "payload": {"plainToken": oracle}}
    for attack, each in {
        "validationToken": addressed(unsigned, validationToken=CHALLENGE),
        "x-hook-secret": with_headers(unsigned, {"x-hook-secret": CHALLENGE}),
        "words beside an event": _with(unsigned, body | words),
        "verification_token alone": _with(unsigned, {"verification_token": CHALLENGE}),
        "challenge": _with(unsigned, words),
        "url_validation": _with(unsigned, zoom),
    }.items():
        answer = case.refused(f"handshake: {attack}", each)
        assert CHALLENGE.encode() not in answer.body
        assert CHALLENGE not in str(answer.headers)


@pytest.mark.parametrize("provider", [each for each in TOLD if each == "zoom"], indirect=True)
def test_the_validation_of_a_url_signs_nothing_else(case: Case):
    """WH-05: it is answered unsigned for a plain word, of which no signed text is made."""
    sent, at = case.genuine(), int(case.clock.now)
    for attack, word in {
        "a signed text": f"v0:{at}:{sent.body.decode()}",
        "its beginning": f"v0:{at}:",
        "full-width colons": f"v0\uff1a{at}",
        "a line more": "word\n",
        "a list": ["word"],
        "nothing": "",
        "long": "w" * 100_000,
    }.items():
        body = {"event": "endpoint.url_validation", "payload": {"plainToken": word}}
        for each in (_with(case.unproven(sent), body), case.sign(_with(sent, body))):
            answer = case.refused(f"signing oracle: {attack}", each)
            assert b"encryptedToken" not in answer.body


def _with(sent: Sent, body: dict[str, Any]) -> Sent:
    return replace(sent, body=json.dumps(body).encode())


def test_what_is_asked_for_otherwise_has_no_effect(case: Case):
    """Other methods have no route, but for Trello's HEAD."""
    sent = case.genuine()
    for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD"):
        try:
            answer = case.deliver(replace(sent, method=method))
        except LookupError:
            continue
        assert (method, answer.status, answer.body) == ("HEAD", 200, b"")
    assert case.events() == []
