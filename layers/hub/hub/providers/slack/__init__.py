"""Slack. https://docs.slack.dev/authentication/installing-with-oauth

Quirks
- Failures come as HTTP 200 with `ok: false` and `error`, at the token endpoint and everywhere.
- The bot token is at the top of the answer, a person's token nested under `authed_user`; with
  token rotation each has its own lifetime and refresh token.
- PKCE may only be used by apps that were turned into public clients, one way; a server app gets
  `pkce_not_allowed`. https://docs.slack.dev/authentication/using-pkce
- `auth.revoke` leaves the installation; `apps.uninstall` ends it with all its tokens, which is
  what people mean by disconnecting. https://docs.slack.dev/reference/methods/apps.uninstall
- Scopes add up over installations of the same app and never shrink.
- An administrator who must approve apps sees a request page; the browser does not come back.
"""

from typing import TYPE_CHECKING, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Account, Tokens
from hub.providers._provider import Access, Provider
from hub.providers._rest import TOO_MANY_REQUESTS
from hub.providers._standard import read_token
from hub.providers._values import (
    Action,
    ActsAs,
    Client,
    ClientAuthentication,
    Connection,
    Endpoints,
    RefreshRule,
    RevocationScope,
    Scope,
    TokenAnswer,
)
from hub.providers.slack.client import API, SlackClient

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks


def _make_client(to: Connection) -> SlackClient:
    return SlackClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.slack.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.slack.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.slack.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _read_error(answer: Answer) -> str | None:
    if answer.status == TOO_MANY_REQUESTS:
        return "ratelimited"
    content = answer.json()
    return None if content.get("ok") is True else str(content.get("error"))


def _read_tokens(answer: Answer) -> TokenAnswer:
    body = answer.json()
    person = body.get("authed_user")
    extra = {}
    if isinstance(person, dict) and "access_token" in person:
        extra["person"] = read_token(person, answer.sent_at)
    scope = body.get("scope")
    return TokenAnswer(
        tokens=Tokens(main=read_token(body, answer.sent_at), extra=extra),
        scopes=frozenset(filter(None, scope.split(","))) if isinstance(scope, str) else None,
        body=body,
    )


def _identify(answer: TokenAnswer, access: Access) -> Account:  # noqa: ARG001
    """Read the workspace from the answer itself, or the organization of an org-wide install."""
    wide = answer.body.get("is_enterprise_install") is True
    place = answer.body.get("enterprise" if wide else "team")
    if not isinstance(place, dict) or not isinstance(place.get("id"), str) or not place["id"]:
        raise ProviderUnavailable
    return Account(id=place["id"], name=str(place.get("name") or place["id"]))


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    return (
        Request(
            url=client.endpoints.revocation,
            headers={"authorization": f"Bearer {tokens.main.access.reveal()}"},
            form={"client_id": client.id, "client_secret": client.secret.reveal()},
        ),
    )


PROVIDER: Final = Provider(
    id="slack",
    name="Slack",
    features=("Messaging", "Channels", "Notifications"),
    acts_as=ActsAs.APP,
    account="workspace, or organization of an org-wide installation",
    endpoints=Endpoints(
        authorization=f"{API}/oauth/v2/authorize",
        token=f"{API}/api/oauth.v2.access",
        revocation=f"{API}/api/apps.uninstall",
        api=API,
    ),
    scopes=(
        Scope(id="channels:read", explanation="View your workspace channels"),
        Scope(id="chat:write", explanation="Send messages on your behalf"),
        Scope(id="channels:manage", explanation="Create channels for teams and projects"),
        Scope(id="users:read", explanation="Access user profiles for mentions"),
        Scope(
            id="users:read.email",
            explanation="See the e-mail addresses of the people in your workspace",
            required=False,
        ),
        Scope(
            id="groups:read",
            explanation="View the private channels that Targetym is in",
            required=False,
        ),
        Scope(
            id="groups:write",
            explanation="Create private channels and manage those Targetym is in",
            required=False,
        ),
        Scope(
            id="chat:write.public",
            explanation="Send messages to public channels without being invited first",
            required=False,
        ),
    ),
    scope_separator=",",
    pkce=False,
    client_authentication=ClientAuthentication.BASIC,
    refresh=RefreshRule(rotates=True, grace=0),
    revocation_scope=RevocationScope.INSTALLATION,
    errors={
        "invalid_code": GrantRefused,
        "code_already_used": GrantRefused,
        "code_expired": GrantRefused,
        "invalid_refresh_token": GrantRefused,
        "token_revoked": GrantRefused,
        "token_expired": GrantRefused,
        "account_inactive": GrantRefused,
        "invalid_auth": GrantRefused,
        "not_authed": GrantRefused,
        "invalid_client_id": ClientRefused,
        "bad_client_secret": ClientRefused,
        "bad_redirect_uri": ClientRefused,
        "pkce_not_allowed": ClientRefused,
        "client_id_token_mismatch": ClientRefused,
        "ratelimited": ProviderUnavailable,
        "internal_error": ProviderUnavailable,
        "fatal_error": ProviderUnavailable,
        "service_unavailable": ProviderUnavailable,
        "request_timeout": ProviderUnavailable,
    },
    read_error=_read_error,
    read_tokens=_read_tokens,
    identify=_identify,
    revoke=_revoke,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
