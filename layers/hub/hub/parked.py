"""Tokens that a refresh got and could not store: carried, sealed, by the jobs queue until they can
be (RF-07). Stored once, whatever else has happened meanwhile.
"""

from enum import StrEnum
from typing import Final

from hub import providers, refresh_records, vault
from hub.jobs import StoreJob
from hub.refresh_attempt import is_over
from hub.store import leases
from hub.store.database import Contested, Database
from hub.store.leases import Lease

_TRIES: Final = 4


class Parked(StrEnum):
    STORED = "stored"
    KNOWN = "known"  # it is there already, or something newer is
    OVER = "over"  # nobody can read it any more: the grant has ended, and its salt with it


def store(database: Database, job: StoreJob) -> Parked:
    """Store the tokens unless newer ones are there. Raises Contested, TemporarilyUnavailable."""
    lease = Lease(
        organization_id=job.organization_id,
        integration_id=job.integration_id,
        attempt_id=job.attempt_id,
        generation=job.generation,
        revision=job.revision,
        fence=job.fence,
        failures=0,
        doubtful=False,
        first_attempt_at=0,
        until=0,
    )
    for _ in range(_TRIES):
        found = vault.look(database, job.organization_id, job.integration_id)
        if found is None or found.sealed is None or is_over(found, lease):
            return Parked.OVER
        if found.sealed.revision != job.revision:
            return Parked.KNOWN
        mine = found.sealed.fence == job.fence
        tokens = (leases.store if mine else leases.rescue)(lease, job.sealed, job.due_at)
        provider = providers.get(job.provider_id)
        try:
            database.transact(refresh_records.stored(found.integration, provider, job, tokens))
        except Contested:
            continue
        return Parked.STORED
    raise Contested
