"""A bare server on loopback: it answers byte for byte as a test says, and remembers what came."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

type Script = Callable[[socket.socket, threading.Event], object]


class Listener:
    """Plays a script for every request, or unasked for every connection, which stays open until
    the script closes it.
    """

    def __init__(
        self, script: Script | bytes, *, tls: ssl.SSLContext | None = None, unasked: bool = False
    ) -> None:
        self._script = say(script) if isinstance(script, bytes) else script
        self._tls = tls
        self._unasked = unasked
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._stopping = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="listener")]
        self.connections = 0
        self.requests: list[bytes] = []

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}/call"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for each in (self._socket, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stopping.is_set():
                connection, _ = self._socket.accept()
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), name="listener")
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            spoken = (
                self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            )
            self._open.append(spoken)
            with spoken:
                if self._unasked:
                    self._script(spoken, self._stopping)
                while request := _read_request(spoken):
                    self.requests.append(request)
                    self._script(spoken, self._stopping)


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        part = connection.recv(65536)
        received += part
        missing -= len(part) or missing
    return received


def http(body: bytes = b"{}", *headers: bytes, status: int = 200) -> bytes:
    """A whole answer with its length."""
    lines = (b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join((*lines, b"", body))


def say(answer: bytes, *, close: bool = False) -> Script:
    def play(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(answer)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return play


def in_turn(*scripts: Script | bytes) -> Script:
    """One script per request."""
    waiting = [say(each) if isinstance(each, bytes) else each for each in scripts]

    def play(connection: socket.socket, stopping: threading.Event) -> None:
        waiting.pop(0)(connection, stopping)

    return play


def drip(head: bytes, drops: Iterable[bytes], interval: float) -> Script:
    def play(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(head)
        for drop in drops:
            if stopping.wait(interval):
                return
            connection.sendall(drop)

    return play


def silent(_: socket.socket, stopping: threading.Event) -> None:
    stopping.wait()
