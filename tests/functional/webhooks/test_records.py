"""Which subscriptions are in use."""

from uuid import uuid4

import pytest

from hub import runtime
from hub.store import subscriptions
from hub.store.subscriptions import EXPECTED_SECONDS, State, Subscription

pytestmark = pytest.mark.usefixtures("configured")
NOW = 1_790_000_000


def recorded(state: State) -> str:
    """Record a subscription; give its id."""
    made = Subscription(
        webhook_id=str(uuid4()),
        organization_id="org-a",
        integration_id="int_" + "0" * 26,
        provider_id="microsoft",
        generation=1,
        key="calendar_events",
        resource="calendar_events",
        state=state,
        created_at=NOW,
    )
    runtime.database().transact(subscriptions.write(made))
    return made.webhook_id


@pytest.mark.parametrize(
    ("state", "after", "in_use"),
    [
        (State.ACTIVE, 10**8, True),
        (State.LOST, 10**8, True),
        (State.PENDING, EXPECTED_SECONDS - 1, True),
        (State.PENDING, EXPECTED_SECONDS, False),
    ],
)
def test_what_is_pending_for_long_is_not_in_use(state: State, after: int, in_use: bool):
    webhook_id = recorded(state)
    assert subscriptions.is_in_use(runtime.database(), webhook_id, NOW + after) is in_use


def test_what_is_not_on_record_is_not_in_use():
    assert not subscriptions.is_in_use(runtime.database(), str(uuid4()), NOW)
