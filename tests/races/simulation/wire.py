"""DynamoDB's protocol with nothing around it. The SDK takes most of the time of a call to DynamoDB
Local, and ten thousand histories are made of calls.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

import json
import time
from base64 import b64decode, b64encode
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/eu-west-1/dynamodb/"
    "aws4_request, SignedHeaders=host, Signature=0",
}
_OK = 200
_IDLE_SECONDS = 5


class DynamoDb:
    """As much of boto3's client as the hub uses."""

    def __init__(self, endpoint: str) -> None:
        self._host = urlsplit(endpoint).netloc
        self._connection = HTTPConnection(self._host, timeout=60)
        self._used_at = 0.0

    def close(self) -> None:
        self._connection.close()

    def __getattr__(self, operation: str) -> Any:
        target = "".join(word.capitalize() for word in operation.split("_"))
        return lambda **asked: self._call(target, asked)

    def _call(self, target: str, asked: dict[str, Any]) -> dict[str, Any]:
        headers = {**_HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{target}"}
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._connection.close()  # the next request opens it again
        self._used_at = time.monotonic()
        body = json.dumps(_without_empty_strings(asked), default=_encode)
        self._connection.request("POST", "/", body, headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read(), object_hook=_decode)
        if response.status == _OK:
            return answer
        code = answer["__type"].rpartition("#")[2]
        error: Any = {"Error": {"Code": code, "Message": answer.get("message", "")}}
        if "CancellationReasons" in answer:
            error["CancellationReasons"] = answer["CancellationReasons"]
        raise ClientError(error, target)


def _encode(value: Any) -> str:
    assert isinstance(value, bytes)
    return b64encode(value).decode()


def _decode(value: dict[str, Any]) -> dict[str, Any]:
    if value.keys() == {"B"}:
        return {"B": b64decode(value["B"])}
    return value


def _without_empty_strings(value: Any) -> Any:
    """This build is older than empty strings, which DynamoDB takes since May 2020."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if each != {"S": ""}}
        return {name: _without_empty_strings(each) for name, each in kept.items()}
    return [_without_empty_strings(each) for each in value] if type(value) is list else value
