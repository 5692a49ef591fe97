"""What providers send of their own accord: made and signed by each of them, delivered and tried
again by this, on the provider's own schedule and the simulator's clock.
"""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

SUCCESS = range(200, 300)
_SECONDS = 10
_LOOPBACK = {"localhost", "127.0.0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request of a provider to a webhook URL."""

    method: str = "POST"
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What came back: header names are lower-case. Status 0: nobody answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def taken(self) -> bool:
        return self.status in SUCCESS


type Deliver = Callable[[Sent], Delivered]


class Notifies(Protocol):
    """What a provider needs to have, to send webhooks.

    `retries`: after how many seconds each it tries again; `gives_up` tells what it does not try
    again at all. `notifications` makes the requests that an event of an account leads to, signed
    as of now; `again` makes one anew for another attempt; `settled` hears what became of each in
    the end, taken or given up.
    """

    retries: tuple[float, ...]

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]: ...
    def again(self, sent: Sent, attempt: int) -> Sent: ...
    def gives_up(self, answer: Delivered) -> bool: ...
    def settled(self, sent: Sent, answer: Delivered) -> None: ...


def over_http(sent: Sent) -> Delivered:
    """Deliver over loopback, and nowhere else."""
    parts = urlsplit(sent.url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise ValueError(f"the simulator sends to this machine alone, not to {parts.netloc}")
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=_SECONDS)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"Host": parts.netloc, **sent.headers}
        connection.request(sent.method, target, body=sent.body, headers=headers)
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Delivered(status=answer.status, headers=named, body=answer.read())
    except OSError:
        return Delivered(status=0)
    finally:
        connection.close()


@dataclass(slots=True)
class _Waiting:
    provider: Notifies
    sent: Sent
    attempt: int
    due_at: float


class Postman:
    """Delivers, remembers what was answered, and tries again what was not taken."""

    def __init__(self, deliver: Deliver, now: Callable[[], float]) -> None:
        self._deliver, self._now = deliver, now
        self._waiting: list[_Waiting] = []
        self.answers: list[tuple[Sent, Delivered]] = []

    def call(self, sent: Sent) -> Delivered:
        """Send once, as a handshake is: whoever calls sees what becomes of it."""
        answer = self._deliver(sent)
        self.answers.append((sent, answer))
        return answer

    def post(self, provider: Notifies, sent: Sent, attempt: int = 0) -> Delivered:
        """Send, and again later if it is not taken."""
        answer = self.call(sent)
        over = answer.taken or provider.gives_up(answer)
        if not over and attempt < len(provider.retries):
            due_at = self._now() + provider.retries[attempt]
            self._waiting.append(_Waiting(provider, sent, attempt + 1, due_at))
        else:
            provider.settled(sent, answer)
        return answer

    def retry_due(self) -> None:
        due = [each for each in self._waiting if each.due_at <= self._now()]
        self._waiting = [each for each in self._waiting if each not in due]
        for each in due:
            sent = each.provider.again(each.sent, each.attempt)
            self.post(each.provider, sent, each.attempt)
