"""The authorization code grant, for any provider: RFC 6749, PKCE by RFC 7636, `iss` by RFC 9207.

Knows the protocol and nothing of AWS; `hub.flows` keeps what must be kept between the steps.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from copy import replace
from typing import Final
from urllib.parse import quote, urlencode

from hub.errors import GrantRefused, ProviderError, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Secret, Token, Tokens
from hub.providers._provider import Access, Provider
from hub.providers._standard import basic
from hub.providers._values import BodyFormat, Client, ClientAuthentication, TokenAnswer

EXCHANGE_SECONDS: Final = 8.0
REFRESH_SECONDS: Final = 12.0  # a slow answer is a new token too, and only here is it caught
REVOKE_SECONDS: Final = 5.0  # for each of its calls: a refresh may have to come first
REVOKE_MARGIN: Final = 60  # seconds: clocks differ, and calls take time
TOKEN_ANSWER_BYTES: Final = 64 * 1024
_REVOKED: Final = frozenset({200, 204})


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
        **({"scope": provider.scope_separator.join(scopes)} if provider.sends_scopes else {}),
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
    fields = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": redirect_uri,
    }
    if access.provider.pkce:
        fields["code_verifier"] = verifier.reveal()
    return _call_token_endpoint(access, fields, EXCHANGE_SECONDS)


def refresh(access: Access, token: Token, seconds: float = REFRESH_SECONDS) -> TokenAnswer:
    """Renew an access token (RFC 6749 section 6), in one call: many servers punish a refresh
    token that they see again. Where no new refresh token comes back, the one sent stays in use.

    Raises GrantRefused, also where there is nothing to refresh with, or as `exchange` does.
    """
    if token.refresh is None:
        raise GrantRefused
    fields = {"grant_type": "refresh_token", "refresh_token": token.refresh.reveal()}
    answer = _call_token_endpoint(access, fields, seconds)
    main = answer.tokens.main
    if main.refresh is not None:
        return answer
    kept = replace(answer.tokens, main=replace(main, refresh=token.refresh))
    return replace(answer, tokens=kept)


def revoke(
    access: Access, tokens: Tokens, now: float, keep: Callable[[Tokens], None] | None = None
) -> None:
    """Revoke everything of a grant; a token the provider no longer knows counts as revoked
    (RFC 7009 section 2.2). Raises as `exchange` does, without GrantRefused.

    `keep` is given the tokens that had to be renewed first, before they are used: where refresh
    tokens rotate, the ones before are dead by then, and would be taken for a grant that has ended.
    """
    try:
        usable = _with_live_access_token(access, tokens, now)
    except GrantRefused:
        return
    if keep is not None and usable is not tokens:
        keep(usable)
    for request in access.provider.revoke(usable, access.client):
        answer = access.send(
            request, seconds=REVOKE_SECONDS, max_bytes=TOKEN_ANSWER_BYTES, attempts=2
        )
        try:
            _raise_refusal(access.provider, answer, accepted=_REVOKED)
        except ProviderError as refused:
            known_dead = isinstance(refused, GrantRefused)
            if not known_dead and answer.status not in access.provider.already_revoked:
                raise


def _with_live_access_token(access: Access, tokens: Tokens, now: float) -> Tokens:
    """Refresh first where only a live access token revokes: an expired one would be refused as
    unknown while the refresh token lives on, and so would one that expires on the way.
    """
    return live(access, tokens, now) if access.provider.revokes_access_token else tokens


def live(access: Access, tokens: Tokens, now: float) -> Tokens:
    """Give tokens of an ended grant whose access token can still be used, refreshing them if need
    be. Raises GrantRefused where that is over too, and what `refresh` raises.
    """
    expires = tokens.main.expires_at
    if expires is None or now + REVOKE_MARGIN < expires:
        return tokens
    return replace(tokens, main=refresh(access, tokens.main, REVOKE_SECONDS).tokens.main)


def _call_token_endpoint(access: Access, fields: Mapping[str, str], seconds: float) -> TokenAnswer:
    provider, client = access.provider, access.client
    request = _authenticated(provider, client, client.endpoints.token, fields)
    answer = access.send(request, seconds=seconds, max_bytes=TOKEN_ANSWER_BYTES)
    _raise_refusal(provider, answer)
    return provider.read_tokens(answer)


def _raise_refusal(
    provider: Provider, answer: Answer, accepted: frozenset[int] = frozenset({200})
) -> None:
    if refusal := provider.refusal(answer):
        raise refusal
    page = answer.body.lstrip().startswith(b"<")  # of a front that is being mended, with a 200
    if page or answer.status not in accepted:  # a redirect or another oddity is no success
        raise ProviderUnavailable


def _authenticated(
    provider: Provider, client: Client, url: str, fields: Mapping[str, str]
) -> Request:
    """Authenticate the client as the provider wants it (RFC 6749 section 2.3.1)."""
    headers = dict(provider.token_headers)
    if provider.client_authentication is ClientAuthentication.BASIC:
        headers["authorization"] = basic(client)
    else:
        fields = {**fields, "client_id": client.id, "client_secret": client.secret.reveal()}
    if provider.body_format is BodyFormat.JSON:
        return Request(url=url, headers=headers, json=fields)
    return Request(url=url, headers=headers, form=fields)
