"""What KMS is told, and what its answers and failures become (TS-04, TS-08)."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from moto import mock_aws

from hub.errors import TemporarilyUnavailable, Unreadable
from hub.sealing import DataKey, KeyCache, Place, Purpose

PLACE = Place(
    organization_id="org-a", integration_id="i", provider_id="slack", field="f", generation=1
)
SALT = bytes(32)
CREDENTIALS = Purpose.CREDENTIALS


@pytest.fixture(scope="module")
def client() -> Any:
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("kms", region_name="eu-west-1", config=once)


@pytest.fixture
def stubbed(client: Any) -> Iterator[tuple[Stubber, KeyCache]]:
    with Stubber(client) as stubber:
        yield stubber, KeyCache(client, "key", time.time)


@pytest.fixture(scope="module")
def real() -> Iterator[Callable[[], KeyCache]]:
    """Containers with cold caches at one KMS, moto's: it checks context and authenticity."""
    with mock_aws():
        client = boto3.client("kms")
        master = client.create_key()["KeyMetadata"]["Arn"]
        yield lambda: KeyCache(client, master, time.time)


def test_another_container_unwraps_the_same_key(real):
    key, wrapped = real().generate("org-a", CREDENTIALS)
    sealed = key.seal(b"token", PLACE, SALT)

    assert real().unwrap(wrapped, "org-a", CREDENTIALS).open(sealed, PLACE, SALT) == b"token"


@pytest.mark.parametrize(
    ("organization", "purpose"),
    [
        ("org-b", CREDENTIALS),
        ("org-a", Purpose.OAUTH_STATE),
        ("org-a", Purpose.EXTERNAL_ACCOUNTS),
        ("ORG-A", CREDENTIALS),
        ("org-a ", CREDENTIALS),
    ],
)
def test_a_wrapped_key_is_refused_in_another_context(real, organization: str, purpose: Purpose):
    _, wrapped = real().generate("org-a", CREDENTIALS)

    with pytest.raises(Unreadable):
        real().unwrap(wrapped, organization, purpose)


def test_a_wrapped_key_is_refused_in_another_context_by_a_warm_cache_too(real):
    warm = real()
    _, wrapped = warm.generate("org-a", CREDENTIALS)
    warm.unwrap(wrapped, "org-a", CREDENTIALS)

    with pytest.raises(Unreadable):
        warm.unwrap(wrapped, "org-b", CREDENTIALS)


def test_keys_without_a_context_would_be_caught(real, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hub.sealing._context", lambda *_: {})
    _, wrapped = real().generate("org-a", CREDENTIALS)

    assert isinstance(real().unwrap(wrapped, "org-b", CREDENTIALS), DataKey)


def test_a_changed_wrapped_key_is_refused(real):
    _, wrapped = real().generate("org-a", CREDENTIALS)
    container = real()

    for position in range(-60, 0, 7):
        changed = bytearray(wrapped)
        changed[position] ^= 1
        with pytest.raises(Unreadable):
            container.unwrap(bytes(changed), "org-a", CREDENTIALS)


def test_kms_is_asked_for_256_bits_and_told_organization_and_purpose(stubbed):
    stubber, cache = stubbed
    context = {"organization": "org-a", "purpose": "credentials"}
    stubber.add_response(
        "generate_data_key",
        {"Plaintext": b"k" * 32, "CiphertextBlob": b"w", "KeyId": "key"},
        {"KeyId": "key", "KeySpec": "AES_256", "EncryptionContext": context},
    )
    stubber.add_response(
        "decrypt",
        {"Plaintext": b"k" * 32},
        {"KeyId": "key", "CiphertextBlob": b"other", "EncryptionContext": context},
    )

    cache.generate("org-a", CREDENTIALS)
    cache.unwrap(b"other", "org-a", CREDENTIALS)

    stubber.assert_no_pending_responses()


# When KMS fails

OUR_TROUBLE = (
    "ThrottlingException",
    "AccessDeniedException",
    "DisabledException",
    "KMSInvalidStateException",
    "KMSInternalException",
    "DependencyTimeoutException",
    "KeyUnavailableException",
    "NotFoundException",
    "ServiceUnavailable",
    "InternalFailure",
    "ExpiredTokenException",
)
NO_ANSWER = (
    ReadTimeoutError(endpoint_url="https://kms"),
    ConnectTimeoutError(endpoint_url="https://kms"),
    EndpointConnectionError(endpoint_url="https://kms"),
    NoCredentialsError(),
)
CALLS: dict[str, Callable[[KeyCache], object]] = {
    "generate_data_key": lambda cache: cache.generate("org-a", CREDENTIALS),
    "decrypt": lambda cache: cache.unwrap(b"wrapped", "org-a", CREDENTIALS),
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("code", OUR_TROUBLE)
def test_a_kms_that_fails_is_temporary(stubbed, operation: str, code: str):
    stubber, cache = stubbed
    status = 500 if "Int" in code or "Unavailable" in code else 400
    stubber.add_client_error(operation, code, http_status_code=status)

    with pytest.raises(TemporarilyUnavailable) as failure:
        CALLS[operation](cache)

    assert failure.value.transient
    assert cache._keys == {}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda error: type(error).__name__)
def test_a_kms_that_does_not_answer_is_temporary(client: Any, operation: str, error: BotoCoreError):
    def fail(**_: Any) -> None:
        raise error

    client.meta.events.register_first("before-send.kms", fail)
    try:
        with pytest.raises(TemporarilyUnavailable):
            CALLS[operation](KeyCache(client, "key", time.time))
    finally:
        client.meta.events.unregister("before-send.kms", fail)


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_a_wrapped_key_that_kms_does_not_know_is_unreadable(stubbed, code: str):
    stubber, cache = stubbed
    stubber.add_client_error("decrypt", code)

    with pytest.raises(Unreadable) as failure:
        cache.unwrap(b"wrapped", "org-a", CREDENTIALS)

    assert not failure.value.transient


def test_after_kms_has_recovered_the_next_call_succeeds(stubbed):
    stubber, cache = stubbed
    stubber.add_client_error("decrypt", "ThrottlingException")
    stubber.add_response("decrypt", {"Plaintext": b"k" * 32})

    with pytest.raises(TemporarilyUnavailable):
        cache.unwrap(b"wrapped", "org-a", CREDENTIALS)

    assert cache.unwrap(b"wrapped", "org-a", CREDENTIALS)._key == b"k" * 32
