"""One invocation's part of a run: its resources one after the other, and how it ends."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import replace
from typing import Any, Final

from hub import events, reaching, sync_plan, sync_settings
from hub.audit import Audit
from hub.errors import (
    HubError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
    TemporarilyUnavailable,
)
from hub.models import Integration, ResourceState, Run, SyncState, Trigger
from hub.providers._provider import Access, GetAccess
from hub.providers._rest import CALL_SECONDS
from hub.providers._sync import Asked, Page, Resource
from hub.refresh_plan import Draw
from hub.store import deliveries, sync_logs, syncs
from hub.store.database import Contested, Database, Write
from hub.store.deliveries import EVERYTHING, Changes
from hub.store.positions import Position
from hub.store.subscriptions import Target
from hub.store.sync_logs import Counts, Line, Outcome
from hub.sync_limits import Meter
from hub.sync_reading import Reading
from hub.sync_writing import Stopped, Work
from hub.token_source import TokenSource
from hub.values import Value
from hub.vault import Found, Opened

WRITE_SECONDS: Final = 8.0
_UNTOLD_LIMIT: Final = 60
_LONGEST_RUN: Final = 6 * 3600
_TRIES: Final = 5
_INTERNAL: Final = "internal"

type SendAgain = Callable[[Integration, int], None]
type Describe = Callable[[str, BaseException], None]


class Means(Value):
    """`send_again` has the integration looked at again after so many seconds; `describe` logs what
    nobody expected.
    """

    database: Database
    access: GetAccess
    source: TokenSource
    audit: Audit
    send_again: SendAgain
    describe: Describe
    clock: Callable[[], float]
    draw: Draw


class Seen(Value):
    """An integration as it was found, with all that decides what to do."""

    found: Found
    changes: Changes
    positions: Mapping[str, Position | None]
    wait: int

    @property
    def integration(self) -> Integration:
        return self.found.integration


class Result(Value):
    """What became of one resource: an error's code if it failed."""

    counts: Counts
    error: str | None = None
    retry_after: int | None = None


class Running:
    """One invocation's part of a run, under its lease."""

    def __init__(  # noqa: PLR0917  # put together in one place
        self,
        means: Means,
        seen: Seen,
        access: Access,
        run: Run,
        by: str,
        ends: float,
    ) -> None:
        self._means = means
        self._seen = seen
        self._integration = seen.integration
        self._sync = sync = access.provider.load_sync()
        self._run = run
        self._by = by
        self._ends = ends
        self._meter = Meter(
            means.database, self._integration, sync.budget, access.send, means.clock
        )
        self._access = replace(access, send=self._meter.send)
        self._opened: Opened | None = None
        self._client: Any = None
        self._results: dict[str, Result] = {}
        self._readings: list[Reading] = []

    def go(self) -> str:
        try:
            for resource_id in self._run.resources:
                if (resource := self._sync.resource(resource_id)) is None:
                    continue
                if not self._read(resource):
                    return self._hand_over(0, "continued")
        except Stopped:
            return "stopped"
        except RateLimited as limited:
            return self._limited(limited)
        except ReauthRequired as over:
            return self._over(over)
        except TemporarilyUnavailable:
            with suppress(HubError):
                self._release(int(self._means.clock()) + _UNTOLD_LIMIT)
            raise
        return self._finish()

    def _read(self, resource: Resource) -> bool:
        """Read a resource, or remove what is no longer wanted of it; tell whether time sufficed.
        One that fails does not keep the others from being read.
        """
        work = Work(
            database=self._means.database,
            integration=self._integration,
            run=self._run,
            by=self._by,
            clock=self._means.clock,
        )
        reading = Reading(work, resource, self._seen.positions.get(resource.id))
        self._readings.append(reading)
        try:
            if resource in sync_settings.active(self._integration, self._sync):
                done = reading.run(self._page, self._has_time)
            else:
                done = reading.clear(self._has_time)
        except (RateLimited, ReauthRequired, TemporarilyUnavailable):
            raise
        except HubError as error:
            if isinstance(error, ProviderTimeout | ProviderUnavailable):
                self._meter.note_silence()
            self._fail(resource, reading, error.code, error.retry_after)
            return True
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  # what one resource's answers broke, others do not
            self._means.describe(resource.id, error)
            self._fail(resource, reading, _INTERNAL, None)
            return True
        if done:
            self._results[resource.id] = Result(counts=reading.counts)
        return done

    def _fail(
        self, resource: Resource, reading: Reading, error: str, retry_after: int | None
    ) -> None:
        self._results[resource.id] = Result(
            counts=reading.counts, error=error, retry_after=retry_after
        )

    # Reading

    def _page(self, resource: Resource, asked: Asked) -> Page:
        """Do one step, once more with another token if the provider refuses this one."""
        if self._opened is None:
            self._use(self._means.source.usable(self._seen.found, self._means.audit, self._ends))
        try:
            return resource.read(self._client, asked)
        except ReauthRequired:
            opened = self._opened
            if opened is None:
                raise
            source, audit = self._means.source, self._means.audit
            self._use(source.after_refusal(opened, audit, self._ends))
            return resource.read(self._client, asked)

    def _use(self, opened: Opened) -> None:
        self._opened = opened
        self._client = reaching.client(self._access, opened.tokens)

    def _has_time(self) -> bool:
        left = self._ends - self._means.clock()
        return left > CALL_SECONDS + WRITE_SECONDS

    # Ending

    def _limited(self, limited: RateLimited) -> str:
        """Go on when the provider allows, without waiting for it here. A run that never gets to an
        end for it, has failed.
        """
        seconds = max(1, limited.retry_after or _UNTOLD_LIMIT)
        self._meter.hold(seconds)
        if self._means.clock() - self._run.started_at > _LONGEST_RUN:
            for resource_id in self._run.resources:
                self._results.setdefault(
                    resource_id, Result(counts=Counts(), error=limited.code, retry_after=seconds)
                )
            return self._finish()
        return self._hand_over(seconds + int(seconds * 0.1 * self._means.draw()) + 1, "limited")

    def _hand_over(self, seconds: int, word: str) -> str:
        """End this invocation's part: whoever comes after so many seconds goes on."""
        try:
            for reading in self._readings:
                reading.settle()
        except Stopped:
            return "stopped"
        self._release(int(self._means.clock()) + max(seconds, _UNTOLD_LIMIT))
        self._means.send_again(self._integration, seconds)
        return word

    def _release(self, due_at: int) -> None:
        with suppress(Contested):  # the grant has ended meanwhile, and with it the run
            self._means.database.write(syncs.hand_over(self._integration, self._by, due_at))

    def _over(self, error: ReauthRequired) -> str:
        """End a run whose grant is dead: nothing comes back until people connect anew."""
        line = self._line(Outcome.FAILED, error.code)
        self._means.database.put(sync_logs.write(self._integration, line))
        with suppress(Contested):
            after = replace(self._integration.sync, due_at=None)
            self._means.database.write(syncs.finish(self._integration, self._by, after))
        return "reauth_required"

    def _finish(self) -> str:
        """Write how the run ended, with what follows from it."""
        outcome, error = self._outcome()
        after = self._after()
        line = self._line(outcome, error)
        finish: Write = syncs.finish(self._integration, self._by, after)
        told = self._told(line, after)
        log = sync_logs.write(self._integration, line)
        if not self._commit([finish, log, *told]):
            return "stopped"
        self._settle_changes()
        return outcome.value

    def _commit(self, writes: list[Write]) -> bool:
        """Write together what belongs together; tell whether the lease was still ours. Where
        nothing is told, the line of the log may well be there without the run's end: it is written
        anew then. Others note other things in the same item, and may be in the way for a moment.
        """
        finish, log, *told = writes
        for _ in range(_TRIES):
            try:
                if told:
                    self._means.database.transact([finish, log, *told])
                else:
                    self._means.database.put(log)  # type: ignore[arg-type]  # as _finish gives it
                    self._means.database.write(finish)  # type: ignore[arg-type]
            except Contested:
                if not syncs.is_mine(self._means.database, self._integration, self._by):
                    return False
            else:
                return True
        raise TemporarilyUnavailable

    def _outcome(self) -> tuple[Outcome, str | None]:
        errors = [each.error for each in self._results.values() if each.error]
        if not errors:
            return Outcome.SUCCEEDED, None
        partly = len(errors) < len(self._results)
        return (Outcome.PARTIAL if partly else Outcome.FAILED), errors[0]

    def _after(self) -> SyncState:
        now, state = int(self._means.clock()), self._integration.sync
        active = sync_settings.active(self._integration, self._sync)
        states: dict[str, ResourceState] = {
            each.id: state.resources[each.id] for each in active if each.id in state.resources
        }
        for resource in active:
            if (result := self._results.get(resource.id)) is None:
                continue
            interval = sync_settings.of(self._integration, resource).interval
            if result.error is None:
                states[resource.id] = sync_plan.succeeded(interval, now, self._means.draw)
            else:
                states[resource.id] = sync_plan.failed(
                    state.resources.get(resource.id, ResourceState()),
                    result.error,
                    result.retry_after,
                    interval,
                    now,
                    self._means.draw,
                )
        done = any(each.error is None for each in self._results.values())
        return SyncState(
            due_at=sync_plan.due_at(self._integration, active, states),
            resources=states,
            last_at=now if done else state.last_at,
            problem=sync_plan.problem(states),
        )

    def _line(self, outcome: Outcome, error: str | None) -> Line:
        return Line(
            run_id=self._run.id,
            trigger=self._run.trigger,
            started_at=self._run.started_at,
            finished_at=int(self._means.clock()),
            outcome=outcome,
            error=error,
            calls=self._meter.calls,
            resources={name: each.counts for name, each in self._results.items()},
        )

    def _told(self, line: Line, after: SyncState) -> list[Write]:
        """Tell the platform of a run that somebody waits for, or that has changed something; tell
        people once that it keeps failing, and once that it no longer does.
        """
        integration, now = self._integration, int(self._means.clock())
        told: list[Write] = []
        changed = any(each.changed for each in line.resources.values())
        if changed or line.trigger is not Trigger.SCHEDULE:
            told.append(_completed(integration, line, now))
        before = integration.sync.problem
        if after.problem is not None and before is None:
            told.append(events.event(events.DEGRADED, integration, now, cause=line.error))
        if after.problem is None and before is not None:
            told.append(events.event(events.RECOVERED, integration, now))
        return told

    def _settle_changes(self) -> None:
        """Take note that what a sync was wanted for is done. What was told since the run began is
        not: then another is wanted at once.
        """
        due = self._seen.changes.due
        done = {name for name, each in self._results.items() if each.error is None}
        settled = {name for name in due if name in done or (name == EVERYTHING and done)}
        if not settled:
            return
        target = Target(
            organization_id=self._integration.organization_id,
            integration_id=self._integration.id,
        )
        with suppress(TemporarilyUnavailable):
            if not deliveries.settle_changes(
                self._means.database, target, self._seen.changes, settled
            ):
                self._means.send_again(self._integration, 1)


def _completed(integration: Integration, line: Line, now: int) -> Write:
    return events.event(
        events.SYNC_COMPLETED,
        integration,
        now,
        runId=line.run_id,
        trigger=line.trigger.value,
        outcome=line.outcome.value,
        resources=[{"resource": name, **vars(each)} for name, each in line.resources.items()],
    )
