"""Google Workspace. https://developers.google.com/identity/protocols/oauth2/web-server

Quirks
- A refresh token comes only with `access_type=offline`, and only at the first consent of a person
  unless `prompt=consent` asks again; where it is missing, the one we hold stays in use.
- With two or more scopes beyond sign-in a person can untick some: the answer's `scope` is what was
  granted. `email` and `profile` are spelled out as URLs there, so they are asked for as such.
- Revoking any token ends the person's whole grant to the Cloud project, for all its clients.
- Who consented is in the ID token, which comes straight from the token endpoint over TLS and so
  needs no signature check (OpenID Connect Core 3.1.3.7 rule 6); audience and issuer are compared.
- An administrator's restriction shows as `admin_policy_enforced`.
- Facts marked secondary in our notes and taken over here: PKCE (S256) is accepted from web-server
  clients although their parameter table does not list it.
"""

from typing import TYPE_CHECKING, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Request
from hub.models import Account, Tokens
from hub.providers._provider import Access, Provider
from hub.providers._standard import read_claims
from hub.providers._values import (
    Action,
    ActsAs,
    Client,
    Connection,
    Endpoints,
    RefreshRule,
    RevocationScope,
    Scope,
    TokenAnswer,
)
from hub.providers.google.client import (
    API,
    CALENDAR,
    CONTACTS,
    DRIVE,
    GMAIL,
    MAIL_METADATA,
    PEOPLE,
    SEND,
    GoogleClient,
)
from hub.providers.google.settings import SETTINGS

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

ISSUER: Final = "https://accounts.google.com"
_ISSUERS: Final = (ISSUER, "accounts.google.com")


def _make_client(to: Connection) -> GoogleClient:
    apis = to.endpoints.apis
    return GoogleClient(to.token.reveal(), to.send, to.endpoints.api, apis["gmail"], apis["people"])


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.google.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_sync() -> "Sync":
    from hub.providers.google.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _load_webhooks() -> "Webhooks":
    from hub.providers.google.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _identify(answer: TokenAnswer, access: Access) -> Account:
    claims = read_claims(answer.body.get("id_token"))
    subject, email = claims.get("sub"), claims.get("email")
    trusted = claims.get("aud") == access.client.id and claims.get("iss") in _ISSUERS
    if not trusted or not isinstance(subject, str) or not subject or not subject.isascii():
        raise ProviderUnavailable
    return Account(id=subject, name=email if isinstance(email, str) else "Google account")


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    token = tokens.main.refresh or tokens.main.access
    return (Request(url=client.endpoints.revocation, form={"token": token.reveal()}),)


PROVIDER: Final = Provider(
    id="google",
    name="Google Workspace",
    features=("Calendar", "Gmail", "Drive"),
    acts_as=ActsAs.PERSON,
    account="person",
    endpoints=Endpoints(
        authorization="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        revocation="https://oauth2.googleapis.com/revoke",
        api=API,
        apis={"gmail": GMAIL, "people": PEOPLE},
    ),
    scopes=(
        Scope(id="openid", explanation="Recognise your Google account"),
        Scope(
            id="https://www.googleapis.com/auth/userinfo.email",
            explanation="See the e-mail address of your Google account",
        ),
        Scope(id=CALENDAR, explanation="Manage events and meetings in Google Calendar"),
        Scope(id=DRIVE, explanation="Access and share files in Google Drive"),
        Scope(id=SEND, explanation="Send e-mails with Gmail on your behalf"),
        Scope(id=CONTACTS, explanation="Read contact information"),
        Scope(
            id="https://www.googleapis.com/auth/directory.readonly",
            explanation="See the directory of your organization",
            required=False,
        ),
        Scope(
            id="https://www.googleapis.com/auth/calendar.readonly",
            explanation="See all calendars you have access to",
            required=False,
        ),
        Scope(
            id=MAIL_METADATA,
            explanation="Be told when your mail changes, and see senders, subjects and labels, "
            "never the text",
            required=False,
        ),
    ),
    settings=SETTINGS,
    issuer=ISSUER,
    needs_refresh_token=True,
    refresh=RefreshRule(rotates=False, idle_days=182),
    authorization_parameters={"access_type": "offline", "prompt": "consent"},
    revocation_scope=RevocationScope.GRANT,
    errors={
        "invalid_token": GrantRefused,
        "deleted_client": ClientRefused,
        "admin_policy_enforced": GrantRefused,
        "rate_limit_exceeded": ProviderUnavailable,
    },
    callback_errors={
        "admin_policy_enforced": "approval_required",
        "org_internal": "approval_required",
    },
    identify=_identify,
    revoke=_revoke,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
