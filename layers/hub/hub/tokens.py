"""The platform's JWTs (RFC 7519): who asks, from one configured source of trust.

Exactly one of a JWKS (RS256, ES256) or a shared HS256 secret is configured; which algorithms are
accepted follows from that and never from the token (RFC 8725 section 3.1).
"""

import re
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from hub import parameters, runtime
from hub.errors import Misconfigured, ProviderUnavailable, Unauthenticated

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@|-]{0,99}")
_LEEWAY_SECONDS: Final = 5
_FRESH_SECONDS: Final = 600
_STALE_SECONDS: Final = 3600
_MIN_REFETCH_SECONDS: Final = 60
_MAX_TOKEN: Final = 8192
_MIN_SECRET_BYTES: Final = 32
_KEY_TYPES: Final = frozenset({"RSA", "EC"})


def check_settings() -> None:
    """Raise Misconfigured unless exactly one source of trust is configured."""
    sources = [runtime.optional(name) for name in ("JWKS_URL", "JWT_SECRET_PARAMETER")]
    if bool(sources[0]) == bool(sources[1]):
        raise Misconfigured("Set exactly one of JwksUrl and JwtSecretParameter.")
    if sources[0] and not runtime.settings().local and not sources[0].startswith("https://"):
        raise Misconfigured("JwksUrl must be https.")


def verify(token: str) -> dict[str, str]:
    """Verify a token; give organization, user, role and exp for the authorizer's context.

    Raises Unauthenticated for any reason that lies in the token.
    """
    if len(token) > _MAX_TOKEN:
        raise Unauthenticated
    try:
        claims = jwt.decode(
            token,
            key=_key(token),
            algorithms=_algorithms(),
            issuer=runtime.variable("JWT_ISSUER"),
            audience=runtime.variable("JWT_AUDIENCE"),
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud"]},
        )
    except (jwt.PyJWTError, ValueError):
        raise Unauthenticated from None
    return {
        "organization": _identifier(claims, runtime.variable("ORGANIZATION_CLAIM")),
        "user": _identifier(claims, runtime.variable("USER_CLAIM")),
        "role": str(_claim(claims, runtime.variable("ROLE_CLAIM")))[:50],
        "exp": str(int(claims["exp"])),
    }


def _claim(claims: dict[str, Any], path: str) -> Any:
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _identifier(claims: dict[str, Any], path: str) -> str:
    """Read an id that will be part of keys: a short plain string or nothing."""
    value = _claim(claims, path)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unauthenticated
    return value


def _algorithms() -> list[str]:
    return ["RS256", "ES256"] if runtime.optional("JWKS_URL") else ["HS256"]


def _key(token: str) -> Any:
    if not runtime.optional("JWKS_URL"):
        return _shared_secret()
    return _key_set.find(str(jwt.get_unverified_header(token).get("kid", "")))


def _shared_secret() -> bytes:
    """Read the HS256 secret. Raises Misconfigured if it is shorter than 32 bytes."""
    secret = parameters.require(runtime.variable("JWT_SECRET_PARAMETER")).encode()
    if len(secret) < _MIN_SECRET_BYTES:
        raise Misconfigured("The JWT secret must have at least 32 bytes.")
    return secret


class _KeySet:
    """The issuer's public keys. They are fetched anew when old, or for an unknown `kid`, but at
    most once a minute; while that fails, the known ones serve for up to an hour.
    """

    def __init__(self) -> None:
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried_at = 0.0
        self._fetched_at = 0.0

    def find(self, kid: str) -> jwt.PyJWK:
        now = runtime.clock()
        old = now - self._fetched_at >= _FRESH_SECONDS
        if (old or kid not in self._keys) and now - self._tried_at >= _MIN_REFETCH_SECONDS:
            self._tried_at = now
            self._refetch(now)
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated from None

    def _refetch(self, now: float) -> None:
        try:
            self._keys = _fetch(runtime.variable("JWKS_URL"))
            self._fetched_at = now
        except ProviderUnavailable as error:
            if now - self._fetched_at >= _STALE_SECONDS:
                self._keys = {}
            runtime.logger().warning("jwks.unavailable", **runtime.describe(error))


def _fetch(url: str) -> dict[str, jwt.PyJWK]:
    """Fetch the keys that may sign. Each comes with its algorithm, which a token's header cannot
    change. Raises ProviderUnavailable, also where the answer is no key set.
    """
    from hub.http_client import HttpClient  # noqa: PLC0415  # brings requests
    from hub.http_types import Request  # noqa: PLC0415

    answer = HttpClient({urlsplit(url).netloc}).send(
        Request(method="GET", url=url), seconds=4, max_bytes=64 * 1024, attempts=2
    )
    if answer.status != HTTPStatus.OK:
        raise ProviderUnavailable
    try:
        found = jwt.PyJWKSet.from_dict(answer.json()).keys
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise ProviderUnavailable from None
    signing = [key for key in found if key.public_key_use in {None, "sig"}]
    return {str(key.key_id): key for key in signing if key.key_id and key.key_type in _KEY_TYPES}


_key_set = _KeySet()
