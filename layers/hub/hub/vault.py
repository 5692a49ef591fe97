"""Reading credentials: one batch read of integration, credentials, key and salt, then opening.

Every reader goes through here, so that what must hold for all of them holds once: the row must
be of the generation the integration is at, and sealed bytes that do not open take the
integration out of use (TS-01) instead of reaching a provider.
"""

from hub.audit import Audit
from hub.errors import NotFound, Unreadable
from hub.models import Integration, Tokens
from hub.sealing import DataKey, KeyCache, Place, Purpose
from hub.store import credentials, integrations, keys
from hub.store.credentials import SealedCredentials
from hub.store.database import Database, Item, Key
from hub.values import Value


class Found(Value):
    """An integration with what opens its credentials. None where there is none."""

    integration: Integration
    sealed: SealedCredentials | None
    wrapped_key: bytes | None
    salt: bytes | None


def find(database: Database, organization_id: str, integration_id: str) -> Found:
    """Read everything in one request. Raises NotFound."""
    integrations.require_id(integration_id)
    found = look(database, organization_id, integration_id)
    if found is None:
        raise NotFound
    return found


def look(database: Database, organization_id: str, integration_id: str) -> Found | None:
    """Read everything in one request; None if there is no such integration."""
    return look_with(database, organization_id, integration_id)[0]


def look_with(
    database: Database, organization_id: str, integration_id: str, *others: tuple[str, Key]
) -> tuple[Found | None, list[Item | None]]:
    """Read everything, and some other items, in one request; None if there is no such
    integration.
    """
    item, sealed, wrapped, salt, *rest = database.get_many(
        [
            integrations.place(organization_id, integration_id),
            credentials.place(organization_id, integration_id),
            keys.organization_key(organization_id),
            keys.integration_salt(organization_id, integration_id),
            *others,
        ]
    )
    if item is None:
        return None, rest
    found = Found(
        integration=integrations.from_item(item),
        sealed=credentials.from_item(sealed) if sealed else None,
        wrapped_key=wrapped["value"] if wrapped else None,
        salt=salt["value"] if salt else None,
    )
    return found, rest


class Opened(Value, hidden=("key",)):
    """Credentials as they were found, the tokens in them, and the key they are under."""

    found: Found
    tokens: Tokens
    key: DataKey

    @property
    def integration(self) -> Integration:
        return self.found.integration


def open_tokens(found: Found, key_cache: KeyCache, audit: Audit) -> Opened:
    """Open the credentials. Leaves one line in the audit, whatever comes of it.

    Raises Unreadable if they are gone, belong elsewhere or were changed, TemporarilyUnavailable.
    """
    integration = found.integration
    with audit.opening(integration.organization_id, integration.id, integration.provider_id):
        return _open(found, key_cache)


def _open(found: Found, key_cache: KeyCache) -> Opened:
    if found.sealed is None or found.salt is None:
        raise Unreadable
    key = open_key(found, key_cache)
    opened = key.open(found.sealed.sealed, tokens_place(found.integration), found.salt)
    return Opened(found=found, tokens=Tokens.from_json(opened), key=key)


def seal_tokens(opened: Opened, tokens: Tokens) -> bytes:
    """Seal new tokens in the place of those that were opened."""
    if opened.found.salt is None:
        raise Unreadable
    return opened.key.seal(tokens.to_json(), tokens_place(opened.integration), opened.found.salt)


def open_key(found: Found, key_cache: KeyCache) -> DataKey:
    """Give the organization's key. Raises Unreadable if it is gone."""
    if found.wrapped_key is None:
        raise Unreadable
    organization_id = found.integration.organization_id
    return key_cache.unwrap(found.wrapped_key, organization_id, Purpose.CREDENTIALS)


def tokens_place(integration: Integration) -> Place:
    return Place(
        organization_id=integration.organization_id,
        integration_id=integration.id,
        provider_id=integration.provider_id,
        field=credentials.TOKENS,
        generation=integration.generation,
    )
