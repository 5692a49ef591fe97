"""The engine against random histories: whatever happens at the provider and to the workers, in the
end the records are what the provider holds.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub import runtime
from hub.errors import ProviderError, ProviderUnavailable
from hub.models import Integration, Run, Status, Trigger
from hub.providers._sync import DAY, Page
from hub.record import Record
from hub.store import integrations, positions, syncs
from hub.store.integrations import Integrations
from hub.store.syncs import Lease
from hub.sync_reading import Reading
from hub.sync_writing import Stopped, Work
from tests.conftest import forget
from tests.functional.conftest import Clock, _empty_tables
from tests.functional.syncs.held import records, told
from tests.functional.syncs.made_up_resources import KINDS, collection, resource

NEW = Integration(
    organization_id="org-a",
    id="int_MADEUP",
    provider_id="slack",
    account_name="",
    account_hash="",
    status=Status.ACTIVE,
    generation=1,
    connected_by="ada",
    connected_at=0,
    scopes_asked=(),
    scopes_granted=(),
    consent_id="c",
)


class Killed(BaseException):
    """The worker is gone."""


@dataclass
class Stage:
    """One resource of one integration, its provider, and workers one after the other."""

    kind: str
    clock: Clock
    pages: int = 0
    die_at: int | None = None
    fail_at: int | None = None
    during: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resource = resource(self.kind)
        self.held = collection(self.clock)
        runtime.database().put(integrations.write(NEW, seen=None))

    def run(self, *, full: bool = False, page_limit: int = 10_000, run: Run | None = None) -> bool:
        """Let one worker do as much as it has time for; tell whether it came to the end."""
        run = run or Run(
            id=uuid4().hex, trigger=Trigger.SCHEDULE, started_at=0, resources=(), full=full
        )
        now = Integrations(runtime.database(), "org-a").get(NEW.id)
        lease = Lease(by=uuid4().hex, until=int((self.clock() + 100) * 1000))
        assert syncs.take(runtime.database(), now, run, lease, int(self.clock() * 1000))
        work = Work(
            database=runtime.database(),
            integration=now,
            run=run,
            by=lease.by,
            clock=self.clock,
        )
        place = positions.place(now, self.resource.id)
        stored = positions.from_item(runtime.database().get(*place))
        left = iter(range(page_limit))
        try:
            done = Reading(work, self.resource, stored).run(
                self._read, lambda: next(left, None) is not None
            )
        finally:
            self.clock.advance(101)
        runtime.database().write(syncs.hand_over(now, lease.by, int(self.clock())))
        return done

    def _read(self, declared, asked) -> Page:
        self.pages += 1
        if self.pages == self.fail_at:
            raise ProviderUnavailable
        page = declared.read(self.held, asked)
        if self.during:
            self.during.pop(0)()
        if self.pages == self.die_at:
            raise Killed
        return page

    def stored(self) -> dict[str, dict]:
        return {id_: json.loads(row["content"]) for id_, row in records(self.kind).items()}

    def provider(self) -> dict[str, dict]:
        return {body["id"]: body for body in self.held.live()}


@pytest.fixture(params=KINDS)
def stage(request, aws, clock) -> Stage:
    return Stage(request.param, clock)


@pytest.fixture
def stage_of(aws, clock):
    return lambda kind: Stage(kind, clock)


def test_a_first_pass_brings_everything(stage):
    stage.held.seed(8)

    assert stage.run()

    assert stage.stored() == stage.provider()
    assert stage.pages == 3


def test_changes_come_with_the_next_pass(stage):
    stage.held.seed(8)
    stage.run()
    stage.held.update("thing-0002", title="Changed")
    stage.held.delete("thing-0005")
    stage.held.create()
    if stage.kind == "by_watermark":
        stage.clock.advance(DAY)  # it is a full pass that finds what is gone

    stage.run()

    assert stage.stored() == stage.provider()
    assert set(records(stage.kind, deleted=True)) == {"thing-0005"}


def test_a_pass_that_finds_nothing_new_changes_nothing(stage, monkeypatch):
    stage.held.seed(8)
    stage.run()
    before = records(stage.kind)
    written = []
    transact = type(runtime.database()).transact
    monkeypatch.setattr(
        type(runtime.database()),
        "transact",
        lambda self, writes, **more: (written.extend(writes), transact(self, writes, **more))[1],
    )

    stage.run()

    assert records(stage.kind) == before
    assert {each.table for each in written} <= {"integrations", "syncs"}
    assert (
        stage.pages
        == {"by_id": 6, "by_offset": 6, "by_delta": 4, "by_watermark": 4 + 2}[stage.kind]
    )


def test_nothing_is_taken_for_gone_before_a_pass_is_complete(stage):
    stage.held.seed(8)
    stage.run()
    if stage.kind == "by_watermark":
        stage.clock.advance(DAY)
    stage.held.delete("thing-0001")
    run = Run(id="r", trigger=Trigger.SCHEDULE, started_at=0, resources=(), full=True)

    assert not stage.run(page_limit=2, run=run)
    assert "thing-0001" in records(stage.kind)

    while not stage.run(page_limit=2, run=run):
        pass
    assert "thing-0001" not in records(stage.kind)


def test_a_worker_that_dies_costs_one_page_at_most(stage):
    stage.held.seed(11)
    stage.die_at = 3
    run = Run(id="r", trigger=Trigger.SCHEDULE, started_at=0, resources=())
    with pytest.raises(Killed):
        stage.run(run=run)

    stage.run(run=run)

    assert stage.stored() == stage.provider()
    assert stage.pages == 4 + 1


def test_pages_that_shift_hide_nothing(stage_of):
    stage = stage_of("by_offset")
    stage.held.seed(8)
    stage.run()
    stage.held.update("thing-0004", title="x")  # so that the pass is not as the one before
    stage.during = [lambda: None, lambda: stage.held.delete("thing-0001")]

    stage.run()
    stage.run()

    assert stage.stored() == stage.provider()
    assert set(records("by_offset", deleted=True)) == {"thing-0001"}


def test_what_a_pass_that_was_left_for_long_has_missed_is_found_by_the_next(stage_of):
    stage = stage_of("by_offset")
    stage.held.seed(8)
    stage.run()
    stage.held.delete("thing-0001")
    assert not stage.run(page_limit=4)  # read twice, almost
    stage.clock.advance(2 * DAY)

    stage.run()

    assert stage.stored() == stage.provider()


def test_an_expired_cursor_begins_anew_and_loses_nothing(stage_of):
    stage = stage_of("by_delta")
    stage.held.seed(8)
    stage.run()
    stage.held.delete("thing-0003")
    stage.held.expire()

    stage.run()

    assert stage.stored() == stage.provider()


def test_a_cursor_that_always_expires_is_given_up(stage_of):
    stage = stage_of("by_id")
    stage.held.seed(8)
    stage.during = [stage.held.expire] * 100

    with pytest.raises(ProviderError):
        stage.run()


def test_an_unruly_delta_ends_with_the_last_word(stage_of):
    stage = stage_of("by_delta")
    stage.held.seed(3)
    stage.run()
    stage.held.unruly = True
    stage.held.update("thing-0001", title="older")
    stage.held.update("thing-0001", title="newer")
    stage.held.delete("thing-0002")

    stage.run()

    assert stage.stored() == stage.provider()


def test_who_has_lost_the_grant_writes_nothing(stage):
    stage.held.seed(8)
    over = Integrations(runtime.database(), "org-a")

    def end() -> None:
        current = over.get(NEW.id)
        after = integrations.disconnected(current, 0, revocation="queued")
        runtime.database().put(integrations.write(after, seen=current.generation))

    stage.during = [lambda: None, end]
    with pytest.raises(Stopped):
        stage.run()

    assert len(records(stage.kind)) == 3
    assert sum(len(each["records"]) for each in told("records.changed")) == 3


def test_an_object_told_twice_in_a_page_counts_once(stage_of):
    stage = stage_of("by_id")
    twice = [Record(id="a", title=title, content={"title": title}) for title in ("old", "new")]
    stage.resource = stage.resource.__replace__(read=lambda *_: Page(records=tuple(twice)))

    stage.run()

    assert records("by_id")["a"]["title"] == "new"


def test_ids_that_are_no_keys_and_texts_that_are_none_are_kept_all_the_same(stage_of):
    stage = stage_of("by_id")
    odd = (
        Record(id="x" * 2000, title="long", content={}),
        Record(id="\ud800", title="half \ud800", content={"text": "\ud800", "number": 1.5}),
    )
    stage.resource = stage.resource.__replace__(read=lambda *_: Page(records=odd))

    stage.run()
    stage.run()

    assert {row["title"] for row in records("by_id").values()} == {"long", "half ?"}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(1, 5)),
        st.tuples(st.just("update"), st.integers(0, 30)),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.tuples(st.just("expire"), st.just(0)),
        st.tuples(st.just("run"), st.integers(1, 4)),
        st.tuples(st.just("die"), st.integers(1, 3)),
        st.tuples(st.just("fail"), st.integers(1, 3)),
        st.tuples(st.just("shift"), st.integers(0, 30)),
        st.tuples(st.just("wait"), st.integers(1, DAY)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, unruly=st.booleans())
def test_in_the_end_the_records_are_what_the_provider_holds(kind, steps, unruly, aws, clock):
    _empty_tables()
    forget()
    runtime.clock = clock
    stage = Stage(kind, clock)
    stage.held.seed(4).unruly = unruly
    for what, number in steps:
        act(stage, what, number)
    stage.die_at = stage.fail_at = None
    stage.during = []
    clock.advance(DAY)
    for _ in range(3):  # one to end what was begun, one to see what came meanwhile, one to spare
        while not stage.run():
            pass
        clock.advance(DAY)

    assert stage.stored() == stage.provider()


def act(stage: Stage, what: str, number: int) -> None:
    ids = stage.held.ids()
    some = ids[number % len(ids)] if ids else None
    match what:
        case "create":
            stage.held.seed(number)
        case "update" if some:
            stage.held.update(some, title=f"Title {number}")
        case "delete" if some:
            stage.held.delete(some)
        case "shift" if some:
            stage.during = [lambda: None, lambda: _delete(stage, some)]
        case "expire":
            stage.held.expire()
        case "wait":
            stage.clock.advance(number)
        case "run":
            attempt(stage, page_limit=number)
        case "die":
            stage.die_at = stage.pages + number
            attempt(stage)
        case "fail":
            stage.fail_at = stage.pages + number
            attempt(stage)


def _delete(stage: Stage, id_: str) -> None:
    if id_ in stage.held.held:
        stage.held.delete(id_)


def attempt(stage: Stage, page_limit: int = 10_000) -> None:
    with suppress(Killed, ProviderUnavailable):
        stage.run(page_limit=page_limit)
