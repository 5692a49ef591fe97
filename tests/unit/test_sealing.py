"""Where a sealed value belongs (TS-01 to TS-03), what it is made of, and its nonces (TS-06)."""

import os
import random
from collections.abc import Iterator
from copy import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from hub import sealing
from hub.errors import Unreadable
from hub.sealing import DataKey, Place

SALT = bytes(range(32))
HOME = Place(
    organization_id="org-a", integration_id="int_1", provider_id="slack", field="f", generation=1
)
# Surrogates and separators are what an encoding of several fields may stumble over.
TEXTS = st.text(st.characters() | st.sampled_from("|,:\x00\ud800\udc00\udfffé𝄞"), max_size=12)
PLACES = st.builds(
    Place,
    organization_id=TEXTS,
    integration_id=TEXTS,
    provider_id=TEXTS,
    field=TEXTS,
    generation=st.integers(0, 2**53),
)
BORDERS = (
    replace(HOME, organization_id="a|b", integration_id="c"),
    replace(HOME, organization_id="a", integration_id="b|c"),
)


@pytest.fixture
def key() -> DataKey:
    return DataKey(bytes(range(100, 132)))


def opens_at(other: Place, *, sealed_at: Place, salt: bytes = SALT) -> bool:
    key = DataKey(b"k" * 32)
    sealed = key.seal(b"token", sealed_at, SALT)
    try:
        return key.open(sealed, other, salt) == b"token"
    except Unreadable:
        return False


def derived(place: Place, salt: bytes = SALT) -> bytes:
    return DataKey(b"k" * 32)._derive(place, salt)


@given(PLACES)
def test_a_value_opens_where_it_was_sealed(place: Place):
    assert opens_at(place, sealed_at=place)


@given(PLACES, PLACES)
def test_a_value_opens_nowhere_else(one: Place, other: Place):
    assume(one != other)

    assert sealing._aad(one, 1) != sealing._aad(other, 1)
    assert not opens_at(other, sealed_at=one)


@pytest.mark.parametrize("field", ["provider_id", "integration_id", "field"])
@given(place=PLACES, text=TEXTS)
def test_every_integration_provider_and_field_has_a_key_of_its_own(
    field: str, place: Place, text: str
):
    other = replace(place, **{field: text})
    assume(other != place)

    assert derived(place) != derived(other)


@given(PLACES, st.binary(max_size=40), st.binary(max_size=40))
def test_every_salt_has_a_key_of_its_own(place: Place, salt: bytes, other: bytes):
    # HMAC pads keys of up to one block, 64 bytes, with zeros.
    assume(salt.rstrip(b"\0") != other.rstrip(b"\0"))

    assert derived(place, salt) != derived(place, other)


@given(st.text(st.characters(), min_size=1, max_size=12), st.data())
def test_moving_the_border_between_two_texts_changes_what_is_bound(text: str, data: st.DataObject):
    borders = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True)
    here, there = data.draw(borders)

    assert sealing._fields(text[:here], text[here:]) != sealing._fields(text[:there], text[there:])


def test_a_separator_inside_an_id_moves_nothing():
    one, other = (sealing._aad(place, 1) for place in BORDERS)

    assert one != other


def test_ids_joined_by_a_separator_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealing, "_fields", lambda *values: "|".join(values).encode())

    one, other = (sealing._aad(place, 1) for place in BORDERS)

    assert one == other


@pytest.mark.parametrize("change", [{"organization_id": "org-b"}, {"generation": 2}])
def test_an_unbound_organization_or_generation_would_be_caught(
    change: dict, monkeypatch: pytest.MonkeyPatch
):
    """Both are in the associated data alone, so that is all that keeps them apart."""
    other = replace(HOME, **change)
    assert not opens_at(other, sealed_at=HOME)

    monkeypatch.setattr(sealing, "_aad", lambda *_: b"")

    assert opens_at(other, sealed_at=HOME)


def test_a_value_has_version_key_version_nonce_ciphertext_and_tag(key: DataKey):
    sealed = key.seal(b"token", HOME, SALT)

    assert sealed[:3] == b"\x01\x00\x01"
    assert len(sealed) == 3 + 12 + len(b"token") + 16
    assert b"token" not in sealed


def test_what_is_bound_is_what_the_documentation_says(key: DataKey):
    """Written out by hand: a change of the format would leave stored values unreadable."""
    sealed = key.seal(b"token", HOME, SALT)
    bound = b"".join(
        len(each).to_bytes(4) + each
        for each in (b"1", b"1", b"org-a", b"int_1", b"slack", b"f", b"1")
    )
    opened = AESGCM(key._derive(HOME, SALT)).decrypt(sealed[3:15], sealed[15:], bound)

    assert opened == b"token"


def test_a_key_of_another_version_opens_nothing():
    newer = DataKey(b"k" * 32, version=2)
    sealed = newer.seal(b"token", HOME, SALT)

    assert sealed[1:3] == b"\x00\x02"
    assert newer.open(sealed, HOME, SALT) == b"token"
    with pytest.raises(Unreadable):
        DataKey(b"k" * 32, version=1).open(sealed, HOME, SALT)


def test_a_key_shows_nothing_of_itself(key: DataKey):
    secret = key._key

    for shown in (repr(key), str(key), f"{key}", f"{[key]!r}"):
        assert shown.strip("[]") == "DataKey(***, version=1)"
        assert secret.hex() not in shown
        assert str(secret) not in shown


def nonces_of_restored_snapshots(key: DataKey, seals: int, snapshots: int = 8) -> Iterator[bytes]:
    """A restored container goes on with the state that `random` had when it was frozen."""
    frozen = random.getstate()
    for _ in range(snapshots):
        random.setstate(frozen)
        for _ in range(seals):
            yield key.seal(b"", HOME, SALT)[3:15]


def test_no_nonce_repeats_over_seals_and_restored_snapshots(key: DataKey):
    nonces = list(nonces_of_restored_snapshots(key, 1500))

    assert len(set(nonces)) == len(nonces) == 12_000
    assert {len(nonce) for nonce in nonces} == {12}


@pytest.mark.parametrize("source", [random.randbytes, bytes])
def test_predictable_nonces_would_be_caught(source, key: DataKey, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealing.os, "urandom", source)

    nonces = list(nonces_of_restored_snapshots(key, 20))

    assert len(set(nonces)) < len(nonces)


def test_salts_are_256_bits_of_the_operating_system(monkeypatch: pytest.MonkeyPatch):
    assert len({sealing.new_salt() for _ in range(1000)}) == 1000
    assert len(sealing.new_salt()) == 32

    monkeypatch.setattr(os, "urandom", lambda size: b"os" * (size // 2))

    assert sealing.new_salt() == b"os" * 16


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=4))
def test_fingerprints_agree_exactly_where_their_parts_do(parts: list[str], others: list[str]):
    key = DataKey(b"k" * 32)

    same = key.fingerprint(*parts) == key.fingerprint(*others)

    assert same == (parts == others)
    assert len(key.fingerprint(*parts)) == 32
    assert key.fingerprint(*parts) != DataKey(b"j" * 32).fingerprint(*parts)
