"""Disconnect, connect, reconnect and the revocation that follows, each in the middle of another.

Two ways: every step of one operation interrupted by the whole of another, and all of them at once
in containers. Afterwards the tables agree with each other and with the provider.
"""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from hub.models import Integration
from tests.functional.gateway import Reply, User
from tests.functional.journey import result
from tests.races.containers import Containers, Task, request, work
from tests.races.world import World, sqs_event
from tests.taps import Call, Plan, Step, interrupt

GRACE = User(id="grace")
ROUNDS = 4

type Act = Callable[["Scene"], object]


class Scene:
    """One integration, with as many flows under way as the acts that are to come need.

    `ended`: it was disconnected meanwhile, and its revocation waits.
    """

    def __init__(self, world: World, acts: tuple[Act, ...], *, ended: bool = False) -> None:
        world.wipe()
        self.world = world
        self.integration_id = world.connect()
        self.again = [world.consented(user=GRACE) for act in acts if act is Scene.connect]
        self.renewals = [
            world.consented(reconnect=self.integration_id) for act in acts if act is Scene.reconnect
        ]
        if ended:
            assert self.disconnect().status == 200

    def connect(self) -> None:
        self.came_back = result(self.world.come_back(self.again.pop()))

    def reconnect(self) -> None:
        self.came_back = result(self.world.come_back(self.renewals.pop()))

    def disconnect(self) -> Reply:
        return self.world.disconnect(self.integration_id)

    def revoke(self) -> None:
        self.world.settle()

    def integration(self) -> Integration:
        (integration,) = self.world.check().integrations.values()
        return integration

    def assert_provider_agrees(self) -> None:
        """What is live can be used, and what is not is gone there too."""
        integration = self.integration()
        if integration.live:
            assert self.world.send_message(integration.id).status == 200
        else:
            assert self.world.installed() == set()
            assert integration.revocation == "revoked"


PAIRS: tuple[tuple[Act, Act], ...] = (
    (Scene.connect, Scene.connect),
    (Scene.connect, Scene.reconnect),
    (Scene.connect, Scene.disconnect),
    (Scene.reconnect, Scene.disconnect),
    (Scene.disconnect, Scene.connect),
    (Scene.disconnect, Scene.reconnect),
    (Scene.disconnect, Scene.disconnect),
)


def interrupted(world: World, first: Act, second: Act, *, ended: bool = False) -> Iterator[Scene]:
    """Play `second` as a whole before each step of `first`, and after the last."""
    number, steps = 0, 1
    while number <= steps:
        scene = Scene(world, (first, second), ended=ended)
        with world.taps.plan(interrupt(number, partial(second, scene), world.taps)) as taken:
            first(scene)
        steps = len(taken)
        if number == steps:
            second(scene)
        yield scene
        number += 1


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda act: act.__name__)
def test_no_order_of_two_leaves_half_an_integration(world: World, first: Act, second: Act):
    for scene in interrupted(world, first, second):
        assert scene.integration().generation == (2 if first is second is Scene.disconnect else 3)
        world.settle()
        scene.assert_provider_agrees()


def test_a_revocation_in_the_middle_of_a_connect(world: World):
    for scene in interrupted(world, Scene.connect, Scene.revoke, ended=True):
        assert_usable_or_refused(scene)


def test_a_reconnect_in_the_middle_of_a_revocation(world: World):
    for scene in interrupted(world, Scene.revoke, Scene.reconnect, ended=True):
        assert_usable_or_refused(scene)


def assert_usable_or_refused(scene: Scene) -> None:
    """A connect that a revocation overtakes is refused: it would leave a dead token."""
    status = "connected" if scene.integration().live else None
    scene.world.settle()
    scene.assert_provider_agrees()
    assert scene.came_back.get("status") == status, scene.came_back
    if not status:
        assert scene.came_back["error"] == "authorization_failed"
    assert scene.world.connect() == scene.integration_id, "trying again helps"
    scene.assert_provider_agrees()


def test_everything_at_once(world: World, containers: Containers, lots: Random):
    for number in range(ROUNDS):
        acts = (Scene.connect, Scene.connect, Scene.reconnect)
        scene = Scene(world, acts, ended=lots.random() < 0.5)
        world.carry_outbox()
        tasks: list[Task] = [flow.task for flow in (*scene.again, *scene.renewals)]
        tasks += [partial(request, "DELETE", f"/api/integrations/{scene.integration_id}")] * 2
        tasks += [partial(work, sqs_event([job])) for job in world.cloud.sqs.waiting * 2]
        lots.shuffle(tasks)

        containers.together(tasks)

        scene.integration()
        world.settle()
        scene.integration()
        scene.disconnect()
        world.settle()
        scene.assert_provider_agrees()
        print(f"round {number}: generation {scene.integration().generation}")


ORGANIZATIONS = ("org-a", "org-b")


class Shared:
    """Two organizations that connected the same workspace."""

    def __init__(self, world: World) -> None:
        world.wipe()
        self.world = world
        self.users = [User(organization=each) for each in ORGANIZATIONS]
        self.ids = [world.connect(user=user) for user in self.users]

    def disconnect(self, which: int) -> None:
        reply = self.world.disconnect(self.ids[which], user=self.users[which])
        assert reply.status == 200, reply.text

    def outcomes(self) -> list[str]:
        details = zip(self.ids, self.users, strict=True)
        return [self.world.detail(each, user=user)["revocation"] for each, user in details]


def test_the_last_of_two_that_share_a_workspace_ends_the_installation(world: World):
    shared = Shared(world)

    shared.disconnect(0)
    world.settle()
    assert world.send_message(shared.ids[1], user=shared.users[1]).status == 200
    shared.disconnect(1)
    world.settle()

    assert shared.outcomes() == ["kept_for_other_integrations", "revoked"]
    assert world.revocations() == 1
    assert world.installed() == set()


@pytest.mark.parametrize("settled", [False, True], ids=["jobs later", "jobs in between"])
def test_two_that_share_a_workspace_disconnect_in_each_others_middle(world: World, settled: bool):
    number, steps = 0, 1
    while number < steps:
        shared = Shared(world)

        def other(shared: Shared = shared) -> None:
            shared.disconnect(1)
            if settled:
                world.settle()

        with world.taps.plan(interrupt(number, other, world.taps)) as taken:
            shared.disconnect(0)
        steps = len(taken)
        world.settle()

        world.check()
        assert world.revocations() == 1, shared.outcomes()
        assert world.installed() == set()
        number += 1


def test_two_revocations_of_an_account_do_not_reopen_it_for_each_other(world: World):
    """The tokens of one are dead long since, so it ends at once; those of the other are not, and
    somebody connects while it is about to call.
    """
    shared = [User(organization=each) for each in ORGANIZATIONS]
    dead = world.connect(user=shared[0])
    world.simulator.uninstall("slack", "T0GLOBEX0001")
    alive = world.connect(user=shared[1])
    newcomer = User(organization="org-c")
    flow = world.consented(user=newcomer)
    jobs = []
    for integration_id, user in ((alive, shared[1]), (dead, shared[0])):
        world.disconnect(integration_id, user=user)
        world.carry_outbox()
        jobs.append(world.cloud.sqs.waiting[-1])

    def overtake() -> None:
        work(sqs_event(jobs[1:]))
        world.come_back(flow)

    with world.taps.plan(before(world, "apps.uninstall", overtake)):
        work(sqs_event(jobs[:1]))

    world.settle()
    live = world.check().live
    assert all(world.send_message(each.id, user=newcomer).status == 200 for each in live.values())
    world.disconnect(world.connect(user=newcomer), user=newcomer)
    world.settle()
    assert world.installed() == set()


def test_a_grant_from_before_a_revocation_does_not_replace_one_from_after(world: World):
    scene = Scene(world, (Scene.connect, Scene.connect), ended=True)

    def overtake() -> None:
        scene.revoke()
        scene.connect()
        assert scene.came_back["status"] == "connected"

    with world.taps.plan(before(world, "transact_write_items", overtake)):
        scene.connect()

    assert scene.came_back["error"] == "authorization_failed"
    world.settle()
    assert scene.integration().live
    scene.assert_provider_agrees()


def before(world: World, operation: str, act: Callable[[], None]) -> Plan:
    """Let something happen just before the first call of that kind."""
    done: list[Step] = []

    def plan(_number: int, step: Step, call: Call) -> Any:
        if step.operation == operation and not done:
            done.append(step)
            with world.taps.plan():
                act()
        return call()

    return plan


def test_two_that_share_a_workspace_disconnect_at_once(world: World, containers: Containers):
    for _ in range(ROUNDS):
        shared = Shared(world)
        containers.together(
            [
                partial(request, "DELETE", f"/api/integrations/{each}", user=user)
                for each, user in zip(shared.ids, shared.users, strict=True)
            ]
        )
        world.carry_outbox()
        jobs = world.waiting("revoke")
        assert len(jobs) == len(ORGANIZATIONS)
        containers.together([partial(work, sqs_event([job])) for job in jobs])
        world.settle()

        held = world.check()
        assert not held.live
        assert not held.credentials
        assert world.revocations() == 1, shared.outcomes()
        assert "revoked" in shared.outcomes()
        assert world.installed() == set()


def test_a_job_delivered_several_times_at_once_is_recorded_once(
    world: World, containers: Containers
):
    """AW-02: SQS may deliver twice. The provider may hear of it twice, the ledger may not."""
    Scene(world, (), ended=True)
    world.carry_outbox()
    (job,) = world.waiting("revoke")

    containers.together([partial(work, sqs_event([job]))] * 5)

    world.settle()
    held = world.check()
    entries = [row["event"] for row in held.tables["consents"]]
    assert entries.count("revocation_settled") == 1
    assert world.revocations() == 1
    assert not held.credentials
