"""GitHub's page "Authorize Targetym".

Quirks: a GitHub App asks for no scopes, what it may do is fixed; PKCE is taken as S256 alone; where
the installation of the app could only be requested, the way back says so beside the code.

Stricter than GitHub where a client that is wrong might get away with it: scopes that do not exist
are refused, and `redirect_uri` must be there.

Sources: github/docs, content/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps.md,
/maintaining-oauth-apps/troubleshooting-authorization-request-errors.md; github.blog, changelog of
2025-07-14 (PKCE); polarsource/polar issue 690 (setup_action).
"""

from tests.simulator import pages
from tests.simulator.journal import Call
from tests.simulator.oauth import Context, with_query
from tests.simulator.providers.github.people import PEOPLE
from tests.simulator.providers.github.rules import SCOPES, Grants, Settings, normalized
from tests.simulator.standard import consent
from tests.simulator.standard.consent import Authorization
from tests.simulator.wire import Answer, Request, Values, last

DENIED = {
    "error": "access_denied",
    "error_description": "The user has denied your application access.",
    "error_uri": "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/"
    "#access-denied",
}
PERMISSIONS = (
    pages.Permission(field="scope", scope="issues", words="Read and write issues", optional=False),
    pages.Permission(
        field="scope", scope="metadata", words="See repositories it is installed on", optional=False
    ),
)


class Consent(consent.Consent[Settings]):
    def __init__(self, context: Context, grants: Grants) -> None:
        accounts = {person.login: person.login for person in PEOPLE.values()}
        super().__init__(context, grants, accounts, denied=DENIED)

    def decide(self, request: Request, call: Call) -> Answer:
        answer = super().decide(request, call)
        if not self._grants.settings.requested:
            return answer
        back = dict(answer.headers)["Location"]
        return Answer.redirect(with_query(back, setup_action="request"))

    def _problem(self, query: Values) -> str | None:
        if not set(self._scopes(query)) <= SCOPES.keys():
            return "invalid_scope"
        challenge, method = last(query, "code_challenge"), last(query, "code_challenge_method")
        s256 = method == "S256" if challenge else not method
        return None if s256 else "invalid_request"

    def _scopes(self, query: Values) -> tuple[str, ...]:
        return super()._scopes(query) if self._grants.settings.oauth_app else ()

    def _granted(self, authorization: Authorization, choice: Values) -> tuple[str, ...]:
        if not self._grants.settings.oauth_app:
            return ()
        return normalized(super()._granted(authorization, choice))

    def _permissions(self, authorization: Authorization) -> tuple[pages.Permission, ...]:
        oauth_app = self._grants.settings.oauth_app
        return super()._permissions(authorization) if oauth_app else PERMISSIONS
