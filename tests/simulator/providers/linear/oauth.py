"""Linear's OAuth endpoints, where they differ from the book.

Quirks: `read` is always granted; who granted all this before is sent back without a page unless
`prompt=consent` asks; a proven verifier, or a grant that was made with one, stands for the client's
secret; a body that is no form holds no credentials; revoking ends one token.

Sources: linear.app/developers/oauth-2-0-authentication, linear/linear pull request 27 (no page the
second time), node-oauth/node-oauth2-server lib/handlers/token-handler.js (the errors, as issues 264
and 637 of linear/linear show them). What the revocation endpoint says beside its status is nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.linear.workspaces import PEOPLE
from tests.simulator.standard.consent import Authorization, Code, Consent
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.rules import OAuthError, Rotation, Rules, StandardSettings
from tests.simulator.standard.tokens import Tokens
from tests.simulator.wire import FORM, Answer, Malformed, Request, Values, last

SCOPES = {
    "read": "Read access to your account",
    "write": "Write access to your account",
    "issues:create": "Create issues",
    "comments:create": "Create comments",
    "timeSchedule:write": "Create and modify time schedules",
    "admin": "Access to admin endpoints",
}
COVERED = frozenset({"read", "issues:create", "comments:create"})  # by `write`
RULES = Rules(
    provider="Linear",
    account_word="Workspace",
    scopes=SCOPES,
    scope_separator=",",
    code_prefix="",
    access_prefix="lin_oauth_",
    access_life=86_399,
    refresh_prefix="lin_refresh_",
    rotation=Rotation(grace=30 * 60, replays=True, ends_access_token=True),
)
OLD_FIELDS = ("access_token", "refresh_token")
WORDS = {
    "invalid_client": "Invalid client: client is invalid",
    "unsupported_grant_type": "Unsupported grant type: `grant_type` is invalid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`scope_list`: the app is from before December 2023. `scope_short`: what `write` covers is not
    listed beside it. `app_webhook`: a webhook is set in the app. `restamps`: a webhook that is
    tried again is stamped anew.
    """

    scope_list: bool = False
    scope_short: bool = False
    app_webhook: bool = True
    restamps: bool = True


class LinearGrants(Grants[Settings]):
    def __init__(self, context: Context) -> None:
        super().__init__(context, RULES, Settings())

    def covering(self, scopes: tuple[str, ...]) -> str | None:
        """Whoever granted all these scopes last."""
        fitting = [one for one in self.grants if not one.ended and set(scopes) <= set(one.scopes)]
        return fitting[-1].account if fitting else None

    def revoke(self, value: str) -> bool:
        """End this one token; the grant ends with its last one."""
        token = self.find(value) or self.find_refresh(value)
        if token is None:
            return False
        token.dead = True
        grant = token.grant
        access = any(self.usable(one) for one in self.tokens.values() if one.grant is grant)
        refresh = any(
            one.spent_at is None and self.find_refresh(one.value) is not None
            for one in self.refresh_tokens.values()
            if one.grant is grant
        )
        grant.ended = not access and not refresh
        return True

    def known(self, value: str) -> bool:
        return value in self.tokens or value in self.refresh_tokens

    def written(self, pair: Pair) -> dict[str, Any]:
        """The content of the token endpoint's success."""
        scopes = pair.grant.scopes
        if self.settings.scope_short and "write" in scopes:
            scopes = tuple(scope for scope in scopes if scope not in COVERED)
        content = {
            "access_token": pair.access.value,
            "token_type": "Bearer",
            "expires_in": RULES.access_life,
            "scope": list(scopes) if self.settings.scope_list else " ".join(scopes),
        }
        return content | ({"refresh_token": pair.refresh.value} if pair.refresh else {})


class LinearConsent(Consent[Settings]):
    def __init__(self, context: Context, grants: LinearGrants) -> None:
        accounts = {person.id: person.label for person in PEOPLE.values()}
        super().__init__(context, grants, accounts, describe=_described)
        self._linear = grants

    def ask(self, request: Request, call: Call) -> Answer:
        authorization = self._authorization(request.query, call)
        account = self._linear.covering(authorization.scopes)
        if account is None or last(request.query, "prompt") == "consent":
            return super().ask(request, call)
        yes = urlencode({"decision": "approve", "account": account}).encode()
        return self.decide(replace(request, body=yes), call)

    def _granted(self, authorization: Authorization, choice: Values) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("read", *super()._granted(authorization, choice))))


def _described(authorization: Authorization, _: str, __: Values) -> dict[str, object]:
    return {"proven": bool(authorization.challenge)}


class LinearTokens(Tokens[Settings]):
    def __init__(self, context: Context, grants: LinearGrants, consent: LinearConsent) -> None:
        super().__init__(context, grants, consent, grants.written)
        self._linear = grants

    def exchange(self, request: Request, call: Call) -> Pair:
        try:
            return super().exchange(request, call)
        except OAuthError as refused:
            raise self._worded(refused, request) from None

    def fields(self, request: Request) -> Mapping[str, str]:
        return super().fields(request) if request.content_type == FORM else {}

    def authenticate(self, request: Request, fields: Mapping[str, str], call: Call) -> None:
        call.client_authenticated = False
        if request.basic() is None and not fields.get("client_secret"):
            if not fields.get("client_id") or not self._proven(fields):
                raise OAuthError("invalid_client", "cannot retrieve client credentials")
            if fields["client_id"] != self._context.client.client_id:
                raise OAuthError("invalid_client")
            return
        super().authenticate(request, fields, call)

    def _proven(self, fields: Mapping[str, str]) -> bool:
        refresh = self._linear.refresh_tokens.get(fields.get("refresh_token", ""))
        by_grant = refresh is not None and bool(refresh.grant.details["proven"])
        return bool(fields.get("code_verifier")) or by_grant

    def _spend_code(self, fields: Mapping[str, str]) -> Pair:
        code: Code | None = self._consent.codes.get(fields.get("code", ""))
        if code and not code.used and fields.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("invalid_request", "Invalid request: `redirect_uri` is invalid")
        return super()._spend_code(fields)

    def _worded(self, refused: OAuthError, request: Request) -> OAuthError:
        fields = self.fields(request) if refused.error != "invalid_request" else {}
        subject = "refresh token" if "refresh_token" in fields else "authorization code"
        words = WORDS | {"invalid_grant": f"Invalid grant: {subject} is invalid"}
        description = words.get(refused.error, refused.description)
        if "cannot retrieve" in refused.description:
            description = f"Invalid client: {refused.description}"
        by_header = refused.error == "invalid_client" and "authorization" in request.headers
        status = HTTPStatus.UNAUTHORIZED if by_header else HTTPStatus.BAD_REQUEST
        return OAuthError(refused.error, description, status=status)


class Revocation:
    def __init__(self, grants: LinearGrants) -> None:
        self._grants = grants

    def revoke(self, request: Request, call: Call) -> Answer:
        """The token stands in `token`, or in one of the older places, never in both."""
        try:
            form = request.form() if request.content_type == FORM else {}
        except Malformed:
            return _unable()
        older = [*(last(form, name) for name in OLD_FIELDS), request.bearer() or ""]
        value = last(form, "token") or "".join(older)
        call.saw("token", value)
        if last(form, "token") and any(older):
            return _unable()
        if not self._grants.known(value):
            return Answer.json({}, status=HTTPStatus.UNAUTHORIZED, outcome="unknown_token")
        return Answer.json({}) if self._grants.revoke(value) else _unable()


def _unable() -> Answer:
    return Answer.json({}, status=HTTPStatus.BAD_REQUEST, outcome="unable_to_revoke")
