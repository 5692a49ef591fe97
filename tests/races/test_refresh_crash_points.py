"""RF-06, AW-06: a refresh is cut short at every point, whoever makes it: killed before its first
side effect and after each, and with the answer to each lost. Then time passes and the schedule and
its workers carry on.

Where the provider gives again what was lost, nobody notices. Where it does not, there is one more
try, and then a person is asked, once.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import replace

import pytest

from hub.errors import HubError
from hub.store import credentials
from tests.conftest import forget
from tests.functional.gateway import Context, User, handler_of
from tests.races.world import LENIENT, NEARLY_OVER, STILL, STRICT, World, sqs_event
from tests.taps import PROVIDER, Killed, Plan, Step, kill_after, kill_before, lose_answer, refused

ENDINGS: tuple[Callable[[int], Plan], ...] = (kill_before, kill_after, lose_answer)

type Act = Callable[[World, str], object]


@pytest.fixture(autouse=True)
def one_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the schedule's run a short one: there are many, and other tests look at the shards."""
    monkeypatch.setattr(credentials, "DUE", replace(credentials.DUE, shards=1))


def inline(world: World, integration_id: str) -> object:
    return world.gateway.post(f"/api/integrations/{integration_id}/refresh")


def by_the_worker(world: World, integration_id: str) -> object:
    world.tick()
    return world.refresh_due()


def by_the_schedule(world: World, integration_id: str) -> object:
    return world.tick()


def unparked(world: World, integration_id: str) -> object:
    """Nothing can be stored until the tokens are in the jobs queue."""

    def plan(_number: int, step: Step, call: Callable[[], object]) -> object:
        if step.operation == "transact_write_items":
            world.pass_time(30)
            raise refused(step, "ThrottlingException")
        return call()

    with world.taps.plan(plan):
        inline(world, integration_id)
    return world.work


CASES: tuple[tuple[Act, str], ...] = (
    (inline, STRICT),
    (inline, LENIENT),
    (inline, STILL),
    (by_the_worker, STRICT),
    (by_the_worker, LENIENT),
    (by_the_schedule, STILL),
)


def cuts(world: World, provider: str, act: Act) -> Iterator[tuple[str, str, bool]]:
    """Cut the act short everywhere; give the integration each time, and what was done to it, and
    whether the provider's answer came to nobody.
    """
    integration_id = begin(world, provider)
    with world.taps.plan() as steps:
        act(world, integration_id)
    numbers = [number for number, step in enumerate(steps) if step.takes_effect]
    for at, number in enumerate(numbers):
        for ending in ENDINGS[at > 0 :]:
            integration_id = begin(world, provider)
            with world.taps.plan(ending(number)) as taken, suppress(Killed, HubError):
                act(world, integration_id)
            forget()
            step = taken[number]
            lost = step.service == PROVIDER and ending is not kill_before
            yield integration_id, f"{ending.__name__} {at}: {step}", lost


def begin(world: World, provider: str) -> str:
    """An integration whose token wants refreshing."""
    world.wipe()
    integration_id = world.connect(provider=provider)
    world.settle()
    world.pass_time(NEARLY_OVER)
    return integration_id


@pytest.mark.parametrize(("act", "provider"), CASES)
def test_whatever_is_cut_short_is_mended_or_told(world: World, provider: str, act: Act):
    found = 0
    for integration_id, cut, lost in cuts(world, provider, act):
        found += 1
        world.recover()

        world.check(cut)
        detail = world.detail(integration_id)
        told = [event for event in world.cloud.events.told if "cause" in event]
        if lost and provider == STRICT:
            assert detail["status"] == "reauth_required", cut
            assert [event["cause"] for event in told] == ["lost_rotation"], cut
            assert len(world.cloud.sns.told) == 1, cut
            assert world.refreshes(provider) == ["ok", "invalid_grant"], cut
        else:
            assert detail["status"] == "active", cut
            assert told == [], cut
            assert detail["lastRefreshAt"], cut
            again = world.gateway.post(f"/api/integrations/{integration_id}/refresh")
            assert again.status == 200, (cut, again.text)
    assert found >= len(ENDINGS)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda each: each.__name__)
def test_what_is_parked_is_stored_whatever_cuts_that_short(
    world: World, ending: Callable[[int], Plan]
):
    integration_id = begin(world, STRICT)
    unparked(world, integration_id)
    (_body,) = world.cloud.sqs.waiting
    with world.taps.plan() as steps, suppress(Killed):
        world.work()
    numbers = [number for number, step in enumerate(steps) if step.takes_effect]
    assert numbers
    for number in numbers:
        integration_id = begin(world, STRICT)
        unparked(world, integration_id)
        with world.taps.plan(ending(number)), suppress(Killed):
            world.work()
        forget()
        world.settle()
        world.recover()

        world.check(ending.__name__)
        assert world.detail(integration_id)["status"] == "active"
        assert set(world.refreshes(STRICT)) == {"ok"}


def test_a_dispatcher_that_dies_half_way_leaves_the_rest_to_the_next(world: World):
    """AW-05, AW-06: what was sent is sent again, and done once."""
    users = [User(organization=f"org-{number}") for number in range(12)]
    ids = [world.connect(provider=STILL, user=user) for user in users]
    world.pass_time(NEARLY_OVER)
    sent = []

    def die_at_the_second_batch(_number: int, step: Step, call: Callable[[], object]) -> object:
        if step.operation == "send_message_batch":
            sent.append(step)
            if len(sent) > 1:
                raise Killed
        return call()

    with world.taps.plan(die_at_the_second_batch), suppress(Killed):
        world.tick()
    forget()
    assert 0 < len(world.cloud.sqs.refreshes) < len(ids)
    world.tick()
    world.tick()
    assert len(world.cloud.sqs.refreshes) > 2 * len(ids)
    world.pass_time(300)
    bodies = [body for body, _delay in world.cloud.sqs.refreshes]
    world.cloud.sqs.refreshes.clear()
    handler_of("refresh_worker")(sqs_event(bodies), Context())

    assert world.refreshes(STILL) == ["ok"] * len(ids)
