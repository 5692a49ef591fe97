"""Zoom. https://developers.zoom.us/docs/integrations/oauth/

Quirks
- A new authorization of the app by the same person ends the tokens of the one before (4741): one
  live integration per Zoom user, over all organizations. A flow that is refused as `account_in_use`
  has ended the earlier tokens all the same; the earlier integration must then be authorized again.
- What is granted is what the app is set up for in the Zoom App Marketplace. The authorization URL
  names no scopes: of requests that do, Zoom shows many people "Invalid scope (4,700)" and never
  sends them back (devforum.zoom.us 52654 and 138714, thunderbird/appointment issue 996); Zoom's own
  client @zoom/rivet sends none. A person can untick what the app marks as optional.
- An app that administrators manage is granted `…:admin`, which includes the plain scope: the API
  takes either. Only such an app can list the users of an account.
- Refresh tokens rotate without any grace. They live for about 90 days; Zoom promises no number.
- Tokens stand in the body: since 2023 Zoom takes none from a query (devforum.zoom.us 78782). The
  revocation endpoint wants a live access token, and ends the whole authorization.
- `api_url` in the token answer names a regional host. It is never called: `api.zoom.us` serves all.
- Where an administrator must approve the app first, Zoom shows a page and the browser does not come
  back. `4738` is an approval that was taken back.

Facts that Zoom does not document, and where they were found
- Errors of the token endpoint are `{"reason", "error"}` with status 400, for a wrong client too.
  A refresh token that was used, replaced or revoked is `{"reason": "Invalid Token!", "error":
  "invalid_grant"}` (raycast/extensions issues 10896 and 12533, iamfatness/CoreVideo pull request
  196); it has been `invalid_request` and status 401 (tl-its-umich-edu/remote-office-hours-queue
  issue 363). The reason for a bad code repeats the code (devforum.zoom.us 77062).
- Zoom's numbers are a documented list, but not their place in these bodies. They are read where its
  authorization page has them (`errorCode`) and its API (`code`).
- Not found: what comes back when a person declines (RFC 6749 is assumed), and what revoking a dead
  token is answered (taken to be one of the above).
"""

from collections.abc import Mapping
from copy import replace
from typing import TYPE_CHECKING, Final

from hub.errors import ApprovalRequired, ClientRefused, GrantRefused, HubError, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Account, Tokens
from hub.providers._provider import Access, Provider
from hub.providers._standard import basic, read_standard_error, read_standard_tokens
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
from hub.providers.zoom.client import (
    API,
    CREATE_MEETING,
    LIST_MEETINGS,
    LIST_USERS,
    READ_USER,
    ZoomClient,
)

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

_DEAD_TOKEN: Final = "Invalid Token!"  # noqa: S105  # Zoom's words for one
_ADMIN: Final = ":admin"
_NUMBERS: Final[Mapping[str, type[HubError]]] = {
    "124": GrantRefused,
    "4702": ClientRefused,
    "4704": ClientRefused,
    "4705": ClientRefused,
    "4706": ClientRefused,
    "4709": ClientRefused,
    "4711": GrantRefused,
    "4717": ClientRefused,
    "4732": ProviderUnavailable,
    "4733": GrantRefused,
    "4734": GrantRefused,
    "4735": GrantRefused,
    "4737": GrantRefused,
    "4738": ApprovalRequired,
    "4740": GrantRefused,
    "4741": GrantRefused,
}


def _make_client(to: Connection) -> ZoomClient:
    return ZoomClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.zoom.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_sync() -> "Sync":
    from hub.providers.zoom.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _load_webhooks() -> "Webhooks":
    from hub.providers.zoom.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _read_error(answer: Answer) -> str | None:
    """Read the number where there is one, else the OAuth error; a dead token goes by its reason,
    since `invalid_request` would blame our registration for it.
    """
    error = read_standard_error(answer)
    if error is None:
        return None
    try:
        content = answer.json()
    except ProviderUnavailable:
        return error
    if content.get("reason") == _DEAD_TOKEN:
        return "invalid_grant"
    number = str(content.get("errorCode") or content.get("code"))
    return number if number in _NUMBERS else error


def _read_tokens(answer: Answer) -> TokenAnswer:
    read = read_standard_tokens(answer)
    granted = read.scopes or frozenset()
    return replace(read, scopes=granted | {scope.removesuffix(_ADMIN) for scope in granted})


def _identify(answer: TokenAnswer, access: Access) -> Account:
    token = answer.tokens.main.access.reveal()
    user = ZoomClient(token, access.send, access.client.endpoints.api).read_user()
    return Account(id=f"{user['accountId']}/{user['id']}", name=user["name"])


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    return (
        Request(
            url=client.endpoints.revocation,
            headers={"authorization": basic(client)},
            form={"token": tokens.main.access.reveal()},
        ),
    )


PROVIDER: Final = Provider(
    id="zoom",
    name="Zoom",
    features=("Meetings", "Users"),
    acts_as=ActsAs.PERSON,
    account="Zoom user",
    endpoints=Endpoints(
        authorization="https://zoom.us/oauth/authorize",
        token="https://zoom.us/oauth/token",
        revocation="https://zoom.us/oauth/revoke",
        api=API,
    ),
    scopes=(
        Scope(id=READ_USER, explanation="Recognise your Zoom account"),
        Scope(id=CREATE_MEETING, explanation="Schedule Zoom meetings for you"),
        Scope(id=LIST_MEETINGS, explanation="See the list of your meetings"),
        Scope(id="meeting:read:meeting", explanation="See the details of your meetings"),
        Scope(
            id=LIST_USERS,
            explanation="See the people of your Zoom account, if you administer it",
            required=False,
        ),
    ),
    sends_scopes=False,
    settings={"eventSubscriptionId": ""},
    client_authentication=ClientAuthentication.BASIC,
    refresh=RefreshRule(rotates=True, grace=0, idle_days=90),
    exclusive=True,
    revocation_scope=RevocationScope.GRANT,
    revokes_access_token=True,
    errors=_NUMBERS,
    read_error=_read_error,
    read_tokens=_read_tokens,
    identify=_identify,
    revoke=_revoke,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
