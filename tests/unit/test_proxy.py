import http.client
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.local.proxy import LARGEST_BODY, Proxy, Target

ALLOWED = "https://app.example"


class Upstream(ThreadingHTTPServer):
    """Plays the stand-in: keeps what arrives, answers what it is told."""

    daemon_threads = True

    def __init__(self):
        self.seen = []
        self.answer = (200, [("Content-Type", "text/plain")], b"hello")
        super().__init__(("127.0.0.1", 0), Recorder)


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def record(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append((self.requestline, self.headers, body))
        status, headers, content = self.server.answer
        self.send_response_only(status)
        for name, value in [*headers, ("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_HEAD = do_OPTIONS = record  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def upstream():
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(upstream):
    made = Proxy(0)
    made.serve(
        Target(port=upstream.server_port, api="api1", key="the key", origins=frozenset({ALLOWED}))
    )
    yield made
    made.stop()


@pytest.fixture
def connection(proxy):
    opened = http.client.HTTPConnection("localhost", proxy.port, timeout=10)
    yield opened
    opened.close()


def ask(connection, method, target, body=None, /, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, body, named)
    response = connection.getresponse()
    return response, response.read()


def raw(proxy, request):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as opened:
        opened.sendall(request)
        opened.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: opened.recv(65536), b""))


def test_a_request_arrives_as_it_was_sent(connection, proxy, upstream):
    target = "//api/%2e%2E/caf%C3%A9?code=a&code=%2f&&x=+#"

    ask(connection, "POST", target, b"\x00\xff", cookie="a=1; b=2", x_thing="ü".encode("latin-1"))

    line, headers, body = upstream.seen[0]
    assert line == f"POST /_aws/execute-api/api1{target} HTTP/1.1"
    assert body == b"\x00\xff"
    assert headers["cookie"] == "a=1; b=2"
    assert headers["x-thing"].encode("latin-1") == b"\xfc"
    assert headers["host"] == f"localhost:{proxy.port}"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers.get_all("x-local-proxy") == ["the key"]


def test_an_answer_arrives_as_it_was_given(connection, upstream):
    upstream.answer = (303, [("Location", "/x"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"")

    response, body = ask(connection, "GET", "/")

    assert (response.status, body) == (303, b"")
    assert response.headers["location"] == "/x"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_nobody_brings_a_key_of_their_own(connection, upstream):
    ask(connection, "GET", "/", x_local_proxy="guess", connection="x-secret", x_secret="1")

    headers = upstream.seen[0][1]
    assert headers.get_all("x-local-proxy") == ["the key"]
    assert "x-secret" not in headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:{port}", "localhost", "localhost:1"])
def test_an_unknown_host_is_refused(connection, proxy, upstream, host):
    response, body = ask(connection, "GET", "/", host=host.format(port=proxy.port))

    assert response.status == 421
    assert json.loads(body) == {"message": f"Only {proxy.url} is served here."}
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["GET / HTTP/1.1"], 421),
        (["GET / HTTP/1.1", "Host: {host}", "Host: evil.example"], 421),
        (["GET http://{host}/ HTTP/1.1", "Host: {host}"], 400),
        (["OPTIONS * HTTP/1.1", "Host: {host}"], 400),
        (["GET /\x01 HTTP/1.1", "Host: {host}"], 400),
        (["POST / HTTP/1.1", "Host: {host}", "Content-Length: 1", "Content-Length: 2"], 400),
        (["POST / HTTP/1.1", "Host: {host}", "Content-Length: +1"], 400),
        (["POST / HTTP/1.1", "Host: {host}", "Content-Length: 9"], 400),
        (["POST / HTTP/1.1", "Host: {host}", "Transfer-Encoding: gzip"], 400),
        (
            ["POST / HTTP/1.1", "Host: {host}", "Transfer-Encoding: chunked", "Content-Length: 1"],
            400,
        ),
    ],
)
def test_a_malformed_request_ends_here(proxy, upstream, lines, status):
    host = proxy.url.removeprefix("http://")
    request = "\r\n".join([*lines, "", ""]).format(host=host)

    answer = raw(proxy, request.encode("latin-1"))

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert upstream.seen == []


def test_a_body_of_ten_megabytes_passes_and_one_byte_more_does_not(connection, upstream):
    response, _ = ask(connection, "POST", "/", b"x" * LARGEST_BODY)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(LARGEST_BODY + 1))
    connection.endheaders()
    refused = connection.getresponse()

    assert response.status == 200
    assert len(upstream.seen[0][2]) == LARGEST_BODY
    assert refused.status == 413
    assert json.loads(refused.read()) == {"message": "Request Entity Too Large"}


def test_a_chunked_body_is_put_together(connection, upstream):
    ask(connection, "POST", "/", iter([b"ab", b"c" * 3000]))

    assert upstream.seen[0][2] == b"ab" + b"c" * 3000
    assert upstream.seen[0][1]["content-length"] == "3002"


def test_one_connection_serves_many_requests(connection, upstream):
    head, nothing = ask(connection, "HEAD", "/a")
    options, _ = ask(connection, "OPTIONS", "/b")
    got, content = ask(connection, "GET", "/c")

    assert (head.headers["content-length"], nothing) == ("5", b"")
    assert (options.status, got.status, content) == (200, 200, b"hello")
    assert [line.split()[0] for line, _, _ in upstream.seen] == ["HEAD", "OPTIONS", "GET"]


def test_the_gateways_own_answers_get_cors_headers_for_an_allowed_origin_only(connection, upstream):
    upstream.answer = (401, [], b'{"message":"Unauthorized"}')

    allowed, _ = ask(connection, "GET", "/", origin=ALLOWED)
    foreign, _ = ask(connection, "GET", "/", origin="https://app.example.evil")
    without, _ = ask(connection, "GET", "/")

    assert allowed.headers["access-control-allow-origin"] == ALLOWED
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert allowed.headers["vary"] == "Origin"
    for response in (foreign, without):
        assert "access-control-allow-origin" not in response.headers


def test_cors_headers_that_are_there_are_not_doubled(connection, upstream):
    upstream.answer = (200, [("Access-Control-Allow-Origin", ALLOWED)], b"")

    response, _ = ask(connection, "GET", "/", origin=ALLOWED)

    assert response.headers.get_all("access-control-allow-origin") == [ALLOWED]


def test_a_client_that_leaves_is_no_news(proxy, connection, upstream, capfd):
    with socket.create_connection(("127.0.0.1", proxy.port)) as gone:
        gone.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le")
    response, _ = ask(connection, "GET", "/")

    assert response.status == 200
    assert capfd.readouterr() == ("", "")


def test_a_stand_in_that_is_gone_is_a_502(proxy, connection, upstream):
    upstream.shutdown()
    upstream.server_close()

    response, body = ask(connection, "GET", "/")

    assert response.status == 502
    assert json.loads(body) == {"message": "The AWS stand-in does not answer."}
