"""The ledger: consents and what became of them. Only ever appended to (GD-03): the functions
that write here may put, never update or delete, and a put never replaces.
"""

from hub.models import Consent
from hub.store.database import Put


def append(consent: Consent) -> Put:
    return Put(
        table="consents",
        item={
            "organizationId": consent.organization_id,
            "recordId": f"{consent.integration_id}#{consent.at:012d}#{consent.id}",
            "id": consent.id,
            "integrationId": consent.integration_id,
            "providerId": consent.provider_id,
            "event": consent.event,
            "subject": consent.subject,
            "at": consent.at,
            "scopesAsked": consent.scopes_asked,
            "scopesGranted": consent.scopes_granted,
            "noticeVersion": consent.notice_version,
            "noticeHash": consent.notice_hash,
            "method": consent.method,
            "requestId": consent.request_id,
            "sealedOrigin": consent.sealed_origin,
            "previous": consent.previous,
            "outcome": consent.outcome,
        },
        condition="attribute_not_exists(organizationId)",
    )
