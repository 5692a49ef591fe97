"""The one way out: a `requests` session with a total deadline, no redirects, a size cap and a
list of allowed hosts.

A read timeout is not a deadline: a server that sends a byte now and then holds a call for as
long as it likes (AW-13). Here every receive on the socket gets only the time that is left and is
counted: status line, headers and body together end at the deadline, and an answer that lies about
its length does not fill the memory. Redirects are never followed, since the client secret or a
token would travel with them (OA-20).
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from random import SystemRandom
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from hub.addresses import may_be_called
from hub.errors import ProviderTimeout, ProviderUnavailable
from hub.http_types import Answer, Request

CONNECT_SECONDS: Final = 3.0
KEEP_ALIVE_SECONDS: Final = 20.0
TOKEN_ANSWER_BYTES: Final = 64 * 1024
API_ANSWER_BYTES: Final = 8 * 1024 * 1024
_FRAME_BYTES: Final = 256 * 1024  # headers, lengths of chunks, trailers
_RETRY_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})


@dataclass(slots=True)
class _Limits:
    """What the call under way may still take, and whether its host may be this machine."""

    ends: float
    bytes_left: int
    near: bool


_limits: ContextVar[_Limits] = ContextVar("limits")


def _time_left() -> float:
    left = _limits.get().ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call's deadline has passed")
    return left


def _count(received: int) -> int:
    limits = _limits.get()
    limits.bytes_left -= received
    if limits.bytes_left < 0:
        raise OSError("the answer is too large")
    return received


class _BoundedSocket(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_time_left())
        return _count(super().recv_into(*args, **kwargs))


class _BoundedTlsSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_time_left())
        return _count(super().recv_into(*args, **kwargs))


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Try the host's addresses in turn. The connect timeout is for all of them together: one
        each would let a host with several dead addresses outlive the deadline.
        """
        found = _may_be_dialled(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM))
        until = time.monotonic() + min(CONNECT_SECONDS, _time_left())
        while True:
            family, *_, address = found.pop(0)
            share = max(until - time.monotonic(), 0.001) / (len(found) + 1)
            try:
                return _dial(family, address, share)
            except OSError:
                if not found:
                    raise


def _may_be_dialled(found: list[Any]) -> list[Any]:
    """Drop what no provider has (WH-18). What was looked at here is what is dialled: the name is
    not resolved again.
    """
    allowed = [each for each in found if _limits.get().near or may_be_called(each[4][0])]
    if not allowed:
        raise OSError("the host has no address that may be called")
    return allowed


class _TlsConnection(_Connection, HTTPSConnection):
    """Connects as above, then does as urllib3 does; the handshake ends at the deadline too."""


def _dial(family: int, address: Any, seconds: float) -> socket.socket:
    dialled = _BoundedSocket(family, socket.SOCK_STREAM)
    try:
        dialled.settimeout(seconds)
        dialled.connect(address)
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dialled.settimeout(_time_left())
    except OSError:
        dialled.close()
        raise
    return dialled


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Session(requests.Session):
    """Of all organizations: keeps no cookies, and looks after no redirect. requests would read a
    redirect's whole body, whatever its size, to prepare a call that is never made.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = _BoundedTlsSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class HttpClient:
    """Calls the hosts it was given and no other. Use one per provider and process. Only hosts in
    `plain_hosts` may be called over http, or be on this machine.

    Raises ProviderTimeout at the deadline, ProviderUnavailable when there is no usable answer;
    any HTTP status is an answer.
    """

    def __init__(
        self,
        allowed_hosts: Collection[str],
        *,
        plain_hosts: Collection[str] = _LOOPBACK,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._plain = frozenset(plain_hosts)
        self._clock = clock
        self._sleep = sleep
        self._jitter = SystemRandom().uniform
        self._used_at = 0.0
        self._adapter = _Adapter()
        self._session = _Session()
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def send(
        self,
        request: Request,
        *,
        seconds: float,
        max_bytes: int = API_ANSWER_BYTES,
        attempts: int = 1,
    ) -> Answer:
        """Make one call that ends within `seconds`, retries included.

        `attempts` above 1 is for calls that may be made twice: never for an authorization code,
        which many servers punish when they see it again (RFC 6749 section 4.1.2).
        """
        self._check(request.url)
        ends = time.monotonic() + seconds
        for attempt in range(1, attempts):
            answer = self._attempt(request, ends, max_bytes)
            pause = self._jitter(0, min(2.0, 0.2 * 2**attempt))
            if answer is not None:
                if answer.status not in _RETRY_STATUSES:
                    return answer
                pause = max(pause, float(answer.retry_after or 0))
            if time.monotonic() + pause >= ends:
                if answer is None:
                    raise ProviderUnavailable
                return answer
            self._sleep(pause)
        return self._once(request, ends, max_bytes)

    def _attempt(self, request: Request, ends: float, max_bytes: int) -> Answer | None:
        try:
            return self._once(request, ends, max_bytes)
        except ProviderTimeout:
            raise
        except ProviderUnavailable:
            return None

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in self._plain
        if not (parts.scheme == "https" or plain) or parts.netloc not in self._allowed:
            raise ValueError("this client may not call that host")

    def _once(self, request: Request, ends: float, max_bytes: int) -> Answer:
        self._drop_stale_connections()
        sent_at = self._clock()
        near = urlsplit(request.url).hostname in self._plain
        token = _limits.set(_Limits(ends, 2 * max_bytes + _FRAME_BYTES, near=near))
        try:
            with self._session.request(
                request.method,
                request.url,
                headers={"accept": "application/json", **request.headers},
                data=request.form if request.body is None else request.body,
                json=request.json,
                timeout=_time_left(),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    sent_at=sent_at,
                    body=_read(response, max_bytes),
                )
        except (RequestException, HTTPError, OSError) as error:
            timed_out = isinstance(error, (Timeout, TimeoutError)) or time.monotonic() >= ends
            raise (ProviderTimeout if timed_out else ProviderUnavailable) from None
        finally:
            _limits.reset(token)

    def _drop_stale_connections(self) -> None:
        """Forget idle sockets: a frozen container wakes with ones whose other end is long gone,
        and a call that must not be made twice would fail on them.
        """
        now = time.monotonic()
        if now - self._used_at > KEEP_ALIVE_SECONDS:
            self._adapter.close()
        self._used_at = now


def _read(response: requests.Response, max_bytes: int) -> bytes:
    parts = bytearray()
    try:
        for part in response.iter_content(8192):
            parts += part
            if len(parts) > max_bytes:
                raise ProviderUnavailable
    except ValueError:  # urllib3 takes a chunk's negative length for one
        raise ProviderUnavailable from None
    return bytes(parts)
