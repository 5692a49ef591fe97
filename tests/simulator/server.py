"""The simulator as a server on loopback, and the handle by which tests hold it.

    with Simulator({"slack": ClientCredentials("id", "secret")}) as simulator:
        simulator.endpoints("slack")   # the overrides of a provider's configuration
        simulator.url                  # a page for people

One connection per request, so that a fault spoils exactly one call. Containers do not reach
loopback: for them it listens at one more `address`, if need be, and answers to one more `name`.
"""

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.simulator import control
from tests.simulator.engine import Engine, UnknownProvider
from tests.simulator.faults import Fault
from tests.simulator.journal import Call
from tests.simulator.oauth import ClientCredentials
from tests.simulator.registry import PROVIDERS
from tests.simulator.webhooks import Deliver, Delivered, Sent
from tests.simulator.wire import Answer, Request

HOST = "127.0.0.1"
LARGEST_BODY = 2 * 1024 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Simulator:
    def __init__(
        self,
        clients: Mapping[str, ClientCredentials],
        redirect_prefix: str | None = None,
        clock: Callable[[], float] = time.time,
        *,
        name: str = "localhost",
        address: str | None = None,
    ) -> None:
        self._engine = Engine(PROVIDERS, clients, redirect_prefix, clock)
        self._name = name
        self._addresses = [HOST, address] if address else [HOST]
        self._servers: list[_Server] = []
        self._threads: list[threading.Thread] = []

    def start(self, port: int = 0) -> Self:
        names = control.LOCAL_NAMES | {self._name}
        for address in self._addresses:
            server = _Server((address, port), self._engine, names)
            port = server.server_port
            self._servers.append(server)
        for server in self._servers:
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            self._threads.append(thread)
        return self

    def stop(self) -> None:
        for server in self._servers:
            server.stopping.set()
            if self._threads:
                server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._servers.clear()
        self._threads.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://localhost:{self._port}"

    @property
    def _port(self) -> int:
        if not self._servers:
            raise RuntimeError("The simulator is not started.")
        return self._servers[0].server_port

    def endpoints(self, provider: str) -> dict[str, str]:
        """The overrides to store in the provider's configuration. A browser on this machine opens
        the first of them, programs call the others.
        """
        played = self._engine.provider(provider)
        called = played.endpoints(f"http://{self._name}:{self._port}/{provider}")
        opened = played.endpoints(f"{self.url}/{provider}")
        return called | {"authorizationUrl": opened["authorizationUrl"]}

    def fault(
        self, provider: str, operation: str, kind: str, *, times: int = 1, value: Any = None
    ) -> None:
        """Spoil the next `times` calls of the operation, or of any with "*"."""
        self._engine.order(
            Fault.checked(
                provider=provider, operation=operation, kind=kind, times=times, value=value
            )
        )

    def forgive(self) -> None:
        """Spoil nothing more of what was ordered."""
        self._engine.forgive()

    def faults(self) -> list[Fault]:
        return self._engine.faults()

    def configure(self, provider: str | None = None, **changes: Any) -> None:
        self._engine.configure(provider, changes)

    def log(self) -> list[Call]:
        return self._engine.log()

    def calls(self, operation: str, provider: str | None = None) -> list[Call]:
        return [
            call
            for call in self.log()
            if call.operation == operation and provider in {None, call.provider}
        ]

    def state(self) -> dict[str, Any]:
        return self._engine.state()

    def change(self, provider: str, account: str, resource: str, change: str, **order: Any) -> Any:
        """Change what an account holds: `create` (count, fields), `update` (id, fields), `delete`
        (id), `expire` the cursors, `list` the ids.
        """
        return self._engine.change(provider, account, resource, {"change": change, **order})

    def uninstall(self, provider: str, account: str) -> bool:
        """What an administrator of the account can do at any time, without asking us."""
        return self._engine.remove(provider, account)

    def deliver_by(self, deliver: Deliver) -> None:
        """Have webhooks delivered in another way than over HTTP."""
        self._engine.deliver = deliver

    def notifications(self, provider: str, event: str, account: str, **details: Any) -> list[Sent]:
        """Make what a provider would send of an event of an account, signed as of now."""
        return self._engine.notifications(provider, event, account, **details)

    def post(self, provider: str, sent: Sent) -> Delivered:
        """Send a notification, and again on the provider's schedule if it is not taken."""
        return self._engine.post(provider, sent)

    def notify(self, provider: str, event: str, account: str, **details: Any) -> list[Delivered]:
        """Make and send."""
        made = self.notifications(provider, event, account, **details)
        return [self.post(provider, sent) for sent in made]

    def answers(self) -> list[tuple[Sent, Delivered]]:
        """Give every webhook request since the start, and what was answered."""
        return self._engine.answers()

    def now(self) -> float:
        return self._engine.now()

    def advance(self, seconds: float) -> None:
        self._engine.advance(seconds)

    def reset(self) -> None:
        self._engine.reset()

    def issued_secrets(self) -> frozenset[str]:
        """Every code and token since the start, reset or not. No HTTP answer offers this."""
        return self._engine.issued_secrets()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, names: Collection[str]) -> None:
        self.engine = engine
        self.names = names
        self.stopping = threading.Event()
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error: slow answers are there to be given up on."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def log_message(self, *_: Any) -> None:
        """Request lines carry codes: they are not printed."""

    def version_string(self) -> str:
        return "simulator"

    def _serve(self) -> None:
        request = self._request()
        if isinstance(request, Answer):
            self._deliver(request, None)
        else:
            self._deliver(*self._answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _request(self) -> Request | Answer:
        target = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            return Answer(status=HTTPStatus.LENGTH_REQUIRED)
        if int(length) > LARGEST_BODY:
            return Answer(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return Request(
            method=self.command,
            path=target.path,
            query=parse_qs(target.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )

    def _answer(self, request: Request) -> tuple[Answer, Fault | None]:
        engine = self.server.engine
        if not control.local_host(request, self.server.names):
            return Answer(status=HTTPStatus.MISDIRECTED_REQUEST), None
        if request.path.startswith(f"{control.PREFIX}/"):
            return control.control(engine, request), None
        if request.path == "/" and request.method == "GET":
            return engine.overview(), None
        provider, _, path = request.path.removeprefix("/").partition("/")
        try:
            return engine.play(provider, replace(request, path=f"/{path}"))
        except UnknownProvider:
            return Answer(status=HTTPStatus.NOT_FOUND), None

    def _deliver(self, answer: Answer, fault: Fault | None) -> None:
        self.close_connection = True
        match fault:
            case None:
                self._send(answer, [answer.body])
            case Fault(kind="reset"):
                self._reset()
            case Fault(kind="lost_answer"):
                pass
            case Fault(kind="slow"):
                self.server.stopping.wait(fault.value)
                self._send(answer, [answer.body])
            case Fault(kind="drip"):
                self._send(answer, self._drops(answer.body, fault.value))
            case Fault(kind="truncated"):
                self._send(answer, [answer.body[: len(answer.body) // 2]])
            case Fault(kind="short_lived"):
                answer = replace(answer, body=fault.shortened(answer))
                self._send(answer, [answer.body])
            case Fault(kind="huge"):
                self._send(answer, [fault.inflated(answer)], length_known=False)
            case _:
                self._send(answer, [answer.body])

    def _reset(self) -> None:
        """Closed with this option and without a shutdown, the kernel sends RST, not FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.rfile.close()
        self.connection.close()

    def _drops(self, body: bytes, interval: float) -> Iterable[bytes]:
        for number in range(len(body)):
            if self.server.stopping.wait(interval):
                return
            yield body[number : number + 1]

    def _send(self, answer: Answer, parts: Iterable[bytes], *, length_known: bool = True) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        if length_known and answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        for part in parts:
            self.wfile.write(part)
