"""What the grant reaches has changed at the provider: routes are seen to anew, and a grant that
reaches nothing is over.
"""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from hub.errors import GrantRefused, ProviderUnavailable
from hub.providers._webhooks import Effect
from hub.providers.slack import webhooks
from tests.functional.journey import Journey
from tests.functional.stored import followed, rows
from tests.functional.webhooks.heard import changes, queue_up
from tests.simulator.providers.slack.conversations import WORKSPACES

TEAM = next(w for w in WORKSPACES.values() if w.name == "Globex").id


@pytest.fixture
def integration(journey: Journey) -> str:
    integration = journey.connect("Globex")
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def move(journey: Journey, integration: str) -> Callable[[], None]:
    """Hear that the account's reach has changed."""

    def hear() -> None:
        queue_up("slack", TEAM, Effect.MOVED)
        assert journey.hear() == []

    return hear


def routed_by(monkeypatch: pytest.MonkeyPatch, routes: Callable[[Any], tuple[str, ...]]) -> None:
    monkeypatch.setattr(webhooks, "WEBHOOKS", replace(webhooks.WEBHOOKS, routes=routes))


def routes() -> set[str]:
    return {row["whose"] for row in rows("webhooks") if row["whose"].startswith("route#")}


def shown(journey: Journey, integration: str) -> dict[str, Any]:
    found: dict[str, Any] = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    return found


def test_routes_follow_and_everything_is_read_again(
    monkeypatch: pytest.MonkeyPatch, journey: Journey, integration: str, move: Callable[[], None]
):
    before = routes()
    routed_by(monkeypatch, lambda _: ("another", "and another"))
    move()
    assert changes(integration) == {"everything"}
    assert journey.run_jobs() == []

    assert len(routes()) == 2
    assert not routes() & before
    assert shown(journey, integration)["status"] == "active"


def test_a_grant_that_reaches_nothing_is_over(
    monkeypatch: pytest.MonkeyPatch, journey: Journey, integration: str, move: Callable[[], None]
):
    def none(_: Any) -> tuple[str, ...]:
        raise GrantRefused

    routed_by(monkeypatch, none)
    move()
    assert journey.run_jobs() == []

    told = shown(journey, integration)
    assert (told["status"], told["problem"]["category"]) == (
        "reauth_required",
        "revoked_at_provider",
    )
    assert "integration.reauth_required" in followed()


def test_a_provider_that_does_not_answer_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, journey: Journey, integration: str, move: Callable[[], None]
):
    def silent(_: Any) -> tuple[str, ...]:
        raise ProviderUnavailable

    before = routes()
    routed_by(monkeypatch, silent)
    move()

    assert len(journey.run_jobs()) == 1
    assert routes() == before
    assert shown(journey, integration)["status"] == "active"
