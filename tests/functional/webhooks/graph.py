"""Microsoft Graph as the tests of its notifications meet it."""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from tests.functional.conftest import Clock
from tests.functional.journey import Journey, result
from tests.functional.microsoft import GRACE, come_back
from tests.simulator.webhooks import Sent

HOUR = 3600
CALENDAR, DRIVE, PEOPLE = "me/events", "me/drive/root", "users"
EVERYTHING = ("Files.Read.All", "User.Read.All")


def connect(journey: Journey, scopes: Collection[str] = ()) -> str:
    """Connect Grace, and have done what follows."""
    integration = result(come_back(journey, scopes=scopes))["integration"]
    assert journey.run_jobs() == []
    return integration


def live(journey: Journey) -> list[str]:
    """Give what is subscribed to at Graph."""
    made = journey.simulator.state()["microsoft"]["subscriptions"]
    return sorted(each["resource"] for each in made if each["live"])


def notice(journey: Journey, event: str, **details: Any) -> Sent:
    """Make the one request that an event in Grace's account leads to."""
    (sent,) = journey.simulator.notifications("microsoft", event, GRACE, **details)
    return sent


def notify(journey: Journey, event: str, **details: Any) -> None:
    """Send it, and hear it."""
    hear(journey, notice(journey, event, **details))


def hear(journey: Journey, sent: Sent) -> None:
    assert journey.simulator.post("microsoft", sent).status == 200
    assert journey.hear() == []


def items_of(sent: Sent) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(sent.body)["value"]
    return items


def with_items(sent: Sent, items: list[dict[str, Any]]) -> Sent:
    return replace(sent, body=json.dumps({"value": items}).encode())


def pass_time(clock: Clock, journey: Journey, seconds: float) -> None:
    clock.advance(seconds)
    journey.simulator.advance(seconds)


def pass_days(clock: Clock, journey: Journey, days: int) -> None:
    """Let time pass, with a tick of the schedule every six hours."""
    for _ in range(4 * days):
        pass_time(clock, journey, 6 * HOUR)
        journey.gateway.invoke("webhook_dispatcher", {})
        assert journey.run_jobs() == []
