"""The end of a grant as it is told: on the ledger, on the bus, to people. Pure, and without a way
to open anything: what hears of ends from outside needs none.
"""

from typing import Final
from uuid import uuid4

from hub.events import REAUTH_REQUIRED, event
from hub.models import DEAD_RETENTION, Consent, Integration, Problem
from hub.store import consents, credentials, integrations
from hub.store.database import Write

REVOKED_AT_PROVIDER: Final = "revoked_at_provider"
_SYSTEM: Final = "system"


def over(integration: Integration, cause: str, now: int) -> list[Write]:
    """End a grant of which the provider says that it is over: only a person's new consent helps.
    Its tokens are kept for a while only.
    """
    return [
        integrations.require_consent(integration, Problem(category=cause, since=now)),
        credentials.retire(integration, now + DEAD_RETENTION),
        *told(integration, cause, now),
    ]


def told(integration: Integration, cause: str, now: int) -> list[Write]:
    return [
        consents.append(
            Consent(
                organization_id=integration.organization_id,
                id=uuid4().hex,
                integration_id=integration.id,
                provider_id=integration.provider_id,
                event="reauth_required",
                subject=_SYSTEM,
                at=now,
                outcome=cause,
                previous=integration.consent_id,
            )
        ),
        event(REAUTH_REQUIRED, integration, now, cause=cause),
    ]
