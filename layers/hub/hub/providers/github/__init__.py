"""GitHub, by a GitHub App or an OAuth App: whichever this deployment has registered.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
https://docs.github.com/en/rest/apps/oauth-applications

Quirks
- The token endpoint tells errors with HTTP 200 and `error`; it answers form-encoded unless JSON is
  asked for. A client id it does not know is a 404 with `error` "Not Found".
- An OAuth App's token (`gho_`) never expires and has scopes, told with commas, without those that
  another one implies; people can take some away, also later.
- A GitHub App's token (`ghu_`) has no scopes: what it may do is set on the app, approved where the
  app is installed, and asked for at /user/installations. It lives 8 hours unless the app has that
  switched off; a refresh ends the refresh token and the access token before it at once.
- Where the app is not installed, or a member of an organization could only request it
  (`setup_action=request`), an owner has to approve first. `appSlug`, the app's name in the address
  of its page at github.com, lets our refusals say where that is done.
- DELETE …/grant ends everything between the person and the app, for all who connected that person,
  and takes a live access token. An unknown token is a 404 there, and 422 in the documentation.
- A person can be signed in with several accounts, and who has agreed before is not asked again:
  `select_account` lets them choose.
- GitHub Enterprise Server: https://HOST/login/oauth/… and https://HOST/api/v3 as overrides.

Facts that were secondary in our notes: `bad_refresh_token` with HTTP 200 was seen in a log
(interlink-hq/interLink pull request 262), HTTP 200 of code errors in recorded answers (PyGithub,
tests/ReplayData/ApplicationOAuth.testGetAccessTokenBadCode.txt), the 404 in octokit/
auth-oauth-user.js issue 239, `setup_action=request` in polarsource/polar issue 690 and
appwrite/appwrite pull request 13448. Not confirmed: the error for a wrong verifier, taken to be
`bad_verification_code`; that wrong client credentials are a 401 at DELETE …/grant.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hub.errors import (
    ApprovalRequired,
    ClientRefused,
    GrantRefused,
    Misconfigured,
    ProviderUnavailable,
)
from hub.http_types import Answer, Request
from hub.models import Account, Tokens
from hub.providers._provider import Access, Provider
from hub.providers._standard import basic, read_token
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
from hub.providers.github.client import (
    API,
    APP_TOKEN,
    HEADERS,
    REPO,
    GitHubClient,
    seconds_to_wait,
)

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

_SLUG: Final = "appSlug"
_PLAIN: Final = re.compile("[A-Za-z0-9-]{1,99}")
_FORM: Final = "application/x-www-form-urlencoded"
_ERRORS: Final = 400
_NO_CONTENT: Final = 204


def _make_client(to: Connection) -> GitHubClient:
    slug = to.settings.get(_SLUG, "")
    if slug and not _PLAIN.fullmatch(slug):
        raise Misconfigured(f"The setting {_SLUG} of GitHub is not the name of an app.")
    install_url = f"https://github.com/apps/{slug}/installations/new" if slug else ""
    return GitHubClient(to.token.reveal(), to.send, to.endpoints.api, install_url=install_url)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.github.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_sync() -> "Sync":
    from hub.providers.github.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _load_webhooks() -> "Webhooks":
    from hub.providers.github.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _content(answer: Answer) -> Mapping[str, Any]:
    form = answer.headers.get("content-type", "").startswith(_FORM)
    return answer.form() if form else answer.json()


def _read_error(answer: Answer) -> str | None:
    """Give the code of the token endpoint, which comes with any status, or `api_` and the status
    for the REST API, which has no codes: revocation is a part of it.
    """
    if answer.status == _NO_CONTENT:
        return None
    if seconds_to_wait(answer) is not None:
        return "rate_limited"
    try:
        content = _content(answer)
    except ProviderUnavailable:
        if answer.status < _ERRORS:
            raise
        content = {}
    code = content.get("error")
    if isinstance(code, str):
        return code
    if answer.status < _ERRORS:
        return None
    return f"{'api' if 'message' in content else 'http'}_{answer.status}"


def _read_tokens(answer: Answer) -> TokenAnswer:
    """Read tokens and scopes. Of a GitHub App's token the scope is what `_identify` will verify;
    of an OAuth App's none are granted but those told, and a form leaves out what is empty.
    """
    body = _content(answer)
    token = read_token(body, answer.sent_at)
    scope = body.get("scope")
    told = scope.split(",") if isinstance(scope, str) else []
    scopes = [REPO] if token.access.reveal().startswith(APP_TOKEN) else told
    return TokenAnswer(tokens=Tokens(main=token), scopes=frozenset(filter(None, scopes)), body=body)


def _identify(answer: TokenAnswer, access: Access) -> Account:
    token = answer.tokens.main.access.reveal()
    client = GitHubClient(token, access.send, access.client.endpoints.api)
    account = client.account()
    if token.startswith(APP_TOKEN) and not client.may_create_issues():
        raise ApprovalRequired
    return account


def _read_callback(returned: Mapping[str, str]) -> str | None:
    """Know the member of an organization who could only ask its owners to install the app."""
    return "approval_required" if returned.get("setup_action") == "request" else None


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    client_id = quote(client.id, safe="")
    return (
        Request(
            method="DELETE",
            url=client.endpoints.revocation.replace("{client_id}", client_id),
            headers={**HEADERS, "authorization": basic(client)},
            json={"access_token": tokens.main.access.reveal()},
        ),
    )


PROVIDER: Final = Provider(
    id="github",
    name="GitHub",
    features=("Repositories", "Issues"),
    acts_as=ActsAs.PERSON,
    account="person",
    endpoints=Endpoints(
        authorization="https://github.com/login/oauth/authorize",
        token="https://github.com/login/oauth/access_token",
        revocation=f"{API}/applications/{{client_id}}/grant",
        api=API,
    ),
    scopes=(
        Scope(
            id=REPO,
            explanation="Read your repositories, private ones too, and create issues in them; to "
            "an OAuth App GitHub grants this only as full access to their content",
        ),
        Scope(
            id="read:org",
            explanation="See your organizations and teams at GitHub",
            required=False,
        ),
        Scope(
            id="admin:org_hook",
            explanation="Let Targetym hear at once what changes in organizations that you own, by "
            "a webhook in up to five of them; needs to see your organizations, too",
            required=False,
        ),
        Scope(
            id="admin:repo_hook",
            explanation="Let Targetym hear at once what changes in repositories that you "
            "administer, by a webhook in up to twenty of them",
            required=False,
        ),
        Scope(
            id="user:email",
            explanation="See the e-mail addresses of your GitHub account",
            required=False,
        ),
    ),
    settings={_SLUG: ""},
    token_headers={"accept": "application/json"},
    authorization_parameters={"prompt": "select_account"},
    refresh=RefreshRule(rotates=True, grace=0, idle_days=183),
    revocation_scope=RevocationScope.GRANT,
    revokes_access_token=True,
    errors={
        "bad_verification_code": GrantRefused,
        "bad_refresh_token": GrantRefused,
        "unverified_user_email": GrantRefused,
        "incorrect_client_credentials": ClientRefused,
        "Not Found": ClientRefused,
        "application_suspended": ClientRefused,
        "rate_limited": ProviderUnavailable,
        "api_401": ClientRefused,
        "api_404": GrantRefused,
        "api_422": GrantRefused,
    },
    read_callback=_read_callback,
    read_error=_read_error,
    read_tokens=_read_tokens,
    identify=_identify,
    revoke=_revoke,
    make_client=_make_client,
    load_actions=_load_actions,
    load_webhooks=_load_webhooks,
    load_sync=_load_sync,
)
