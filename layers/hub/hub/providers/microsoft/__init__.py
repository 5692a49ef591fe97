"""Microsoft 365. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow

Quirks
- `tenant` stands in the endpoints and decides who may sign in. Work and school accounts of any
  organization are the default: personal accounts have no Teams. A single-tenant registration must
  name its own (AADSTS50194), and a code is worth nothing at another tenant's endpoint.
- The answer's `scope` never holds `offline_access`, may hold more than was asked, and may differ in
  case or carry the resource's address: https://graph.microsoft.com/Mail.Send is Mail.Send.
- Each refresh brings a new refresh token and leaves the old one alive, for 90 days without use.
- Who may write may not thereby be told of changes: subscriptions want scopes to read, so that
  Calendars.Read is asked for beside Calendars.ReadWrite.
  https://learn.microsoft.com/graph/api/subscription-post-subscriptions#permissions
- There is no revocation endpoint, and signing the person out everywhere is no way to disconnect.
- Who consented is in the ID token: `tid` and `oid` name a person in a tenant for ever,
  `preferred_username` is for people only. https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
- `prompt=consent` is not sent: it would ask again, and in vain, where only an administrator may
  consent and has done so for everybody.
- National clouds have hosts of their own, set as overrides: login.microsoftonline.us with
  graph.microsoft.us (dod-graph.microsoft.us), login.partner.microsoftonline.cn with
  microsoftgraph.chinacloudapi.cn.

Administrator approval: none of our required scopes needs it by itself. But tenants that never chose
a consent policy have Microsoft's, which since 2025 lets nobody but an administrator grant access to
calendars, mail and all files (MC1097272, MC1163922 in the message center). The person then sees
"Need admin approval", and its way back is `error=access_denied&error_subcode=cancel` with no
description, as in MicrosoftDocs/azure-docs issue 41053. Declining consent carries AADSTS65004 and a
description instead (issue 114009). Leaving a sign-in page by Cancel looks like the former: it is
told as approval too, since that is what usually stops people. Microsoft warns against depending on
AADSTS numbers; those in `error_uri` only ever refine an outcome here.

Secondary or unconfirmed, and taken over: the hosts of issuers in national clouds.
"""

import re
from collections.abc import Mapping
from copy import replace
from typing import TYPE_CHECKING, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Answer
from hub.models import Account
from hub.providers._provider import Access, Provider
from hub.providers._rest import text
from hub.providers._standard import read_claims, read_standard_error, read_standard_tokens
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
from hub.providers.microsoft.client import (
    API,
    CALENDAR,
    CALENDAR_READ,
    CHANNEL,
    FILES,
    FILES_READ,
    PEOPLE_READ,
    SEND,
    MicrosoftClient,
)

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

LOGIN: Final = "https://login.microsoftonline.com"
_LOGINS: Final = (
    LOGIN,
    "https://login.microsoftonline.us",
    "https://login.partner.microsoftonline.cn",
)
_OFFLINE: Final = "offline_access"
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_NUMBER: Final = re.compile(r"[?&]code=([0-9]+)")
_SCOPES: Final = (
    Scope(id="openid", explanation="Recognise your Microsoft account"),
    Scope(id="profile", explanation="See your name and which organization you belong to"),
    Scope(id=_OFFLINE, explanation="Stay connected while you are away"),
    Scope(id="User.Read", explanation="Sign you in and read your profile"),
    Scope(id=CALENDAR, explanation="Manage events and meetings in your Outlook calendar"),
    Scope(id=CALENDAR_READ, explanation="Be told when events in your Outlook calendar change"),
    Scope(id=SEND, explanation="Send e-mails with Outlook on your behalf"),
    Scope(id=CHANNEL, explanation="Post messages to your Teams channels on your behalf"),
    Scope(id=FILES, explanation="Access and share your files in OneDrive"),
    Scope(
        id="User.ReadBasic.All",
        explanation="See the names and e-mail addresses of people in your organization",
    ),
    Scope(
        id="Files.ReadWrite.All",
        explanation="Access and share files of team sites and files that others share with you",
        required=False,
    ),
    Scope(
        id=FILES_READ,
        explanation="Be told when files change; with it, all files that you can open can be read",
        required=False,
    ),
    Scope(
        id=PEOPLE_READ,
        explanation=(
            "See full profiles in your organization, and be told when they change; an "
            "administrator must approve"
        ),
        required=False,
    ),
    Scope(
        id="Team.ReadBasic.All",
        explanation="See the names of the teams you belong to",
        required=False,
    ),
    Scope(
        id="Channel.ReadBasic.All",
        explanation="See the names of the channels in your teams",
        required=False,
    ),
)
_NAMES: Final = {scope.id.casefold(): scope.id for scope in _SCOPES}
# AdminConsentRequired in three wordings, and a person whom nobody assigned to the app.
_NEED_ADMINISTRATOR: Final = frozenset({"90093", "90094", "90095", "50105"})


def _make_client(to: Connection) -> MicrosoftClient:
    return MicrosoftClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.microsoft.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.microsoft.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.microsoft.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _read_tokens(answer: Answer) -> TokenAnswer:
    """Read the scopes under the names we declare. Offline access shows by its refresh token."""
    standard = read_standard_tokens(answer)
    if standard.scopes is None:
        return standard
    names = (scope.rpartition("/")[2] for scope in standard.scopes)
    scopes = {_NAMES.get(name.casefold(), name) for name in names}
    if standard.tokens.main.refresh is not None:
        scopes.add(_OFFLINE)
    return replace(standard, scopes=frozenset(scopes))


def _read_error(answer: Answer) -> str | None:
    """Missing consent is an `invalid_grant` that only its `suberror` tells from the others."""
    code = read_standard_error(answer)
    if code == "invalid_grant" and answer.json().get("suberror") == "consent_required":
        return "consent_required"
    return code


def _read_callback(returned: Mapping[str, str]) -> str | None:
    """Tell an administrator's wall from a person's no."""
    if returned.get("error") not in {"access_denied", "interaction_required", "consent_required"}:
        return None
    number = _NUMBER.search(returned.get("error_uri", ""))
    at_a_wall = number is not None and number[1] in _NEED_ADMINISTRATOR
    cancelled = returned.get("error_subcode") == "cancel"
    return "approval_required" if at_a_wall or cancelled else None


def _identify(answer: TokenAnswer, access: Access) -> Account:
    claims = read_claims(answer.body.get("id_token"))
    tenant, person = claims.get("tid"), claims.get("oid")
    if not _is_id(tenant) or not _is_id(person) or claims.get("aud") != access.client.id:
        raise ProviderUnavailable
    if claims.get("iss") not in tuple(f"{login}/{tenant}/v2.0" for login in _LOGINS):
        raise ProviderUnavailable
    name = text(claims.get("preferred_username")) or text(claims.get("name"))
    return Account(id=f"{tenant}:{person}", name=name or "Microsoft account")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


PROVIDER: Final = Provider(
    id="microsoft",
    name="Microsoft 365",
    features=("Calendar", "Teams", "OneDrive"),
    acts_as=ActsAs.PERSON,
    account="person in a Microsoft 365 organization",
    endpoints=Endpoints(
        authorization=f"{LOGIN}/{{tenant}}/oauth2/v2.0/authorize",
        token=f"{LOGIN}/{{tenant}}/oauth2/v2.0/token",
        api=API,
    ),
    settings={"tenant": "organizations"},
    scopes=_SCOPES,
    needs_refresh_token=True,
    refresh=RefreshRule(rotates=True, idle_days=90),
    authorization_parameters={"response_mode": "query", "prompt": "select_account"},
    revocation_scope=RevocationScope.NONE,
    local_only=(
        "Microsoft lets no app end its own permission: an administrator removes Targetym in the "
        "Microsoft Entra admin center, under Enterprise applications."
    ),
    errors={
        "interaction_required": GrantRefused,
        "consent_required": GrantRefused,
        "login_required": GrantRefused,
        "invalid_resource": ClientRefused,
        "temporarily_unavailable": ProviderUnavailable,
    },
    callback_errors={"consent_required": "approval_required"},
    read_callback=_read_callback,
    read_error=_read_error,
    read_tokens=_read_tokens,
    identify=_identify,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
