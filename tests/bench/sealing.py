"""Sealing and opening a token set, serialisation included, beside bare AES-GCM of the same bytes
and the AWS Encryption SDK with its caching materials manager, as one would configure it for this:
the same context, a cached key, its standard algorithm suite. `first` is the first use of a place,
for which a key is derived.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/data-key-caching.html
"""

import os
import time
from collections.abc import Callable

import aws_encryption_sdk as sdk
from aws_encryption_sdk.caches.local import LocalCryptoMaterialsCache
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey
from aws_encryption_sdk.materials_managers.caching import CachingCryptoMaterialsManager
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.models import Secret, Token, Tokens
from hub.sealing import DataKey, Place, new_salt
from tests.bench.figures import Figure, Figures

BUDGET_US = 15
SDK_BUDGET = 0.025
ROUNDS = 25
CALLS = 800
SDK_CALLS = 20

# As long as Google's.
TOKENS = Tokens(
    main=Token(
        access=Secret("ya29." + "a" * 213),
        refresh=Secret("1//" + "r" * 100),
        expires_at=1_890_000_000,
    )
)
PLACE = Place(
    organization_id="org-a",
    integration_id="int_" + "0" * 26,
    provider_id="slack",
    field="tokens",
    generation=1,
)


def measure() -> Figures:
    key, salt = os.urandom(32), new_salt()
    kept = DataKey(key)
    sealed = kept.seal(TOKENS.to_json(), PLACE, salt)
    bare_seal, bare_open = (_microseconds(each, CALLS) for each in _bare())
    sdk_seal, sdk_open = (_microseconds(each, SDK_CALLS) for each in _sdk())

    def seal(data_key: DataKey) -> bytes:
        return data_key.seal(TOKENS.to_json(), PLACE, salt)

    def opened(data_key: DataKey) -> Tokens:
        return Tokens.from_json(data_key.open(sealed, PLACE, salt))

    assert opened(kept) == TOKENS
    return {
        "seal": _figures(lambda: seal(kept), bare_seal, sdk_seal),
        "seal_first": _figures(lambda: seal(DataKey(key)), bare_seal, sdk_seal),
        "open": _figures(lambda: opened(kept), bare_open, sdk_open),
        "open_first": _figures(lambda: opened(DataKey(key)), bare_open, sdk_open),
    }


def _figures(call: Callable[[], object], bare: float, theirs: float) -> Figures:
    ours = _microseconds(call, CALLS)
    return {
        "time": Figure(round(ours, 2), "µs", BUDGET_US, round(bare, 2)),
        "of_encryption_sdk": Figure(
            round(ours / theirs, 4), "of its time", SDK_BUDGET, round(bare / theirs, 4)
        ),
    }


def _microseconds(call: Callable[[], object], calls: int) -> float:
    """Give the CPU time of one call, of the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for _ in range(calls):
            call()
        best = min(best, (time.process_time_ns() - start) / calls / 1000)
    return best


def _bare() -> tuple[Callable[[], object], Callable[[], object]]:
    plaintext, cipher, context = TOKENS.to_json(), AESGCM(os.urandom(32)), b"org-a"
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, plaintext, context)
    return (
        lambda: cipher.encrypt(os.urandom(12), plaintext, context),
        lambda: cipher.decrypt(nonce, sealed, context),
    )


def _sdk() -> tuple[Callable[[], object], Callable[[], object]]:
    master_key = RawMasterKey(
        provider_id="bench",
        key_id="master",
        wrapping_key=WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=os.urandom(32),
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        ),
    )
    manager = CachingCryptoMaterialsManager(
        cache=LocalCryptoMaterialsCache(capacity=100),
        master_key_provider=master_key,
        max_age=300.0,
        max_messages_encrypted=2**20,
    )
    client = sdk.EncryptionSDKClient()
    context = {"organization": "org-a", "integration": PLACE.integration_id, "field": "tokens"}

    def seal() -> bytes:
        sealed, _ = client.encrypt(
            source=TOKENS.to_json(), materials_manager=manager, encryption_context=context
        )
        return sealed

    kept = seal()

    def opened() -> Tokens:
        plaintext, _ = client.decrypt(source=kept, materials_manager=manager)
        return Tokens.from_json(plaintext)

    assert opened() == TOKENS
    return seal, opened
