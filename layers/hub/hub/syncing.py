"""Syncing one integration: one run at a time, over as many invocations as it takes.

A message says nothing but which integration. What is to be done is read when it comes: the run that
has not ended, the one somebody asked for, or one of all that is due. Taking the lease moves the due
time to the lease's end, so that the schedule finds what a worker that died has left; whoever comes
next goes on at the last checkpoint.
"""

from typing import Final
from uuid import uuid4

from hub import sync_limits, sync_plan, sync_settings, vault
from hub.jobs import SyncJob
from hub.models import Integration, Run, Status
from hub.providers._provider import Access
from hub.providers._sync import Sync
from hub.store import deliveries, positions, syncs
from hub.store.subscriptions import Target
from hub.store.syncs import Lease
from hub.sync_run import Means, Running, Seen

_MARGIN_SECONDS: Final = 10


class Syncing:
    def __init__(self, means: Means) -> None:
        self._means = means

    def run(self, job: SyncJob, ends: float) -> str:
        """Do what is to be done for an integration now; give a word for the log. Raises
        TemporarilyUnavailable: the message is to come again.
        """
        means = self._means
        access = means.access(job.provider_id)
        sync = access.provider.load_sync()
        seen = self._see(job, sync)
        if seen is None:
            return "gone"
        integration = seen.integration
        if integration.status is not Status.ACTIVE:
            if integration.sync.due_at is not None:
                syncs.stop(means.database, integration)
            return "not_in_use"
        if integration.sync.is_running(means.clock()):
            return "running"
        run = self._wanted(seen, sync)
        return self._begin(seen, access, run, ends) if run is not None else "not_due"

    def _wanted(self, seen: Seen, sync: Sync) -> Run | None:
        integration, now = seen.integration, int(self._means.clock())
        run = sync_plan.next_run(integration, sync, seen.positions, seen.changes, now)
        if run is None:
            self._postpone(integration, sync)
        elif seen.wait:
            self._put_off(integration, seen.wait)
            return None
        return run

    def _begin(self, seen: Seen, access: Access, run: Run, ends: float) -> str:
        means = self._means
        lease = Lease(by=uuid4().hex, until=int((ends + _MARGIN_SECONDS) * 1000))
        now = int(means.clock() * 1000)
        if not syncs.take(means.database, seen.integration, run, lease, now):
            return "running"
        return Running(means, seen, access, run, lease.by, ends).go()

    def _see(self, job: SyncJob, sync: Sync) -> Seen | None:
        """Read everything in one request but for the limits, which need the account's hash."""
        database = self._means.database
        target = Target(organization_id=job.organization_id, integration_id=job.integration_id)
        ids = [each.id for each in sync.resources]
        found, others = vault.look_with(
            database,
            job.organization_id,
            job.integration_id,
            deliveries.changes_place(target),
            *(positions.place_of(job.organization_id, job.integration_id, each) for each in ids),
            sync_limits.provider_place(job.provider_id),
        )
        if found is None:
            return None
        changes, *read, limit = others
        limits = [limit]
        if account := sync_limits.account_place(found.integration, sync.budget):
            limits.append(database.get(*account))
        return Seen(
            found=found,
            changes=deliveries.changes_from_item(changes),
            positions=dict(zip(ids, map(positions.from_item, read), strict=True)),
            wait=sync_limits.seconds_to_wait(limits, self._means.clock()),
        )

    def _postpone(self, integration: Integration, sync: Sync) -> None:
        """Have the schedule find it when the first of its resources is due."""
        active = sync_settings.active(integration, sync)
        due_at = sync_plan.due_at(integration, active, integration.sync.resources)
        if due_at is None:
            syncs.stop(self._means.database, integration)
        elif due_at != integration.sync.due_at:
            syncs.postpone(self._means.database, integration, due_at)

    def _put_off(self, integration: Integration, seconds: int) -> None:
        pause = seconds + int(10 * self._means.draw())
        syncs.postpone(self._means.database, integration, int(self._means.clock()) + pause)
