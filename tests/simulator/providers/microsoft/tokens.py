"""Entra ID's token endpoint, and who a person is as its ID tokens tell.

Quirks: a code is good at the tenant it was asked for; `scope` may be sent along and must have been
consented to; `client_info` comes to who asks for it. A code that comes twice takes its grant with
it, which Microsoft does not say of itself.

Sources: MicrosoftDocs/entra-docs docs/identity-platform/v2-oauth2-auth-code-flow.md,
refresh-tokens.md, id-token-claims-reference.md; client_info as MSAL for Python reads it.
"""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.microsoft.consent import EntraConsent
from tests.simulator.providers.microsoft.directory import PEOPLE, Person, exists
from tests.simulator.providers.microsoft.errors import (
    CONSENT_MISSING,
    NO_SECRET,
    UNKNOWN_TENANT,
    WRONG_TENANT,
    trace,
)
from tests.simulator.providers.microsoft.scopes import (
    OFFLINE,
    OPENID,
    PROFILE,
    SIGN_IN,
    canonical,
    written,
)
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.keys import signed
from tests.simulator.standard.rules import OAuthError, Rotation, Rules
from tests.simulator.standard.tokens import Tokens
from tests.simulator.wire import Answer, Request

LOGIN = "https://login.microsoftonline.com"
ACCESS_LIFE = 3_599
REFRESH_LIFE = 90 * 86_400


def rules(words: Mapping[str, str]) -> Rules:
    return Rules(
        provider="Microsoft 365",
        account_word="Account",
        scopes=words,
        code_prefix="1.AXkA",
        access_prefix="eyJ0eXAiOiJKV1QiLCJub25jZSI6",
        access_life=ACCESS_LIFE,
        refresh_prefix="1.AX8A",
        refresh_life=REFRESH_LIFE,
        offline_scope=OFFLINE,
        rotation=Rotation(grace=None),
    )


class EntraTokens(Tokens[Settings]):
    def __init__(self, context: Context, grants: Grants[Settings], consent: EntraConsent) -> None:
        super().__init__(context, grants, consent, self._written)

    def token(self, request: Request, call: Call) -> Answer:
        pair = self.exchange(request, call)
        call.saw("token", pair.access.value)
        answer = self._written(pair)
        if self.fields(request).get("client_info") == "1":
            person = PEOPLE[pair.grant.account]
            told = {"uid": person.oid, "utid": person.tenant.id}
            answer["client_info"] = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
        return Answer.json(answer)

    def exchange(self, request: Request, call: Call) -> Pair:
        if not exists(request.named["tenant"]):
            raise OAuthError("invalid_request", UNKNOWN_TENANT)
        pair = super().exchange(request, call)
        asked = map(canonical, self.fields(request).get("scope", "").split())
        if set(asked) - set(pair.grant.scopes) - SIGN_IN.keys():
            raise OAuthError("invalid_grant", CONSENT_MISSING)
        return pair

    def fields(self, request: Request) -> Mapping[str, str]:
        return {**super().fields(request), "tenant": request.named["tenant"]}

    def authenticate(self, request: Request, fields: Mapping[str, str], call: Call) -> None:
        """An unknown client, a missing secret and a wrong one are told apart."""
        try:
            super().authenticate(request, fields, call)
        except OAuthError:
            named = (fields.get("client_id", ""), fields.get("client_secret", ""))
            client_id, secret = request.basic() or named
            if client_id != self._context.client.client_id:
                raise OAuthError("unauthorized_client") from None
            words = "" if secret else NO_SECRET
            raise OAuthError("invalid_client", words, status=HTTPStatus.UNAUTHORIZED) from None

    def _spend_code(self, fields: Mapping[str, str]) -> Pair:
        code = self._consent.codes.get(fields.get("code", ""))
        if code and code.grant.details["tenant"] != fields["tenant"]:
            raise OAuthError("invalid_grant", WRONG_TENANT)
        return super()._spend_code(fields)

    def _written(self, pair: Pair) -> dict[str, Any]:
        scopes = pair.grant.scopes
        answer = {
            "token_type": "Bearer",
            "scope": written(scopes, in_full=pair.grant.details["in_full"]),
            "expires_in": ACCESS_LIFE,
            "ext_expires_in": ACCESS_LIFE,
            "access_token": pair.access.value,
        }
        if pair.refresh:
            answer["refresh_token"] = pair.refresh.value
        if OPENID in scopes:
            answer["id_token"] = self._context.mint.remember(self._id_token(pair))
        return answer

    def _id_token(self, pair: Pair) -> str:
        person, now = PEOPLE[pair.grant.account], int(self._context.now())
        client_id = self._context.client.client_id
        nonce = pair.grant.details["nonce"]
        return signed(
            {
                "aud": client_id,
                "iss": f"{LOGIN}/{person.tenant.id}/v2.0",
                "iat": now,
                "nbf": now,
                "exp": now + ACCESS_LIFE,
                **(_profile(person) if PROFILE in pair.grant.scopes else {}),
                **({"nonce": nonce} if nonce else {}),
                "sub": trace(f"{client_id} {person.oid}"),
                "tid": person.tenant.id,
                "uti": trace(pair.access.value),
                "ver": "2.0",
            }
        )


def _profile(person: Person) -> dict[str, str]:
    return {"name": person.name, "oid": person.oid, "preferred_username": person.user_name}


def discovery(request: Request, call: Call) -> Answer:
    """The discovery document, with Microsoft's own addresses whoever plays it."""
    tenant = f"{LOGIN}/{request.named['tenant']}"
    return Answer.json(
        {
            "issuer": f"{LOGIN}/{{tenantid}}/v2.0",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            "jwks_uri": f"{tenant}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "scopes_supported": list(SIGN_IN),
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )
