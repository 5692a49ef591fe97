"""What a provider is: one frozen value. Quirks are typed functions with a standard default.

Standard behaviour: RFC 6749 (authorization code, token errors), RFC 7636 (PKCE), RFC 7009
(revocation), RFC 9207 (`iss`).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, ProviderError, ProviderUnavailable
from hub.http_types import Answer, Request, Send
from hub.models import Account, Tokens
from hub.providers._standard import (
    STANDARD_CALLBACK_ERRORS,
    STANDARD_ERRORS,
    read_standard_error,
    read_standard_tokens,
    revoke_standard,
)
from hub.providers._values import (
    Action,
    ActsAs,
    BodyFormat,
    Client,
    ClientAuthentication,
    Connection,
    Endpoints,
    RefreshRule,
    RevocationScope,
    Scope,
    TokenAnswer,
)
from hub.values import NOTHING, Value

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks


def outcome_by_error(_: Mapping[str, str]) -> str | None:
    """Leave it to the tables of `error` codes."""
    return None


def silent() -> "Webhooks":
    """Hear nothing of a provider that does not notify."""
    from hub.providers._webhooks import SILENT  # noqa: PLC0415  # most functions hear nothing

    return SILENT


def unsynced() -> "Sync":
    """Sync nothing of a provider that declares no resources."""
    from hub.providers._sync import UNSYNCED  # noqa: PLC0415  # most functions sync nothing

    return UNSYNCED


class Provider(Value):
    """One provider, declared. Only what differs from the standard need be said.

    - `account` says what one external account is, in words for people.
    - `identify` finds out whose grant it is; several accounts if the grant reaches several and the
      person must choose which one to connect.
    - `exclusive`: a second grant of the same account ends the first one's tokens, so at most one
      integration over all organizations may hold it.
    - `sends_scopes`: whether the authorization request names scopes; where it does not, they are
      what the app is set up for.
    - `refresh`: None where tokens are not refreshed.
    - `revokes_access_token`: revocation takes a live access token, so that one which has expired
      is refreshed first.
    - `already_revoked`: statuses by which the revocation endpoint says that the token was gone
      before, where they mean something else at the token endpoint.
    - `local_only`: where there is no revocation, what a person does to end the grant there too.
    - `settings`: settings of our registration with their defaults; endpoints name them in braces.
    - `read_callback` reads what a browser brought back without a code; None leaves it to `error`.
    - Actions, webhooks and what is synced are loaded when somebody asks for them: most functions
      have no use for them. A provider without webhooks is `silent`, one without resources
      `unsynced`.
    """

    id: str
    name: str
    features: tuple[str, ...]
    acts_as: ActsAs
    account: str
    endpoints: Endpoints
    scopes: tuple[Scope, ...]
    identify: Callable[[TokenAnswer, "Access"], Account | tuple[Account, ...]]
    revocation_scope: RevocationScope
    make_client: Callable[[Connection], Any]
    load_webhooks: Callable[[], "Webhooks"] = silent
    load_actions: Callable[[], tuple[Action, ...]] = tuple
    load_sync: Callable[[], "Sync"] = unsynced
    scope_separator: str = " "
    sends_scopes: bool = True
    pkce: bool = True
    issuer: str | None = None
    sends_issuer: bool = False
    client_authentication: ClientAuthentication = ClientAuthentication.BODY
    body_format: BodyFormat = BodyFormat.FORM
    token_headers: Mapping[str, str] = NOTHING
    needs_refresh_token: bool = False
    refresh: RefreshRule | None = None
    exclusive: bool = False
    authorization_parameters: Mapping[str, str] = NOTHING
    settings: Mapping[str, str] = NOTHING
    errors: Mapping[str, type[HubError]] = NOTHING
    callback_errors: Mapping[str, str] = NOTHING
    read_callback: Callable[[Mapping[str, str]], str | None] = outcome_by_error
    read_error: Callable[[Answer], str | None] = read_standard_error
    read_tokens: Callable[[Answer], TokenAnswer] = read_standard_tokens
    revoke: Callable[[Tokens, Client], tuple[Request, ...]] = revoke_standard
    revokes_access_token: bool = False
    already_revoked: frozenset[int] = frozenset()
    local_only: str = ""

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

    def callback_outcome(self, returned: Mapping[str, str]) -> str:
        """Translate what a browser brought back instead of a code into the API's vocabulary."""
        known = {**STANDARD_CALLBACK_ERRORS, **self.callback_errors}
        by_error = known.get(returned.get("error", ""), "authorization_failed")
        return self.read_callback(returned) or by_error


class Access(Value):
    """A provider within reach: its declaration, our registration there, a way to call it."""

    provider: Provider
    client: Client
    send: Send


type GetAccess = Callable[[str], Access]
