"""What is stored of syncs, for tests to compare."""

from typing import Any

from hub import runtime
from hub.models import Integration
from hub.store.integrations import Integrations
from tests.functional.stored import rows

ORGANIZATION = "org-a"


def integration(integration_id: str, organization_id: str = ORGANIZATION) -> Integration:
    return Integrations(runtime.database(), organization_id).get(integration_id)


def records(resource: str, *, deleted: bool = False) -> dict[str, dict[str, Any]]:
    """Give the stored records of a resource by id: those that exist, or those that are gone."""
    return {
        row["externalId"]: row
        for row in rows("records")
        if row["whose"].endswith(f"#{resource}") and row.get("deleted", False) is deleted
    }


def logs() -> list[dict[str, Any]]:
    """Give the log's lines, oldest first."""
    return sorted(rows("sync-logs"), key=lambda row: row["line"], reverse=True)


def told(kind: str) -> list[dict[str, Any]]:
    """Give the events of a kind that nobody has carried on yet."""
    events = [row["event"] for row in rows("outbox") if "event" in row]
    return [event for event in events if event["type"] == kind]
