"""Sealed bytes that somebody changed, moved or brought back (TS-01, TS-02, TS-05)."""

from collections.abc import Iterator
from copy import replace
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from hypothesis import given
from hypothesis import strategies as st

from hub import sealing
from hub.errors import Unreadable
from hub.sealing import DataKey, Place

SALT = bytes(range(32))
KEY = DataKey(b"k" * 32)
HOME = Place(
    organization_id="org-a",
    integration_id="int_1",
    provider_id="slack",
    field="tokens",
    generation=3,
)
ELSEWHERE = {
    "another organization": {"organization_id": "org-b"},
    "another integration": {"integration_id": "int_2"},
    "another provider": {"provider_id": "google"},
    "another field": {"field": "verifier"},
    "an older generation": {"generation": 2},
    "a newer generation": {"generation": 4},
}


class Malleable:
    """What sealing must not be built on: a cipher that encrypts and authenticates nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, nonce: bytes, plaintext: bytes, _: bytes) -> bytes:
        counter = nonce.ljust(16, b"\0")
        return Cipher(AES(self._key), CTR(counter)).encryptor().update(plaintext) + bytes(16)

    def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        return self.encrypt(nonce, sealed[:-16], bound)[:-16]


def outcome(value: bytes, place: Place = HOME) -> object:
    """The error with all it says, or what was opened."""
    try:
        return KEY.open(value, place, SALT)
    except Unreadable as error:
        return type(error), error.args, error.__cause__


REFUSED = (Unreadable, (Unreadable.message,), None)


def refused(value: bytes, place: Place = HOME) -> bool:
    return outcome(value, place) == REFUSED


def bit_flips(value: bytes) -> Iterator[bytes]:
    for bit in range(len(value) * 8):
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


@pytest.fixture
def sealed() -> bytes:
    return KEY.seal(b'{"":["xoxb-1",null,null]}', HOME, SALT)


def test_every_flipped_bit_is_noticed(sealed: bytes):
    opened = [value for value in bit_flips(sealed) if not refused(value)]

    assert refused(sealed) is False
    assert opened == []


def test_a_cipher_without_authentication_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealing, "AESGCM", Malleable)
    monkeypatch.setattr(KEY, "_ciphers", {})
    sealed = KEY.seal(b"token", HOME, SALT)
    assert KEY.open(sealed, HOME, SALT) == b"token"

    opened = [value for value in bit_flips(sealed) if not refused(value)]

    assert len(opened) == (len(sealed) - 3) * 8
    assert not refused(sealed, replace(HOME, organization_id="org-b"))


def test_every_truncation_is_noticed(sealed: bytes):
    assert all(refused(sealed[:length]) for length in range(len(sealed)))
    assert all(refused(sealed[start:]) for start in range(1, len(sealed)))


@pytest.mark.parametrize("length", [0, 4, 8, 12, 13, 14, 15])
@pytest.mark.parametrize("plaintext", [b"", b"token", b"t" * 64])
def test_a_shorter_tag_is_refused_even_where_it_is_right(length: int, plaintext: bytes):
    """GCM as such knows tags of 4 to 16 bytes; a 4-byte one is guessed in 2**32 tries."""
    sealed = KEY.seal(plaintext, HOME, SALT)

    assert refused(sealed[: len(sealed) - 16 + length])


@given(st.binary(min_size=1, max_size=64))
def test_bytes_before_or_behind_are_noticed(more: bytes):
    sealed = KEY.seal(b"token", HOME, SALT)

    assert refused(sealed + more)
    assert refused(more + sealed)


@given(st.binary(max_size=200))
def test_any_other_bytes_are_one_and_the_same_error(value: bytes):
    assert refused(value)


@given(st.binary(max_size=80))
def test_any_bytes_under_a_right_header_are_the_same_error(rest: bytes):
    assert refused(b"\x01\x00\x01" + rest)


def test_the_reason_is_neither_told_nor_chained(sealed: bytes):
    causes = {
        "tag": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "version": b"\x02" + sealed[1:],
        "key version": b"\x01\x00\x02" + sealed[3:],
        "too short": sealed[:5],
        "empty": b"",
    }
    told = {name: outcome(value) for name, value in causes.items()}

    assert told == dict.fromkeys(causes, REFUSED)
    assert "Tag" not in Unreadable.message


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_value_moved_elsewhere_is_refused(change: dict, sealed: bytes):
    assert refused(sealed, replace(HOME, **change))


def test_two_values_exchanged_are_both_refused():
    access, refresh = replace(HOME, field="access"), replace(HOME, field="refresh")
    first, second = KEY.seal(b"access", access, SALT), KEY.seal(b"refresh", refresh, SALT)

    assert refused(second, access)
    assert refused(first, refresh)


def test_parts_of_two_values_make_no_third(sealed: bytes):
    """Header, nonce, ciphertext and tag of one length, taken from either of two values."""
    other = KEY.seal(b'{"":["xoxb-2",null,null]}', HOME, SALT)
    cuts = [0, 3, 15, len(sealed) - 16, len(sealed)]
    parts = [[value[start:end] for start, end in pairwise(cuts)] for value in (sealed, other)]
    mixed = [b"".join(parts[choice >> part & 1][part] for part in range(4)) for choice in range(16)]

    assert {value for value in mixed if not refused(value)} == {sealed, other}


@pytest.mark.parametrize("salt", [b"", bytes(32), SALT[:-1], SALT + b"\1", SALT[::-1]])
def test_another_salt_opens_nothing(salt: bytes, sealed: bytes):
    with pytest.raises(Unreadable):
        KEY.open(sealed, HOME, salt)


@given(st.binary(min_size=32, max_size=32))
def test_another_key_opens_nothing(other: bytes):
    sealed = KEY.seal(b"token", HOME, SALT)

    with pytest.raises(Unreadable):
        DataKey(other).open(sealed, HOME, SALT)
