"""Many at once, and yet the same way each time: whoever runs gives up their turn at every call to
the outside, lots decide who is next, and time passes only when nobody can go on.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

from greenlet import getcurrent, greenlet

_CALL_SECONDS = 0.03  # at most, for a call to AWS


class Turns:
    """`now` is everybody's time."""

    def __init__(self, lots: Random, now: float) -> None:
        self.lots = lots
        self.now = now
        self._order = count()
        self._waiting: list[tuple[float, int, greenlet]] = []
        self._outside = getcurrent()

    def clock(self) -> float:
        return self.now

    def start(self, act: Callable[[], object], *, after: float = 0.0) -> None:
        self._wait(greenlet(act, self._outside), after)

    def sleep(self, seconds: float) -> None:
        """Come back when so much time has passed; the others go on meanwhile."""
        me = getcurrent()
        if me is self._outside:
            self.run(until=self.now + seconds)
        else:
            self._wait(me, seconds)
            self._outside.switch()

    def call(self) -> None:
        """Let a call take its time, whoever comes first."""
        self.sleep(self.lots.random() * _CALL_SECONDS)

    def run(self, until: float | None = None) -> None:
        """Let everybody go on, until then or until all are done."""
        while self._waiting and (until is None or self._waiting[0][0] <= until):
            when, _, who = heappop(self._waiting)
            self.now = max(self.now, when)
            who.switch()
        self.now = max(self.now, until or 0.0)

    def _wait(self, who: greenlet, seconds: float) -> None:
        heappush(self._waiting, (self.now + seconds, next(self._order), who))
