"""Notion's grants, and its endpoints for OAuth clients: `/v1/oauth/token` and `/v1/oauth/revoke`.

Rules played here:
- The client is asked who it is before anything else is looked at, and the body is JSON.
- Access tokens do not expire, and refresh tokens come all the same, unless Notion gives null.
- A registration made since June 2026 has a new pair of tokens for every authorization; with an
  older one (`shares_tokens`) the same person gets the same living tokens again.
- Revocation takes an access token and ends its grant. A refresh token it does not know; that an
  unknown token is `invalid_grant` is a guess.

Sources: developers.notion.com/guides/get-started/authorization, /reference/create-a-token,
/reference/refresh-a-token, /reference/revoke-token; the changelog of June 8, 2026.
"""

from dataclasses import dataclass
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.notion.errors import named
from tests.simulator.providers.notion.workspaces import SEATS
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.grants import Grant, Grants, Pair
from tests.simulator.standard.rules import (
    Body,
    OAuthError,
    Pkce,
    Rotation,
    Rules,
    StandardSettings,
)
from tests.simulator.standard.tokens import Tokens
from tests.simulator.wire import Answer, Request

READ, INSERT, UPDATE = "read_content", "insert_content", "update_content"
VERSIONS = (
    "2021-05-11",
    "2021-05-13",
    "2021-08-16",
    "2022-02-22",
    "2022-06-28",
    "2025-09-03",
    "2026-03-11",
)
RULES = Rules(
    provider="Notion",
    account_word="Workspace",
    scopes=None,
    fixed_scopes={
        READ: "Read the pages that you share with it",
        INSERT: "Add content to the pages that you share with it",
    },
    required_query={"owner": "user"},
    pkce=Pkce.UNKNOWN,
    in_body=False,
    body=Body.JSON,
    code_prefix="03",
    access_prefix="ntn_",
    access_life=None,
    refresh_prefix="nrt_",
    rotation=Rotation(ends_access_token=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`granted_scopes` are the capabilities that the app has when somebody authorizes it.
    `saves_too_late`: pages are created, but the answer is a 503.
    """

    refresh_tokens: bool = True
    shares_tokens: bool = False
    saves_too_late: bool = False


class NotionGrants(Grants[Settings]):
    def issue(self, grant: Grant) -> Pair:
        if self.settings.shares_tokens and (living := self._living_pair(grant)):
            return living
        access = self._access_token(grant)
        refreshes = self.settings.refresh_tokens
        return Pair(access=access, refresh=self._refresh_token(access) if refreshes else None)

    def _living_pair(self, grant: Grant) -> Pair | None:
        """What the same person holds already in the same workspace."""
        for token in self.tokens.values():
            if token.account == grant.account and self.usable(token):
                mine = (one for one in self.refresh_tokens.values() if one.access is token)
                grant.ended = True  # the new one is no other than the first
                return Pair(access=token, refresh=next(mine, None))
        return None


class OAuth:
    def __init__(self, context: Context, grants: NotionGrants, consent: Consent[Settings]) -> None:
        self._grants = grants
        self._tokens = Tokens(context, grants, consent, write)

    def token(self, request: Request, call: Call) -> Answer:
        self._enter(request, call)
        pair = self._tokens.exchange(request, call)
        call.saw("token", pair.access.value)
        return named(write(pair))

    def revoke(self, request: Request, call: Call) -> Answer:
        self._enter(request, call)
        value = self._tokens.fields(request).get("token", "")
        call.saw("token", value)
        if not value:
            raise OAuthError("invalid_request", "body.token should be defined.")
        token = self._grants.find(value)
        if token is None:
            raise OAuthError("invalid_grant", "Invalid token.")
        token.grant.ended = True
        return named({})

    def _enter(self, request: Request, call: Call) -> None:
        self._tokens.authenticate(request, {}, call)
        if request.headers.get("notion-version", "") not in VERSIONS:
            raise OAuthError("invalid_request", "Notion-Version header failed validation.")


def write(pair: Pair) -> dict[str, Any]:
    seat = SEATS[pair.grant.account]
    return {
        "access_token": pair.access.value,
        "token_type": "bearer",
        "refresh_token": pair.refresh.value if pair.refresh else None,
        "bot_id": seat.bot_id,
        "workspace_icon": None,
        "workspace_name": seat.workspace,
        "workspace_id": seat.workspace_id,
        "owner": {
            "type": "user",
            "user": {
                "object": "user",
                "id": seat.person_id,
                "name": seat.person,
                "avatar_url": None,
                "type": "person",
                "person": {"email": seat.email},
            },
        },
        "duplicated_template_id": None,
    }
