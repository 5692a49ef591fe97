"""What the platform is told: events on the bus `targetym-integrations`, ids only, versioned.

An event is a row in the transaction of what it tells about, and the outbox's stream carries it on:
at least once, with an id by which a reader knows it again.
"""

from typing import Any, Final
from uuid import uuid4

from hub.models import Integration
from hub.store import outbox
from hub.store.database import Put

VERSION: Final = 1
SOURCE: Final = "targetym.integrations"
CONNECTED: Final = "integration.connected"
DISCONNECTED: Final = "integration.disconnected"
REAUTH_REQUIRED: Final = "integration.reauth_required"
WEBHOOK_RECEIVED: Final = "webhook.received"
SYNC_COMPLETED: Final = "sync.completed"
RECORDS_CHANGED: Final = "records.changed"
DEGRADED: Final = "integration.degraded"
RECOVERED: Final = "integration.recovered"
FOR_PEOPLE: Final = frozenset({REAUTH_REQUIRED, DEGRADED, RECOVERED})
"""Those that somebody must act on: also sent to the topic that tells people."""


def event(kind: str, integration: Integration, now: int, **more: Any) -> Put:
    event_id = uuid4().hex
    return outbox.tell(
        event_id,
        {
            "version": VERSION,
            "id": event_id,
            "type": kind,
            "organizationId": integration.organization_id,
            "integrationId": integration.id,
            "providerId": integration.provider_id,
            "at": now,
            **more,
        },
        now,
    )
