"""The words in which a provider declares what is synced: resources, each read page by page.

A resource is read in passes. A full pass begins at nothing and reads everything; whatever it did
not meet is gone when it is complete. Where the provider can tell changes since, the last page of a
pass gives the cursor at which the next, incremental pass begins; deletions are then told by the
changes, or, where they are not, found by a full pass every `full_every` seconds.

The engine (`hub.syncing`) knows no provider, and cursors are the resource's own affair.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from hub.errors import ProviderError
from hub.record import Record
from hub.values import NOTHING, Value

type Cursor = Mapping[str, Any]
"""Where to read on: small, of JSON values, without names, addresses or tokens of access."""

DAY: Final = 86_400


class CursorExpired(ProviderError):
    """The provider no longer knows where a pass left off: everything must be read anew."""


class Vanished(ProviderError):
    """What a pass reads the contents of, such as a project or a board, is no longer there, or no
    longer shown: its contents are gone with it.
    """


class Page(Value, hidden=("records",)):
    """What one step of a pass gave. `gone` are ids of what no longer exists. `next` is where the
    pass goes on, None on its last page; there `cursor` is where the next, incremental pass begins,
    None if only a full one can find changes. Of two records with the same id the last counts; an id
    that is in both `records` and `gone` is gone, so a resource whose changes may tell of the same
    object twice gives only what the last of them says.
    """

    records: tuple[Record, ...]
    gone: tuple[str, ...] = ()
    next: Cursor | None = None
    cursor: Cursor | None = None


class Asked(Value):
    """What a step is to read. `at` None: the beginning of a full pass. `filters` holds a value for
    each that the resource declares, None where people set none. `now` is seconds since 1970.
    """

    at: Cursor | None
    filters: Mapping[str, Any] = NOTHING
    now: float


class Takes(StrEnum):
    """What a filter's value is: some of the choices, some ids of the provider, or a date
    (2026-11-26).
    """

    CHOICES = "choices"
    IDS = "ids"
    DATE = "date"


class Filter(Value):
    """What people may narrow a resource by. `default` holds where they say nothing."""

    id: str
    explanation: str
    takes: Takes
    choices: tuple[str, ...] = ()
    default: tuple[str, ...] | str | None = None


class Resource(Value):
    """One kind of objects that is kept in step.

    - `read(client, asked)` does one step with the provider's client, in one call or very few.
      Raises CursorExpired, RateLimited, ReauthRequired, InsufficientScope, ProviderError,
      ProviderUnavailable, ProviderTimeout.
    - `scopes`: one of them must have been granted; none: the grant itself is all it needs.
    - `full_every`: seconds between full passes, where changes do not tell of deletions. None: they
      do, or each pass is a full one.
    - `keeps_place`: whether paging goes on where it was when something before it is deleted. Where
      it does not, nothing is taken for gone that only one of two readings has missed.
    """

    id: str
    kind: str
    explanation: str
    read: Callable[[Any, Asked], Page]
    scopes: tuple[str, ...] = ()
    full_every: int | None = None
    keeps_place: bool = True
    filters: tuple[Filter, ...] = ()


class Shared(StrEnum):
    """Who spends of the same budget of calls: all integrations of the provider, those of one
    external account, or one integration alone.
    """

    APP = "app"
    ACCOUNT = "account"
    INTEGRATION = "integration"


class Budget(Value):
    """How many calls the provider lets us make in so many seconds, as far as it is shared."""

    shared: Shared
    calls: int
    seconds: int


class Sync(Value):
    """What of a provider is synced, and how much it may be asked."""

    resources: tuple[Resource, ...]
    budget: Budget

    def resource(self, resource_id: str) -> Resource | None:
        return next((each for each in self.resources if each.id == resource_id), None)


UNSYNCED: Final = Sync(resources=(), budget=Budget(shared=Shared.INTEGRATION, calls=1, seconds=1))
