"""What a provider is: one frozen value. Quirks are typed functions with a standard default.

Standard behaviour: RFC 6749 (authorization code, token errors), RFC 7636 (PKCE), RFC 7009
(revocation), RFC 9207 (`iss`).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from hub.errors import ClientRefused, GrantRefused, HubError, ProviderError, ProviderUnavailable
from hub.http_types import Answer, Request, Send
from hub.models import Account, Secret, Token, Tokens
from hub.values import NOTHING, Value

MAX_LIFETIME: Final = 366 * 86_400


class ActsAs(StrEnum):
    APP = "app"
    PERSON = "person"


class RevocationScope(StrEnum):
    """How far revoking one token reaches at the provider."""

    TOKEN = "token"  # noqa: S105  # a word of the vocabulary
    GRANT = "grant"
    INSTALLATION = "installation"
    NONE = "none"

    @property
    def reaches_further(self) -> bool:
        return self in {RevocationScope.GRANT, RevocationScope.INSTALLATION}


class ClientAuthentication(StrEnum):
    BASIC = "basic"
    FORM = "form"
    JSON = "json"


class Endpoints(Value):
    """`api` is the base that the provider's clients prepend to their paths; `apis` names further
    ones, where a provider has several hosts.
    """

    authorization: str
    token: str
    revocation: str
    api: str
    apis: Mapping[str, str] = NOTHING

    @property
    def called_hosts(self) -> frozenset[str]:
        """The hosts our servers call; a browser goes to the authorization endpoint."""
        called = (self.token, self.revocation, self.api, *self.apis.values())
        return frozenset(urlsplit(url).netloc for url in called)


class Client(Value):
    """This deployment's registration at a provider."""

    id: str
    secret: Secret
    endpoints: Endpoints


class Scope(Value):
    """`explanation` is read by the person who grants it. Optional ones are asked for only when
    chosen.
    """

    id: str
    explanation: str
    required: bool = True


class Action(Value):
    """Something people do through a provider.

    `takes` is a frozen dataclass whose fields are the JSON body, `perform` gets the provider's
    client and one of these and gives the JSON answer. `scope` must have been granted.
    """

    id: str
    explanation: str
    scope: str
    takes: type[Any]
    perform: Callable[[Any, Any], dict[str, Any]]


class TokenAnswer(Value, hidden=("body",)):
    """A token endpoint's answer, read. `scopes` None: exactly those asked for (RFC 6749 5.1)."""

    tokens: Tokens
    scopes: frozenset[str] | None
    body: Mapping[str, Any]


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
        seconds = int(expires_in)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(sent_at) + min(seconds, MAX_LIFETIME) if seconds > 0 else None


def read_standard_error(answer: Answer) -> str | None:
    """Give the `error` code of an answer that is not a success (RFC 6749 section 5.2)."""
    if answer.status < 400:  # noqa: PLR2004  # HTTP's first error status
        return None
    try:
        code = answer.json().get("error")
    except ProviderUnavailable:
        code = None
    return code if isinstance(code, str) else f"http_{answer.status}"


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


class Provider(Value):
    """One provider, declared. Only what differs from the standard need be said.

    Actions are loaded when somebody asks for them: their inputs are types that most functions
    have no use for, and of every provider.
    """

    id: str
    name: str
    features: tuple[str, ...]
    acts_as: ActsAs
    endpoints: Endpoints
    scopes: tuple[Scope, ...]
    identify: Callable[[TokenAnswer, "Access"], Account]
    revocation_scope: RevocationScope
    make_client: Callable[[str, Send, Endpoints], Any]
    load_actions: Callable[[], tuple[Action, ...]] = tuple
    scope_separator: str = " "
    pkce: bool = True
    issuer: str | None = None
    sends_issuer: bool = False
    client_authentication: ClientAuthentication = ClientAuthentication.FORM
    needs_refresh_token: bool = False
    authorization_parameters: Mapping[str, str] = NOTHING
    errors: Mapping[str, type[HubError]] = NOTHING
    callback_errors: Mapping[str, str] = NOTHING
    read_error: Callable[[Answer], str | None] = read_standard_error
    read_tokens: Callable[[Answer], TokenAnswer] = read_standard_tokens
    revoke: Callable[[Tokens, Client], tuple[Request, ...]] = revoke_standard

    @property
    def required_scopes(self) -> tuple[str, ...]:
        return tuple(scope.id for scope in self.scopes if scope.required)

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.load_actions()

    def action(self, action_id: str) -> Action | None:
        return next((each for each in self.actions if each.id == action_id), None)

    def refusal(self, answer: Answer) -> HubError | None:
        """Tell what an answer of the token or revocation endpoint refuses; None if nothing.

        By the OAuth error code first, by the status only where there is no known code.
        """
        code = self.read_error(answer)
        if code is None:
            return None
        kind = self.errors.get(code) or STANDARD_ERRORS.get(code)
        if kind is None:
            busy = answer.status in {408, 425, 429} or answer.status >= 500  # noqa: PLR2004
            kind = ProviderUnavailable if busy else ProviderError
        return kind(retry_after=answer.retry_after)

    def callback_error(self, error: str) -> str:
        """Translate the `error` a browser brought back into the API's vocabulary."""
        known = {**STANDARD_CALLBACK_ERRORS, **self.callback_errors}
        return known.get(error, "authorization_failed")


class Access(Value):
    """A provider within reach: its declaration, our registration there, a way to call it."""

    provider: Provider
    client: Client
    send: Send


type GetAccess = Callable[[str], Access]
