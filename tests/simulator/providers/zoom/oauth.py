"""Zoom's authorization page, token endpoint and revocation.

Quirks: who asks for scopes gets a page; a new authorization ends the tokens of the one before;
tokens count in the body alone; revoking wants a live access token and ends everything that this
person authorized.

Stricter than Zoom: of requests that name scopes it refuses some, here all; it takes the fields of a
token request from the query too, and challenges by the method `plain`.

Sources: developers.zoom.us/docs/integrations/oauth, zoom/skills (oauth), devforum.zoom.us 138714
and 78782.
"""

from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.zoom.errors import TRACKING, NoConsent, TokenRefused
from tests.simulator.providers.zoom.rules import Settings
from tests.simulator.providers.zoom.users import USERS
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.consent import NoConsent as NoStandardConsent
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.rules import OAuthError
from tests.simulator.standard.tokens import Tokens
from tests.simulator.wire import FORM, Answer, Malformed, Request, last

APP_SCOPES = (
    "marketplace:delete:event_subscription",
    "marketplace:read:list_event_subscriptions",
    "marketplace:update:event_subscription",
    "marketplace:write:event_subscription",
)
PAGES = {
    "invalid_client": ("Invalid client_id", "4,702"),
    "invalid_redirect_uri": ("Invalid redirect", "4,700"),
    "invalid_request": ("Invalid request", "4,700"),
}


class OAuth:
    def __init__(self, context: Context, grants: Grants[Settings]) -> None:
        self._grants, self._mint = grants, context.mint
        self.app_tokens: set[str] = set()
        accounts = {user.id: user.email for user in USERS.values()}
        self._consent = Consent(context, grants, accounts)
        self._tokens = Tokens(context, grants, self._consent, self._written)

    def ask(self, request: Request, call: Call) -> Answer:
        return self._page(self._consent.ask, request, call)

    def decide(self, request: Request, call: Call) -> Answer:
        return self._page(self._consent.decide, request, call)

    def token(self, request: Request, call: Call) -> Answer:
        try:
            if request.content_type == FORM and "client_credentials" in str(request.body):
                return self._app_token(request, call)
            return self._tokens.token(request, call)
        except OAuthError as refused:
            raise _refused(refused, request) from refused

    def _app_token(self, request: Request, call: Call) -> Answer:
        """A token of the app itself, which manages what is the app's own."""
        self._tokens.authenticate(request, self._tokens.fields(request), call)
        token = self._mint.issue("eyJzdiI6IjAwMDAwMiJ9.app.")
        self.app_tokens.add(token)
        return Answer.json(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": 3600,
                "scope": " ".join(APP_SCOPES),
                "api_url": self._grants.settings.api_url,
            },
            headers=TRACKING,
        )

    def revoke(self, request: Request, call: Call) -> Answer:
        try:
            fields = self._tokens.fields(request)
            self._tokens.authenticate(request, fields, call)
        except OAuthError as refused:
            raise TokenRefused(refused.error) from refused
        call.saw("token", fields.get("token"))
        token = self._grants.find(fields.get("token", ""))
        if token is None:
            raise TokenRefused("invalid_request", "Invalid Token!")
        self._grants.end_account(token.account)
        return Answer.json({"status": "success"}, headers=TRACKING)

    def _page(self, handle: Any, request: Request, call: Call) -> Answer:
        if last(request.query, "scope"):
            raise NoConsent("Invalid scope", "4,700")
        try:
            answer: Answer = handle(request, call)
        except NoStandardConsent as refused:
            raise NoConsent(*PAGES[refused.error]) from refused
        return answer

    def _written(self, pair: Pair) -> dict[str, Any]:
        content: dict[str, Any] = {
            "access_token": pair.access.value,
            "token_type": "bearer",
            "expires_in": self._grants.rules.access_life,
            "scope": " ".join(pair.grant.scopes),
            "api_url": self._grants.settings.api_url,
        }
        if pair.refresh:
            content["refresh_token"] = pair.refresh.value
        return content


def _refused(error: OAuthError, request: Request) -> TokenRefused:
    try:
        code = last(request.form(), "code")
    except Malformed:
        code = ""
    if error.error == "invalid_grant" and code:
        return TokenRefused(error.error, f"Invalid authorization code {code}")
    return TokenRefused(error.error)
