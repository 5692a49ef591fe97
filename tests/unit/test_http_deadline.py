"""A call ends at its deadline however slowly the other end speaks (AW-13)."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest

from hub import http_client
from hub.errors import ProviderTimeout
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from tests.unit.certificates import Issued, issue
from tests.unit.listening import Listener, Script, drip, http, silent

SECONDS = 0.3
LONG = b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
SLOW: dict[str, Script] = {
    "says nothing": silent,
    "drips the body": drip(LONG, repeat(b"x"), 0.03),
    "drips chunks": drip(CHUNKED, repeat(b"1\r\nx\r\n"), 0.03),
    "drips a chunk's length": drip(CHUNKED, repeat(b"0"), 0.03),
    "drips trailers": drip(CHUNKED + b"0\r\n", repeat(b"X-A: b\r\n"), 0.03),
    "drips the status line": drip(b"HTTP/1.1 200 ", repeat(b"X"), 0.03),
    "drips a header": drip(b"HTTP/1.1 200 X\r\nX-A: ", repeat(b"b"), 0.03),
    "drips header lines": drip(b"HTTP/1.1 200 X\r\n", repeat(b"X-A: b\r\n"), 0.03),
    "asks to wait for ever": drip(b"", repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.001),
    "drips a redirect": drip(LONG.replace(b"200 X", b"302 X\r\nLocation: /"), repeat(b"x"), 0.03),
}
IN_THE_END = drip(b"HTTP/1.1 200 X\r\nContent-Length: 20\r\n\r\n", [b"x"] * 20, 0.04)


@pytest.fixture(scope="module")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue("localhost", tmp_path_factory.mktemp("certificates"))


def seconds_until_cut(server: Listener, trusted: Issued | None = None) -> float:
    client = HttpClient({server.host})
    client._session.verify = str(trusted.path) if trusted else True
    began = time.monotonic()
    with pytest.raises(ProviderTimeout):
        client.send(Request(url=server.url), seconds=SECONDS)
    return time.monotonic() - began


def cut_at_the_deadline(server: Listener, trusted: Issued | None = None) -> bool:
    """A busy machine can only make it later, so one time of ten in time is enough."""
    for _ in range(10):
        taken = seconds_until_cut(server, trusted)
        assert taken > 0.9 * SECONDS
        if taken < 1.1 * SECONDS:
            return True
    return False


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_a_server_is_cut_off_at_the_deadline_when_it(script: Script):
    with Listener(script) as server:
        assert cut_at_the_deadline(server)


@pytest.mark.parametrize("name", ["says nothing", "drips the body", "drips header lines"])
def test_a_tls_server_is_cut_off_at_the_deadline_when_it(name: str, localhost: Issued):
    with Listener(SLOW[name], tls=localhost.server()) as server:
        assert cut_at_the_deadline(server, localhost)


HANDSHAKES = {
    "says nothing": silent,
    "drips": drip(b"\x16\x03\x03\x40\x00", repeat(b"\x02"), 0.03),
}


@pytest.mark.parametrize("script", HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_tls_server_is_cut_off_in_its_handshake_when_it(script: Script):
    def seconds(server: Listener) -> float:
        client, began = HttpClient({server.host}), time.monotonic()
        with pytest.raises(ProviderTimeout):
            client.send(Request(url=f"https://{server.host}/call"), seconds=SECONDS)
        return time.monotonic() - began

    with Listener(script, unasked=True) as server:  # a busy machine can only make it later
        shortest = min(seconds(server) for _ in range(3))
        assert 0.9 * SECONDS < shortest < 1.8 * SECONDS


@pytest.mark.parametrize("tls", [False, True])
def test_a_socket_with_no_more_than_a_read_timeout_would_be_caught(
    tls: bool, localhost: Issued, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_client._BoundedSocket, "recv_into", socket.socket.recv_into)
    monkeypatch.setattr(http_client._BoundedTlsSocket, "recv_into", ssl.SSLSocket.recv_into)
    with Listener(IN_THE_END, tls=localhost.server() if tls else None) as server:
        assert any(outlives_the_deadline(server, localhost) for _ in range(3))


def outlives_the_deadline(server: Listener, trusted: Issued) -> bool:
    client, began = HttpClient({server.host}), time.monotonic()
    client._session.verify = str(trusted.path)
    with suppress(ProviderTimeout):
        client.send(Request(url=server.url), seconds=SECONDS)
        return time.monotonic() - began > 1.1 * SECONDS
    return False


@pytest.fixture
def dead() -> Iterator[tuple[str, int]]:
    """An address that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        yield listening.getsockname()
        for each in waiting:
            each.close()


def call_by_addresses(
    addresses: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, seconds: float = SECONDS
) -> Answer:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(found))
    return HttpClient({"localhost"}).send(Request(url="http://localhost/"), seconds=seconds)


def test_all_dead_addresses_of_a_host_together_end_at_the_deadline(
    dead: tuple[str, int], monkeypatch: pytest.MonkeyPatch
):
    began = time.monotonic()
    with pytest.raises(ProviderTimeout):
        call_by_addresses([dead] * 4, monkeypatch)

    assert 0.9 * SECONDS < time.monotonic() - began < 1.8 * SECONDS


def test_a_deadline_for_each_address_would_be_caught(
    dead: tuple[str, int], monkeypatch: pytest.MonkeyPatch
):
    """What urllib3 does."""
    monkeypatch.delattr(http_client._Connection, "_new_conn")
    began = time.monotonic()
    with pytest.raises(ProviderTimeout):
        call_by_addresses([dead] * 2, monkeypatch)

    assert time.monotonic() - began > 1.8 * SECONDS


def test_a_dead_address_of_a_host_leaves_time_for_a_live_one(
    dead: tuple[str, int], monkeypatch: pytest.MonkeyPatch
):
    with Listener(http()) as server:
        answer = call_by_addresses([dead, ("127.0.0.1", server.port)], monkeypatch, 1)

    assert answer.status == 200


def test_a_deadline_that_has_passed_makes_no_call():
    with Listener(http()) as server:
        with pytest.raises(ProviderTimeout):
            HttpClient({server.host}).send(Request(url=server.url), seconds=0)

        assert server.connections == 0
