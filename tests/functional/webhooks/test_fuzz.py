"""Whatever comes in: never a server error, and nothing unsigned is ever taken (WH-01 … WH-15).
FUZZ=10000 draws as many examples for each provider and property.

Coverage-guided fuzzing would be atheris, which runs on Python 3.11 at most; the hub is written in
Python 3.13 and does not even compile there. So mutations start from what is genuine.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import envelopes, runtime
from tests.functional.gateway import Context, handler_of
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import Case
from tests.functional.webhooks.proofs import PROOFS
from tests.simulator.webhooks import Sent

EXAMPLES = int(os.environ.get("FUZZ") or 60)
FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ANSWERED = {200, 400, 401}
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    ANY_TEXT,
    st.sampled_from(["", "0", "1" * 400, "../..", "#", "|", "\x00", "1e999", "2026-13-45T99:99Z"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = sorted({name for proof in PROOFS.values() for name in (proof.header, proof.stamp) if name})
HEADERS = st.dictionaries(
    st.one_of(
        st.sampled_from(
            [*NAMES, "content-type", "x-hook-secret", "x-goog-channel-id", "x-goog-message-number"]
        ),
        st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    ),
    st.one_of(
        ANY_TEXT, st.sampled_from(["v0=", "sha256=", "Bearer a.b.c", "JWT ..", "é", "0" * 64])
    ),
    max_size=8,
)
QUERIES = st.one_of(
    st.just(""),
    ANY_TEXT,
    st.sampled_from(
        [
            "validationToken=x",
            "webhook_id=00000000-0000-0000-0000-000000000000",
            "webhook_id=&webhook_id=",
            "&" * 50,
            "%ff=%ff",
        ]
    ),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(
        st.sampled_from(["type", "challenge", "event", "payload", "value", "verification_token"]),
        VALUES,
    ).map(lambda value: json.dumps(value).encode()),
)


class Queue:
    """Whatever was sent, in the place of SQS."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        self.sent: list[str] = []
        self._aws = aws

    def __call__(self, service: str) -> Any:
        return self if service == "sqs" else self._aws(service)

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        self.sent += [entry["MessageBody"] for entry in asked["Entries"]]
        return {}


@pytest.fixture
def queue(case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    with monkeypatch.context() as patch:
        queue = Queue(runtime.aws)
        patch.setattr(runtime, "aws", queue)
        yield queue


def answer(case: Case, event: dict[str, Any]) -> int:
    status: int = handler_of(f"webhooks/{case.provider}")(event, Context())["statusCode"]
    return status


def as_event(sent: Sent) -> dict[str, Any]:
    """Give a request as the gateway hands it on."""
    return {
        "rawQueryString": urlsplit(sent.url).query,
        "headers": {name.lower(): value for name, value in sent.headers.items()},
        "body": sent.body.decode("utf-8", "surrogateescape"),
        "isBase64Encoded": False,
        "requestContext": {"http": {"method": sent.method}},
    }


def mutations(body: Any) -> st.SearchStrategy[Any]:
    """Draw bodies that are like a genuine one, but for some of what is in it."""
    if isinstance(body, dict):
        kept = {name: mutations(value) for name, value in body.items()}
        same = st.fixed_dictionaries(kept)
        fewer = st.fixed_dictionaries({}, optional=kept)
        more = st.tuples(same, st.dictionaries(ANY_TEXT, VALUES, max_size=2))
        return st.one_of(
            st.just(body), same, fewer, more.map(lambda both: {**both[1], **both[0]}), VALUES
        )
    if isinstance(body, list) and body:
        return st.one_of(st.just(body), st.lists(mutations(body[0]), max_size=3), VALUES)
    return st.one_of(st.just(body), st.just(body), VALUES)


def test_nothing_unsigned_is_taken_whatever_it_is(case: Case, queue: Queue):
    url = case.genuine().url

    @FUZZED
    @given(HEADERS, QUERIES, BODIES, st.booleans(), st.booleans())
    def holds(
        headers: dict[str, str], query: str, body: bytes, encoded: bool, addressed: bool
    ) -> None:
        event = {
            "rawQueryString": urlsplit(url).query if addressed else query,
            "headers": headers,
            "body": body.decode("latin-1"),
            "isBase64Encoded": encoded,
            "requestContext": {"http": {"method": "POST"}},
        }
        assert answer(case, event) in ANSWERED
        assert queue.sent == []

    holds()
    attacks.note("fuzz: unsigned", case.provider, "never taken, never failed")


def test_a_genuine_delivery_mutated_without_its_key_is_not_taken(case: Case, queue: Queue):
    """Where the body is signed; elsewhere it is what the word proves that counts."""
    if not case.proof.of_body:
        return
    sent = case.genuine()
    event = as_event(sent)

    @FUZZED
    @given(st.integers(0, len(sent.body) - 1), st.integers(1, 127), st.booleans())
    def holds(at: int, bits: int, inserted: bool) -> None:
        body = sent.body
        other = bytes([body[at] ^ bits])
        changed = body[:at] + other + body[at + (not inserted) :]
        assert answer(case, {**event, "body": changed.decode("latin-1")}) in {400, 401}
        assert queue.sent == []

    holds()


def test_no_signed_body_is_a_server_error(case: Case, queue: Queue):
    """What is taken all the same is an envelope that the worker reads, small and without text."""
    sent = case.genuine()
    body = json.loads(sent.body or b"{}")
    signed_at = {case.proof.stamp: int(case.clock.now * 1000)} if case.proof.stamp_in_body else {}

    @FUZZED
    @given(mutations(body))
    def holds(changed: Any) -> None:
        queue.sent.clear()
        if isinstance(changed, dict):
            changed = changed | signed_at
        made = case.with_body(sent, json.dumps(changed).encode())
        assert answer(case, as_event(made)) in ANSWERED
        for message in queue.sent:
            assert len(message) < 200_000
            envelope = envelopes.read(message)
            assert envelope.provider_id == case.provider

    holds()
    attacks.note("fuzz: signed, mutated", case.provider, "never failed")
