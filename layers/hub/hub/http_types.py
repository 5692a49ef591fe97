"""Requests to providers and their answers as plain values; `hub.http_client` sends them.

Apart from the client, so that declaring a provider does not import `requests`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

from hub.errors import ProviderUnavailable
from hub.values import NOTHING, Value

_MAX_DIGITS: Final = 9
_LONGEST_WAIT: Final = 3600


class Request(Value, hidden=("headers", "form", "json", "body")):
    """One call to a provider. `form`, `json` and `body`, bytes as they are, exclude each other;
    secrets stay out of `url`.
    """

    method: str = "POST"
    url: str
    headers: Mapping[str, str] = NOTHING
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    body: bytes | None = None


class Answer(Value, hidden=("body",)):
    """What came back. `sent_at` is when the call began: lifetimes count from there (RF-18)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_at: float

    def json(self) -> dict[str, Any]:
        """Read a JSON object; anything else is the provider's fault, not ours."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise ProviderUnavailable from None
        if not isinstance(value, dict):
            raise ProviderUnavailable
        return value

    def form(self) -> dict[str, str]:
        try:
            return dict(parse_qsl(self.body.decode(), strict_parsing=True))
        except ValueError:
            raise ProviderUnavailable from None

    @property
    def retry_after(self) -> int | None:
        """The Retry-After header in seconds, at most an hour (RFC 9110 section 10.2.3). Python
        refuses to read a number of thousands of digits.
        """
        value = self.headers.get("retry-after", "")
        if value.isascii() and value.isdigit():
            return min(int(value), _LONGEST_WAIT) if len(value) <= _MAX_DIGITS else None
        until = _instant(value)
        return None if until is None else max(0, min(int(until - self.sent_at), _LONGEST_WAIT))


class Send(Protocol):
    """How hooks and clients make calls; `HttpClient.send` is one."""

    def __call__(
        self, request: Request, *, seconds: float, max_bytes: int = ..., attempts: int = ...
    ) -> Answer: ...


def _instant(http_date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # rarely needed

    try:
        return parsedate_to_datetime(http_date).timestamp()
    except (ValueError, OverflowError):
        return None
