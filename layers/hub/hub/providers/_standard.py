"""What a provider does unless it says otherwise: RFC 6749 (tokens, errors), RFC 7009 (revocation).

Providers whose answers differ in shape build their own readers of `read_token`.
"""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from hub.errors import ClientRefused, GrantRefused, HubError, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Secret, Token, Tokens
from hub.providers._values import Client, TokenAnswer

MAX_LIFETIME: Final = 366 * 86_400
_SEGMENTS: Final = 3  # of a JWT


def read_standard_tokens(answer: Answer) -> TokenAnswer:
    body = answer.json()
    scope = body.get("scope")
    return TokenAnswer(
        tokens=Tokens(main=read_token(body, answer.sent_at)),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
        body=body,
    )


def read_token(body: Mapping[str, Any], sent_at: float) -> Token:
    """Read one access token and what belongs to it; lifetimes count from when we asked."""
    refresh = body.get("refresh_token")
    return Token(
        access=_secret(body.get("access_token")),
        refresh=_secret(refresh) if refresh else None,
        expires_at=_expires_at(body.get("expires_in"), sent_at),
    )


def _secret(value: Any) -> Secret:
    """Take what can stand in a header: printable ASCII, as tokens are (RFC 6749 appendix A.12)."""
    if not (isinstance(value, str) and value and value.isascii() and value.isprintable()):
        raise ProviderUnavailable
    return Secret(value)


def _expires_at(expires_in: Any, sent_at: float) -> int | None:
    try:
        seconds = 0 if isinstance(expires_in, bool) else int(expires_in)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(sent_at) + min(seconds, MAX_LIFETIME) if seconds > 0 else None


def read_standard_error(answer: Answer) -> str | None:
    """Give the `error` code (RFC 6749 section 5.2), whatever the status: some refuse with 200."""
    try:
        code = answer.json().get("error")
    except ProviderUnavailable:
        code = None
    if isinstance(code, str) and code:
        return code
    return f"http_{answer.status}" if answer.status >= 400 else None  # noqa: PLR2004  # HTTP's first


def revoke_standard(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    token = tokens.main.refresh or tokens.main.access
    return (
        Request(
            url=client.endpoints.revocation,
            form={
                "token": token.reveal(),
                "client_id": client.id,
                "client_secret": client.secret.reveal(),
            },
        ),
    )


def basic(client: Client) -> str:
    """Give the Authorization header of a client: id and secret form-encoded first, then HTTP Basic
    (RFC 6749 section 2.3.1).
    """
    pair = f"{quote(client.id, safe='')}:{quote(client.secret.reveal(), safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def read_claims(id_token: Any) -> dict[str, Any]:
    """Read the claims of an ID token that came straight from the token endpoint over TLS, and so
    needs no signature check (OpenID Connect Core 3.1.3.7 rule 6).
    """
    segments = id_token.split(".") if isinstance(id_token, str) else []
    if len(segments) != _SEGMENTS:
        raise ProviderUnavailable
    try:
        claims = json.loads(urlsafe_b64decode(segments[1] + "=" * (-len(segments[1]) % 4)))
    except (ValueError, RecursionError):
        raise ProviderUnavailable from None
    if not isinstance(claims, dict):
        raise ProviderUnavailable
    return claims


STANDARD_ERRORS: Final[Mapping[str, type[HubError]]] = {
    "invalid_grant": GrantRefused,
    "invalid_client": ClientRefused,
    "unauthorized_client": ClientRefused,
    "invalid_request": ClientRefused,
    "invalid_scope": ClientRefused,
    "unsupported_grant_type": ClientRefused,
    "redirect_uri_mismatch": ClientRefused,
    "server_error": ProviderUnavailable,
    "temporarily_unavailable": ProviderUnavailable,
}

STANDARD_CALLBACK_ERRORS: Final[Mapping[str, str]] = {
    "access_denied": "access_denied",
    "server_error": "provider_error",
    "temporarily_unavailable": "provider_unavailable",
}
