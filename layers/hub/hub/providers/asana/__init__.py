"""Asana. https://developers.asana.com/docs/oauth, https://developers.asana.com/docs/oauth-scopes

Quirks
- An app is registered either for `default` (all that the person may do) or for single scopes, and
  may ask for nothing else: one scope too many and the person sees `forbidden_scopes`. Targetym's
  app is registered for all scopes below, the optional ones too.
- Those for webhooks are required because a person takes all scopes or none. Who connected before
  they were asked for stays connected, and hears nothing until they reconnect.
- Scopes imply nothing of each other (`tasks:write` does not read) and do not add up over consents.
  A person takes them all or none, and the token endpoint does not repeat them: what was granted is
  what was asked for.
- A grant is one person's and reaches all their workspaces, but for those whose administrators
  block the app. About that the page speaks to the person alone, the browser does not come back.
- Who consented stands beside the tokens, under `data`.
- A refresh gives no new refresh token, the one of the consent stays in use.
- Revoking takes the refresh token, and its access tokens die with it; an access token is refused.
  A token that Asana does not know counts as revoked (200).
- Errors of the API have a text and a status, no code; too few scopes look like too few rights.

Looked up, since the documentation leaves it open
- The token endpoint refuses as RFC 6749 has it: 400 `invalid_grant`, with `error_uri` (answers
  quoted in Asana/node-asana issue 115 and in threads 615160 and 738321 of forum.asana.com).
- A consent's no is taken to be `access_denied`, a wrong secret `invalid_client`: RFC 6749, seen in
  no source.
- Every consent is taken to have a refresh token of its own, as scopes belong to one (token
  introspection): revoking it then ends no other organization's connection.
"""

from typing import TYPE_CHECKING, Any, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.models import Account
from hub.providers import _rest
from hub.providers._provider import Access, Provider
from hub.providers._values import (
    Action,
    ActsAs,
    Connection,
    Endpoints,
    RefreshRule,
    RevocationScope,
    Scope,
    TokenAnswer,
)
from hub.providers.asana.client import API, CREATE, READ_PROJECTS, READ_TASKS, AsanaClient

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

_OAUTH: Final = "https://app.asana.com/-"


def _make_client(to: Connection) -> AsanaClient:
    return AsanaClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.asana.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.asana.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.asana.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _identify(answer: TokenAnswer, access: Access) -> Account:  # noqa: ARG001
    person: Any = answer.body.get("data")
    gid = _rest.required(person, "gid")
    if not gid.isascii():
        raise ProviderUnavailable
    name = _rest.text(person.get("email")) or _rest.text(person.get("name"))
    return Account(id=gid, name=name or "Asana account")


PROVIDER: Final = Provider(
    id="asana",
    name="Asana",
    features=("Tasks", "Projects"),
    acts_as=ActsAs.PERSON,
    account="person",
    endpoints=Endpoints(
        authorization=f"{_OAUTH}/oauth_authorize",
        token=f"{_OAUTH}/oauth_token",
        revocation=f"{_OAUTH}/oauth_revoke",
        api=API,
    ),
    scopes=(
        Scope(id=CREATE, explanation="Create and change tasks on your behalf"),
        Scope(id=READ_TASKS, explanation="View the tasks you have access to"),
        Scope(id=READ_PROJECTS, explanation="View the projects you have access to"),
        Scope(id="workspaces:read", explanation="See which workspaces you are in"),
        Scope(
            id="webhooks:write",
            explanation="Have Asana tell Targetym when your projects and tasks change",
        ),
        Scope(id="webhooks:read", explanation="Check that Asana still tells of changes"),
        Scope(
            id="webhooks:delete",
            explanation="Have Asana stop telling of changes when you disconnect",
        ),
        Scope(
            id="users:read",
            explanation="See the people in your workspaces and their e-mail addresses",
            required=False,
        ),
        Scope(
            id="custom_fields:read",
            explanation="See the custom fields of your workspaces",
            required=False,
        ),
    ),
    needs_refresh_token=True,
    refresh=RefreshRule(rotates=False),
    revocation_scope=RevocationScope.TOKEN,
    errors={
        "invalid_grant": GrantRefused,
        "forbidden_scopes": ClientRefused,
        "http_401": ClientRefused,  # tokens are told as invalid_grant, so it is about the client
        "http_429": ProviderUnavailable,
    },
    identify=_identify,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
