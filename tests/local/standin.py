"""The AWS stand-in's own process: ministack behind a door that only our programs pass.

`AUTH=true` makes ministack verify signatures, and three things stay open all the same (1.5.33):
its `/_ministack/` administration answers anybody (one POST wipes everything), a function's session
key is a hash of its ARN, hence guessable by a page, and every signed answer carries
`Access-Control-Allow-Origin: *`. So this process answers no browser, no foreign Host, no
administration, and the API only for the reverse proxy. https://github.com/ministackorg/ministack
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

API_PREFIX = "/_aws/execute-api/"
HEALTH_PATH = "/_ministack/health"
PROXY_HEADER = "x-local-proxy"

# What every browser sends with a request from a page, and no AWS SDK ever does.
_BROWSER_HEADERS = {b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest"}


class Door:
    """Lets signed SDK calls to our own address through, and the proxy to the API."""

    def __init__(self, application: Application, *, hosts: Iterable[str], proxy_key: str) -> None:
        self._application = application
        self._hosts = {host.encode() for host in hosts}
        self._proxy_key = proxy_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
        elif scope["type"] != "http":
            await _refuse(send, "websocket")
        elif reason := self._refusal(scope):
            await _refuse(send, "http", reason)
        else:
            kept = [(name, value) for name, value in scope["headers"] if name != _PROXY_NAME]
            await self._application({**scope, "headers": kept}, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = scope["headers"]
        path = scope["path"]
        if path.startswith(API_PREFIX):
            keys = [value for name, value in headers if name == _PROXY_NAME]
            return None if keys == [self._proxy_key] else "Only the local proxy may call the API."
        if path != HEALTH_PATH and path.startswith(("/_ministack/", "/_localstack/")):
            return "The stand-in is not administered over HTTP."
        if {name for name, _ in headers} & _BROWSER_HEADERS:
            return "The stand-in does not serve browsers."
        if [value for name, value in headers if name == b"host"] not in [[h] for h in self._hosts]:
            return "Unknown Host."
        return None


_PROXY_NAME = PROXY_HEADER.encode()


async def _refuse(send: Send, kind: str, reason: str = "") -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": f"{reason}\n".encode()})


def _stop_with_parent() -> None:
    """Ends this process when the one that started it is gone, however it went.

    The parent holds the other end of our standard input; the end of file is its death notice.
    """
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _retry_reported_stream_records() -> None:
    """Makes ministack heed ReportBatchItemFailures of DynamoDB streams, as it does those of SQS.

    1.5.33 counts such an answer as success, and the records would be lost. As an error, the batch
    comes again; on AWS it comes again from the first record that failed.
    """
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function

    def executed(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, event)
        records = event.get("Records") if isinstance(event, dict) else None
        answer = result.get("body")
        if (
            records
            and records[0].get("eventSource") == "aws:dynamodb"
            and isinstance(answer, dict)
            and answer.get("batchItemFailures")
        ):
            result = {**result, "error": True}
        return result

    lambda_svc._execute_function = executed


def _verify_what_was_signed() -> None:
    """Makes ministack verify a caller's signature over the path that the caller knows: before it
    comes here, the proxy puts the API's own prefix in front.
    """
    from ministack import app

    pin = app.pin_signed_request

    def pinned(method: str, raw_path: str, *rest: Any) -> Any:
        if raw_path.startswith(API_PREFIX):
            raw_path = "/" + raw_path.removeprefix(API_PREFIX).partition("/")[2]
        return pin(method, raw_path, *rest)

    app.pin_signed_request = pinned


def main() -> None:
    """Serves on the inherited listening sockets whose numbers are the arguments."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    _retry_reported_stream_records()
    _verify_what_was_signed()
    port = os.environ["GATEWAY_PORT"]
    door = Door(
        app,
        hosts=[f"{name}:{port}" for name in os.environ.pop("LOCAL_NAMES").split()],
        proxy_key=os.environ.pop("LOCAL_PROXY_KEY"),
    )
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    config = Config()
    config.bind = [f"fd://{number}" for number in sys.argv[1:]]
    config.graceful_timeout = 0.5
    try:
        asyncio.run(serve(door, config))
    finally:
        # This process is the last to use the run's folder, whoever ended the run.
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


if __name__ == "__main__":
    main()
