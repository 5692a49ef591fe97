import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.standin import Door

HOST = "127.0.0.1:9000"


async def application(scope, receive, send):
    await send({"type": "passed", "headers": scope["headers"]})


def knock(path, host=HOST, kind="http", **headers):
    """What the door sends back, or what it lets through."""
    sent = []

    async def send(message):
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": [(b"host", host.encode()), *named]}
    door = Door(application, hosts=[HOST], proxy_key="the key")
    # In a thread: Playwright keeps a loop running in the main one once a browser was used.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, door(scope, None, send)).result()
    return sent[0]


def test_a_signed_call_to_our_own_address_passes():
    assert knock("/", authorization="AWS4-HMAC-SHA256 ...")["type"] == "passed"


@pytest.mark.parametrize("path", ["/_ministack/health"])
def test_health_is_open(path):
    assert knock(path)["type"] == "passed"


def test_the_api_is_for_the_proxy_alone_and_its_key_stays_here():
    passed = knock("/_aws/execute-api/x/", host="localhost:1", x_local_proxy="the key", origin="o")

    assert passed["type"] == "passed"
    assert b"x-local-proxy" not in dict(passed["headers"])


@pytest.mark.parametrize(
    "request_",
    [
        {"path": "/", "host": "evil.example"},
        {"path": "/", "origin": "http://localhost:4500"},
        {"path": "/", "sec_fetch_site": "cross-site"},
        {"path": "/_ministack/health", "origin": "null"},
        {"path": "/_ministack/reset"},
        {"path": "/_ministack/config"},
        {"path": "/_ministack/sqs/messages"},
        {"path": "/_ministack/lambda-code/f"},
        {"path": "/_aws/execute-api/x/"},
        {"path": "/_aws/execute-api/x/", "x_local_proxy": "a guess"},
    ],
)
def test_everybody_else_is_refused_and_gets_no_cors_header(request_):
    refused = knock(**request_)

    assert refused["status"] == 403
    assert not [name for name, _ in refused["headers"] if name.startswith(b"access-control")]


def test_there_are_no_websockets():
    assert knock("/", kind="websocket")["type"] == "websocket.close"
