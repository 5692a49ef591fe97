"""The end of tokens that are no longer in use: a week after a person was asked for a new consent,
what is sealed is destroyed, and the salt with it, so that no backup of it opens either (spec
section 4). A new consent in time wins, whoever was first: nothing is destroyed but what was read.
"""

from contextlib import suppress
from copy import replace
from typing import Final
from uuid import uuid4

from hub import revocations, vault
from hub.audit import Audit
from hub.errors import Unreadable
from hub.grant_records import INSUFFICIENT_SCOPE
from hub.models import Consent
from hub.revocations import Ended
from hub.sealing import KeyCache
from hub.store import consents, credentials, integrations, keys
from hub.store.credentials import SealedCredentials
from hub.store.database import Contested, Database, Write
from hub.vault import Found

_PURPOSE: Final = "retire"
_SYSTEM: Final = "system"


def retire(database: Database, key_cache: KeyCache, found: Found, audit: Audit, now: int) -> None:
    """Destroy the tokens of what is not in use, if it is time; else have them found again when it
    is. Does nothing where they have changed since they were read.

    Raises TemporarilyUnavailable.
    """
    sealed, until = found.sealed, found.integration.tokens_kept_until
    if sealed is None or until is None:
        return
    with suppress(Contested):
        if until > now:
            database.update(credentials.keep_until(sealed, until))
            return
        alive = _revocation(found, key_cache, replace(audit, purpose=_PURPOSE), now)
        database.transact([*_destroyed(found, sealed, now), *alive])


def _destroyed(found: Found, sealed: SealedCredentials, now: int) -> list[Write]:
    integration = found.integration
    organization_id = integration.organization_id
    return [
        integrations.forget_tokens(integration),
        credentials.destroy_unused(sealed),
        keys.destroy(keys.integration_salt(organization_id, integration.id)),
        consents.append(
            Consent(
                organization_id=organization_id,
                id=uuid4().hex,
                integration_id=integration.id,
                provider_id=integration.provider_id,
                event="tokens_destroyed",
                subject=_SYSTEM,
                at=now,
                previous=integration.consent_id,
            )
        ),
    ]


def _revocation(found: Found, key_cache: KeyCache, audit: Audit, now: int) -> list[Write]:
    """Hand over to revocation what is alive at the provider: of a grant that lacks permissions.
    Others have ended there, or cannot be opened.
    """
    integration = found.integration
    if integration.problem is None or integration.problem.category != INSUFFICIENT_SCOPE:
        return []
    try:
        opened = vault.open_tokens(found, key_cache, audit)
    except Unreadable:
        return []
    ended = Ended(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
        generation=integration.generation,
        account_hash=integration.account_hash,
        tokens=opened.tokens,
    )
    return revocations.queue(ended, opened.key, now)
