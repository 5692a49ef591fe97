"""Bodies that are hostile and correctly signed, bodies that are huge, and a queue that is down
(WH-12, WH-15, WH-16).
"""

import json
import time
from dataclasses import replace
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from hub import envelopes, providers, runtime
from hub.errors import InvalidRequest
from hub.keyrings import Ring
from hub.schemes import Verdict
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import Case, queued
from tests.functional.webhooks.proofs import with_headers
from tests.simulator.webhooks import Sent
from tests.taps import Step, lost_answer, refused

DEPTH = 100_000
SECONDS = 1.0  # a hundredth is enough; a busy machine is no finding
HOSTILE = {
    "lists 100,000 deep": b"[" * DEPTH + b"]" * DEPTH,
    "objects 100,000 deep": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "5,000 digits": b"1" * 5000,
    "a lone surrogate": b'"\\ud800"',
    "an encoded surrogate": b'"\xed\xa0\x80"',
    "bytes that are no UTF-8": b'"\xff\xfe"',
}


def hostile(body: bytes) -> dict[str, bytes]:
    """Give what may be made of a genuine body without touching what routes it, and bodies that
    are something else altogether.
    """
    start = body.index(b"{") + 1
    within = {
        attack: b'{"hostile":' + value + b"," + body[start:] for attack, value in HOSTILE.items()
    }
    return within | {
        "every name twice": body[:-1] + b"," + body[start:],
        "a list": b"[" + body + b"]",
        "null": b"null",
        "text": json.dumps(body.decode()).encode(),
        "form-encoded payload=": b"payload=" + quote(body.decode()).encode(),
        "cut off": body[: len(body) // 2],
        "gzip": b"\x1f\x8b\x08\x00" + body,
        "nothing": b"",
        "an empty object": b"{}",
    }


def test_hostile_bodies_correctly_signed_are_refused_at_once(case: Case):
    """WH-15: a client error, quickly, and nothing comes of it."""
    sent = case.genuine()
    for attack, body in hostile(sent.body or b"{}").items():
        made = case.with_body(sent, body)
        began = time.perf_counter()
        if not sent.body:  # what has no body has it ignored
            assert case.deliver(made).status == 200
            attacks.note(f"body: {attack}", case.provider, "not read")
        elif attack == "an empty object":  # which may say that nothing has happened
            answer = case.deliver(made)
            attacks.note(f"body: {attack}", case.provider, f"{answer.status}, no effect")
            assert answer.status in {200, 400, 401}
        else:
            case.refused(f"body: {attack}", made)
        assert time.perf_counter() - began < SECONDS, attack
    assert len(case.events()) == (0 if sent.body else 1)


OTHER_KINDS: tuple[object, ...] = (
    *(None, True, 7, -1.5e300, float(10**16), "", "x" * 300, "\0\n|#", [], {}, [{}], [[]]),
    {"id": {}},
)


def test_a_genuine_form_with_values_of_another_kind_is_no_server_error(case: Case):
    """Each value in the body by itself, however deep, is something else. What is taken for an
    event all the same makes an envelope that the worker can read.
    """
    sent = case.genuine()
    webhooks, ring = providers.get(case.provider).load_webhooks(), Ring(case.provider)
    body = json.loads(sent.body or b"{}")
    for path, told in product(_paths(body), OTHER_KINDS):
        changed = case.with_body(sent, json.dumps(_changed(body, path, told)).encode())
        incoming = case.incoming(changed)
        assert webhooks.verify(incoming, ring) in set(Verdict), (path, told)
        try:
            made = webhooks.read(incoming)
        except InvalidRequest:
            continue
        for heard in made:
            envelope = envelopes.seal_off(case.provider, heard, b"a routing key", incoming.at)
            assert envelopes.read(json.dumps(envelope.to_item())) == envelope, (path, told)
    attacks.note("body: a value of another kind", case.provider, "read or refused, never failed")


def _paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [p for name, each in below for p in [(*above, name), *_paths(each, (*above, name))]]


def _changed(value: Any, path: tuple[Any, ...], told: object) -> Any:
    if not path:
        return told
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], told)
    return copy


def test_another_content_type_changes_nothing(case: Case):
    """WH-15: what was signed is what counts, and it is read as what it must be."""
    sent = case.genuine()
    for kind in ("text/html", "application/x-www-form-urlencoded", "multipart/form-data", "*/*"):
        answer = case.deliver(with_headers(sent, {"content-type": kind}))
        attacks.note("another content type", case.provider, answer.status)
        assert answer.status in {200, 400}
    assert len(case.events()) <= 1


def test_a_huge_delivery_becomes_a_small_envelope(case: Case):
    """WH-16: and nothing personal is in it."""
    sent = case.genuine()
    if not sent.body:
        return
    personal = "ada.lovelace@example.org"
    body = json.loads(sent.body) | {"padding": personal * 200_000}
    answer = case.deliver(case.with_body(sent, json.dumps(body).encode()))

    assert answer.status == 200
    (message,) = _messages()
    assert len(message) < 4096
    assert personal not in message
    envelopes.read(message)
    assert len(case.events()) == 1


def _messages() -> list[str]:
    sqs = runtime.aws("sqs")
    found = sqs.receive_message(
        QueueUrl=runtime.variable("WEBHOOKS_QUEUE_URL"),
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
    )
    return [message["Body"] for message in found["Messages"]]


DOWN = {
    "throttled": lambda _sent: refused(Step("sqs", "send_message_batch"), "ThrottlingException"),
    "unreachable": lambda _sent: lost_answer(Step("sqs", "send_message_batch")),
    "an entry failed": lambda _sent: {"Failed": [{"Id": "0", "SenderFault": False}]},
}


@pytest.mark.parametrize("how", DOWN)
def test_while_the_queue_is_down_the_provider_is_asked_to_come_again(
    case: Case, how: str, monkeypatch: pytest.MonkeyPatch
):
    """WH-12: never 200; and when it comes again, the event is heard."""
    sent = case.genuine()
    with monkeypatch.context() as patch:
        patch.setattr(runtime, "aws", _Down(runtime.aws, DOWN[how](sent)))
        answer = case.deliver(sent)
    attacks.note(f"queue down: {how}", case.provider, answer.status)
    assert answer.status == 503
    assert queued() == 0

    again = _again(case, sent)
    assert case.deliver(again).status == 200
    assert len(case.events()) == 1


def _again(case: Case, sent: Sent) -> Sent:
    return replace(case.journey.simulator._engine.provider(case.provider).again(sent, 1))


class _Down:
    """AWS with a queue that does not take anything."""

    def __init__(self, aws: Any, outcome: Any) -> None:
        self._aws, self._outcome = aws, outcome

    def __call__(self, service: str) -> Any:
        return self if service == "sqs" else self._aws(service)

    def send_message_batch(self, **_: Any) -> Any:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
