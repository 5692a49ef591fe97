"""Known answers, through our own sealing and derivation (TS-18).

AES-256-GCM: test cases 13 to 16 of McGrew and Viega's specification, which NIST's SP 800-38D
refers to; the spoilt tags are those of Project Wycheproof's aes_gcm_test. HKDF: RFC 5869, A.1-A.3.
"""

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub import sealing
from hub.errors import Unreadable
from hub.sealing import DataKey, Place

PLACE = Place(organization_id="", integration_id="", provider_id="", field="", generation=0)
KEY_15 = "feffe9928665731c6d6a8f9467308308" * 2
PLAIN_15 = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
CIPHER_15 = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)


@dataclass(frozen=True)
class Case:
    key: str
    nonce: str
    bound: str
    plain: str
    cipher: str
    tag: str

    @property
    def value(self) -> bytes:
        return bytes.fromhex(f"010001{self.nonce}{self.cipher}{self.tag}")


CASES = {
    "13": Case("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    "14": Case(
        key="00" * 32,
        nonce="00" * 12,
        bound="",
        plain="00" * 16,
        cipher="cea7403d4d606b6e074ec5d3baf39d18",
        tag="d0d1c8a799996bf0265b98b5d48ab919",
    ),
    "15": Case(
        key=KEY_15,
        nonce="cafebabefacedbaddecaf888",
        bound="",
        plain=PLAIN_15,
        cipher=CIPHER_15,
        tag="b094dac5d93471bdec1a502270e3cc6c",
    ),
    "16": Case(
        key=KEY_15,
        nonce="cafebabefacedbaddecaf888",
        bound="feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plain=PLAIN_15[:120],
        cipher=CIPHER_15[:120],
        tag="76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}
SPOILT_TAGS = {
    **{
        f"bit {bit}": 1 << bit for bit in (0, 1, 7, 8, 31, 32, 33, 63, 64, 71, 77, 80, 96, 120, 127)
    },
    "bits 0 and 64": 1 | 1 << 64,
    "bits 71 and 127": 1 << 71 | 1 << 127,
    "every bit": 2**128 - 1,
    "every first bit": int.from_bytes(b"\x80" * 16),
    "every last bit": int.from_bytes(b"\x01" * 16),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Sealing with the case's key, nonce and associated data in place of its own."""
    case: Case = request.param
    monkeypatch.setattr(DataKey, "_derive", lambda *_: bytes.fromhex(case.key))
    monkeypatch.setattr(sealing, "_aad", lambda *_: bytes.fromhex(case.bound))
    monkeypatch.setattr(sealing.os, "urandom", lambda _: bytes.fromhex(case.nonce))
    return case


def test_sealing_gives_the_known_answer(case: Case):
    assert DataKey(b"").seal(bytes.fromhex(case.plain), PLACE, b"") == case.value


def test_the_known_answer_opens(case: Case):
    assert DataKey(b"").open(case.value, PLACE, b"") == bytes.fromhex(case.plain)


@pytest.mark.parametrize("spoil", SPOILT_TAGS.values(), ids=SPOILT_TAGS)
def test_the_known_answer_with_a_spoilt_tag_does_not_open(case: Case, spoil: int):
    tag = (int(case.tag, 16) ^ spoil).to_bytes(16)

    with pytest.raises(Unreadable):
        DataKey(b"").open(case.value[:-16] + tag, PLACE, b"")


@pytest.mark.parametrize("tag", [bytes(16), b"\xff" * 16])
def test_the_known_answer_with_a_constant_tag_does_not_open(case: Case, tag: bytes):
    with pytest.raises(Unreadable):
        DataKey(b"").open(case.value[:-16] + tag, PLACE, b"")


def test_the_known_answer_with_other_associated_data_does_not_open(
    case: Case, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealing, "_aad", lambda *_: bytes.fromhex(case.bound) + b"\0")

    with pytest.raises(Unreadable):
        DataKey(b"").open(case.value, PLACE, b"")


@pytest.mark.parametrize(
    ("key", "salt", "info", "expanded"),
    [
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
        ),
        (
            bytes(range(80)),
            bytes(range(0x60, 0xB0)),
            bytes(range(0xB0, 0x100)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
        ),
    ],
    ids=["A.1", "A.2", "A.3"],
)
def test_derivation_gives_the_first_256_bits_of_the_known_answer(
    key: bytes, salt: bytes, info: bytes, expanded: str
):
    assert DataKey(key)._expand(salt, info).hex() == expanded


def test_keys_are_of_256_bits_nonces_of_96_and_tags_of_128(monkeypatch: pytest.MonkeyPatch):
    bits = []

    def recorded(key: bytes) -> AESGCM:
        bits.append(len(key) * 8)
        return AESGCM(key)

    monkeypatch.setattr(sealing, "AESGCM", recorded)
    key = DataKey(b"k" * 32)
    sealed = key.seal(b"", PLACE, bytes(32))
    key.open(sealed, PLACE, bytes(32))

    assert bits == [256]  # derived once, then kept
    assert len(sealed) * 8 == 24 + 96 + 128
