"""What one call leaves behind for the next, and what the environment can do to either."""

import socket
import threading
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hub import http_client
from hub.errors import ProviderTimeout, ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from tests.unit.listening import Listener, http, in_turn

COOKIE = b"Set-Cookie: b=organization-a; Path=/; Max-Age=3600"
CLOSE = b"Connection: close"


def call(server: Listener, client: HttpClient, **headers: str) -> Answer:
    return client.send(Request(url=server.url, headers=headers), seconds=5)


def test_calls_in_a_row_share_a_connection():
    with Listener(http()) as server:
        client = HttpClient({server.host})
        for _ in range(3):
            call(server, client)

        assert (server.connections, len(server.requests)) == (1, 3)


def test_a_connection_that_was_idle_for_long_is_not_used_again():
    """As after a freeze, when the other end has long forgotten it."""
    with Listener(http()) as server:
        client = HttpClient({server.host})
        call(server, client)
        client._used_at -= http_client.KEEP_ALIVE_SECONDS - 1
        call(server, client)
        assert server.connections == 1

        client._used_at -= http_client.KEEP_ALIVE_SECONDS + 1
        call(server, client)

        assert server.connections == 2


def test_a_connection_that_the_other_end_has_closed_is_not_used_again():
    closed = threading.Semaphore(0)

    def answer_and_close(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(http())
        connection.shutdown(socket.SHUT_RDWR)
        closed.release()

    with Listener(answer_and_close) as server:
        client = HttpClient({server.host})
        for _ in range(3):
            assert call(server, client).status == 200
            assert closed.acquire(timeout=5)

        assert (server.connections, len(server.requests)) == (3, 3)


def test_after_a_failure_the_next_call_has_a_connection_of_its_own():
    """The rest of a broken answer must not become the beginning of somebody else's."""
    half = b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf of an answer for organization A"
    with Listener(in_turn(half, http(b"for B"))) as server:
        client = HttpClient({server.host})
        with pytest.raises(ProviderTimeout):
            client.send(Request(url=server.url), seconds=0.1)

        assert call(server, client).body == b"for B"
        assert server.connections == 2


def test_after_too_large_an_answer_the_next_call_has_a_connection_of_its_own():
    with Listener(in_turn(http(bytes(100_000)), http(b"for B"))) as server:
        client = HttpClient({server.host})
        with pytest.raises(ProviderUnavailable):
            client.send(Request(url=server.url), seconds=5, max_bytes=10)

        assert call(server, client).body == b"for B"


def test_what_follows_an_answer_unasked_is_no_answer_to_the_next_call():
    with Listener(in_turn(http(b"for A") + http(b"smuggled"), http(b"for B"))) as server:
        client = HttpClient({server.host})

        assert call(server, client).body == b"for A"
        assert call(server, client).body == b"for B"


def cookies_sent(server: Listener) -> list[bytes]:
    return [
        line
        for request in server.requests
        for line in request.lower().split(b"\r\n")
        if line.startswith(b"cookie")
    ]


def test_no_cookie_of_one_call_goes_out_with_the_next():
    """All organizations' calls go through one client."""
    with Listener(http(b"{}", COOKIE)) as server:
        client = HttpClient({server.host})
        call(server, client)
        call(server, client)

        assert cookies_sent(server) == []


def test_a_session_that_keeps_cookies_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_client, "_Session", requests.Session)
    with Listener(http(b"{}", COOKIE)) as server:
        client = HttpClient({server.host})
        call(server, client)
        call(server, client)

        assert cookies_sent(server) == [b"cookie: b=organization-a"]


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Listener:
    """An environment that would send every call elsewhere, with a password of its own."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login eve password eve\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Listener(http()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        yield proxy


def test_proxies_and_passwords_of_the_environment_are_ignored(hostile: Listener):
    with Listener(http()) as server:
        call(server, HttpClient({server.host}))

        assert hostile.connections == 0
        assert b"authorization" not in server.requests[0].lower()


def test_a_session_that_trusts_the_environment_would_be_caught(
    hostile: Listener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_client, "_Session", requests.Session)
    with Listener(http()) as server:
        call(server, HttpClient({server.host}))

        assert server.connections == 0
        assert b"authorization: basic" in hostile.requests[0].lower()


LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.0 204",
        b"HTTP/9.9 999 X",
        b"Location: http://[",
        b"Content-Encoding: gzip",
        b"Content-Encoding: deflate, zstd, br",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 3",
        b"Retry-After: " + b"9" * 5000,
        b"Set-Cookie: \xff=\x00; expires=never; domain=.",
        b"Content-Type: text/html; charset=utf-7",
        b" folded",
        b"no colon",
        b"3\r\nabc",
        b"-3\r\nabc",
        b"-1",
        b"ffffffffffffffffffff",
        b"0",
        b"",
        b"",
    ]
)
ANSWERS = st.binary(max_size=64) | st.lists(LINES | st.binary(max_size=8), max_size=8).map(
    b"\r\n".join
)


def test_any_bytes_are_an_answer_or_one_of_our_errors():
    answers: list[bytes] = []

    def play(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(answers[-1])
        connection.shutdown(socket.SHUT_RDWR)

    with Listener(play) as server:
        client = HttpClient({server.host})

        @given(ANSWERS)
        def check(answer: bytes) -> None:
            answers.append(answer)
            try:
                given_back = call(server, client)
            except ProviderUnavailable:
                return
            assert given_back.retry_after in {None, 3600}

        check()
