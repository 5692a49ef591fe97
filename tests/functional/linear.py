"""Linear as the functional tests meet it: the people there, and ways through the API in a line."""

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.providers.linear.workspaces import BAKERY, GLOBEX, PEOPLE, person_at, team_at
from tests.simulator.server import Simulator

ADA, GRACE = person_at(BAKERY, "ada@example.org"), person_at(GLOBEX, "grace@example.org")
ADA_AT_GLOBEX = person_at(GLOBEX, "ada@example.org")
ENGINEERING, BOARD = team_at(GLOBEX, "ENG"), team_at(GLOBEX, "BRD")
LINEAR = {"providerId": "linear"}
READ, CREATE, WRITE = "read", "issues:create", "write"
REQUIRED = [READ, CREATE]
BOB = User(organization="org-b", id="bob")
CANARY = "canary-8e04"
ISSUE = {"teamId": ENGINEERING.id, "title": "A laptop for Alan"}


def come_back(
    journey: Journey,
    person: str = GRACE.id,
    *,
    scopes: Collection[str] = (),
    user: User | None = None,
    url: Callable[[str], str] = str,
) -> Reply:
    """Begin, consent and come back; give the callback's answer. `url` changes the authorization
    URL on the way.
    """
    started = journey.start({**LINEAR, "scopes": list(scopes)}, user=user)
    back = journey.consent(dataclasses.replace(started, url=url(started.url)), person)
    return journey.return_(back, started.cookie)


def acting(journey: Journey, integration: str) -> Callable[..., Reply]:
    """Give what creates an issue through an integration."""

    def act(body: Any = ISSUE, *, key: str | None = None, user: User | None = None) -> Reply:
        headers = {} if key is None else {"idempotency-key": key}
        url = f"/api/integrations/{integration}/actions/create_issue"
        return journey.gateway.post(url, body, headers=headers, user=user)

    return act


def issues(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.state()["linear"]["issues"]
    return found


def asked(simulator: Simulator) -> list[Call]:
    """What Linear's API was asked, but for the question whose token it is when one connects."""
    return simulator.calls("graphql", "linear")[1:]


def alive(simulator: Simulator) -> list[str]:
    """The people whose grants are alive at Linear."""
    return sorted(PEOPLE[one["account"]].label for one in simulator.state()["linear"]["grants"])
