"""Handing out what wants syncing: read from an index, claimed one by one, sent ten at a time.

A claim has an item due again when it ends, so that a backlog is not sent anew by each tick, and
what a dispatcher that died has claimed and not sent is found later. Several threads wait for AWS
together: ten thousand claims are ten thousand requests.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING, Final

from hub import queue
from hub.jobs import SyncJob
from hub.store import limits, syncs
from hub.store.database import Database
from hub.store.syncs import Due
from hub.values import Value

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CLAIM_SECONDS: Final = 900
"""A message may wait for so long; the run itself holds a lease."""

LATE_SECONDS: Final = 1800
_BATCH: Final = 10
_THREADS: Final = 16


class Dispatched(Value):
    """`late`: how many have been due for long, although nothing keeps them from being done.
    `left`: how many there was no time for; the next tick finds them.
    """

    sent: int
    late: int
    left: int


class Dispatcher:
    def __init__(
        self,
        database: Database,
        sqs: "SQSClient",
        queue_url: str,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._sqs = sqs
        self._queue_url = queue_url
        self._clock = clock

    def dispatch(self, provider_ids: Iterable[str], ends: float) -> Dispatched:
        """Send on everything that is due, but for providers that are not to be asked now."""
        now = int(self._clock())
        found = list(syncs.due(self._database, now))
        held = set(self._held(provider_ids, now)) if found else set[str]()
        due = [each for each in found if each.provider_id not in held]
        late = sum(each.due_at <= now - LATE_SECONDS for each in due)
        with ThreadPoolExecutor(_THREADS) as threads:
            sent = list(
                threads.map(
                    lambda batch: self._send(batch, now, ends),
                    batched(_mixed(due), _BATCH, strict=False),
                )
            )
        done = [each for each in sent if each is not None]
        left = sum(each is None for each in sent) * _BATCH
        return Dispatched(sent=sum(done), late=late, left=left)

    def _held(self, provider_ids: Iterable[str], now: int) -> Iterator[str]:
        ids = list(provider_ids)
        found = self._database.get_many([limits.place(each) for each in ids])
        for provider_id, item in zip(ids, found, strict=True):
            if limits.until([item]) > now:
                yield provider_id

    def _send(self, batch: Sequence[Due], now: int, ends: float) -> int | None:
        """Claim some and send them; None if there is no time left for it."""
        if self._clock() >= ends:
            return None
        until = now + CLAIM_SECONDS
        claimed = [each for each in batch if syncs.claim(self._database, each, until)]
        if claimed:
            jobs = [(_job(each), 0) for each in claimed]
            queue.send_batch(self._sqs, self._queue_url, jobs)
        return len(claimed)


def _mixed(due: Iterable[Due]) -> list[Due]:
    """Put the longest due first, of whichever shard."""
    return sorted(due, key=lambda each: each.due_at)


def _job(due: Due) -> SyncJob:
    return SyncJob(
        organization_id=due.organization_id,
        provider_id=due.provider_id,
        integration_id=due.integration_id,
    )
