"""The words in which a provider is declared: small frozen values."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from hub.http_types import Send
from hub.models import Secret, Tokens
from hub.values import NOTHING, Value


class ActsAs(StrEnum):
    APP = "app"
    PERSON = "person"


class RevocationScope(StrEnum):
    """How far revoking one token reaches at the provider. NONE: it offers no revocation, so that
    disconnecting ends the grant on our side alone.
    """

    TOKEN = "token"  # noqa: S105  # a word of the vocabulary
    GRANT = "grant"
    INSTALLATION = "installation"
    NONE = "none"

    @property
    def reaches_further(self) -> bool:
        return self in {RevocationScope.GRANT, RevocationScope.INSTALLATION}


class ClientAuthentication(StrEnum):
    """Where our id and secret stand in a call to the token endpoint (RFC 6749 section 2.3.1)."""

    BASIC = "basic"
    BODY = "body"


class BodyFormat(StrEnum):
    """How the token endpoint reads a body. The RFC knows forms only; some insist on JSON."""

    FORM = "form"
    JSON = "json"


class RefreshRule(Value):
    """How a provider renews access tokens (RFC 6749 section 6).

    `rotates`: each use gives a new refresh token. `grace`: for how many seconds a spent one is
    still taken; None where it never ends or is never spent. `idle_days`: unused for so long, a
    refresh token dies.
    """

    rotates: bool
    grace: int | None = None
    idle_days: int | None = None


class Endpoints(Value):
    """`api` is the base that the provider's clients prepend to their paths; `apis` names further
    ones, where a provider has several hosts. No `revocation`: the provider offers none.
    """

    authorization: str
    token: str
    revocation: str = ""
    api: str
    apis: Mapping[str, str] = NOTHING

    @property
    def called_hosts(self) -> frozenset[str]:
        """The hosts our servers call; a browser goes to the authorization endpoint."""
        called = (self.token, self.revocation, self.api, *self.apis.values())
        return frozenset(urlsplit(url).netloc for url in called if url)


class Client(Value):
    """This deployment's registration at a provider, with the provider's own settings of it."""

    id: str
    secret: Secret
    endpoints: Endpoints
    settings: Mapping[str, str] = NOTHING


class Scope(Value):
    """`explanation` is read by the person who grants it. Optional ones are asked for only when
    chosen.
    """

    id: str
    explanation: str
    required: bool = True


class Connection(Value):
    """What a provider's client is made of: a token, the external account it is pinned to, a way to
    call, and the settings of our registration.
    """

    token: Secret
    account_id: str
    send: Send
    endpoints: Endpoints
    settings: Mapping[str, str] = NOTHING


class Action(Value):
    """Something people do through a provider.

    `takes` is a frozen dataclass whose fields are the JSON body, `perform` gets the provider's
    client and one of these and gives the JSON answer. `scope` must have been granted; None where
    the grant itself is all it needs.
    """

    id: str
    explanation: str
    scope: str | None
    takes: type[Any]
    perform: Callable[[Any, Any], dict[str, Any]]


class TokenAnswer(Value, hidden=("body",)):
    """A token endpoint's answer, read. `scopes` None: exactly those asked for (RFC 6749 5.1)."""

    tokens: Tokens
    scopes: frozenset[str] | None
    body: Mapping[str, Any]
