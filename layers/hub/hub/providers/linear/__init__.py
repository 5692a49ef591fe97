"""Linear. https://linear.app/developers/oauth-2-0-authentication

Quirks
- Scopes are asked for with commas and answered with spaces; apps made before December 2023 get a
  list. `read` is always granted, said or not, and what `write` covers need not be listed beside it
  (dxos/dxos pull request 11171: `read,write` came back as `write`).
- Who granted these scopes before is sent back without a page, in the workspace last used, unless
  `prompt=consent` asks.
- A refresh gives a new pair; for 30 minutes the spent refresh token gets the same pair again. The
  access token before it dies at once.
- The token endpoint reads forms only: JSON is told as "cannot retrieve client credentials".
- The revocation endpoint takes one token in `token`, and none of the older fields beside it. It
  answers 400 or 401 for a token that was gone before.
- A person is another one in each workspace, so that the account is the person in the workspace.
- Where an Enterprise workspace wants third-party applications approved, a member sees a page on
  which to ask for it; the browser does not come back.
  https://linear.app/docs/third-party-application-approvals

Found elsewhere than in Linear's documentation
- Revoking ends one token, not all of a person's: the schema of @linear/sdk 98.0.0 counts
  `activeTokensForUser` per client. Whether a refresh token takes its access token along is said
  nowhere, so both are revoked.
- Errors of the token endpoint (raycast/extensions issue 23050, linear/linear issues 264, 636, 637)
  are those of node-oauth2-server, word for word: `invalid_grant`, `invalid_client` and
  `invalid_request` with 400. A call that was answered 503 had spent its code.
- The life of an unused refresh token is not known, nor is the `error` of a refused consent: other
  code expects `access_denied`.
"""

from typing import TYPE_CHECKING, Any, Final

from hub.errors import ClientRefused, GrantRefused, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Account, Tokens
from hub.providers import _rest
from hub.providers._provider import Access, Provider
from hub.providers._standard import read_standard_error, read_token
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
from hub.providers.linear.client import (
    ADMIN,
    API,
    CREATE_ISSUES,
    READ,
    WRITE,
    LinearClient,
    codes,
)

if TYPE_CHECKING:
    from hub.providers._sync import Sync
    from hub.providers._webhooks import Webhooks

_COVERED: Final = {WRITE: frozenset({CREATE_ISSUES})}


def _make_client(to: Connection) -> LinearClient:
    return LinearClient(to.token.reveal(), to.send, to.endpoints.api)


def _load_actions() -> tuple[Action, ...]:
    from hub.providers.linear.actions import ACTIONS  # noqa: PLC0415  # as Provider says

    return ACTIONS


def _load_webhooks() -> "Webhooks":
    from hub.providers.linear.webhooks import WEBHOOKS  # noqa: PLC0415  # as Provider says

    return WEBHOOKS


def _load_sync() -> "Sync":
    from hub.providers.linear.resources import SYNC  # noqa: PLC0415  # as Provider says

    return SYNC


def _read_error(answer: Answer) -> str | None:
    """Read a limit as the API tells it too, with 400, should the token endpoint do the same."""
    error = read_standard_error(answer)
    return "ratelimited" if error and "RATELIMITED" in codes(answer) else error


def _read_tokens(answer: Answer) -> TokenAnswer:
    body = answer.json()
    return TokenAnswer(
        tokens=Tokens(main=read_token(body, answer.sent_at)),
        scopes=_scopes(body.get("scope")),
        body=body,
    )


def _scopes(told: Any) -> frozenset[str] | None:
    if isinstance(told, str):
        told = told.replace(",", " ").split()
    if not isinstance(told, list):
        return None
    granted = {READ, *(scope for scope in told if isinstance(scope, str))}
    return frozenset(granted.union(*(_COVERED.get(scope, ()) for scope in granted)))


def _identify(answer: TokenAnswer, access: Access) -> Account:
    token = answer.tokens.main.access.reveal()
    person = LinearClient(token, access.send, access.client.endpoints.api).viewer()
    workspace = person["organization"]
    who = person["email"] or person["name"] or person["id"]
    return Account(
        id=f"{workspace['id']}:{person['id']}", name=f"{workspace['name'] or 'Linear'} ({who})"
    )


def _revoke(tokens: Tokens, client: Client) -> tuple[Request, ...]:
    """End both: each call is for one token, and none says what becomes of the other."""
    held = {"refresh_token": tokens.main.refresh, "access_token": tokens.main.access}
    return tuple(
        Request(
            url=client.endpoints.revocation,
            form={"token": token.reveal(), "token_type_hint": kind},
        )
        for kind, token in held.items()
        if token is not None
    )


PROVIDER: Final = Provider(
    id="linear",
    name="Linear",
    features=("Issues", "Projects"),
    acts_as=ActsAs.PERSON,
    account="person in a workspace",
    endpoints=Endpoints(
        authorization="https://linear.app/oauth/authorize",
        token=f"{API}/oauth/token",
        revocation=f"{API}/oauth/revoke",
        api=API,
    ),
    scopes=(
        Scope(id=READ, explanation="See the issues, projects and teams you can see in Linear"),
        Scope(id=CREATE_ISSUES, explanation="Create issues in Linear on your behalf"),
        Scope(
            id=WRITE,
            explanation="Change anything you can change in Linear, such as an issue's state",
            required=False,
        ),
        Scope(
            id=ADMIN,
            explanation=(
                "Be told of changes by a webhook of your workspace's own. For administrators; it "
                "lets Targetym do in Linear whatever an administrator may"
            ),
            required=False,
        ),
    ),
    scope_separator=",",
    needs_refresh_token=True,
    refresh=RefreshRule(rotates=True, grace=30 * 60),
    authorization_parameters={"prompt": "consent"},
    revocation_scope=RevocationScope.TOKEN,
    already_revoked=frozenset({400, _rest.UNAUTHORIZED}),
    errors={
        "invalid_grant": GrantRefused,
        "invalid_client": ClientRefused,
        "invalid_request": ClientRefused,
        "ratelimited": ProviderUnavailable,
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
