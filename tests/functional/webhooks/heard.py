"""What became of deliveries, read from the tables."""

from typing import Any

from tests.functional.stored import rows


def received() -> list[dict[str, Any]]:
    """Give the events `webhook.received` on their way to the bus."""
    events = [row["event"] for row in rows("outbox") if "event" in row]
    return [event for event in events if event["type"] == "webhook.received"]


def deliveries(integration: str) -> list[dict[str, Any]]:
    """Give the log of an integration, newest first."""
    return sorted(_parts(integration, "delivery#"), key=lambda row: row["part"])


def changes(integration: str) -> set[str]:
    """Give what a sync is wanted for."""
    return {
        name.removeprefix("due_")
        for row in _parts(integration, "changes")
        for name in row
        if name.startswith("due_")
    }


def subscriptions(integration: str) -> list[dict[str, Any]]:
    """Give the subscriptions on record."""
    found = (row for row in rows("webhooks") if row["part"] == "subscription")
    return [row for row in found if row["integrationId"] == integration]


def _parts(integration: str, begins: str) -> list[dict[str, Any]]:
    return [
        row
        for row in rows("webhooks")
        if row["whose"].endswith(f"#{integration}") and row["part"].startswith(begins)
    ]
