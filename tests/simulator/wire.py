"""What travels over the wire: one request as a provider sees it, and the answer it gives.

Parsing is strict where the real providers are, and every value a caller sent is text: a provider
decides itself what its arguments mean.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

type Values = Mapping[str, list[str]]


class Malformed(Exception):
    """A body that is not what its content type says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    named: Mapping[str, str] = field(default_factory=dict)  # what the route's `{name}`s stood for
    query: Values = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> bool:
        return "charset=" in self.headers.get("content-type", "").lower()

    def form(self) -> Values:
        try:
            text = self.body.decode()
            return parse_qs(text, keep_blank_values=True, strict_parsing=bool(text))
        except ValueError as bad:
            raise Malformed from bad

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as bad:
            raise Malformed from bad

    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def basic(self) -> tuple[str, str] | None:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (user, password) if colon else ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`outcome` is for the log: "ok", or the provider's own name of the error."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    outcome: str = "ok"

    @classmethod
    def json(
        cls,
        content: Any,
        *,
        status: int = 200,
        outcome: str = "ok",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Self:
        return cls(
            status=status,
            body=json.dumps(content).encode(),
            headers=(("Content-Type", f"{JSON}; charset=utf-8"), *headers),
            outcome=outcome,
        )

    @classmethod
    def redirect(cls, url: str, *, status: int = 302, outcome: str = "ok") -> Self:
        return cls(status=status, headers=(("Location", url),), outcome=outcome)


def last(values: Values, name: str) -> str:
    """The one value of a parameter; of repeated ones the last, as PHP and Slack read them."""
    return values.get(name, [""])[-1]
