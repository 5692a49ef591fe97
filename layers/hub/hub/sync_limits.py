"""Asking a provider no more than it allows: within a run, and together with all other workers.

A run counts its calls; calls of a budget that all integrations share are reserved before, some at a
time. What a provider refuses as too much holds everybody back who shares the limit. A provider that
gives no answers at all is left alone for a minute, so that it does not take the others' workers.
"""

from collections.abc import Callable
from typing import Final

from hub.errors import RateLimited
from hub.http_types import Answer, Request, Send
from hub.models import Integration
from hub.providers._sync import Budget, Shared
from hub.store import limits
from hub.store.database import Database, Item, Key
from hub.store.limits import Window

_RESERVED_AT_ONCE: Final = 10
_MOST_FAILURES: Final = 5
_REST_SECONDS: Final = 60


def provider_place(provider_id: str) -> tuple[str, Key]:
    """Give where a limit of the whole provider is noted, to be read before asking."""
    return limits.place(provider_id)


def account_place(integration: Integration, budget: Budget) -> tuple[str, Key] | None:
    """Give where a limit of the account is noted, where others may share it."""
    if budget.shared is not Shared.ACCOUNT:
        return None
    return limits.place(_shared_by(integration, budget))


def seconds_to_wait(items: list[Item | None], now: float) -> int:
    return max(0, limits.until(items) - int(now))


class Meter:
    """One run's calls to a provider. `calls` is how many were made."""

    def __init__(
        self,
        database: Database,
        integration: Integration,
        budget: Budget,
        send: Send,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._integration = integration
        self._budget = budget
        self._send = send
        self._clock = clock
        self._window = 0
        self._left = 0
        self.calls = 0

    def send(
        self, request: Request, *, seconds: float, max_bytes: int = 0, attempts: int = 1
    ) -> Answer:
        """Call the provider. Raises RateLimited when the budget is used up."""
        self._spend()
        self.calls += 1
        more = {"max_bytes": max_bytes} if max_bytes else {}
        return self._send(request, seconds=seconds, attempts=attempts, **more)

    def hold(self, seconds: int) -> None:
        """Have everybody wait who shares the limit that the provider has told."""
        if self._budget.shared is not Shared.INTEGRATION:
            ends = int(self._clock()) + seconds
            limits.hold(self._database, _shared_by(self._integration, self._budget), ends)

    def note_silence(self) -> None:
        """Count that the provider gave no answer; leave it alone if that was often."""
        now, provider_id = int(self._clock()), self._integration.provider_id
        if limits.count_failure(self._database, provider_id, now) >= _MOST_FAILURES:
            limits.hold(self._database, provider_id, now + _REST_SECONDS)

    def _spend(self) -> None:
        now = int(self._clock())
        window = now // self._budget.seconds
        if window != self._window:
            self._window = window
            self._left = 0 if self._budget.shared is Shared.APP else self._budget.calls
        if not self._left and not self._reserve():
            raise RateLimited(retry_after=(window + 1) * self._budget.seconds - now)
        self._left -= 1

    def _reserve(self) -> bool:
        if self._budget.shared is not Shared.APP:
            return False
        wanted = min(_RESERVED_AT_ONCE, self._budget.calls)
        shared_by = _shared_by(self._integration, self._budget)
        window = Window(number=self._window, seconds=self._budget.seconds, calls=self._budget.calls)
        if not limits.reserve(self._database, shared_by, window, wanted):
            return False
        self._left = wanted
        return True


def _shared_by(integration: Integration, budget: Budget) -> str:
    if budget.shared is Shared.ACCOUNT:
        return f"{integration.provider_id}#{integration.account_hash}"
    return integration.provider_id
