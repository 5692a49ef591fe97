"""Deliveries that are forged, mutated, unsigned or stamped amiss, on every provider: refused, with
no effect and never a server error (WH-01 … WH-07).
"""

import hmac
import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from typing import Any

import boto3
import pytest

from tests.conftest import forget
from tests.functional.conftest import CLIENTS, INGRESS
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import Case
from tests.functional.webhooks.conftest import OF_BODY, STAMPED
from tests.functional.webhooks.proofs import header, with_headers, without_header
from tests.simulator.webhooks import Sent

TEN_MEGABYTES = 10_000_000
BAD_STAMPS = {
    "nan": "nan",
    "infinity": "inf",
    "full-width digits": "1790000000".translate({n: n + 0xFEE0 for n in range(0x30, 0x3A)}),
    "underscores": "1_790_000_000",
    "negative": "-1790000000",
    "signed": "+1790000000",
    "with a fraction": "1790000000.0",
    "in spaces": " 1790000000 ",
    "hexadecimal": "0x6ab13180",
    "5,000 digits": "1" * 5000,
    "empty": "",
}


def test_a_genuine_delivery_is_heard(case: Case):
    """Without this, refusing everything would pass."""
    sent = case.genuine()

    assert case.deliver(sent).status == 200

    (event,) = case.events()
    (heard,) = event["events"]
    assert (heard["type"], heard["resource"]) == (case.told.type, case.told.resource)
    attacks.note("none: the genuine delivery", case.provider, 200)


def test_our_second_reading_of_the_scheme_agrees_with_the_simulator(case: Case):
    """What these tests sign is what the provider would."""
    sent = case.sign(case.genuine())

    assert case.deliver(sent).status == 200
    assert len(case.events()) == 1


def test_the_same_bytes_are_the_same_however_the_gateway_wraps_them(case: Case):
    """WH-01."""
    gateway, sent = case.journey.gateway, case.genuine()
    headers = {name.lower(): value for name, value in sent.headers.items()}
    function, wrapped = gateway.event("POST", sent.url, raw=sent.body, headers=headers)
    plain = {**wrapped, "body": sent.body.decode(), "isBase64Encoded": False}
    without = {name: value for name, value in wrapped.items() if name != "body"}

    assert gateway.send(function, wrapped).status == 200
    assert gateway.send(function, plain).status == 200
    assert len(case.events()) == 1
    broken = gateway.send(function, {**wrapped, "body": "not base64!"}).status
    assert broken in {400, 401}
    if sent.body:
        assert gateway.send(function, without).status in {400, 401}
    assert len(case.events()) == 1
    attacks.note("body that is no base64", case.provider, broken)


@pytest.mark.parametrize("provider", OF_BODY, indirect=True)
def test_a_body_that_is_not_the_one_signed_is_refused(case: Case):
    """WH-01: one bit, one byte more or less, or the same JSON written otherwise."""
    sent = case.genuine()
    body = sent.body
    middle = len(body) // 2
    flipped = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    again = json.dumps(json.loads(body), indent=1).encode()
    for attack, other in {
        "one bit flipped": flipped,
        "a byte less": body[:-1],
        "a byte more": body + b"\n",
        "the same JSON, written otherwise": again,
        "no body": b"",
        "another body": b"{}",
    }.items():
        case.refused(f"mutated: {attack}", replace(sent, body=other), status=401)


def test_what_is_not_proven_is_refused(case: Case):
    """WH-02, WH-06."""
    proof, sent = case.proof, case.genuine()
    case.refused("signature: absent", case.unproven(sent), status=401)
    if proof.header is None:
        return
    good = header(sent, proof.header)
    for attack, value in {
        "empty": "",
        "not ASCII": "é" * len(good),
        "full-width": good.translate({n: n + 0xFEE0 for n in range(0x30, 0x7B)}),
        "lone surrogate": "\ud800",
        "too short": good[:-1],
        "too long": good + "0",
        "10 MB": "0" * TEN_MEGABYTES,
        "given twice": f"{good},{good}",
        "beside a wrong one": f"{'0' * len(good)}, {good}",
        "of zeros": "0" * len(good),
        "of another algorithm": good.replace("sha256=", "sha1=") + "=",
        "the name alone": good[: -len(good.rpartition("=")[2]) or 1],
    }.items():
        case.refused(f"signature: {attack}", with_headers(sent, {proof.header: value}), status=401)
    assert case.deliver(_in_capitals(sent)).status == 200
    assert len(case.events()) == 1


def _in_capitals(sent: Sent) -> Sent:
    """Give header names as `sam local` and HTTP/1.1 clients may write them."""
    return replace(sent, headers={name.upper(): value for name, value in sent.headers.items()})


def test_another_secret_is_refused(case: Case):
    if case.proof.header is None:
        return
    sent = case.genuine()
    for attack, secret in {
        "another secret": b"another-secret-of-forty-three-characters-xx",
        "another provider's secret": CLIENTS["zoom"].webhook_secret.encode() + b"x",
        "the client id as secret": CLIENTS[case.provider].client_id.encode(),
        "an empty secret": b"",
    }.items():
        case.refused(f"signed with {attack}", case.sign(sent, secret), status=401)


def test_without_a_secret_nothing_is_accepted(case: Case, monkeypatch: pytest.MonkeyPatch):
    """WH-03: no HMAC is made under an empty key, and the deployer is told by a metric."""
    sent = case.genuine()
    empty_keys = []

    def watch(make: Callable[..., Any], key: bytes, *rest: Any, **options: Any) -> Any:
        if not key:
            empty_keys.append(key)
        return make(key, *rest, **options)

    for attack, secret in {"no secret": None, "an empty secret": "", "a number": 7}.items():
        _configure(case, secret)
        forget()
        unsigned = (
            sent
            if case.proof.header is None
            else case.proof.signed(sent, b"" if case.provider != "google" else b"x", case.clock.now)
        )
        for each in (sent, unsigned):
            said = io.StringIO()
            with redirect_stdout(said), monkeypatch.context() as watched:
                for name in ("digest", "new"):
                    watched.setattr(hmac, name, partial(watch, getattr(hmac, name)))
                case.refused(f"configured with {attack}", each, status=401)
            assert "WebhooksNotConfigured" in said.getvalue(), attack
            case.clock.advance(11)  # what is said is sampled
    assert empty_keys == []


def _configure(case: Case, secret: object) -> None:
    """Configure the deployment as if nobody had set the secret that this provider signs with, or
    the one that would count in its place.
    """
    client = CLIENTS[case.provider]
    registration: dict[str, object] = {
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        "webhookSecret": client.webhook_secret,
    }
    ingress: dict[str, object] = {**INGRESS}
    if case.told.signed_by in {"webhook", "client"}:
        registration |= {"webhookSecret": secret, "clientSecret": secret}
    else:
        ingress["secret"] = secret
    for parameter, content in (
        (f"/targetym/local/providers/{case.provider}", registration),
        ("/targetym/local/ingress", ingress),
    ):
        given = {name: value for name, value in content.items() if value is not None}
        boto3.client("ssm").put_parameter(
            Name=parameter, Value=json.dumps(given), Type="SecureString", Overwrite=True
        )


@pytest.mark.parametrize("provider", STAMPED, indirect=True)
def test_a_stamp_that_is_none_is_refused(case: Case):
    """WH-07: whatever Python might take for a number."""
    case.clock.now = 1_790_000_000.0
    sent = case.genuine()
    for attack, stamp in BAD_STAMPS.items():
        case.refused(f"stamp: {attack}", _stamped(case, sent, stamp), status=401)
    other = case.clock.now if case.proof.milliseconds else case.clock.now * 1000
    case.refused("stamp: in the other unit", _stamped(case, sent, str(int(other))), status=401)
    case.refused("stamp: missing", _stamped(case, sent, None), status=401)


@pytest.mark.parametrize("provider", STAMPED, indirect=True)
def test_a_stamp_is_good_for_so_long_and_no_longer(case: Case):
    case.clock.now = float(int(case.clock.now))
    sent, tolerance = case.genuine(), case.proof.tolerance or 0
    for seconds in (tolerance + 1, -tolerance - 1, 86_400, -86_400):
        stamp = case.proof.stamp_at(case.clock.now + seconds)
        case.refused("stamp: outside the window", _stamped(case, sent, stamp), status=401)
    assert case.events() == []
    for seconds in (tolerance, -tolerance):
        stamp = case.proof.stamp_at(case.clock.now + seconds)
        assert case.deliver(_stamped(case, sent, stamp)).status == 200


def _stamped(case: Case, sent: Sent, stamp: str | None) -> Sent:
    """Stamp and sign a delivery; None: without any stamp."""
    proof = case.proof
    assert proof.stamp is not None
    if not proof.stamp_in_body:
        signed = proof.stamped(sent, case.secret(sent), stamp or "")
        return without_header(signed, proof.stamp) if stamp is None else signed
    body = {name: each for name, each in json.loads(sent.body).items() if name != proof.stamp}
    if stamp is not None:
        digits = stamp.isascii() and stamp.isdigit() and len(stamp) < 100
        body[proof.stamp] = int(stamp) if digits else stamp
    return proof.stamped(replace(sent, body=json.dumps(body).encode()), case.secret(sent), "")
