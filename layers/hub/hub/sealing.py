"""Sealing in two levels: KMS wraps an organization's data key, values are sealed under that.

A sealed value is AES-256-GCM (NIST SP 800-38D; 96-bit random nonce, 128-bit tag) under a key
derived by HKDF-SHA256 (RFC 5869) from the organization's data key and a random salt kept apart
from the value. Deleting the data key's row makes everything of the organization unreadable,
deleting a salt everything sealed with it, backups of the value included (crypto-shredding).

    value   = version 0x01 | key version, 2 bytes | nonce, 12 bytes | ciphertext | tag, 16 bytes
    info    = fields(provider, integration, field, key version)
    AAD     = fields(version, key version, organization, integration, provider, field, generation)
    fields  = each field as its length in 4 bytes, then its UTF-8 bytes: no two lists collide

Everything fails closed: bytes that do not authenticate are `Unreadable`, a KMS that does not
answer is `TemporarilyUnavailable`, and nothing is ever stored in clear instead.
"""

import os
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import TemporarilyUnavailable, Unreadable
from hub.values import Value

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

VERSION: Final = 1
SALT_BYTES: Final = 32
_HEADER: Final = 3
_NONCE: Final = 12
_TAG: Final = 16
_CIPHERS: Final = 64
_UNREADABLE_CODES: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class Purpose(StrEnum):
    """What a data key is for; part of KMS's encryption context, so one cannot stand in for
    another. KMS writes the context to CloudTrail in clear: no personal data belongs in it.
    """

    CREDENTIALS = "credentials"
    OAUTH_STATE = "oauth-state"
    EXTERNAL_ACCOUNTS = "external-accounts"


class Place(Value):
    """Where a sealed value belongs. Moved anywhere else, it does not open."""

    organization_id: str
    integration_id: str
    provider_id: str
    field: str
    generation: int


class DataKey:
    """A 256-bit key in memory, for as long as its cache says. Never printed, never stored."""

    __slots__ = ("_ciphers", "_key", "seals", "version")

    def __init__(self, key: bytes, version: int = 1) -> None:
        self._key = key
        self._ciphers: dict[tuple[bytes, str, str, str], AESGCM] = {}
        self.version = version
        self.seals = 0

    def __repr__(self) -> str:
        return f"DataKey(***, version={self.version})"

    def seal(self, plaintext: bytes, place: Place, salt: bytes) -> bytes:
        self.seals += 1
        nonce = os.urandom(_NONCE)
        sealed = self._cipher(place, salt).encrypt(nonce, plaintext, _aad(place, self.version))
        return bytes((VERSION,)) + self.version.to_bytes(2) + nonce + sealed

    def open(self, value: bytes, place: Place, salt: bytes) -> bytes:
        """Give the plaintext, or raise Unreadable: one error for every cause (TS-05)."""
        if len(value) < _HEADER + _NONCE + _TAG or value[0] != VERSION:
            raise Unreadable
        if int.from_bytes(value[1:_HEADER]) != self.version:
            raise Unreadable
        nonce, sealed = value[_HEADER : _HEADER + _NONCE], value[_HEADER + _NONCE :]
        try:
            return self._cipher(place, salt).decrypt(nonce, sealed, _aad(place, self.version))
        except InvalidTag:
            raise Unreadable from None

    def fingerprint(self, *parts: str) -> bytes:
        """Give a keyed one-way hash of the parts, 32 bytes: equal parts, equal hash."""
        return self._expand(b"fingerprint", _fields("fingerprint", *parts))

    def _cipher(self, place: Place, salt: bytes) -> AESGCM:
        """Give the cipher of a place. The last few are kept, no longer than this key itself."""
        name = (salt, place.provider_id, place.integration_id, place.field)
        cipher = self._ciphers.get(name)
        if cipher is None:
            if len(self._ciphers) >= _CIPHERS:
                self._ciphers.clear()
            cipher = self._ciphers[name] = AESGCM(self._derive(place, salt))
        return cipher

    def _derive(self, place: Place, salt: bytes) -> bytes:
        info = _fields(place.provider_id, place.integration_id, place.field, str(self.version))
        return self._expand(salt, info)

    def _expand(self, salt: bytes, info: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self._key)


class KeyCache:
    """Unwraps data keys through KMS and keeps them for at most `max_age` seconds or `max_seals`
    seals. It is keyed by the wrapped bytes, which every reader fetches together with the value:
    a deleted key row is noticed by the next read, not by the cache's age.
    """

    def __init__(
        self,
        kms: "KMSClient",
        master_key_id: str,
        clock: Callable[[], float],
        *,
        max_age: int = 300,
        max_seals: int = 2**20,
        max_keys: int = 500,
    ) -> None:
        self._kms = kms
        self._master_key_id = master_key_id
        self._clock = clock
        self._max_age = max_age
        self._max_seals = max_seals
        self._max_keys = max_keys
        self._keys: OrderedDict[tuple[bytes, str, Purpose], tuple[DataKey, float]] = OrderedDict()
        self._generated: dict[tuple[str, Purpose], bytes] = {}

    def generate(self, organization_id: str, purpose: Purpose) -> tuple[DataKey, bytes]:
        """Make a new data key; give it with its wrapped form, which is to be stored."""
        try:
            answer = self._kms.generate_data_key(
                KeyId=self._master_key_id,
                KeySpec="AES_256",
                EncryptionContext=_context(organization_id, purpose),
            )
        except (ClientError, BotoCoreError) as error:
            raise TemporarilyUnavailable from error
        key, wrapped = DataKey(answer["Plaintext"]), answer["CiphertextBlob"]
        self._keep((wrapped, organization_id, purpose), key)
        return key, wrapped

    def reuse(self, organization_id: str, purpose: Purpose) -> tuple[DataKey, bytes]:
        """As `generate`, but again the same key while the cache holds it. For values that carry
        their wrapped key with them and live for minutes.
        """
        wrapped = self._generated.get((organization_id, purpose))
        if wrapped and (key := self._cached((wrapped, organization_id, purpose))):
            return key, wrapped
        key, wrapped = self.generate(organization_id, purpose)
        if len(self._generated) >= self._max_keys:
            self._generated.clear()
        self._generated[organization_id, purpose] = wrapped
        return key, wrapped

    def unwrap(self, wrapped: bytes, organization_id: str, purpose: Purpose) -> DataKey:
        if key := self._cached((wrapped, organization_id, purpose)):
            return key
        try:
            answer = self._kms.decrypt(
                KeyId=self._master_key_id,
                CiphertextBlob=wrapped,
                EncryptionContext=_context(organization_id, purpose),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNREADABLE_CODES:
                raise Unreadable from error
            raise TemporarilyUnavailable from error
        except BotoCoreError as error:
            raise TemporarilyUnavailable from error
        key = DataKey(answer["Plaintext"])
        self._keep((wrapped, organization_id, purpose), key)
        return key

    def _cached(self, name: tuple[bytes, str, Purpose]) -> DataKey | None:
        entry = self._keys.get(name)
        if entry is None:
            return None
        key, until = entry
        if self._clock() >= until or key.seals >= self._max_seals:
            del self._keys[name]
            return None
        return key

    def _keep(self, name: tuple[bytes, str, Purpose], key: DataKey) -> None:
        self._keys[name] = (key, self._clock() + self._max_age)
        while len(self._keys) > self._max_keys:
            self._keys.popitem(last=False)


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def _context(organization_id: str, purpose: Purpose) -> dict[str, str]:
    return {"organization": organization_id, "purpose": purpose.value}


def _aad(place: Place, key_version: int) -> bytes:
    return _fields(
        str(VERSION),
        str(key_version),
        place.organization_id,
        place.integration_id,
        place.provider_id,
        place.field,
        str(place.generation),
    )


def _fields(*values: str) -> bytes:
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    return b"".join([len(value).to_bytes(4) + value for value in encoded])
