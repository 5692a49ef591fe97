"""Starts the functions before anybody waits for them: a cold one takes a second here.

Each is invoked once with something that it must turn down: a route that does not exist, no
records, no token.
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_NOTHING = {
    "version": "2.0",
    "type": "REQUEST",
    "routeKey": "GET /warm-up",
    "routeArn": "arn:aws:execute-api:eu-west-1:000000000000:local/$default/GET/warm-up",
    "identitySource": ["none"],
    "rawPath": "/warm-up",
    "rawQueryString": "",
    "headers": {"authorization": "none"},
    "pathParameters": {},
    "requestContext": {
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": "localhost",
        "http": {
            "method": "GET",
            "path": "/warm-up",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "warm-up",
        },
        "requestId": "warm-up",
        "routeKey": "GET /warm-up",
        "stage": "$default",
    },
    "isBase64Encoded": False,
    "Records": [],
}


class WarmUp:
    """A few invocations at a time, in the order given."""

    def __init__(self, client: Callable[[str], Any], *, at_once: int = 2) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="warm-up")

    def start(self, functions: Iterable[str]) -> list[Future[None]]:
        return [self._pool.submit(self._invoke, name) for name in functions]

    def stop(self) -> None:
        """Starts no more; what is under way ends with the stand-in at the latest."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _invoke(self, function: str) -> None:
        try:
            self._client("lambda").invoke(FunctionName=function, Payload=json.dumps(_NOTHING))
        except (BotoCoreError, ClientError):
            # The first real call will say what is wrong, to somebody who asked for it.
            return
