"""Trello as the functional tests meet it: the people there, and what came of acting."""

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

from tests.functional.gateway import Reply
from tests.functional.journey import Journey
from tests.simulator.journal import Call
from tests.simulator.server import Simulator

ADA, GRACE = "Ada Byron (adabyron)", "Grace Hooper (gracehooper)"
TRELLO = {"providerId": "trello"}
REQUIRED = ["read:member:trello", "read:board:trello", "write:board:trello", "offline_access"]
WORKSPACES = "read:organization:trello"
TODO, DONE = "65a1f0c2d4e8b90033cc0001", "65a1f0c2d4e8b90033cc0002"
DRAFTS = "65a1f0c2d4e8b90033cc0003"  # on a board of Ada's alone
NOWHERE = "65a1f0c2d4e8b90033ccffff"
LABEL, MEMBER = "65a1f0c2d4e8b90044dd0001", "65a1f0c2d4e8b90011aa0001"
CARD = {"listId": TODO, "name": "Order a laptop"}


def come_back(
    journey: Journey,
    account: str = GRACE,
    *,
    url: Callable[[str], str] = str,
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer. `url` changes the authorization
    URL on the way.
    """
    started = journey.start({**TRELLO, "scopes": list(scopes)})
    back = journey.consent(dataclasses.replace(started, url=url(started.url)), account)
    return journey.return_(back, started.cookie)


def acting(journey: Journey) -> Callable[..., Reply]:
    """Connect Grace's account for Ada of org-a; give what adds a card through it."""
    integration = journey.connect(GRACE, provider="trello")

    def act(body: Any = CARD, **options: Any) -> Reply:
        url = f"/api/integrations/{integration}/actions/create_card"
        return journey.gateway.post(url, body, **options)

    return act


def cards(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.state()["trello"]["cards"]
    return found


def api_calls(simulator: Simulator) -> list[Call]:
    """What Trello's API was asked for cards, without consent, tokens and whose they are."""
    return simulator.calls("cards.create", "trello")
