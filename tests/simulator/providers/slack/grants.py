"""What Slack has granted to the app: installations, their scopes, their tokens.

Rules played here:
- Scopes add up over installations of one app in one workspace; only uninstalling takes them away.
- Without rotation a workspace has one bot token, and installing again hands out the same one.
- With rotation a token lives 12 hours, at most two of a kind are live (the oldest is revoked),
  and a refresh token is good for one use and a short grace.

Sources: docs.slack.dev/authentication/installing-with-oauth, /authentication/using-token-rotation,
/authentication/using-pkce; slackapi/bolt-python issue 969 (the token string stays the same).
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from tests.simulator.journal import fingerprint
from tests.simulator.oauth import Context
from tests.simulator.providers.slack.arguments import SlackError

BOT, USER = "bot", "user"
ROTATED_LIFE = 43_200
LIVE_TOKENS = 2
PUBLIC_CLIENT_REFRESH_LIFE = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Switches of the app and of the play. `granted_scopes` replaces what a consent grants."""

    rotation: bool = False
    pkce: bool = False
    granted_scopes: tuple[str, ...] | None = None
    refresh_grace: float = 60.0

    def __post_init__(self) -> None:
        if type(self.rotation) is not bool or type(self.pkce) is not bool:
            raise TypeError("rotation and pkce are true or false")
        scopes = self.granted_scopes
        if scopes is not None:
            if isinstance(scopes, str) or not all(isinstance(scope, str) for scope in scopes):
                raise TypeError("granted_scopes is a list of scopes, or null")
            object.__setattr__(self, "granted_scopes", tuple(scopes))
        if type(self.refresh_grace) not in {int, float}:
            raise TypeError("refresh_grace is a number of seconds")


@dataclass(slots=True, kw_only=True)
class Installation:
    team: str
    bot_scopes: tuple[str, ...] = ()
    user_scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Token:
    value: str = field(repr=False)
    kind: str
    team: str
    user: str
    expires_at: float | None = None
    dead: str | None = None  # the error it is answered with from now on


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    value: str = field(repr=False)
    kind: str
    team: str
    user: str
    expires_at: float | None = None
    spent_at: float | None = None


class Grants:
    def __init__(self, context: Context) -> None:
        self._now, self._mint = context.now, context.mint
        self.settings = Settings()
        self.installations: dict[str, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}

    def install(
        self, team: str, person: str, bot_scopes: list[str], user_scopes: list[str]
    ) -> Installation:
        installation = self.installations.setdefault(team, Installation(team=team))
        installation.bot_scopes = _added(installation.bot_scopes, bot_scopes)
        if user_scopes:
            before = installation.user_scopes.get(person, ())
            installation.user_scopes[person] = _added(before, user_scopes)
        return installation

    def scopes_of(self, token: Token | RefreshToken) -> tuple[str, ...]:
        installation = self.installations.get(token.team)
        if installation is None:
            return ()
        if token.kind == BOT:
            return installation.bot_scopes
        return installation.user_scopes.get(token.user, ())

    def grant(self, kind: str, team: str, user: str) -> dict[str, Any]:
        """A token of that kind, as the part of an answer that carries it."""
        prefix = "xoxb-" if kind == BOT else "xoxp-"
        if not self.settings.rotation:
            live = [token for token in self._live(kind, team, user) if token.expires_at is None]
            token = live[-1] if live else self._add_token(prefix, kind, team, user, None)
            return {"access_token": token.value, "token_type": kind}
        expires_at = self._now() + ROTATED_LIFE
        token = self._add_token(f"xoxe.{prefix}1-", kind, team, user, expires_at)
        for surplus in self._live(kind, team, user)[:-LIVE_TOKENS]:
            surplus.dead = "token_revoked"
        refresh = RefreshToken(
            value=self._mint.issue("xoxe-1-"),
            kind=kind,
            team=team,
            user=user,
            expires_at=self._now() + PUBLIC_CLIENT_REFRESH_LIFE if self.settings.pkce else None,
        )
        self.refresh_tokens[refresh.value] = refresh
        return {
            "access_token": token.value,
            "token_type": kind,
            "expires_in": ROTATED_LIFE,
            "refresh_token": refresh.value,
        }

    def refresh(self, value: str) -> tuple[RefreshToken, dict[str, Any]]:
        token = self.refresh_tokens.get(value)
        if token is None or token.team not in self.installations:
            raise SlackError("invalid_refresh_token")
        now = self._now()
        too_late = token.spent_at is not None and now > token.spent_at + self.settings.refresh_grace
        if too_late or (token.expires_at is not None and now >= token.expires_at):
            raise SlackError("invalid_refresh_token")
        if token.spent_at is None:
            token.spent_at = now
        return token, self.grant(token.kind, token.team, token.user)

    def find(self, value: str) -> Token:
        token = self.tokens.get(value)
        if token is None:
            raise SlackError("invalid_auth")
        if token.dead:
            raise SlackError(token.dead)
        if token.expires_at is not None and self._now() >= token.expires_at:
            raise SlackError("token_expired")
        return token

    def revoke(self, token: Token) -> None:
        """One token. Where tokens do not rotate, the last one takes the installation with it."""
        token.dead = "token_revoked"
        same_team = [other for other in self.tokens.values() if other.team == token.team]
        if token.expires_at is None and not any(map(self._usable, same_team)):
            self.uninstall(token.team)

    def uninstall(self, team: str) -> bool:
        """The app is gone: every token, every refresh token, every scope."""
        for token in self.tokens.values():
            if token.team == team and token.dead is None:
                token.dead = "account_inactive" if token.kind == BOT else "token_revoked"
        self.refresh_tokens = {
            value: token for value, token in self.refresh_tokens.items() if token.team != team
        }
        return self.installations.pop(team, None) is not None

    def _add_token(
        self, prefix: str, kind: str, team: str, user: str, expires_at: float | None
    ) -> Token:
        value = self._mint.issue(prefix)
        token = Token(value=value, kind=kind, team=team, user=user, expires_at=expires_at)
        self.tokens[value] = token
        return token

    def _usable(self, token: Token) -> bool:
        return token.dead is None and (token.expires_at is None or self._now() < token.expires_at)

    def _live(self, kind: str, team: str, user: str) -> list[Token]:
        whose = (kind, team, user)
        return [
            token
            for token in self.tokens.values()
            if self._usable(token) and (token.kind, token.team, token.user) == whose
        ]

    def state(self) -> dict[str, Any]:
        return {
            "installations": [asdict(one) for one in self.installations.values()],
            "tokens": [
                {
                    "fingerprint": fingerprint(token.value),
                    "kind": token.kind,
                    "team": token.team,
                    "user": token.user,
                    "expires_at": token.expires_at,
                }
                for token in self.tokens.values()
                if self._usable(token)
            ],
        }


def _added(before: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))
