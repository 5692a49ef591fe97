"""Sealing and opening a token set: against raw AES-GCM, and against the AWS Encryption SDK with
its caching materials manager, on the same bytes in the same process."""

import os
import timeit
from collections.abc import Callable

from hub.models import Secret, Token, Tokens
from hub.sealing import DataKey, Place, new_salt
from tests.bench.figures import Figure, Figures

TOKENS = Tokens(
    main=Token(access=Secret("x" * 80), refresh=Secret("y" * 80), expires_at=2_000_000_000)
)
PLACE = Place(
    organization_id="org-0123456789",
    integration_id="int_0123456789ABCDEFGHIJKLMNOP",
    provider_id="slack",
    field="tokens",
    generation=7,
)
BUDGET_MICROSECONDS = 15
BUDGET_RATIO = 0.025


def measure() -> Figures:
    key, salt = DataKey(os.urandom(32)), new_salt()
    sealed = key.seal(TOKENS.to_json(), PLACE, salt)
    seal = _microseconds(lambda: key.seal(TOKENS.to_json(), PLACE, salt))
    opened = _microseconds(lambda: Tokens.from_json(key.open(sealed, PLACE, salt)))
    raw_seal, raw_open = _raw()
    sdk_seal, sdk_open = _sdk()
    return {
        "seal": Figure(round(seal, 2), "µs", BUDGET_MICROSECONDS, round(raw_seal, 2)),
        "open": Figure(round(opened, 2), "µs", BUDGET_MICROSECONDS, round(raw_open, 2)),
        "seal over encryption SDK": Figure(
            round(seal / sdk_seal, 4), "ratio", BUDGET_RATIO, round(sdk_seal, 1)
        ),
        "open over encryption SDK": Figure(
            round(opened / sdk_open, 4), "ratio", BUDGET_RATIO, round(sdk_open, 1)
        ),
    }


def _raw() -> tuple[float, float]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    aead, plain, nonce = AESGCM(os.urandom(32)), TOKENS.to_json(), os.urandom(12)
    sealed = aead.encrypt(nonce, plain, b"aad")
    return (
        _microseconds(lambda: aead.encrypt(os.urandom(12), plain, b"aad")),
        _microseconds(lambda: aead.decrypt(nonce, sealed, b"aad")),
    )


def _sdk() -> tuple[float, float]:
    """The SDK with a raw wrapping key, so that no KMS call is in the figure."""
    import aws_encryption_sdk as sdk
    from aws_encryption_sdk.identifiers import (
        CommitmentPolicy,
        EncryptionKeyType,
        WrappingAlgorithm,
    )
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

    class Provider(RawMasterKeyProvider):
        provider_id = "bench"

        def _get_raw_key(self, key_id: bytes) -> WrappingKey:
            return WrappingKey(
                wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
                wrapping_key=b"k" * 32,
                wrapping_key_type=EncryptionKeyType.SYMMETRIC,
            )

    provider = Provider()
    provider.add_master_key("bench")
    manager = sdk.CachingCryptoMaterialsManager(
        master_key_provider=provider,
        cache=sdk.LocalCryptoMaterialsCache(100),
        max_age=300.0,
        max_messages_encrypted=2**20,
    )
    client = sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    context = {"organization": PLACE.organization_id, "integration": PLACE.integration_id}

    def seal() -> bytes:
        sealed, _ = client.encrypt(
            source=TOKENS.to_json(), materials_manager=manager, encryption_context=context
        )
        return sealed

    ciphertext = seal()
    return (
        _microseconds(seal, number=50),
        _microseconds(lambda: client.decrypt(source=ciphertext, materials_manager=manager), 50),
    )


def _microseconds(work: Callable[[], object], number: int = 2000) -> float:
    """Best of seven: the least disturbed run says what the work costs."""
    return min(timeit.repeat(work, number=number, repeat=7)) / number * 1e6
