"""The authorization code grant, for any provider: RFC 6749, PKCE by RFC 7636, `iss` by RFC 9207.

Knows the protocol and nothing of AWS; `hub.flows` keeps what must be kept between the steps.
"""

import hashlib
import hmac
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from hub.errors import GrantRefused, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Secret, Tokens
from hub.providers._provider import (
    Access,
    Client,
    ClientAuthentication,
    Provider,
    TokenAnswer,
)

EXCHANGE_SECONDS: Final = 8.0
REVOKE_SECONDS: Final = 10.0
TOKEN_ANSWER_BYTES: Final = 64 * 1024


def new_secret() -> str:
    """Give 256 bits from the operating system, base64url: a state, a verifier, a binding."""
    return urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def digest(value: str) -> str:
    """Give the SHA-256 a secret is stored as, hex; of any text, however broken."""
    return hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()


def matches(value: str, expected_digest: str) -> bool:
    return hmac.compare_digest(digest(value).encode(), expected_digest.encode())


def code_challenge(verifier: str) -> str:
    """Give the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(hashed).rstrip(b"=").decode()


def authorization_url(
    provider: Provider,
    client: Client,
    *,
    redirect_uri: str,
    state: str,
    scopes: tuple[str, ...],
    verifier: str,
) -> str:
    parameters = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope_separator.join(scopes),
        "state": state,
        **provider.authorization_parameters,
    }
    if provider.pkce:
        parameters["code_challenge"] = code_challenge(verifier)
        parameters["code_challenge_method"] = "S256"
    return f"{client.endpoints.authorization}?{urlencode(parameters, quote_via=quote)}"


def issuer_matches(provider: Provider, issuer: str | None) -> bool:
    """Compare `iss` by simple string comparison (RFC 9207 section 2.4)."""
    if issuer is None:
        return not provider.sends_issuer
    return provider.issuer is not None and issuer == provider.issuer


def exchange(access: Access, *, code: Secret, redirect_uri: str, verifier: Secret) -> TokenAnswer:
    """Turn a code into tokens, in exactly one call (OA-12).

    Raises GrantRefused, ClientRefused, ProviderError, ProviderUnavailable or ProviderTimeout.
    """
    provider, client = access.provider, access.client
    fields = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": redirect_uri,
    }
    if provider.pkce:
        fields["code_verifier"] = verifier.reveal()
    request = _authenticated(provider, client, client.endpoints.token, fields)
    answer = access.send(request, seconds=EXCHANGE_SECONDS, max_bytes=TOKEN_ANSWER_BYTES)
    _raise_refusal(provider, answer)
    return provider.read_tokens(answer)


def revoke(access: Access, tokens: Tokens) -> None:
    """Revoke everything of a grant; a token the provider no longer knows counts as revoked
    (RFC 7009 section 2.2). Raises as `exchange` does, without GrantRefused.
    """
    for request in access.provider.revoke(tokens, access.client):
        answer = access.send(
            request, seconds=REVOKE_SECONDS, max_bytes=TOKEN_ANSWER_BYTES, attempts=2
        )
        try:
            _raise_refusal(access.provider, answer)
        except GrantRefused:
            continue


def _raise_refusal(provider: Provider, answer: Answer) -> None:
    if refusal := provider.refusal(answer):
        raise refusal
    if answer.status != 200:  # noqa: PLR2004  # a redirect or another oddity is no success
        raise ProviderUnavailable


def _authenticated(
    provider: Provider, client: Client, url: str, fields: Mapping[str, str]
) -> Request:
    """Authenticate the client as the provider wants it (RFC 6749 section 2.3.1)."""
    identified = {**fields, "client_id": client.id, "client_secret": client.secret.reveal()}
    match provider.client_authentication:
        case ClientAuthentication.BASIC:
            pair = f"{quote(client.id, safe='')}:{quote(client.secret.reveal(), safe='')}"
            basic = b64encode(pair.encode()).decode()
            return Request(url=url, headers={"authorization": f"Basic {basic}"}, form=fields)
        case ClientAuthentication.FORM:
            return Request(url=url, form=identified)
        case ClientAuthentication.JSON:
            return Request(url=url, json=identified)
