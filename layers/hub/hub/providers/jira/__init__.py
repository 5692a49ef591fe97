"""Jira Cloud, by Atlassian's OAuth 2.0 (3LO).

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps
https://developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps

Quirks
- The authorization URL needs `audience` and `prompt=consent`.
- A person has one grant to an app. Consenting for a further site adds it to that grant, and tokens
  from before reach it too, those of other organizations included: an integration is pinned to the
  site (`cloudid`) it was made for. Where a grant reaches several, nothing tells which one the
  person has just chosen on the consent page, so that we ask. Apps with site-restricted grants
  have one site in each.
- Sites come as a bare JSON array, in one entry for each product: see `gateway.find_sites`.
- Tokens and refusals are those of Atlassian's authorization server: see `_atlassian`. All refresh
  tokens die when the person changes their password.
- A missing scope answers 401, as a dead token does: see `gateway.failure`.
- `self` links lead to the API and not to a page that people can open, and the site's own address
  is not in an answer: there is no link to give.

What our notes left open, and what was found (November 2026, in stored copies)
- PKCE is not offered for 3LO: not in the documentation; others quote Atlassian's staff that it
  exists behind an internal switch. The server for registering clients on the same host has it.
- `token_type` and `offline_access` in `scope` do come (Worklytics/psoxy, its guide to Jira).
- Revocation: `auth.atlassian.com/oauth/revoke` stands in third-party code, nowhere with evidence
  that it works for 3LO. It is not called.
- 401 "Unauthorized; scope does not match" (raycast/extensions issue 11212) and 403 "The app is not
  installed on this instance" are the gateway's; that the latter is what a lost site answers is read
  from people's reports. `RateLimit-Reason` and `X-RateLimit-Reset` (ISO 8601) are documented;
  Retry-After is sometimes missing (JRACLOUD-82801).
- What the browser brings back after a no: `access_denied` (jira.js 6.2.0). Other refusals, that of
  an app which an administrator has blocked among them, are pages from which nobody comes back.
"""

from typing import TYPE_CHECKING, Final

from hub.models import Account
from hub.providers import _atlassian
from hub.providers._provider import Access, Provider
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
from hub.providers.jira.client import JiraClient
from hub.providers.jira.gateway import API, find_person, find_sites

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks


def _make_client(to: Connection) -> JiraClient:
    cloud_id, _, _ = to.account_id.partition("/")
    return JiraClient(to.token.reveal(), cloud_id, to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.jira.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.jira.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.jira.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _identify(answer: TokenAnswer, access: Access) -> tuple[Account, ...]:
    token, api = answer.tokens.main.access.reveal(), access.client.endpoints.api
    sites = find_sites(access.send, token, api)
    if not sites:
        return ()
    person = find_person(access.send, token, api)
    return tuple(
        Account(id=f"{site.id}/{person.id}", name=f"{site.name}, {person.name}") for site in sites
    )


PROVIDER: Final = Provider(
    id="jira",
    name="Jira",
    features=("Issues", "Projects"),
    acts_as=ActsAs.PERSON,
    account="person on a Jira site",
    endpoints=Endpoints(
        authorization=_atlassian.AUTHORIZATION,
        token=_atlassian.TOKEN,
        api=API,
    ),
    scopes=(
        Scope(id="read:me", explanation="Recognise your Atlassian account"),
        Scope(id="read:jira-work", explanation="See the projects and issues that you can see"),
        Scope(id="write:jira-work", explanation="Create and edit issues on your behalf"),
        Scope(id="read:jira-user", explanation="See the names of people who work in Jira"),
        Scope(id=_atlassian.OFFLINE, explanation="Stay connected while you are away"),
        Scope(
            id="manage:jira-webhook",
            explanation="Be told by Jira when issues change",
            required=False,
        ),
    ),
    pkce=False,
    body_format=BodyFormat.JSON,
    authorization_parameters={"audience": "api.atlassian.com", "prompt": "consent"},
    refresh=_atlassian.REFRESH,
    revocation_scope=RevocationScope.NONE,
    local_only=(
        "Atlassian lets no app end a grant. Remove Targetym under Connected apps in your Atlassian "
        "account to end it there too."
    ),
    errors=_atlassian.ERRORS,
    read_error=_atlassian.read_error,
    identify=_identify,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
