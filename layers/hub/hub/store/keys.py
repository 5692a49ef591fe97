"""The `keys` table: wrapped data keys and salts. Losing a row here is the point of having it:
what was sealed under it can never be opened again, wherever a copy may lie (TS-10).
"""

from typing import Final

from hub.store.database import Contested, Database, Delete, Item, Key, Put

DEPLOYMENT: Final = "#deployment"
_ABSENT: Final = "attribute_not_exists(organizationId)"

type Place = tuple[str, Key]


def organization_key(organization_id: str) -> Place:
    return "keys", {"organizationId": organization_id, "keyId": "key#1"}


def external_accounts_key() -> Place:
    return "keys", {"organizationId": DEPLOYMENT, "keyId": "external-accounts#1"}


def integration_salt(organization_id: str, integration_id: str) -> Place:
    return "keys", {"organizationId": organization_id, "keyId": f"salt#{integration_id}"}


def person_salt(organization_id: str, user_id: str) -> Place:
    return "keys", {"organizationId": organization_id, "keyId": f"salt#person#{user_id}"}


def revocation_salt(organization_id: str, revocation_id: str) -> Place:
    return "keys", {"organizationId": organization_id, "keyId": f"salt#{revocation_id}"}


def create(place: Place, value: bytes) -> Put:
    """Store a key or salt where there is none yet."""
    return Put(table="keys", item=_item(place, value), condition=_ABSENT)


def ensure(database: Database, place: Place, value: bytes) -> bytes:
    """Store a key or salt unless there is one; give the one that stands."""
    try:
        database.put(create(place, value))
    except Contested:
        item = database.get(*place)
        if item is None:
            raise
        return bytes(item["value"])
    return value


def replace(place: Place, value: bytes) -> Put:
    return Put(table="keys", item=_item(place, value))


def destroy(place: Place) -> Delete:
    return Delete(table="keys", key=place[1])


def _item(place: Place, value: bytes) -> Item:
    return {**place[1], "value": value}
