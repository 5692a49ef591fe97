"""Notion. https://developers.notion.com/guides/get-started/authorization

Reference: /reference/create-a-token, /refresh-a-token, /revoke-token, /capabilities, /status-codes,
/request-limits of the same site; bodies by makenotion/notion-sdk-js, src/api-endpoints/oauth.ts.

Quirks
- No scopes: an app has capabilities, set once in the developer portal, and the person picks pages.
  Ours are "Read content" and "Insert content", without user information. Nothing that comes back
  tells them, so that a missing one shows at the first call, as `restricted_resource`.
- Token endpoints take HTTP Basic and a JSON body together, and a `Notion-Version`.
- No PKCE: the token body has no place for a verifier.
- `refresh_token` may be null. There is no `expires_in`: a token is good until it is refused.
  Refreshing gives a new access token and a new refresh token; no grace is documented.
- A grant is one person's in one workspace, and so are the bot (`bot_id`) and the pages it reaches.
  What we connect is the workspace: when somebody else there reconnects, their pages count.
- Registrations made before 8 June 2026 get the same living tokens again when a person authorizes
  twice, newer ones a new pair (changelog of that day). With the former, revoking the token of one
  integration ends another's: `revocation_scope` is the grant.
- Refusals of the token endpoints are `{"error", "request_id"}`, as RFC 6749 wants them and as
  measured (brekkylab/backlot, tests of its Notion router, September 2026); the OpenAPI document
  says `{"object": "error", "code"}`. Both are read.
- Secondary: when a person authorizes again, their earlier refresh token may die (ComposioHQ/
  composio, docs/content/toolkits/faq/notion.md), and the pages picked anew replace those of all
  their grants to the app (sourcesync.ai/notion-oauth-gotchas).
- Unconfirmed: whether revocation takes a refresh token too ("Revoke an access token" is all that
  is said, so it gets the access token); what it answers for one that is dead already.
"""

from typing import TYPE_CHECKING, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Account, Tokens
from hub.providers import _rest
from hub.providers._provider import Access, Provider
from hub.providers._standard import basic
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
from hub.providers.notion.client import API, INSERT, READ, VERSION, NotionClient

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks


def _make_client(to: Connection) -> NotionClient:
    return NotionClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.notion.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.notion.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.notion.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _read_error(answer: Answer) -> str | None:
    """Give `error`, or else the `code` of the form that the API has. Every success is JSON too: a
    page that some proxy put in its place must not count as a revocation.
    """
    succeeded = answer.status < 400  # noqa: PLR2004  # HTTP's first error status
    content = answer.json() if succeeded else _rest.content(answer)
    code = content.get("error") or content.get("code")
    if isinstance(code, str):
        return code
    return None if succeeded else f"http_{answer.status}"


def _identify(answer: TokenAnswer, access: Access) -> Account:  # noqa: ARG001
    """Read the workspace from the answer itself: no capability hides it there."""
    workspace = _rest.required(answer.body, "workspace_id")
    if not workspace.isascii():
        raise ProviderUnavailable
    return Account(
        id=workspace, name=_rest.text(answer.body.get("workspace_name")) or "Notion workspace"
    )


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    return (
        Request(
            url=client.endpoints.revocation,
            headers={"authorization": basic(client), **VERSION},
            json={"token": tokens.main.access.reveal()},
        ),
    )


PROVIDER: Final = Provider(
    id="notion",
    name="Notion",
    features=("Pages", "Databases", "Knowledge base"),
    acts_as=ActsAs.APP,
    account="workspace",
    endpoints=Endpoints(
        authorization=f"{API}/oauth/authorize",
        token=f"{API}/oauth/token",
        revocation=f"{API}/oauth/revoke",
        api=API,
    ),
    scopes=(
        Scope(
            id=READ,
            explanation="Read the pages and databases that you pick, and what is below them",
        ),
        Scope(id=INSERT, explanation="Add new pages there"),
    ),
    sends_scopes=False,
    pkce=False,
    client_authentication=ClientAuthentication.BASIC,
    body_format=BodyFormat.JSON,
    token_headers=VERSION,
    authorization_parameters={"owner": "user"},
    refresh=RefreshRule(rotates=True, grace=0),
    revocation_scope=RevocationScope.GRANT,
    revokes_access_token=True,
    errors={
        "invalid_grant": GrantRefused,
        "missing_version": ClientRefused,
        "validation_error": ClientRefused,
        "test_env_error": ClientRefused,
        "rate_limited": ProviderUnavailable,
        "service_overload": ProviderUnavailable,
        "internal_server_error": ProviderUnavailable,
        "service_unavailable": ProviderUnavailable,
    },
    read_error=_read_error,
    identify=_identify,
    revoke=_revoke,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
