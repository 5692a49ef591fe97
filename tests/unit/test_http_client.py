"""The one way out: where it goes, what it takes back, what it keeps (OA-20)."""

import gzip
import threading
import tracemalloc
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from hub import http_client
from hub.errors import ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from tests.unit.listening import Listener, Script, drip, http, in_turn, say

SECRET = "client-secret-Zq81"
CAP = 64 * 1024
BOMB_UNPACKED = 40_000_000
BOMB = gzip.compress(bytes(BOMB_UNPACKED))


def call(
    server: Listener, client: HttpClient | None = None, seconds: float = 5, **more: int
) -> Answer:
    request = Request(url=server.url, form={"client_secret": SECRET})
    return (client or HttpClient({server.host})).send(request, seconds=seconds, **more)


def test_a_form_goes_out_and_the_answer_comes_back():
    with Listener(http(b'{"ok":true}', b"X-Kind: A", b"x-kind: b", status=418)) as server:
        client = HttpClient({server.host}, clock=lambda: 1234.5)
        answer = call(server, client)

    assert answer.json() == {"ok": True}
    assert (answer.status, answer.headers["x-kind"], answer.sent_at) == (418, "A, b", 1234.5)
    assert server.requests[0].startswith(b"POST /call HTTP/1.1\r\n")
    assert server.requests[0].endswith(f"\r\n\r\nclient_secret={SECRET}".encode())


@pytest.mark.parametrize("body", [b"", b'{"a": 1}\n', b"\x00\xff not text"])
def test_a_body_goes_out_byte_for_byte_and_is_called_nothing_else(body: bytes):
    headers = {"content-type": "application/json"} if body else {}
    with Listener(http(b"{}")) as server:
        request = Request(url=server.url, headers=headers, body=body)
        HttpClient({server.host}).send(request, seconds=5)

    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert (b"content-type: application/json" in head.lower()) is bool(body)
    assert b"not text" not in repr(request).encode()


# Where it goes


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/call",
        "http://localhost/call",
        "http://localhost:{other}/call",
        "http://LOCALHOST:{port}/call",
        "http://localhost.:{port}/call",
        "http://me@localhost:{port}/call",
        "http://me:pw@localhost:{port}/call",
        "http://localhost:{port}@127.0.0.1:{port}/call",
        "http://localhost:0{port}/call",
        "http://[::1]:{port}/call",
        "http://localhost:{port}\\@127.0.0.1/call",
        "http://sub.localhost:{port}/call",
        "//localhost:{port}/call",
        "localhost:{port}/call",
        "ftp://localhost:{port}/call",
        "file://localhost:{port}/call",
        "",
    ],
)
def test_another_host_port_scheme_or_user_is_refused_without_a_connection(url: str):
    with Listener(http()) as server:
        refused = Request(url=url.format(port=server.port, other=server.port ^ 1))

        with pytest.raises(ValueError, match="may not call"):
            HttpClient({server.host}).send(refused, seconds=1)

        assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api",
        "https://slack.com./api",
        "https://evil.slack.com/api",
        "https://slack.com.evil.example/api",
        "https://slack.com:444/api",
        "https://slack.com:443/api",
        "https://slack.com@evil.example/api",
        "https://user@slack.com/api",
        "https://evil.example\\@slack.com/api",
        "https://evil.example#@slack.com/",
        "https:slack.com/api",
    ],
)
def test_a_provider_is_called_by_its_exact_name_and_over_tls(url: str):
    with pytest.raises(ValueError, match="may not call"):
        HttpClient({"slack.com"}).send(Request(url=url), seconds=1)


@pytest.mark.parametrize("host", ["192.168.0.1", "10.0.0.1:80", "[::1]", "localhost.example"])
def test_plain_http_is_for_loopback_only_even_where_the_host_is_allowed(host: str):
    with pytest.raises(ValueError, match="may not call"):
        HttpClient({host}).send(Request(url=f"http://{host}/"), seconds=1)


PIECES = st.sampled_from(
    [
        *"htps:/\\@.?#\t\n [] %;",
        "https://",
        "slack.com",
        "evil.example",
        "//",
        "%2f",
        "%00",
        "\uff0e",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_an_address_that_is_let_through_leads_to_the_allowed_host(text: str, whole: bool):
    """Two parsers, one address: what one of them allowed is what the other one connects to."""
    url = text if whole else f"https://slack.com{text}"
    try:
        HttpClient({"slack.com"})._check(url)
        prepared = requests.Request("POST", url).prepare()
    except (ValueError, requests.RequestException):
        return
    assert urlsplit(prepared.url).hostname == parse_url(prepared.url).host == "slack.com"
    assert parse_url(prepared.url).port in {None, 443}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_the_secret_stays_here(status: int):
    with Listener(http()) as other:
        location = b"Location: " + other.url.encode()
        with Listener(http(b"", location, status=status)) as server:
            answer = call(server, HttpClient({server.host, other.host}))

    assert (answer.status, len(server.requests), other.connections) == (status, 1, 0)


def test_a_client_that_follows_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    class Following(requests.Session):
        def request(self, *args, **options):
            return super().request(*args, **{**options, "allow_redirects": True})

    monkeypatch.setattr(http_client, "_Session", Following)
    with Listener(http()) as other:
        location = b"Location: " + other.url.encode()
        with Listener(http(b"", location, status=307)) as server:
            call(server, HttpClient({server.host, other.host}))

    assert SECRET.encode() in other.requests[0]


@pytest.mark.parametrize("location", [b"http://[", b"\xff", b"", b"javascript:alert(1)", b"/call"])
def test_a_redirect_to_nowhere_is_an_answer_too(location: bytes):
    with Listener(http(b"", b"Location: " + location, status=302)) as server:
        assert call(server).status == 302


# What it takes back


def test_an_answer_may_be_as_large_as_the_cap_and_no_larger():
    with Listener(in_turn(http(bytes(CAP)), http(bytes(CAP + 1)))) as server:
        assert len(call(server, max_bytes=CAP).body) == CAP
        with pytest.raises(ProviderUnavailable):
            call(server, max_bytes=CAP)


@pytest.mark.parametrize("encoding", [b"chunked", b"identity"])
def test_an_answer_of_unknown_length_is_cut_at_the_cap(encoding: bytes):
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: " + encoding + b"\r\n\r\n"
    part = b"2000\r\n" + bytes(0x2000) + b"\r\n"
    with Listener(drip(head, [part] * 1000, 0)) as server, pytest.raises(ProviderUnavailable):
        call(server, max_bytes=CAP)


def memory_for(answer: bytes) -> int:
    """The most that was in use while too large an answer was taken."""
    with Listener(say(answer, close=True)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(ProviderUnavailable):
                call(server, max_bytes=CAP)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("status", [200, 302, 400])
@pytest.mark.parametrize("times", [1, 2])
def test_a_compressed_bomb_is_not_unpacked_beyond_the_cap(status: int, times: int):
    body = BOMB if times == 1 else gzip.compress(BOMB)
    kind = b"Content-Encoding: " + b", ".join([b"gzip"] * times)

    assert memory_for(http(body, kind, b"Location: /call", status=status)) < 2_000_000


def test_a_redirect_read_whole_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    """What requests does with a redirect that nobody follows."""
    monkeypatch.delattr(http_client._Session, "get_redirect_target")
    bomb = http(BOMB, b"Content-Encoding: gzip", b"Location: /call", status=302)

    assert memory_for(bomb) > BOMB_UNPACKED


NO_LENGTH = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"


def test_a_chunk_that_lies_about_its_length_is_cut_too():
    """urllib3 reads a chunk of length -1 to the end of the connection at once."""
    assert memory_for(NO_LENGTH + bytes(BOMB_UNPACKED)) < 2_000_000


def test_a_socket_that_does_not_count_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_client, "_count", lambda received: received)

    assert memory_for(NO_LENGTH + bytes(BOMB_UNPACKED)) > BOMB_UNPACKED


@pytest.mark.parametrize(
    "script",
    [
        say(b"", close=True),
        say(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nshort", close=True),
        say(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True),
        say(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n", close=True),
        say(http(b"no gzip", b"Content-Encoding: gzip")),
        say(b"SSH-2.0-OpenSSH_9.9\r\n", close=True),
        drip(b"HTTP/1.1 200 X\r\n", [b"X-A: b\r\n"] * 200, 0),
        drip(b"HTTP/1.1 200 X\r\nX-A: ", [bytes(1000)] * 100, 0),
    ],
)
def test_no_usable_answer_is_the_provider_being_unavailable(script: Script):
    with Listener(script) as server, pytest.raises(ProviderUnavailable) as failure:
        call(server)

    assert failure.type is ProviderUnavailable
    assert failure.value.__suppress_context__
    assert SECRET not in repr(failure.value)


def test_a_port_where_nobody_listens_is_the_provider_being_unavailable():
    with Listener(http()) as server:
        pass

    with pytest.raises(ProviderUnavailable):
        call(server)


def test_no_thread_is_left_and_none_is_started():
    with Listener(in_turn(http(), say(b"", close=True))) as server:
        before = _others()
        call(server)
        with pytest.raises(ProviderUnavailable):
            call(server)

        assert _others() == before


def _others() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name != "listener"}
