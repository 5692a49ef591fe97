"""What an authorization server insists on, and how it refuses: one value per provider.

The standard is RFC 6749 with PKCE by RFC 7636. What a provider does otherwise it says here, and
what no rule can say it does itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from http import HTTPStatus

from tests.simulator.wire import Answer


class Pkce(Enum):
    """`UNKNOWN`: the provider has never heard of it and ignores what it is sent."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNKNOWN = "unknown"


class Body(Enum):
    """How the token endpoint reads a body. A body of another kind holds nothing for it."""

    FORM = "form"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a refresh does to the tokens before it.

    `grace`: for how many seconds a spent refresh token is still taken; None: for ever.
    `replays`: within the grace the same answer is given again, not a new pair.
    `ends_access_token`: the access token before dies at once.
    `reuse_ends_grant`: a spent token that comes back later takes the whole grant with it.
    """

    grace: float | None = 0.0
    replays: bool = False
    ends_access_token: bool = False
    reuse_ends_grant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`scopes` maps what can be asked for to the words of the consent page; None: the request
    names no scopes, and `fixed_scopes` are granted, with their words too. `untickable`: scopes
    that a person can leave out. `required_query`: parameters of the authorization request that
    must have these values.
    `access_life` None: tokens do not expire, and no refresh token is given. `rotation` None: a
    refresh gives no new refresh token. `replaces_earlier`: a new grant of the same account ends
    those before it.
    """

    provider: str
    account_word: str
    scopes: Mapping[str, str] | None
    fixed_scopes: Mapping[str, str] = field(default_factory=dict)
    untickable: frozenset[str] = frozenset()
    scope_separator: str = " "
    required_query: Mapping[str, str] = field(default_factory=dict)
    pkce: Pkce = Pkce.OPTIONAL
    basic: bool = True
    in_body: bool = True
    body: Body = Body.FORM
    code_prefix: str = "code-"
    code_life: float = 600
    access_prefix: str = "access-"
    access_life: float | None = 3600
    refresh_prefix: str = "refresh-"
    refresh_life: float | None = None  # unused for so long, a refresh token dies
    offline_scope: str | None = None  # without it there is no refresh token
    rotation: Rotation | None = None
    replaces_earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardSettings:
    """Switches of the play. `granted_scopes` replaces what a consent grants; `consent_error` is
    what the browser is sent back with instead of a code. `reuse_ends_grant`: a spent refresh token
    that comes back takes the whole grant with it, whatever the provider's rules are.
    """

    granted_scopes: tuple[str, ...] | None = None
    consent_error: str = ""
    reuse_ends_grant: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.type is bool and type(getattr(self, one.name)) is not bool:
                raise TypeError(f"{one.name} is true or false")
        if not isinstance(self.consent_error, str):
            raise TypeError("consent_error is text")
        scopes = self.granted_scopes
        if scopes is not None:
            if isinstance(scopes, str) or not all(isinstance(scope, str) for scope in scopes):
                raise TypeError("granted_scopes is a list of scopes, or null")
            object.__setattr__(self, "granted_scopes", tuple(scopes))


class Refused(Exception):
    """How a provider says no. Providers whose APIs refuse in another form have their own kind."""

    def answer(self) -> Answer:
        raise NotImplementedError


class OAuthError(Refused):
    """An answer of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(
        self, error: str, description: str = "", *, status: int = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status

    def answer(self) -> Answer:
        content = {"error": self.error}
        if self.description:
            content["error_description"] = self.description
        return Answer.json(content, status=self.status, outcome=self.error)


type Refuse = Callable[[OAuthError], Answer]
"""A provider's own form of the token endpoint's errors."""


def by_the_book(error: OAuthError) -> Answer:
    return error.answer()
