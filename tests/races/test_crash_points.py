"""Every operation is cut short at every point: killed before its first side effect and after each,
and with the answer to each lost. Then a new container carries on with what was queued.

One thing cannot be promised: of a process that dies between the provider's answer and our write,
nobody is left who knows the tokens. That point is asserted like the others, so that it stays the
only one.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.conftest import forget
from tests.functional.gateway import User
from tests.races.world import World
from tests.taps import PROVIDER, Killed, Plan, Step, kill_after, kill_before, lose_answer

EXCHANGE = Step(PROVIDER, "oauth.v2.access")
ENDINGS: tuple[Callable[[int], Plan], ...] = (kill_before, kill_after, lose_answer)

type Act = Callable[[], object]


def start(world: World) -> Act:
    return lambda: world.gateway.post("/api/integrations/connect", {"providerId": "slack"})


def first_callback(world: World) -> Act:
    flow = world.consented()
    return lambda: world.come_back(flow)


def later_callback(world: World) -> Act:
    world.connect(user=User(id="grace"))
    return first_callback(world)


def callback_of_another_account(world: World) -> Act:
    flow = world.consented("Initech", reconnect=world.connect())
    return lambda: world.come_back(flow)


def disconnect(world: World) -> Act:
    integration_id = world.connect()
    return lambda: world.disconnect(integration_id)


def revocation(world: World) -> Act:
    disconnect(world)()
    return world.settle


OPERATIONS = (
    start,
    first_callback,
    later_callback,
    callback_of_another_account,
    disconnect,
    revocation,
)
OF_A_NEW_ACCOUNT = (first_callback, callback_of_another_account)


@dataclass(frozen=True)
class Cut:
    """Where an operation was cut short: its side effects in order, and at which one."""

    effects: tuple[Step, ...]
    at: int
    how: str

    @property
    def tokens_are_lost(self) -> bool:
        """Tell whether the provider has answered and nobody has written it down."""
        return self.effects[self.at] == EXCHANGE and self.how != "kill_before"

    def __str__(self) -> str:
        return f"{self.how} {self.at} of {[str(effect) for effect in self.effects]}"


def cuts(world: World, operation: Callable[[World], Act]) -> Iterator[Cut]:
    """Cut the operation short everywhere; each time it has been recovered from by then."""
    act = operation(world)
    with world.taps.plan() as steps:
        act()
    numbers = [number for number, step in enumerate(steps) if step.takes_effect]
    effects = tuple(steps[number] for number in numbers)
    for at, number in enumerate(numbers):
        for ending in ENDINGS[at > 0 :]:
            world.wipe()
            act = operation(world)
            with world.taps.plan(ending(number)), suppress(Killed):
                act()
            forget()
            world.settle()
            yield Cut(effects, at, ending.__name__)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_whatever_is_cut_short_leaves_nothing_half_done(
    world: World, operation: Callable[[World], Act]
):
    found = []
    for cut in cuts(world, operation):
        held = world.check(cut)
        lost = cut.tokens_are_lost and operation in OF_A_NEW_ACCOUNT
        unaccounted = world.unaccounted(held)
        assert bool(unaccounted) is lost, cut
        assert not held.credentials.keys() - held.live.keys(), cut
        found.append(cut)
        assert_all_can_go_on(world, cut, {"Globex"} | unaccounted)
    assert len(found) >= len(ENDINGS)


def assert_all_can_go_on(world: World, cut: Cut, workspaces: set[str]) -> None:
    """Whoever was interrupted starts again; when they leave, nothing stays at the provider."""
    for workspace in workspaces:
        world.disconnect(world.connect(workspace))
    world.settle()
    held = world.check(cut)
    assert not held.live, cut
    assert world.installed() == set(), cut
