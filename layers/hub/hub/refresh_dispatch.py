"""Handing out what wants refreshing: what is due is read from an index, and sent on in time.

Nothing is claimed: who gets a message looks at the credentials, and a second one finds nothing to
do. What a dispatcher that died has not sent, the next one finds.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from math import ceil
from typing import TYPE_CHECKING, Final

from hub import queue
from hub.jobs import RefreshJob
from hub.refresh_plan import TICK_SECONDS, Draw
from hub.store import credentials
from hub.store.credentials import Due
from hub.store.database import Database
from hub.values import Value

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LATE_SECONDS: Final = 900
_LONGEST_SPREAD: Final = 240
_BATCH: Final = 10
_A_SECOND: Final = 20


class Dispatched(Value):
    """`late`: how many have been due for long, although nothing keeps them from being done."""

    sent: int
    late: int


class Dispatcher:
    def __init__(
        self,
        database: Database,
        sqs: "SQSClient",
        queue_url: str,
        *,
        clock: Callable[[], float],
        draw: Draw,
    ) -> None:
        self._database = database
        self._sqs = sqs
        self._queue_url = queue_url
        self._clock = clock
        self._draw = draw

    def dispatch(self, stopped: Iterable[str] = ()) -> Dispatched:
        """Send on everything that is due until the next tick, each at its own moment; of a provider
        that is `stopped` only one, to probe.
        """
        now, alone = self._clock(), set(stopped)
        chosen = list(_chosen(credentials.due(self._database, int(now) + TICK_SECONDS), alone))
        overdue = sum(each.due_at <= now for each in chosen)
        spread = min(_LONGEST_SPREAD, overdue / _A_SECOND)
        for batch in batched(chosen, _BATCH, strict=False):
            jobs = [(_job(each), self._delay(each, now, spread)) for each in batch]
            queue.send_batch(self._sqs, self._queue_url, jobs)
        late = sum(
            each.due_at <= now - LATE_SECONDS and each.provider_id not in alone for each in chosen
        )
        return Dispatched(sent=len(chosen), late=late)

    def _delay(self, due: Due, now: float, spread: float) -> int:
        """Wait for the moment that was drawn for it. What is overdue goes at once, unless there is
        much of it (RF-17). Never a second before: it might be turned away, and come again at the
        next tick only.
        """
        return ceil(due.due_at - now) if due.due_at > now else int(spread * self._draw())


def _chosen(due: Iterable[Due], stopped: set[str]) -> Iterator[Due]:
    probing: set[str] = set()
    for each in due:
        if each.provider_id not in stopped:
            yield each
        elif each.provider_id not in probing:
            probing.add(each.provider_id)
            yield each


def _job(due: Due) -> RefreshJob:
    return RefreshJob(
        organization_id=due.organization_id,
        provider_id=due.provider_id,
        integration_id=due.integration_id,
    )
