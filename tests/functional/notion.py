"""Notion as the functional tests meet it: the seats there, and ways through the API in a line."""

from collections.abc import Callable
from typing import Any

from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.providers.notion.workspaces import new_hires, onboarding
from tests.simulator.server import Simulator

BAKERY, GRACE, HANK = "Ada's Bakery (Ada Byron)", "Globex (Grace Hooper)", "Globex (Hank Scorpio)"
NOTION = {"providerId": "notion"}
REQUIRED = ["read_content", "insert_content"]
BOB = User(organization="org-b", id="bob")
CANARY = "canary-7d21"
PAGE = {"title": "Welcome", "parentPageId": onboarding("Globex"), "markdown": "# Day 1"}
ROW = {"title": "Ada", "dataSourceId": new_hires("Globex")}


def come_back(journey: Journey, seat: str = GRACE, user: User | None = None) -> Reply:
    """Begin, consent and come back; give the callback's answer."""
    started = journey.start(NOTION, user=user)
    return journey.return_(journey.consent(started, seat), started.cookie)


def acting(journey: Journey, integration: str) -> Callable[..., Reply]:
    """Give what adds a page through an integration."""

    def act(body: Any = PAGE, *, key: str | None = None, user: User | None = None) -> Reply:
        headers = {} if key is None else {"idempotency-key": key}
        url = f"/api/integrations/{integration}/actions/create_page"
        return journey.gateway.post(url, body, headers=headers, user=user)

    return act


def pages(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.state()["notion"]["pages"]
    return found


def calls(simulator: Simulator) -> list[Call]:
    """The pages that Notion was asked for."""
    return simulator.calls("pages.create", "notion")


def alive(simulator: Simulator) -> list[str]:
    """The seats whose grants are alive at Notion."""
    return [grant["account"] for grant in simulator.state()["notion"]["grants"]]
