"""Zoom as the functional tests meet it: the people there, and flows in a line each."""

from collections.abc import Collection

from tests.functional.gateway import Reply, User
from tests.functional.journey import Journey

ZOOM = {"providerId": "zoom"}
ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"
REQUIRED = [
    "user:read:user",
    "meeting:write:meeting",
    "meeting:read:list_meetings",
    "meeting:read:meeting",
]
LIST_USERS = "user:read:list_users:admin"
MEETING = {"topic": "Interview", "startTime": "2026-12-01T10:00:00+01:00"}


def come_back(
    journey: Journey,
    account: str = GRACE,
    *,
    user: User | None = None,
    untick: Collection[str] = (),
    scopes: Collection[str] = (),
) -> Reply:
    """Begin, consent and come back; give the callback's answer."""
    started = journey.start({**ZOOM, "scopes": list(scopes)}, user=user)
    return journey.return_(journey.consent(started, account, untick), started.cookie)


def schedule(journey: Journey, integration: str, user: User | None = None) -> Reply:
    url = f"/api/integrations/{integration}/actions/create_meeting"
    return journey.gateway.post(url, MEETING, user=user)
