"""The suite bites: the hub without its fence, without generations, without the journal or without
tries between the schedule's ticks does not get through it.
"""

from collections.abc import Callable

import pytest

from hub import oauth
from hub.store import integrations, leases
from hub.store.database import Put
from tests.races.simulation.checks import violations
from tests.races.simulation.container import Container
from tests.races.simulation.faults import NONE, At
from tests.races.simulation.memory import Memory
from tests.races.simulation.providers import LIFE, LOST
from tests.races.simulation.stage import MakeStage, Stage
from tests.races.test_refresh_histories import history

SEEDS = 400

_take, _write = leases.take, integrations.write


def ever(condition: str) -> str:
    """Make a condition hold always, and still use its values."""
    return f"(attribute_exists(organizationId) OR {condition})"


def without_the_fence(patch: pytest.MonkeyPatch) -> None:
    """Whoever has an answer stores it, and a lease is nobody's."""
    patch.setattr(leases, "_same_tokens", lambda revision: _grant(ever(_revision(revision))))
    patch.setattr(leases, "_MY_LEASE", ever("fence = :fence OR attemptId = :attempt"))


def without_leases(patch: pytest.MonkeyPatch) -> None:
    """Everybody may refresh at any time."""
    patch.setattr(leases, "LEASE_SECONDS", int(oauth.REFRESH_SECONDS) + 1)
    patch.setattr(leases, "_same_fence", lambda fence: ever(_fence(fence)))
    patch.setattr(leases, "_NOBODYS", ever("leaseUntil <= :now"))


def without_generations(patch: pytest.MonkeyPatch) -> None:
    """A reconnect or a disconnection does not stop whoever began before."""
    patch.setattr(leases, "_SAME_GRANT", ever("generation = :generation"))

    def write(integration: object, *, seen: int | None) -> Put:
        put = _write(integration, seen=seen)  # type: ignore[arg-type]
        return put if seen is None else Put(**{**vars(put), "condition": ever(put.condition)})

    patch.setattr(integrations, "write", write)


def without_the_journal(patch: pytest.MonkeyPatch) -> None:
    """Nobody knows of attempts that came to no end."""

    def take(*arguments: object) -> leases.Lease | None:
        lease = _take(*arguments)  # type: ignore[arg-type]
        return lease and leases.Lease(**{**vars(lease), "doubtful": False})

    patch.setattr(leases, "take", take)


def without_tries_in_between(patch: pytest.MonkeyPatch) -> None:
    """What failed waits for the schedule."""
    patch.setattr(Container, "send_again", lambda *_: None)


def _grant(more: str) -> str:
    return f"{leases._SAME_GRANT} AND {more}"


def _revision(revision: int) -> str:
    return "revision = :revision" if revision else "attribute_not_exists(revision)"


def _fence(fence: int) -> str:
    return "fence = :fence" if fence else "attribute_not_exists(fence)"


CAUGHT_BY = {
    without_the_fence: "is not the token stored last",
    without_leases: "have calls open at once",
    without_the_journal: "grant_refused, which nobody did",
}


@pytest.mark.parametrize("weaken", CAUGHT_BY, ids=lambda each: each.__name__)
def test_a_weaker_variant_is_caught_by_histories(
    stages: MakeStage, monkeypatch: pytest.MonkeyPatch, weaken: Callable[[pytest.MonkeyPatch], None]
):
    weaken(monkeypatch)
    for seed in range(SEEDS):
        stage = stages(seed, Memory())
        history(stage)
        found = violations(stage)
        if any(CAUGHT_BY[weaken] in sentence for sentence in found):
            print(f"caught in history {seed}: {found}")
            return
    pytest.fail(f"{SEEDS} histories show nothing of it")


def reconnected_before_the_lease(stage: Stage) -> list[str]:
    """Somebody reconnects between a reader's look at the tokens and its taking the lease."""
    integration_id = stage.connect("lenient")
    stage.turns.sleep(LIFE)
    late = At(operation="batch_get_item", after=lambda: stage.reconnect(integration_id))
    stage.start(Container.read, integration_id, late, after=0)
    stage.recover()
    return violations(stage)


def frozen_before_storing(stage: Stage) -> list[str]:
    """RF-02: who was frozen past their lease wakes when the next one is done."""
    integration_id = stage.connect("endless")
    stage.turns.sleep(LIFE)
    frozen = At(operation="transact_write_items", before=lambda: stage.turns.sleep(40))
    stage.start(Container.read, integration_id, frozen, after=0)
    stage.start(Container.read, integration_id, NONE, after=35)
    stage.recover()
    return violations(stage)


def three_answers_lost(stage: Stage) -> list[str]:
    """A provider takes for ten minutes what it has replaced, and its answers do not arrive."""
    integration_id = stage.connect("lenient")
    stage.played(integration_id).conduct += [LOST[0]] * 3
    stage.pass_time(LIFE, schedule=True)
    stage.recover()
    return violations(stage)


STORIES = {
    reconnected_before_the_lease: without_generations,
    frozen_before_storing: without_the_fence,
    three_answers_lost: without_tries_in_between,
}


@pytest.mark.parametrize("story", STORIES, ids=lambda each: each.__name__)
def test_a_weaker_variant_is_caught_by_a_story(
    stages: MakeStage, monkeypatch: pytest.MonkeyPatch, story: Callable[[Stage], list[str]]
):
    assert story(stages(1)) == []
    STORIES[story](monkeypatch)
    assert story(stages(1)) != []
