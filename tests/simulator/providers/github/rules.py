"""What GitHub insists on, for the two kinds of apps it knows, and the tokens that follow.

Rules played here:
- An OAuth App's tokens have the scopes that were granted and never expire; of more than ten for
  the same person and scopes, the oldest dies.
- A GitHub App's tokens have no scopes and live 8 hours, their refresh tokens 6 months, unless the
  app has expiry switched off. A refresh ends both tokens before it at once.

Sources: github/docs, content/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps.md,
/scopes-for-oauth-apps.md, /apps/creating-github-apps/authenticating-with-a-github-app/
refreshing-user-access-tokens.md, data/reusables/apps/user-access-token-response-parameters.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulator.oauth import Context
from tests.simulator.standard import grants
from tests.simulator.standard.grants import Grant, Pair
from tests.simulator.standard.rules import OAuthError, Pkce, Rotation, Rules, StandardSettings

ACCESS_LIFE = 28_800
REFRESH_LIFE = 15_811_200
LIVE_TOKENS = 10
SCOPES = {
    "repo": "Full control of private repositories",
    "public_repo": "Access public repositories",
    "read:org": "Read org and team membership, read org projects",
    "user": "Update all user data",
    "read:user": "Read all user profile data",
    "user:email": "Access user email addresses (read-only)",
    "read:project": "Read access of projects",
    "admin:repo_hook": "Full control of repository hooks",
    "admin:org_hook": "Full control of organization hooks",
}
IMPLIED = {"repo": {"public_repo"}, "user": {"read:user", "user:email"}}
BAD_REFRESH_TOKEN = "bad_refresh_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`oauth_app`: the app is an OAuth App, not a GitHub App. `expiring`: a GitHub App's tokens
    expire. `installed`: the GitHub App is installed; `requested`: its installation is asked for.
    `issues_permission`: it was given leave to write issues.
    """

    oauth_app: bool = False
    expiring: bool = True
    installed: bool = True
    requested: bool = False
    issues_permission: bool = True


def rules_of(settings: Settings) -> Rules:
    expiring = settings.expiring and not settings.oauth_app
    return Rules(
        provider="GitHub",
        account_word="Account",
        scopes=SCOPES,
        untickable=frozenset(SCOPES),
        pkce=Pkce.OPTIONAL,
        basic=False,
        code_prefix="",
        access_prefix="gho_" if settings.oauth_app else "ghu_",
        access_life=ACCESS_LIFE if expiring else None,
        refresh_prefix="ghr_",
        refresh_life=REFRESH_LIFE,
        rotation=Rotation(ends_access_token=True),
    )


class Grants(grants.Grants[Settings]):
    def __init__(self, context: Context) -> None:
        settings = Settings()
        super().__init__(context, rules_of(settings), settings)

    def configure(self, settings: Settings) -> None:
        """For tokens from now on; those that were issued stay what they are."""
        self.settings, self.rules = settings, rules_of(settings)

    def issue(self, grant: Grant) -> Pair:
        pair = super().issue(grant)
        alike = [
            token
            for token in self.tokens.values()
            if token.account == grant.account
            and set(token.scopes) == set(grant.scopes)
            and token.expires_at is None
            and self.usable(token)
        ]
        for surplus in alike[:-LIVE_TOKENS] if self.settings.oauth_app else ():
            surplus.dead = True
        return pair

    def refresh(self, value: str) -> Pair:
        try:
            return super().refresh(value)
        except OAuthError as refused:
            raise OAuthError(BAD_REFRESH_TOKEN) from refused


def normalized(scopes: Iterable[str]) -> tuple[str, ...]:
    """Without those that another one implies."""
    given = tuple(scopes)
    implied = {one for scope in given for one in IMPLIED.get(scope, ())}
    return tuple(scope for scope in given if scope not in implied)
