"""Leaving a provider alone that is in trouble, and not believing it when it calls every grant dead.

What is known is shared by all functions through a small table, and kept for some seconds in each.
"""

from collections.abc import Callable
from typing import Final

from hub.errors import ProviderUnavailable, TemporarilyUnavailable
from hub.store import health
from hub.store.database import Database
from hub.store.health import Answered, Cause, Health
from hub.values import Value

_KEPT_SECONDS: Final = 10.0
_LEAST: Final = {Answered.FAILED: 10, Answered.REFUSED: 5}
_SHARE: Final = {Answered.FAILED: 0.5, Answered.REFUSED: 0.2}
_CAUSES: Final = {Answered.FAILED: Cause.FAILING, Answered.REFUSED: Cause.REFUSING}

type Report = Callable[[str, Cause], None]


class _Known(Value):
    health: Health
    until: float


class ProviderHealth:
    """`report` raises the alarm that a provider is no longer asked, once for each breaker."""

    def __init__(self, database: Database, clock: Callable[[], float], report: Report) -> None:
        self._database = database
        self._clock = clock
        self._report = report
        self._known: dict[str, _Known] = {}

    def require_open(self, provider_id: str) -> None:
        """Let a call through, unless a breaker stands and this is no time to probe.

        Raises ProviderUnavailable with the seconds to wait.
        """
        if self._health(provider_id).breaker is None:
            return
        if not health.claim_probe(self._database, provider_id, self._clock()):
            raise ProviderUnavailable(retry_after=health.PROBE_SECONDS)

    def count(self, provider_id: str, answered: Answered) -> None:
        """Count an answer. A success ends a breaker, too many failures put one up. What cannot be
        counted is not worth failing for.
        """
        try:
            self._count(provider_id, answered)
        except TemporarilyUnavailable:
            return

    def may_be_believed(self, provider_id: str, answered: Answered) -> bool:
        """Count a refusal, and tell whether it may be the grant's own fault. It is not where there
        are too many of them, whatever else the provider's breaker stands for.
        """
        self.count(provider_id, answered)
        now = self._fresh(provider_id)
        return now.breaker is not Cause.REFUSING and not _too_many(now, answered)

    def stop(self, provider_id: str, cause: Cause) -> None:
        """Put up a breaker for what one answer proves."""
        if health.open_breaker(self._database, provider_id, cause, self._clock()):
            self._report(provider_id, cause)
        self._known.pop(provider_id, None)

    def _count(self, provider_id: str, answered: Answered) -> None:
        health.count(self._database, provider_id, answered, self._clock())
        if answered is Answered.OK:
            if self._health(provider_id).breaker is not None:
                health.close_breaker(self._database, provider_id)
                self._known.pop(provider_id, None)
            return
        now = self._fresh(provider_id)
        if now.breaker is None and _too_many(now, answered):
            self.stop(provider_id, _CAUSES[answered])

    def _health(self, provider_id: str) -> Health:
        known = self._known.get(provider_id)
        return known.health if known and self._clock() < known.until else self._fresh(provider_id)

    def _fresh(self, provider_id: str) -> Health:
        now = self._clock()
        found = health.from_items(self._database.get_many(health.places(provider_id, now)))
        self._known[provider_id] = _Known(health=found, until=now + _KEPT_SECONDS)
        return found


def _too_many(health: Health, answered: Answered) -> bool:
    return health.counts[answered] >= _LEAST[answered] and health.share(answered) > _SHARE[answered]
