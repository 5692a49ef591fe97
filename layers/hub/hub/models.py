"""The domain's values, frozen. Times are whole seconds since the epoch, UTC."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Never, SupportsIndex

from hub.values import NOTHING, Value

DEAD_RETENTION: Final = 7 * 86_400
"""For how many seconds the tokens of a dead grant are kept."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


class Role(StrEnum):
    ADMIN = "admin"
    HR = "hr"
    MANAGER = "manager"


MANAGING_ROLES: Final = frozenset({Role.ADMIN, Role.HR})


class Status(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    REAUTH_REQUIRED = "reauth_required"
    DISCONNECTED = "disconnected"


class Secret:
    """A value that shows itself only when asked: `reveal()`.

    `repr`, `str`, f-strings and tracebacks with locals show `***`; JSON and pickle refuse it
    (TS-13).
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a Secret is not serialised")


class Caller(Value):
    """Who asks, as the authorizer verified it."""

    organization_id: str
    user_id: str
    role: Role


class Account(Value):
    """The external account a grant belongs to. `id` is stable at the provider."""

    id: str
    name: str


class Token(Value):
    """One access token with what belongs to it. `expires_at` None: it does not expire."""

    access: Secret
    refresh: Secret | None = None
    expires_at: int | None = None


class Tokens(Value):
    """All tokens of one grant. `extra` holds further ones by name (Slack's user token).
    `account_id` is the external account they are for, once it is known: some grants reach several.
    """

    main: Token
    extra: Mapping[str, Token] = NOTHING
    account_id: str = ""

    def to_json(self) -> bytes:
        named = {"": self.main, **self.extra}
        plain = {name: _plain(token) for name, token in named.items()}
        return _ENCODER.encode([self.account_id, plain]).encode()

    @staticmethod
    def from_json(value: bytes) -> "Tokens":
        account_id, plain = json.loads(value)
        named = {name: _token(*fields) for name, fields in plain.items()}
        return Tokens(main=named.pop(""), extra=named, account_id=account_id)

    @property
    def expires_at(self) -> int | None:
        """When the first of them expires."""
        times = [t.expires_at for t in (self.main, *self.extra.values()) if t.expires_at]
        return min(times) if times else None


def _plain(token: Token) -> list[Any]:
    refresh = token.refresh.reveal() if token.refresh else None
    return [token.access.reveal(), refresh, token.expires_at]


def _token(access: str, refresh: str | None, expires_at: int | None) -> Token:
    return Token(
        access=Secret(access),
        refresh=Secret(refresh) if refresh else None,
        expires_at=expires_at,
    )


class Grant(Value):
    """What a code was exchanged for: tokens, the scopes really granted, the account."""

    tokens: Tokens
    scopes: frozenset[str]
    account: Account


class Problem(Value):
    """What is wrong with an integration, for the people who must mend it."""

    category: str
    since: int


class Trigger(StrEnum):
    """What a run was begun for."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    WEBHOOK = "webhook"
    CONNECT = "connect"


class Run(Value):
    """One attempt at syncing an integration, over as many invocations as it takes. `full`: nothing
    is taken as known from before.
    """

    id: str
    trigger: Trigger
    started_at: int
    resources: tuple[str, ...]
    full: bool = False


class ResourceState(Value):
    """`at`: when it was last read to its end. `due_at`: when it is wanted next. `failures`: in a
    row; `error` is the code of the last, `since` the time of the first.
    """

    at: int | None = None
    due_at: int = 0
    failures: int = 0
    error: str | None = None
    since: int | None = None


class SyncState(Value):
    """`due_at` None: nothing is synced. `request`: a run that somebody has asked for and that has
    not begun. `run`: one that has not ended; `by` whoever is at it may be `until` then
    (milliseconds). `problem`: too many runs in a row have failed.
    """

    due_at: int | None = None
    request: Run | None = None
    run: Run | None = None
    by: str | None = None
    until: int = 0
    resources: Mapping[str, ResourceState] = NOTHING
    last_at: int | None = None
    problem: Problem | None = None

    def is_running(self, now: float) -> bool:
        return self.run is not None and self.until > now * 1000


IDLE: Final = SyncState()


class Integration(Value):
    """One organization's connection to one external account of one provider.

    `extra_roles`: who besides those that manage integrations may see and use what is a person's.
    `sync_settings`: what people have set, by resource, where it is not the default.
    """

    organization_id: str
    id: str
    provider_id: str
    account_name: str
    account_hash: str
    status: Status
    generation: int
    connected_by: str
    connected_at: int
    scopes_asked: tuple[str, ...]
    scopes_granted: tuple[str, ...]
    consent_id: str
    token_expires_at: int | None = None
    verified_at: int | None = None
    disconnected_at: int | None = None
    problem: Problem | None = None
    revocation: str | None = None
    refreshed_at: int | None = None
    refresh_problem: Problem | None = None
    subscription_problem: Problem | None = None
    extra_roles: tuple[str, ...] = ()
    sync_settings: Mapping[str, Any] = NOTHING
    sync: SyncState = IDLE

    @property
    def live(self) -> bool:
        return self.status is not Status.DISCONNECTED

    @property
    def tokens_kept_until(self) -> int | None:
        """When tokens that are no longer in use are to be gone (spec section 4); from then on they
        count as gone, whether or not they are. None: they are in use.
        """
        if self.status is Status.ACTIVE:
            return None
        return self.problem.since + DEAD_RETENTION if self.problem else 0

    def has_no_tokens(self, now: float) -> bool:
        """Tell whether its tokens count as gone."""
        until = self.tokens_kept_until
        return until is not None and until <= now


class OAuthState(Value):
    """One authorization in flight. The state value itself is never stored, only its hash.
    `sealed_grant`: it has come back, and waits for a choice.
    """

    id: str
    provider_id: str
    organization_id: str
    user_id: str
    redirect_uri: str
    return_to: str
    scopes: tuple[str, ...]
    binding_hash: str
    sealed_verifier: bytes
    wrapped_key: bytes
    expires_at: int
    integration_id: str | None = None
    sealed_grant: bytes | None = None


class Consent(Value):
    """Who granted which scopes, when, how, under which notice (ISO/IEC TS 27560). Append-only."""

    organization_id: str
    id: str
    integration_id: str
    provider_id: str
    event: str
    subject: str
    at: int
    scopes_asked: tuple[str, ...] = ()
    scopes_granted: tuple[str, ...] = ()
    notice_version: str = ""
    notice_hash: str = ""
    method: str = ""
    request_id: str = ""
    sealed_origin: bytes | None = None
    previous: str | None = None
    outcome: str | None = None
