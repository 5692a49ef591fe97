"""What people have granted to the app, and the tokens that live by it.

Each time somebody approves, a grant begins; its tokens die with it. How far revoking reaches is
the provider's own affair: one token, one grant, or everything of an account.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.journal import Call, fingerprint
from tests.simulator.oauth import Context
from tests.simulator.standard.rules import OAuthError, Rotation, Rules, StandardSettings
from tests.simulator.wire import Request


@dataclass(slots=True, kw_only=True)
class Grant:
    number: int
    account: str
    scopes: tuple[str, ...]
    details: dict[str, Any] = field(default_factory=dict)  # a provider's own, such as a site
    ended: bool = False


@dataclass(slots=True, kw_only=True)
class Token:
    value: str = field(repr=False)
    grant: Grant
    expires_at: float | None
    dead: bool = False

    @property
    def account(self) -> str:
        return self.grant.account

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.grant.scopes


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    value: str = field(repr=False)
    grant: Grant
    used_at: float
    access: Token
    spent_at: float | None = None
    successor: "Pair | None" = None
    dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a token endpoint hands out."""

    access: Token
    refresh: RefreshToken | None

    @property
    def grant(self) -> Grant:
        return self.access.grant


class Grants[Settings: StandardSettings]:
    def __init__(self, context: Context, rules: Rules, settings: Settings) -> None:
        self._now, self._mint = context.now, context.mint
        self.rules, self.settings = rules, settings
        self.grants: list[Grant] = []
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}

    def begin(self, account: str, scopes: Iterable[str], **details: Any) -> Grant:
        if self.rules.replaces_earlier:
            self.end_account(account)
        grant = Grant(
            number=len(self.grants) + 1, account=account, scopes=tuple(scopes), details=details
        )
        self.grants.append(grant)
        return grant

    def issue(self, grant: Grant) -> Pair:
        """The first tokens of a grant."""
        access = self._access_token(grant)
        offline = self.rules.offline_scope is None or self.rules.offline_scope in grant.scopes
        refreshes = offline and access.expires_at is not None
        return Pair(access=access, refresh=self._refresh_token(access) if refreshes else None)

    def refresh(self, value: str) -> Pair:
        """New tokens for a refresh token. Raises OAuthError invalid_grant."""
        token = self.refresh_tokens.get(value)
        if token is None or token.dead or token.grant.ended or self._idle(token):
            raise OAuthError("invalid_grant", "Unknown or invalid refresh token.")
        rotation = self.rules.rotation
        if rotation is None:
            token.used_at = self._now()
            return Pair(access=self._access_token(token.grant), refresh=None)
        return self._rotate(token, rotation)

    def _rotate(self, token: RefreshToken, rotation: Rotation) -> Pair:
        now = self._now()
        if token.spent_at is not None:
            in_time = rotation.grace is None or now < token.spent_at + rotation.grace
            if not in_time:
                family = rotation.reuse_ends_grant or self.settings.reuse_ends_grant
                token.grant.ended = token.grant.ended or family
                raise OAuthError("invalid_grant", "Unknown or invalid refresh token.")
            if rotation.replays and token.successor:
                return token.successor
        token.spent_at = token.spent_at or now
        if rotation.ends_access_token:
            token.access.dead = True
        access = self._access_token(token.grant)
        token.successor = Pair(access=access, refresh=self._refresh_token(access))
        return token.successor

    def bearer(self, request: Request, call: Call) -> Token | None:
        """The token a call came with, if it is good."""
        value = request.bearer()
        call.saw("token", value)
        return self.find(value or "")

    def find(self, value: str) -> Token | None:
        token = self.tokens.get(value)
        return token if token and self.usable(token) else None

    def find_refresh(self, value: str) -> RefreshToken | None:
        """A refresh token that could be used now, spent or not."""
        token = self.refresh_tokens.get(value)
        if token is None or token.dead or token.grant.ended or self._idle(token):
            return None
        return token

    def usable(self, token: Token) -> bool:
        in_time = token.expires_at is None or self._now() < token.expires_at
        return in_time and not token.dead and not token.grant.ended

    def end_account(self, account: str) -> bool:
        """Everything of an account; whether there was anything."""
        living = [grant for grant in self.grants if grant.account == account and not grant.ended]
        for grant in living:
            grant.ended = True
        return bool(living)

    def living(self, account: str) -> list[Grant]:
        return [grant for grant in self.grants if grant.account == account and not grant.ended]

    def note(self, account: str) -> str:
        """What the overview says of an account."""
        living = self.living(account)
        return f"Connected, with {', '.join(living[-1].scopes)}." if living else "Not connected."

    def _access_token(self, grant: Grant) -> Token:
        life = self.rules.access_life
        token = Token(
            value=self._mint.issue(self.rules.access_prefix),
            grant=grant,
            expires_at=None if life is None else self._now() + life,
        )
        self.tokens[token.value] = token
        return token

    def _refresh_token(self, access: Token) -> RefreshToken:
        token = RefreshToken(
            value=self._mint.issue(self.rules.refresh_prefix),
            grant=access.grant,
            used_at=self._now(),
            access=access,
        )
        self.refresh_tokens[token.value] = token
        return token

    def _idle(self, token: RefreshToken) -> bool:
        life = self.rules.refresh_life
        return life is not None and self._now() >= token.used_at + life

    def state(self) -> dict[str, Any]:
        return {
            "grants": [
                {"account": grant.account, "scopes": list(grant.scopes), **grant.details}
                for grant in self.grants
                if not grant.ended
            ],
            "tokens": [
                {
                    "fingerprint": fingerprint(token.value),
                    "account": token.account,
                    "expires_at": token.expires_at,
                }
                for token in self.tokens.values()
                if self.usable(token)
            ],
            "refresh_tokens": [
                {"fingerprint": fingerprint(value), "account": token.grant.account}
                for value, token in self.refresh_tokens.items()
                if self.find_refresh(value) and token.spent_at is None
            ],
        }
