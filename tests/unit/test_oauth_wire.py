"""An authorization code is sent once, whatever becomes of the call (OA-12, OA-20)."""

import socket
import struct
import threading
from copy import replace

import pytest

from hub import oauth, providers
from hub.errors import HubError, ProviderTimeout, ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers._provider import Access
from hub.providers._values import Client, Endpoints
from tests.unit.listening import Listener, Script, drip, http, say, silent

SLACK = providers.get("slack")


def reset(connection: socket.socket, _: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


TROUBLE: dict[str, tuple[Script | bytes, type[HubError]]] = {
    "no answer": (silent, ProviderTimeout),
    "a dripping answer": (
        drip(b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n", [b"{"] * 98, 0.05),
        ProviderTimeout,
    ),
    "a lost answer": (say(b"", close=True), ProviderUnavailable),
    "a reset": (reset, ProviderUnavailable),
    "half an answer": (
        say(b'HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{"ok":', close=True),
        ProviderUnavailable,
    ),
    "too much": (http(b" " * (64 * 1024 + 1)), ProviderUnavailable),
    "a web page": (http(b"<h1>Maintenance</h1>"), ProviderUnavailable),
    "broken JSON": (http(b'{"ok":true,"access_token":"xoxb-'), ProviderUnavailable),
    "nothing": (http(b""), ProviderUnavailable),
    "busy": (http(b"", status=503), ProviderUnavailable),
    "too many requests": (http(b"", b"Retry-After: 0", status=429), ProviderUnavailable),
    "a redirect": (http(b"", b"Location: /elsewhere", status=307), ProviderUnavailable),
}


def exchange(server: Listener, attempts: int | None = None) -> object:
    url, client = f"http://{server.host}", HttpClient({server.host}, sleep=lambda _: None)

    def send(request: Request, **options: object) -> Answer:
        return client.send(request, **options | ({"attempts": attempts} if attempts else {}))

    registered = Client(
        id="client",
        secret=Secret("secret"),
        endpoints=Endpoints(authorization=url, token=url, revocation=url, api=url),
    )
    access = Access(provider=replace(SLACK), client=registered, send=send)
    return oauth.exchange(
        access, code=Secret("the-code"), redirect_uri="https://us.example", verifier=Secret("v")
    )


@pytest.mark.parametrize(("script", "expected"), TROUBLE.values(), ids=TROUBLE)
def test_a_code_goes_out_once_and_the_answer_was(
    script: Script | bytes, expected: type[HubError], monkeypatch: pytest.MonkeyPatch
):
    if expected is ProviderTimeout:
        monkeypatch.setattr(oauth, "EXCHANGE_SECONDS", 0.2)
    with Listener(script) as server:
        with pytest.raises(HubError) as failure:
            exchange(server)

        assert failure.type is expected
        assert len([each for each in server.requests if b"the-code" in each]) == 1
        assert len(server.requests) == server.connections == 1


@pytest.mark.parametrize("trouble", ["a lost answer", "a reset", "busy", "too many requests"])
def test_a_code_sent_again_would_be_caught(trouble: str):
    with Listener(TROUBLE[trouble][0]) as server:
        with pytest.raises(ProviderUnavailable):
            exchange(server, attempts=3)

        assert len(server.requests) == 3
