"""Public keys that providers publish and sign notifications with, one row of the `webhooks` table
for each such provider:

    keys#<provider>  | keys

It is in the index of what wants renewing, like a subscription of nobody's integration: so whatever
fetches keys finds the providers that need them, and those alone. Keys older than a day count as
absent.
"""

from typing import Final

from hub.store.database import Database, Delete, Key, Put
from hub.store.subscriptions import TABLE, in_index
from hub.values import NOTHING, Value

FRESH_SECONDS: Final = 3600
LONGEST_SECONDS: Final = 86_400


class Published(Value):
    """`keys`: parameters by the ids of the keys. `read_at`: when they were fetched."""

    keys: dict[str, dict[str, str]]
    read_at: int

    def is_fresh(self, now: float) -> bool:
        return now < self.read_at + FRESH_SECONDS


def place(provider_id: str) -> tuple[str, Key]:
    return TABLE, {"whose": f"keys#{provider_id}", "part": "keys"}


def get(database: Database, provider_id: str, now: float) -> Published | None:
    item = database.get(*place(provider_id))
    if item is None or now >= item["readAt"] + LONGEST_SECONDS:
        return None
    return Published(keys=item.get("keys", NOTHING), read_at=item["readAt"])


def store(database: Database, provider_id: str, published: Published) -> None:
    """Store keys, to be fetched again in an hour."""
    item = {
        **place(provider_id)[1],
        "organizationId": "",
        "integrationId": "",
        "providerId": provider_id,
        "keys": published.keys,
        "readAt": published.read_at,
        **in_index(provider_id, published.read_at + FRESH_SECONDS),
    }
    database.put(Put(table=TABLE, item=item))


def forget(database: Database, provider_id: str) -> None:
    table, key = place(provider_id)
    database.take(Delete(table=table, key=key))
