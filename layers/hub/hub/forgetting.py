"""Removing what was synced of an integration, where a provider wants it erased: every record,
tombstones included, and how far each resource was read. The log of runs holds nothing of what was
read, and stays.

Somebody may connect the account again meanwhile: what is left then is that grant's affair, and not
to be removed under it. How far a resource was read goes first, so that the new grant reads it anew.
"""

from collections.abc import Callable, Iterator
from itertools import batched
from typing import Final

from hub import providers
from hub.errors import TemporarilyUnavailable
from hub.jobs import ForgetJob
from hub.store import integrations, positions, records
from hub.store.database import Contested, Database, Delete

_AT_ONCE: Final = 25
_TRIES: Final = 5
_MARGIN_SECONDS: Final = 5


def forget(database: Database, job: ForgetJob, clock: Callable[[], float], ends: float) -> bool:
    """Remove everything; tell whether the grant was still the one that it is about. Raises
    TemporarilyUnavailable if time ran out: what is left is removed when the job comes again.
    """
    for batch in batched(_held(database, job), _AT_ONCE, strict=False):
        if ends - clock() < _MARGIN_SECONDS:
            raise TemporarilyUnavailable
        if not _remove(database, job, list(batch)):
            return False
    return True


def _remove(database: Database, job: ForgetJob, batch: list[Delete]) -> bool:
    whose = (job.organization_id, job.integration_id)
    required = integrations.require_generation(*whose, job.generation)
    for _ in range(_TRIES):
        try:
            database.transact([required, *batch])
        except Contested:
            item = database.get(*integrations.place(*whose))
            if item is None or item["generation"] != job.generation:
                return False
        else:
            return True
    raise TemporarilyUnavailable


def _held(database: Database, job: ForgetJob) -> Iterator[Delete]:
    whose = (job.organization_id, job.integration_id)
    resources = providers.get(job.provider_id).load_sync().resources
    for resource in resources:
        yield from positions.everything(database, *whose, resource.id)
    for resource in resources:
        yield from records.everything(database, *whose, resource.id)
