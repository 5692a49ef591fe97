"""Envelopes and the JSON they are made from, whatever is in them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub import envelopes
from hub.errors import InvalidRequest
from hub.providers._webhooks import Effect, Event, Heard
from hub.schemes import Incoming

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(ANY_TEXT, inner)),
    max_leaves=8,
)
EVENTS = st.builds(
    Event,
    type=ANY_TEXT,
    resource=st.sampled_from([None, "channels", "users"]),
    external_id=st.one_of(st.none(), ANY_TEXT),
    occurred_at=st.one_of(st.none(), st.integers()),
    effect=st.sampled_from(Effect),
)
HEARD = st.builds(
    Heard,
    webhook_id=st.one_of(st.none(), st.uuids().map(str)),
    accounts=st.lists(ANY_TEXT, max_size=3).map(tuple),
    dedup=ANY_TEXT,
    events=st.lists(EVENTS, max_size=260).map(tuple),
)
PERSONAL = "ada.lovelace@example.org"


@given(HEARD, st.floats(min_value=0, max_value=4e9))
def test_what_was_heard_comes_out_of_the_queue_as_it_went_in(heard: Heard, now: float):
    envelope = envelopes.seal_off("slack", heard, b"a routing key", now)
    body = json.dumps(envelope.to_item())

    assert envelopes.read(body) == envelope
    assert len(envelope.events) <= envelopes.MOST_EVENTS
    assert len(body) < 200_000


@given(HEARD, st.sampled_from(["accounts", "dedup", "external_id", "type"]))
def test_no_address_gets_into_an_envelope(heard: Heard, where: str):
    one = Event(type="x", external_id="y")
    personal: dict[str, Any] = {
        "accounts": {"accounts": (PERSONAL,)},
        "dedup": {"dedup": PERSONAL},
        "external_id": {"events": (one.__replace__(external_id=PERSONAL),)},
        "type": {"events": (one.__replace__(type=PERSONAL),)},
    }
    changed = heard.__replace__(**personal[where])
    body = json.dumps(envelopes.seal_off("slack", changed, b"a routing key", 1.0).to_item())

    assert PERSONAL not in body


@given(st.one_of(ANY_TEXT, VALUES.map(json.dumps)))
def test_what_is_no_envelope_is_refused(body: str):
    try:
        envelopes.read(body)
    except InvalidRequest:
        return
    raise AssertionError(body)


@given(
    st.dictionaries(
        st.sampled_from(
            sorted(
                {"version", "providerId", "webhookId", "accounts", "dedup", "receivedAt", "events"}
            )
        ),
        VALUES,
    )
)
def test_what_is_nearly_one_is_read_or_refused(item: dict[str, Any]):
    try:
        envelopes.read(json.dumps(item | {"version": envelopes.VERSION}))
    except InvalidRequest:
        return


@given(st.binary(max_size=400))
def test_bytes_are_an_object_or_refused(body: bytes):
    incoming = Incoming(body=body, url="https://hub.example/api/webhooks/slack", at=0.0)
    try:
        found = incoming.json()
    except InvalidRequest:
        return
    assert isinstance(found, dict)


@given(st.dictionaries(ANY_TEXT, VALUES), st.booleans())
def test_objects_are_read_as_they_were_written(value: dict[str, Any], ascii_only: bool):
    told = json.dumps(value, ensure_ascii=ascii_only)
    incoming = Incoming(body=told.encode(), url="https://hub.example/x", at=0.0)
    if "NaN" in told or "Infinity" in told:
        return
    assert incoming.json() == value
