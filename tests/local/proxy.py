"""The API at exactly http://localhost:PORT: a small reverse proxy before the stand-in's gateway.

It does what lies between a browser and an HTTP API on AWS and is missing in the stand-in: a host
name of its own and no other (a foreign name that resolves to this machine must not become "same
origin"), CORS headers on the gateway's own answers, the 10 MB limit.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

import http.client
import json
import socket
import socketserver
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.local.errors import LocalError
from tests.local.standin import API_PREFIX, PROXY_HEADER

LARGEST_BODY = 10 * 1024 * 1024
_GATEWAY_SECONDS = 30
_LONGEST_LINE = 64 * 1024
# RFC 9110 7.6.1: these belong to one connection.
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the requests go, and what the API says about CORS."""

    port: int
    api: str
    key: str
    origins: frozenset[str]


class Refused(Exception):
    """Answered here, without the gateway."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Proxy:
    """Holds the port from the beginning; answers once `serve` names the target."""

    def __init__(self, port: int) -> None:
        self._servers = [_bind(_Server, port)]
        self.port: int = self._servers[0].server_address[1]
        self._threads: list[threading.Thread] = []
        try:
            # Browsers try ::1 first where localhost has both.
            self._servers.append(_bind(_Server6, self.port))
        except LocalError:
            if _has_ipv6():
                self.stop()
                raise

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def serve(self, target: Target) -> None:
        for server in self._servers:
            server.target = target
            server.authority = f"localhost:{self.port}"
            # Polling is how soon the loop sees that it is to stop.
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        for server in self._servers:
            if self._threads:
                server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._threads.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    target: Target
    authority: str

    def server_bind(self) -> None:
        # The parent's would ask a name server for the name of 127.0.0.1.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that left is no news
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Server6(_Server):
    address_family = socket.AF_INET6

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75
    server: _Server

    def handle_one_request(self) -> None:
        """Reads a request line and headers as the parent does, and leaves the target as it came."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._answer()
            self.wfile.flush()

    def _answer(self) -> None:
        try:
            self._check()
            body = self._body()
            status, headers, content = self._forward(body)
        except Refused as refused:
            # What was not read of the request would be taken for the next one.
            self.close_connection = True
            status, content = refused.status, json.dumps({"message": refused.message}).encode()
            headers = [("Content-Type", "application/json")]
        self._send(status, headers, content)

    def _check(self) -> None:
        if self.headers.get_all("host", []) != [self.server.authority]:
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"Only http://{self.server.authority} is served here.",
            )
        if not self._target().startswith("/"):
            raise Refused(HTTPStatus.BAD_REQUEST, "The request target must be a path.")

    def _target(self) -> str:
        # self.path has its leading slashes merged.
        return self.raw_requestline.split()[1].decode("latin-1")

    def _body(self) -> bytes:
        coding = self.headers.get("transfer-encoding")
        lengths = self.headers.get_all("content-length", [])
        if coding is not None:
            if coding.lower() != "chunked" or lengths:
                raise Refused(HTTPStatus.BAD_REQUEST, "Unusable framing of the request body.")
            return self._chunks()
        if not lengths:
            return b""
        if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise Refused(HTTPStatus.BAD_REQUEST, "Unusable framing of the request body.")
        return self._read(int(lengths[0]))

    def _chunks(self) -> bytes:
        body = b""
        while size := self._chunk_size():
            body += self._read(size, already=len(body))
            self.rfile.readline(_LONGEST_LINE)
        while self.rfile.readline(_LONGEST_LINE).strip():
            pass  # trailers
        return body

    def _chunk_size(self) -> int:
        try:
            return int(self.rfile.readline(_LONGEST_LINE).split(b";")[0].strip(), 16)
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, "Unusable chunk size.") from error

    def _read(self, size: int, already: int = 0) -> bytes:
        if not 0 <= size <= LARGEST_BODY - already:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        content = self.rfile.read(size)
        if len(content) < size:
            raise Refused(HTTPStatus.BAD_REQUEST, "The request body ended early.")
        return content

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        target = self.server.target
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=_GATEWAY_SECONDS)
        try:
            connection.putrequest(
                self.command,
                f"{API_PREFIX}{target.api}{self._target()}",
                skip_host=True,
                skip_accept_encoding=True,
            )
            for name, value in self._forwarded(target, len(body)):
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        except (http.client.InvalidURL, UnicodeEncodeError) as error:
            raise Refused(HTTPStatus.BAD_REQUEST, "Bad Request") from error
        except TimeoutError as error:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable") from error
        except (OSError, http.client.HTTPException) as error:
            raise Refused(HTTPStatus.BAD_GATEWAY, "The AWS stand-in does not answer.") from error
        finally:
            connection.close()

    def _forwarded(self, target: Target, length: int) -> Iterable[tuple[str, str]]:
        named = (self.headers.get("connection") or "").lower().split(",")
        dropped = _HOP_BY_HOP | {PROXY_HEADER, "content-length"} | {name.strip() for name in named}
        for name, value in self.headers.items():
            if name.lower() not in dropped:
                yield name, value
        yield PROXY_HEADER, target.key
        yield "X-Forwarded-For", self.client_address[0]
        yield "X-Forwarded-Proto", "http"
        if length or self.command in {"POST", "PUT", "PATCH"}:
            yield "Content-Length", str(length)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        names = {name.lower() for name, _ in headers}
        self.send_response_only(status)
        for name, value in headers:
            # A HEAD answer keeps the length that a GET would have had.
            if name.lower() in _HOP_BY_HOP or (name.lower() == "content-length" and content):
                continue
            self.send_header(name, value)
        origin = self.headers.get("origin")
        target = self.server.target
        if origin in target.origins and "access-control-allow-origin" not in names:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Vary", "Origin")
        bodiless = self.command == "HEAD" or status == HTTPStatus.NO_CONTENT
        if content or not (bodiless or "content-length" in names):
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
        """Quiet: a callback's query is a code and a state."""


def _bind[S: _Server](kind: type[S], port: int) -> S:
    host = "::1" if kind is _Server6 else "127.0.0.1"
    try:
        return kind((host, port), _Handler)
    except OSError as error:
        raise LocalError(
            f"Port {port} is in use: stop what listens there, or choose another with PORT."
        ) from error


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
