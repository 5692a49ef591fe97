"""What the authorization servers of all providers have in common (RFC 6749, RFC 7636)."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tests.simulator.journal import Mint
from tests.simulator.webhooks import Delivered, Sent, over_http


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The one application that is registered with a provider."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)

    def knows_secret(self, secret: str) -> bool:
        return hmac.compare_digest(self.client_secret.encode(), secret.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a provider is given to live on."""

    client: ClientCredentials
    mint: Mint
    now: Callable[[], float]
    redirect_prefix: str | None = None
    call: Callable[[Sent], Delivered] = over_http  # a handshake, while a subscription is made

    def webhook_url(self, provider: str) -> str:
        """Give the address that is registered for an app's webhooks."""
        parts = urlsplit(self.redirect_prefix or "")
        return f"{parts.scheme}://{parts.netloc}/api/webhooks/{provider}"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def redirect_allowed(uri: str, prefix: str | None) -> bool:
    """Whether the redirect URI is the registered one or lies below it."""
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.fragment:
        return False
    if prefix is None:
        return True
    registered = urlsplit(prefix)
    if (parts.scheme, parts.netloc) != (registered.scheme, registered.netloc):
        return False
    folder = registered.path.rstrip("/")
    path = parts.path.lower().replace("%2e", ".")
    below = parts.path.startswith(f"{folder}/") and ".." not in path.split("/")
    return below or parts.path == folder


def with_query(uri: str, **parameters: str) -> str:
    """The URI with parameters added to those it has."""
    parts = urlsplit(uri)
    query = parse_qsl(parts.query, keep_blank_values=True) + list(parameters.items())
    return urlunsplit(parts._replace(query=urlencode(query)))
