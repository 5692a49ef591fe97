"""How a notification proves where it comes from: schemes as values, over the raw bytes received.

A scheme gives a verdict and never raises: what is absent, malformed, late or wrong is INVALID, and
a missing secret is NOT_CONFIGURED, never an HMAC under an empty key. Digests are compared in
constant time, as bytes (`hmac.compare_digest` raises on text that is not ASCII).

Several secrets may be active at once, while one takes the other's place; each is tried.
"""

import hmac
import json
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from copy import replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.values import NOTHING, Value

_MOST_DIGITS: Final = 16
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_LEEWAY: Final = 60
_SEGMENTS: Final = 3


class Verdict(StrEnum):
    """NOT_YET: what would verify it is being made at this moment, so that the sender shall try
    again.
    """

    VERIFIED = "verified"
    INVALID = "invalid"
    NOT_CONFIGURED = "not_configured"
    NOT_YET = "not_yet"


class Incoming(Value, hidden=("headers", "query", "body", "url")):
    """A request to a webhook URL. Header names are lower-case; `url` is the address as we gave it
    to the provider, `at` our clock when it came, in seconds.
    """

    method: str = "POST"
    headers: Mapping[str, str] = NOTHING
    query: Mapping[str, str] = NOTHING
    body: bytes = b""
    url: str
    webhook_id: str | None = None
    at: float

    def header(self, name: str) -> bytes:
        """Give a header's bytes, none if it is absent or not plain text."""
        try:
            return self.headers.get(name, "").encode("ascii")
        except UnicodeEncodeError:
            return b""

    def signed(self, headers: Mapping[str, str]) -> "Incoming":
        """Give the same with more headers, for a request of our own."""
        return replace(self, headers={**self.headers, **headers})

    def json(self) -> dict[str, Any]:
        """Read a JSON object. Raises InvalidRequest for anything else, and for what two readers
        could understand differently: a name given twice, NaN, text that is no Unicode (WH-15).
        """
        try:
            text = self.body.decode()
            value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
            # Two escaped surrogates are one character; one alone is none.
            if _ESCAPED_SURROGATE.search(text):
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise InvalidRequest from None
        if not isinstance(value, dict):
            raise InvalidRequest
        return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name was given twice")
    return found


def _no_number(_: str) -> Any:
    raise ValueError("not a number")


class Stamp(Value):
    """When a delivery was signed, by the sender's clock. `read` gives the digits, from what the
    signature covers; more than `tolerance` seconds off, before or after, is too far.
    """

    read: Callable[[Incoming], bytes]
    tolerance: int = 300
    milliseconds: bool = False

    def is_near(self, incoming: Incoming) -> bool:
        digits = self.read(incoming)
        if not digits.isdigit() or len(digits) > _MOST_DIGITS:  # of bytes, ASCII's alone
            return False
        at = int(digits) / 1000 if self.milliseconds else int(digits)
        return -self.tolerance <= incoming.at - at <= self.tolerance


def whole_body(incoming: Incoming) -> bytes:
    return incoming.body


class Signature(Value):
    """An HMAC in a header, over what `covers` gives: hex, or base64."""

    header: str
    prefix: bytes = b""
    digest: str = "sha256"
    in_base64: bool = False
    covers: Callable[[Incoming], bytes] = whole_body
    stamp: Stamp | None = None

    def verify(self, incoming: Incoming, secrets: Sequence[bytes]) -> Verdict:
        if not secrets or b"" in secrets:
            return Verdict.NOT_CONFIGURED
        given, stamp = incoming.header(self.header), self.stamp
        if not given or (stamp is not None and not stamp.is_near(incoming)):
            return Verdict.INVALID
        covered = self.covers(incoming)
        for each in secrets:
            if hmac.compare_digest(given, self._sign(covered, each)):
                return Verdict.VERIFIED
        return Verdict.INVALID

    def sign(self, incoming: Incoming, secret: bytes) -> str:
        """Give the header's value for a request of our own, such as a test."""
        return self._sign(self.covers(incoming), secret).decode()

    def _sign(self, covered: bytes, secret: bytes) -> bytes:
        mac = _keyed(secret, self.digest).copy()
        mac.update(covered)
        told = b64encode(mac.digest()) if self.in_base64 else mac.hexdigest().encode()
        return self.prefix + told


@lru_cache(maxsize=64)
def _keyed(secret: bytes, digest: str) -> hmac.HMAC:
    """Give an HMAC that has taken in its key, which is half the work over a short body."""
    return hmac.new(secret, digestmod=digest)


class SignedToken(Value):
    """A JWT in the Authorization header, signed with HS256 by a secret that both sides hold
    (RFC 7515, RFC 7519). It must end, within `longest` seconds, and must not have: it covers no
    body, so that whoever has seen one could send any body until it ends.
    """

    schemes: tuple[str, ...] = ("bearer", "jwt")
    longest: int = 86_400

    def verify(self, incoming: Incoming, secrets: Sequence[bytes]) -> Verdict:
        if not secrets or not all(secrets):
            return Verdict.NOT_CONFIGURED
        scheme, _, token = incoming.header("authorization").partition(b" ")
        if scheme.decode().lower() not in self.schemes:
            return Verdict.INVALID
        covered, _, given = token.strip().rpartition(b".")
        good = [hmac.compare_digest(given, _hs256(covered, each)) for each in secrets]
        is_sound = any(good) and _has_time_left(covered, incoming.at, self.longest)
        return Verdict.VERIFIED if is_sound else Verdict.INVALID

    def sign(self, claims: Mapping[str, Any], secret: bytes) -> str:
        """Give the header's value for a request of our own."""
        parts = [{"alg": "HS256", "typ": "JWT"}, dict(claims)]
        covered = b".".join(_segment(json.dumps(part).encode()) for part in parts)
        return f"Bearer {(covered + b'.' + _hs256(covered, secret)).decode()}"


def _hs256(covered: bytes, secret: bytes) -> bytes:
    return _segment(hmac.digest(secret, covered, "sha256"))


def _segment(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


def _has_time_left(covered: bytes, now: float, longest: int) -> bool:
    """Read header and claims of a token whose signature is good. Only HS256 counts: a signature
    over a header that claims something else was not made for us.
    """
    try:
        header, claims = (
            json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
            for part in covered.split(b".")
        )
        algorithm, ends = header["alg"], claims["exp"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    timely = type(ends) in {int, float} and now - _LEEWAY < ends <= now + longest
    return algorithm == "HS256" and timely


def is_chosen(given: str, secrets: Sequence[bytes]) -> Verdict:
    """Compare a word that we chose and the sender repeats."""
    if not secrets or not all(secrets):
        return Verdict.NOT_CONFIGURED
    try:
        plain = given.encode("ascii")
    except UnicodeEncodeError:
        return Verdict.INVALID
    good = [hmac.compare_digest(plain, each) for each in secrets]
    return Verdict.VERIFIED if any(good) else Verdict.INVALID


def derive(key: bytes, *of: str) -> bytes:
    """Make a secret of our choice out of a key and what it is for, so that none need be stored:
    43 characters of base64url. Each part is written after its length, so that no two lists of
    parts give the same secret.
    """
    parts = [each.encode("utf-8", "surrogatepass") for each in of]
    told = b"".join(len(part).to_bytes(4) + part for part in parts)
    return _segment(hmac.digest(key, told, "sha256"))
