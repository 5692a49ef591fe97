"""Asana's token endpoint, and those beside it: revocation and introspection.

Quirks: the answer says who consented and not what was granted; a refresh gives no refresh token;
revoking takes a refresh token, whose access tokens die with it, and refuses an access token; a
token that nobody knows is as good as revoked; everybody may ask about a token they hold.

Source: developers.asana.com/docs/oauth (token exchange, deauthorization, introspection).
"""

from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.asana.consent import AsanaConsent, Settings
from tests.simulator.providers.asana.world import PEOPLE
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.rules import OAuthError
from tests.simulator.standard.tokens import Tokens
from tests.simulator.wire import Answer, Request

ACCESS_LIFE = 3600


class AsanaTokens(Tokens[Settings]):
    def __init__(self, context: Context, grants: Grants[Settings], consent: AsanaConsent) -> None:
        super().__init__(context, grants, consent, _written)

    def exchange(self, request: Request, call: Call) -> Pair:
        try:
            return super().exchange(request, call)
        except OAuthError as refused:
            if refused.error == "invalid_grant":
                sent = "refresh_token" if "refresh_token" in call.fingerprints else "code"
                refused.description = f"The `{sent}` provided was invalid."
            raise

    def revoke(self, request: Request, call: Call) -> Answer:
        fields = self.fields(request)
        call.saw("token", fields.get("token"))
        for name in ("client_id", "client_secret", "token"):
            if not fields.get(name):
                raise OAuthError("invalid_request", f"The `{name}` parameter is missing.")
        self.authenticate(request, fields, call)
        if fields["token"] in self._grants.tokens:
            raise OAuthError("invalid_request", "The `token` provided was invalid.")
        token = self._grants.refresh_tokens.get(fields["token"])
        if token is not None:
            token.grant.ended = True
        return Answer.json({})

    def introspect(self, request: Request, call: Call) -> Answer:
        value = self.fields(request).get("token", "")
        call.saw("token", value)
        if not value:
            raise OAuthError("invalid_request", "The `token` parameter is missing.")
        access, refresh = self._grants.find(value), self._grants.find_refresh(value)
        grant = (access or refresh).grant if access or refresh else None
        if grant is None:
            return Answer.json({"active": False})
        told = {
            "token_type": "bearer" if access else "refresh",
            "scope": " ".join(grant.scopes),
            "active": True,
            "client_id": self._context.client.client_id,
        }
        if access and access.expires_at is not None:
            expires = int(access.expires_at)
            told |= {"exp": expires, "expires_in": expires - int(self._context.now())}
        return Answer.json(told)


def _written(pair: Pair) -> dict[str, Any]:
    person = PEOPLE[pair.grant.account]
    answer: dict[str, Any] = {
        "access_token": pair.access.value,
        "expires_in": ACCESS_LIFE,
        "token_type": "bearer",
        "data": {
            "id": int(person.gid),
            "gid": person.gid,
            "name": person.name,
            "email": person.email,
        },
    }
    if pair.refresh:
        answer["refresh_token"] = pair.refresh.value
    return answer
