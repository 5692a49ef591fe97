"""WH-10, AW-06: hearing, subscribing, renewing, making anew and unsubscribing are cut short at
every point: killed before the first side effect and after each, and with the answer to each lost.
Then the queue brings the message again and the schedule goes on.

Nothing is lost, nothing is there twice, and nothing stays for ever on our side. Of a process that
dies while the provider is making a subscription, nobody is left who knows it: it ends by itself
where it has an end, and what it sends goes nowhere.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from hub import assembly
from hub.errors import HubError
from hub.store.subscriptions import owner
from tests.conftest import forget
from tests.functional.gateway import User
from tests.races.notifier import HOUR, KEYS, KINDS, LIFE, Notifier
from tests.races.seeds import MANY
from tests.races.world import World
from tests.taps import Killed, Plan, kill_after, kill_before, lose_answer

ENDINGS: tuple[Callable[[int], Plan], ...] = (kill_before, kill_after, lose_answer)
TICK, DAY = 6 * HOUR, 30 * HOUR
TWO = (User(id="grace"), User(organization="org-b", id="bob"))

type Act = Callable[[], object]
type Operation = Callable[[World], Act]


def cuts(world: World, operation: Operation) -> Iterator[str]:
    """Cut the operation short everywhere; each time, the container is gone and another begins."""
    world.wipe()
    act = operation(world)
    with world.taps.plan() as steps:
        act()
    numbers = [number for number, step in enumerate(steps) if step.takes_effect]
    assert numbers
    for at, number in enumerate(numbers):
        for ending in ENDINGS[at > 0 :]:
            world.wipe()
            act = operation(world)
            with world.taps.plan(ending(number)), suppress(Killed, HubError):
                act()
            forget()
            yield f"{ending.__name__} {at} of {[str(steps[each]) for each in numbers]}"


# Hearing


def event(world: World) -> Act:
    return told(world, "channel_created", channel={"id": "C1"})


def revocation(world: World) -> Act:
    return told(world, "app_uninstalled")


def told(world: World, kind: str, **details: object) -> Act:
    for user in TWO:
        world.connect(user=user)
    world.settle()
    world.pass_time(60)
    world.notify(kind, **details)
    return world.hear


@pytest.mark.parametrize("operation", [event, revocation], ids=lambda each: each.__name__)
def test_what_is_heard_is_applied_once_wherever_it_is_cut_short(world: World, operation: Operation):
    found = 0
    for cut in cuts(world, operation):
        found += 1
        while world.cloud.sqs.webhooks:
            world.hear()
        rows = world.webhooks()
        lines = [row for row in rows if row["part"].startswith("delivery#")]
        marks = [row for row in rows if row["part"].startswith("seen#")]
        assert len(world.heard()) == len(lines) == len(marks) == len(TWO), cut
        assert {row["outcome"] for row in lines} == {"applied"}, cut
        world.settle()
        held = world.check(cut)
        statuses = Counter(each.status for each in held.integrations.values())
        wanted = "reauth_required" if operation is revocation else "active"
        assert statuses == {wanted: len(TWO)}, cut
        if operation is revocation:
            asked = [each for each in world.cloud.sns.told if each.get("cause")]
            assert len(asked) == len(TWO), cut
    assert found >= len(ENDINGS)


# Subscriptions


@pytest.fixture
def notifier(
    kind: str, operation: Operation, world: World, monkeypatch: pytest.MonkeyPatch
) -> Notifier:
    several = MANY or operation in {subscribing, reconnecting}
    notifier = Notifier(kind, world.taps, world.clock, KEYS if several else KEYS[:1])
    monkeypatch.setattr("hub.providers.google.webhooks.WEBHOOKS", notifier.webhooks())
    monkeypatch.setattr(assembly, "time", SimpleNamespace(sleep=world.pass_time))
    return notifier


def subscribing(world: World) -> Act:
    world.connect(provider="google")
    world.carry_outbox()
    return world.work


def renewing(world: World) -> Act:
    world.connect(provider="google")
    world.settle()
    world.pass_time(LIFE * 0.6)

    def act() -> None:
        world.renew_subscriptions()
        world.work()

    return act


def reconnecting(world: World) -> Act:
    integration_id = world.connect(provider="google")
    world.settle()
    world.come_back(world.consented("ada@example.org", reconnect=integration_id))
    world.carry_outbox()
    return world.work


def disconnecting(world: World) -> Act:
    integration_id = world.connect(provider="google")
    world.settle()
    world.disconnect(integration_id)
    world.carry_outbox()
    return world.work


def making_anew(world: World) -> Act:
    """The provider has lost them."""
    return renewing(world)


CASES: tuple[tuple[Operation, str], ...] = (
    (subscribing, "renewed"),
    (renewing, "renewed"),
    (renewing, "replaced"),
    (reconnecting, "replaced"),
    (making_anew, "endless"),
    (disconnecting, "renewed"),
)
MORE = tuple(
    (operation, kind)
    for kind in KINDS
    for operation in (subscribing, renewing, reconnecting, making_anew, disconnecting)
)


@pytest.mark.parametrize(
    ("operation", "kind"), MORE if MANY else CASES, ids=lambda each: getattr(each, "__name__", each)
)
def test_an_integration_has_each_subscription_once_wherever_it_is_cut_short(
    world: World, notifier: Notifier, operation: Operation
):
    for cut in each_cut(world, notifier, operation):
        let_a_day_pass(world)
        if operation is disconnecting:
            assert_nothing_left(world, notifier, cut)
        else:
            assert_subscribed(world, notifier, cut)


def each_cut(world: World, notifier: Notifier, operation: Operation) -> Iterator[str]:
    def begun_anew(world: World) -> Act:
        notifier.lose()  # it is another world each time
        act = operation(world)
        if operation is making_anew:
            notifier.lose()
        return act

    yield from cuts(world, begun_anew)


def let_a_day_pass(world: World) -> None:
    """Let the queue and the schedule go on for longer than a subscription lives, and until all of
    it is looked over.
    """
    world.settle()
    for _ in range(DAY // TICK):
        world.pass_time(TICK)
        world.renew_subscriptions()
        world.settle()


def assert_nothing_left(world: World, notifier: Notifier, cut: str) -> None:
    assert notifier.live == {}, cut
    left = {row["part"].partition("#")[0] for row in world.webhooks()}
    assert not left & {"subscription", "webhook", "route"}, cut


def assert_subscribed(world: World, notifier: Notifier, cut: str) -> None:
    (integration,) = world.check(cut).live.values()
    rows = world.webhooks()
    held = [row for row in rows if row["part"] == "subscription"]
    assert Counter(row["key"] for row in held) == dict.fromkeys(notifier.keys, 1), cut
    assert {row["state"] for row in held} == {"active"}, cut
    assert {row["generation"] for row in held} == {integration.generation}, cut
    whose = owner(integration.organization_id, integration.id)
    pointers = {row["part"] for row in rows if row["whose"] == whose and "webhook#" in row["part"]}
    assert pointers == {row["whose"] for row in held}, cut
    live = notifier.live
    for row in held:
        assert live[row["externalId"]].webhook_id == row["whose"].partition("#")[2], cut
    if all(each.ends_at for each in live.values()):
        assert len(live) == len(notifier.keys), cut
