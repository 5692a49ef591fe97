"""Asana as the functional tests meet it: the people there, and what they granted."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from tests.functional.gateway import Reply
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.providers.asana.world import PEOPLE
from tests.simulator.server import Simulator

ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"
ASANA = {"providerId": "asana"}
REQUIRED = [
    "tasks:write",
    "tasks:read",
    "projects:read",
    "workspaces:read",
    "webhooks:write",
    "webhooks:read",
    "webhooks:delete",
]
OPTIONAL = ["users:read", "custom_fields:read"]


def come_back(
    journey: Journey,
    account: str = GRACE,
    *,
    url: Callable[[str], str] = str,
    extra: str = "",
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer. `url` changes the authorization
    URL on the way, `extra` is added to what the browser brings back.
    """
    started = journey.start({**ASANA, "scopes": list(scopes)})
    back = journey.consent(replace(started, url=url(started.url)), account)
    return journey.return_(back + extra, started.cookie)


def acting(journey: Journey) -> Callable[..., Reply]:
    """Connect Grace's account for Ada of org-a; give what creates tasks through it."""
    integration = journey.connect(GRACE, provider="asana")

    def create(task: Any, **options: Any) -> Reply:
        url = f"/api/integrations/{integration}/actions/create_task"
        return journey.gateway.post(url, task, **options)

    return create


def grants(simulator: Simulator) -> list[str]:
    """The addresses of those who have a living grant at Asana, once for each grant."""
    found = simulator.state()["asana"]["grants"]
    return sorted(PEOPLE[grant["account"]].email for grant in found)


def tasks(simulator: Simulator) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = simulator.state()["asana"]["tasks"]
    return made


def api_calls(simulator: Simulator) -> list[Call]:
    """What Asana's API was asked, without consent and tokens."""
    return [call for call in simulator.log() if "." in call.operation]
