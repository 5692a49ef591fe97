"""Trello, by its OAuth 2.0 (since 2026-09-15).

https://developer.atlassian.com/cloud/trello/guides/rest-api/oauth-2-getting-started/
https://developer.atlassian.com/cloud/trello/guides/rest-api/oauth-2-confidential-client-usage/

Quirks
- Atlassian's authorization server (see `_atlassian`), but no sites: no `audience`, no
  accessible-resources. PKCE is part of the flow, for clients with a secret too.
- There is no scope for cards: they are part of boards. A refresh token comes with `offline_access`.
- A wrong redirect URI keeps the browser on Atlassian's own error page.
- There is no revocation. `DELETE /1/tokens/{token}` is for the older kind of token.
- A client that belongs to a Power-Up reaches only the workspaces it was given; that of another app
  has no such limit.

Found, not in Trello's own pages
- The token endpoint's URL is that of the guide and of all clients that work; Trello's OpenAPI file
  names another one, which none of them uses.
- The ten minutes: Atlassian's page on refresh tokens. Trello's pages call its flow the same but for
  PKCE and sites.
- Of 3LO in general Atlassian says that a person has one grant per app, and that the scopes of a
  later consent replace those before (/cloud/jira/platform/oauth-2-3lo-apps/). Of Trello it says
  nothing of the kind.
- Unconfirmed: whether `scope` in a token answer names `offline_access`, so that a refresh token
  counts as that permission; which error a wrong verifier gives (either one is understood). A
  metadata document of the same server names `/oauth/revoke`; nothing says that it ends such grants.
"""

from copy import replace
from typing import TYPE_CHECKING, Final

from hub.errors import InsufficientScope
from hub.http_types import Answer
from hub.models import Account
from hub.providers import _atlassian
from hub.providers._provider import Access, Provider
from hub.providers._standard import read_standard_tokens
from hub.providers._values import (
    Action,
    ActsAs,
    BodyFormat,
    Connection,
    Endpoints,
    RevocationScope,
    Scope,
    TokenAnswer,
)
from hub.providers.trello.client import API, READ_BOARD, READ_MEMBER, WRITE_BOARD, TrelloClient

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks


def _make_client(to: Connection) -> TrelloClient:
    return TrelloClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.trello.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.trello.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.trello.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _read_tokens(answer: Answer) -> TokenAnswer:
    read = read_standard_tokens(answer)
    if read.scopes is None or read.tokens.main.refresh is None:
        return read
    return replace(read, scopes=read.scopes | {_atlassian.OFFLINE})


def _identify(answer: TokenAnswer, access: Access) -> Account:
    if answer.scopes is not None and READ_MEMBER not in answer.scopes:
        raise InsufficientScope
    token = answer.tokens.main.access.reveal()
    member = TrelloClient(token, access.send, access.client.endpoints.api).me()
    return Account(id=member["id"], name=member["fullName"] or member["username"])


PROVIDER: Final = Provider(
    id="trello",
    name="Trello",
    features=("Boards", "Cards"),
    acts_as=ActsAs.PERSON,
    account="person",
    endpoints=Endpoints(
        authorization=_atlassian.AUTHORIZATION,
        token=_atlassian.TOKEN,
        api=API,
    ),
    scopes=(
        Scope(
            id=READ_MEMBER,
            explanation="Recognise your Trello account and see which boards you are on",
        ),
        Scope(id=READ_BOARD, explanation="See your boards with their lists and cards"),
        Scope(id=WRITE_BOARD, explanation="Create and change cards and lists on your boards"),
        Scope(id=_atlassian.OFFLINE, explanation="Stay connected while you are away"),
        Scope(
            id="read:organization:trello",
            explanation="See the workspaces you are in",
            required=False,
        ),
    ),
    body_format=BodyFormat.JSON,
    needs_refresh_token=True,
    refresh=_atlassian.REFRESH,
    authorization_parameters={"prompt": "consent"},
    revocation_scope=RevocationScope.NONE,
    local_only=(
        "At Trello only you can end the permission: remove Targetym from the connected apps at "
        "id.atlassian.com/manage-profile/apps, or from Applications at trello.com/my/account."
    ),
    errors=_atlassian.ERRORS,
    identify=_identify,
    read_error=_atlassian.read_error,
    read_tokens=_read_tokens,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
