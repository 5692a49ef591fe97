"""How long a data key stays in memory, and how many do (TS-06, TS-11)."""

from typing import Any

import pytest

from hub import sealing
from hub.sealing import KeyCache, Place, Purpose

PLACE = Place(
    organization_id="org-a", integration_id="i", provider_id="slack", field="f", generation=1
)
SALT = bytes(32)
CREDENTIALS = Purpose.CREDENTIALS


class Clock:
    def __init__(self) -> None:
        self.time = 1_790_000_000.0

    def __call__(self) -> float:
        return self.time


class Kms:
    """Wraps a key by putting a mark before it, and counts."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.contexts: list[dict[str, str]] = []

    def generate_data_key(self, **asked: Any) -> dict[str, bytes]:
        self._note("generate", asked)
        key = len(self.calls).to_bytes(32)
        return {"Plaintext": key, "CiphertextBlob": b"wrapped" + key}

    def decrypt(self, **asked: Any) -> dict[str, bytes]:
        self._note("decrypt", asked)
        return {"Plaintext": asked["CiphertextBlob"].removeprefix(b"wrapped")}

    def _note(self, call: str, asked: dict[str, Any]) -> None:
        self.calls.append(call)
        self.contexts.append(asked["EncryptionContext"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kms() -> Kms:
    return Kms()


@pytest.fixture
def cache(kms: Kms, clock: Clock) -> KeyCache:
    return KeyCache(kms, "key", clock, max_age=300, max_seals=10, max_keys=5)


def test_many_values_are_opened_with_one_call_to_kms(cache: KeyCache, kms: Kms, clock: Clock):
    for _ in range(200):
        clock.time += 1
        cache.unwrap(b"wrapped1", "org-a", CREDENTIALS)

    assert kms.calls == ["decrypt"]


def test_a_key_is_kept_up_to_its_age_and_not_a_second_longer(
    cache: KeyCache, kms: Kms, clock: Clock
):
    cache.unwrap(b"wrapped1", "org-a", CREDENTIALS)
    clock.time += 299.9
    cache.unwrap(b"wrapped1", "org-a", CREDENTIALS)
    assert kms.calls == ["decrypt"]

    clock.time += 0.1
    cache.unwrap(b"wrapped1", "org-a", CREDENTIALS)

    assert kms.calls == ["decrypt", "decrypt"]


def test_using_a_key_does_not_make_it_younger(cache: KeyCache, kms: Kms, clock: Clock):
    for _ in range(10):
        cache.unwrap(b"wrapped1", "org-a", CREDENTIALS)
        clock.time += 100

    assert len(kms.calls) == 4


def test_a_key_ends_after_its_seals(cache: KeyCache, kms: Kms):
    first, _ = cache.reuse("org-a", Purpose.OAUTH_STATE)
    for _ in range(9):
        first.seal(b"", PLACE, SALT)
    assert cache.reuse("org-a", Purpose.OAUTH_STATE)[0] is first

    first.seal(b"", PLACE, SALT)
    second, wrapped = cache.reuse("org-a", Purpose.OAUTH_STATE)

    assert second._key != first._key
    assert cache.reuse("org-a", Purpose.OAUTH_STATE) == (second, wrapped)
    assert kms.calls == ["generate", "generate"]


def test_opening_does_not_wear_a_key_out(cache: KeyCache, kms: Kms):
    key, wrapped = cache.generate("org-a", CREDENTIALS)
    sealed = key.seal(b"token", PLACE, SALT)
    for _ in range(50):
        cache.unwrap(wrapped, "org-a", CREDENTIALS).open(sealed, PLACE, SALT)

    assert kms.calls == ["generate"]


def test_in_production_a_key_ends_after_a_million_seals_or_five_minutes(kms: Kms, clock: Clock):
    cache = KeyCache(kms, "key", clock)

    assert (cache._max_seals, cache._max_age, cache._max_keys) == (2**20, 300, 500)

    key, wrapped = cache.generate("org-a", CREDENTIALS)
    key.seals = 2**20 - 1
    assert cache.unwrap(wrapped, "org-a", CREDENTIALS) is key

    key.seal(b"", PLACE, SALT)
    assert cache.unwrap(wrapped, "org-a", CREDENTIALS) is not key


def test_a_reused_key_is_one_organizations_and_purposes_own(cache: KeyCache, kms: Kms):
    names = [(org, purpose) for org in ("org-a", "org-b") for purpose in Purpose][:5]

    keys = {name: cache.reuse(*name)[0] for name in names}

    assert len({key._key for key in keys.values()}) == len(names)
    assert [cache.reuse(*name)[0] for name in names] == list(keys.values())
    assert kms.contexts == [{"organization": org, "purpose": purpose} for org, purpose in names]


def test_at_most_so_many_keys_are_in_memory(cache: KeyCache, kms: Kms):
    for number in range(50):
        cache.reuse(f"org-{number}", CREDENTIALS)
        cache.unwrap(b"wrapped%d" % number, "org-a", CREDENTIALS)

        assert len(cache._keys) <= 5
        assert len(cache._generated) <= 5

    cache.unwrap(b"wrapped49", "org-a", CREDENTIALS)
    assert len(kms.calls) == 100


def test_a_key_keeps_few_derived_ones():
    """They live as long as the key itself, and a sweep over many integrations keeps no more."""
    key = sealing.DataKey(bytes(32))
    for number in range(500):
        place = sealing.Place(
            organization_id="org",
            integration_id=f"int_{number}",
            provider_id="slack",
            field="tokens",
            generation=1,
        )
        assert key.open(key.seal(b"x", place, bytes(32)), place, bytes(32)) == b"x"

    assert len(key._ciphers) <= sealing._CIPHERS
