"""What people have granted to the app: one grant per person, and the tokens that live by it.

Rules played here:
- The grant is made on the consent page, not when the code is exchanged, and its scopes add up.
- A token may do what was granted when it was asked for, not what was added since.
- A refresh token stays the same and is good any number of times, until it is 6 months unused, the
  grant ends, the app is in testing (7 days), or a hundred younger ones exist.
- Revoking any one token ends the grant: every token of that person.

Source: developers.google.com/identity/protocols/oauth2 (refresh token expiration).
"""

from dataclasses import dataclass, field, fields
from typing import Any

from tests.simulator.journal import fingerprint
from tests.simulator.oauth import Context
from tests.simulator.providers.google.people import find

ACCESS_LIFE = 3_599
TESTING_LIFE = 604_799
IDLE_LIFE = 182 * 86_400
LIVE_REFRESH_TOKENS = 100
ADMIN_POLICY = frozenset({"", "page", "redirect", "refresh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Switches of the app and of the play.

    `granted_scopes` replaces what a consent grants. `admin_policy` is where an administrator's
    refusal meets the app: on the consent page, in the redirect from it, or when it refreshes.
    """

    granted_scopes: tuple[str, ...] | None = None
    iss_in_callback: bool = False
    refuse_plain: bool = False
    testing: bool = False
    session_control: bool = False
    no_mailbox: bool = False
    admin_policy: str = ""

    def __post_init__(self) -> None:
        switches = [one.name for one in fields(self) if one.type is bool]
        if any(type(getattr(self, name)) is not bool for name in switches):
            raise TypeError(f"{', '.join(switches)} are true or false")
        if self.admin_policy not in ADMIN_POLICY:
            raise TypeError(f"admin_policy is one of {sorted(ADMIN_POLICY)}")
        scopes = self.granted_scopes
        if scopes is not None:
            if isinstance(scopes, str) or not all(isinstance(scope, str) for scope in scopes):
                raise TypeError("granted_scopes is a list of scopes, or null")
            object.__setattr__(self, "granted_scopes", tuple(scopes))


@dataclass(slots=True, kw_only=True)
class Grant:
    scopes: tuple[str, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    value: str = field(repr=False)
    sub: str
    scopes: tuple[str, ...]
    expires_at: float


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    value: str = field(repr=False)
    sub: str
    scopes: tuple[str, ...]
    used_at: float
    expires_at: float | None = None


class Grants:
    def __init__(self, context: Context) -> None:
        self._now, self._mint = context.now, context.mint
        self.settings = Settings()
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}

    def covers(self, sub: str, scopes: tuple[str, ...], *, offline: bool) -> bool:
        """Whether all this was granted before, so that nothing need be asked."""
        grant = self.grants.get(sub)
        return grant is not None and set(scopes) <= set(grant.scopes) and grant.offline >= offline

    def consent(self, sub: str, scopes: tuple[str, ...], *, offline: bool) -> bool:
        """Add to the grant; whether it is this that first allowed offline access."""
        grant = self.grants.setdefault(sub, Grant())
        first_offline = offline and not grant.offline
        grant.scopes = tuple(dict.fromkeys((*grant.scopes, *scopes)))
        grant.offline = grant.offline or offline
        return first_offline

    def access_token(self, sub: str, scopes: tuple[str, ...]) -> Token:
        token = Token(
            value=self._mint.issue("ya29.a0", size=40),
            sub=sub,
            scopes=scopes,
            expires_at=self._now() + ACCESS_LIFE,
        )
        self.tokens[token.value] = token
        return token

    def refresh_token(self, sub: str, scopes: tuple[str, ...]) -> RefreshToken:
        now = self._now()
        token = RefreshToken(
            value=self._mint.issue("1//0"),
            sub=sub,
            scopes=scopes,
            used_at=now,
            expires_at=now + TESTING_LIFE if self.settings.testing else None,
        )
        self.refresh_tokens[token.value] = token
        live = [one for one in self.refresh_tokens.values() if one.sub == sub and self._usable(one)]
        for surplus in live[:-LIVE_REFRESH_TOKENS]:
            del self.refresh_tokens[surplus.value]
        return token

    def find(self, value: str) -> Token | None:
        token = self.tokens.get(value)
        return token if token and self._now() < token.expires_at else None

    def find_refresh(self, value: str) -> RefreshToken | None:
        token = self.refresh_tokens.get(value)
        return token if token and self._usable(token) else None

    def used(self, token: RefreshToken) -> None:
        token.used_at = self._now()

    def revoke(self, value: str) -> bool:
        token = self.find(value) or self.find_refresh(value)
        return token is not None and self.end(token.sub)

    def end(self, reference: str) -> bool:
        """The grant of one person is gone, and all that lived by it."""
        person = find(reference)
        if person is None or self.grants.pop(person.sub, None) is None:
            return False
        self.tokens = {key: one for key, one in self.tokens.items() if one.sub != person.sub}
        self.refresh_tokens = {
            key: one for key, one in self.refresh_tokens.items() if one.sub != person.sub
        }
        return True

    def _usable(self, token: RefreshToken) -> bool:
        now = self._now()
        in_time = token.expires_at is None or now < token.expires_at
        return in_time and now < token.used_at + IDLE_LIFE

    def state(self) -> dict[str, Any]:
        return {
            "grants": [
                {"sub": sub, "scopes": list(grant.scopes), "offline": grant.offline}
                for sub, grant in self.grants.items()
            ],
            "tokens": [
                {
                    "fingerprint": fingerprint(token.value),
                    "sub": token.sub,
                    "scopes": list(token.scopes),
                    "expires_at": token.expires_at,
                }
                for token in self.tokens.values()
                if self._now() < token.expires_at
            ],
            "refresh_tokens": [
                {"fingerprint": fingerprint(token.value), "sub": token.sub}
                for token in self.refresh_tokens.values()
                if self._usable(token)
            ],
        }
