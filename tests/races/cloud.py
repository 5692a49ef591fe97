"""AWS as the race tests have it: DynamoDB is Amazon's own, the rest is as small as it can be.

KMS holds one fixed key, so that all containers of a test are of one account without sharing
anything. SSM is a mapping, SQS a list for each queue, the bus and the topic remember what they got.
"""

import hashlib
import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.runtime import AWS_CONFIG

MASTER_KEY_ID = "arn:aws:kms:eu-west-1:123456789012:key/races"
JOBS_URL = "https://sqs.example/jobs"
REFRESHES_URL = "https://sqs.example/refreshes"
WEBHOOKS_URL = "https://sqs.example/webhooks"
SYNCS_URL = "https://sqs.example/syncs"
VARIABLES = {
    "MASTER_KEY_ID": MASTER_KEY_ID,
    "JOBS_QUEUE_URL": JOBS_URL,
    "REFRESH_QUEUE_URL": REFRESHES_URL,
    "WEBHOOKS_QUEUE_URL": WEBHOOKS_URL,
    "SYNC_QUEUE_URL": SYNCS_URL,
    "TOKEN_READER_ROLES": "arn:aws:iam::123456789012:role/reports",
}
_NONCE = 12

_make_client = boto3.client


@cache
def dynamodb(endpoint: str) -> Any:
    patient = AWS_CONFIG.merge(Config(connect_timeout=5, read_timeout=20))  # busy is no finding
    client = _make_client("dynamodb", endpoint_url=endpoint, config=patient)
    client.meta.events.register("provide-client-params.dynamodb", _without_empty_strings)
    return client


def _without_empty_strings(params: Any, **_: Any) -> Any:
    """This build is older than empty strings, which DynamoDB takes since May 2020."""
    if isinstance(params, dict):
        kept = {name: each for name, each in params.items() if each != {"S": ""}}
        return {name: _without_empty_strings(each) for name, each in kept.items()}
    return [_without_empty_strings(each) for each in params] if type(params) is list else params


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class Kms:
    _key = AESGCM(hashlib.sha256(b"the master key of the race tests").digest())

    def generate_data_key(self, **asked: Any) -> dict[str, bytes]:
        plaintext, nonce = os.urandom(32), os.urandom(_NONCE)
        wrapped = nonce + self._key.encrypt(nonce, plaintext, _context(asked))
        return {"Plaintext": plaintext, "CiphertextBlob": wrapped}

    def decrypt(self, **asked: Any) -> dict[str, bytes]:
        blob = asked["CiphertextBlob"]
        try:
            plaintext = self._key.decrypt(blob[:_NONCE], blob[_NONCE:], _context(asked))
        except InvalidTag:
            raise _error("InvalidCiphertextException", "Decrypt") from None
        return {"Plaintext": plaintext}


class SameKeys(Kms):
    """The same data keys whenever they are made, and with them the same ids."""

    def generate_data_key(self, **asked: Any) -> dict[str, bytes]:
        plaintext, nonce = hashlib.sha256(_context(asked)).digest(), bytes(_NONCE)
        wrapped = nonce + self._key.encrypt(nonce, plaintext, _context(asked))
        return {"Plaintext": plaintext, "CiphertextBlob": wrapped}


def _context(asked: dict[str, Any]) -> bytes:
    return json.dumps([asked["KeyId"], asked["EncryptionContext"]], sort_keys=True).encode()


class Ssm:
    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}

    def get_parameter(self, **asked: Any) -> dict[str, Any]:
        name = asked["Name"]
        if name not in self.parameters:
            raise _error("ParameterNotFound", "GetParameter")
        return {"Parameter": {"Name": name, "Value": self.parameters[name]}}


class Sqs:
    """`waiting` are the bodies of jobs that nobody has carried out yet, `webhooks` the envelopes of
    deliveries, `refreshes` and `syncs` the bodies of those queues, with the seconds that each is
    held back.
    """

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.refreshes: list[tuple[str, int]] = []
        self.webhooks: list[str] = []
        self.syncs: list[tuple[str, int]] = []

    def send_message(self, **asked: Any) -> None:
        if asked["QueueUrl"] == SYNCS_URL:
            self.syncs.append((asked["MessageBody"], 0))
            return
        assert asked["QueueUrl"] == JOBS_URL
        self.waiting.append(asked["MessageBody"])

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        assert 1 <= len(asked["Entries"]) <= 10
        for entry in asked["Entries"]:
            body, delay = entry["MessageBody"], entry.get("DelaySeconds", 0)
            assert 0 <= delay <= 900
            match asked["QueueUrl"]:
                case url if url == REFRESHES_URL:
                    self.refreshes.append((body, delay))
                case url if url == SYNCS_URL:
                    self.syncs.append((body, delay))
                case url if url == WEBHOOKS_URL:
                    self.webhooks.append(body)
                case url:
                    assert url == JOBS_URL
                    self.waiting.append(body)
        return {"Successful": asked["Entries"]}

    def change_message_visibility(self, **asked: Any) -> None:
        assert 1 <= asked["VisibilityTimeout"] <= 900


class Events:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def put_events(self, **asked: Any) -> dict[str, Any]:
        self.told += [json.loads(entry["Detail"]) for entry in asked["Entries"]]
        return {"FailedEntryCount": 0}


class Sns:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def publish(self, **asked: Any) -> None:
        self.told.append(json.loads(asked["Message"]))


class Cloud:
    def __init__(self, endpoint: str, parameters: dict[str, str] | None = None) -> None:
        self.dynamodb = dynamodb(endpoint)
        self.kms, self.ssm, self.sqs = Kms(), Ssm(), Sqs()
        self.events, self.sns = Events(), Sns()
        self.ssm.parameters = parameters or {}

    def client(self, service: str, **_: Any) -> Any:
        """Stand in for boto3.client."""
        return getattr(self, service)
