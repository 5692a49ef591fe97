"""Public keys that a provider publishes and signs notifications with. While a provider waits for an
answer nobody is called, so the keys are fetched before: when a subscription needs them first, and
every hour from then on.
"""

from hub.providers._provider import Access
from hub.store import published
from hub.store.database import Database
from hub.store.published import Published


def ensure(database: Database, access: Access, now: float) -> None:
    """Have keys that are fresh, if the provider publishes any. Raises what clients raise."""
    if access.provider.load_webhooks().published is None:
        return
    known = published.get(database, access.provider.id, now)
    if known is None or not known.is_fresh(now):
        refresh(database, access, now)


def refresh(database: Database, access: Access, now: float) -> None:
    """Fetch the keys anew; forget them where our registration has no use for them any more. Raises
    what clients raise: the old ones stay, for a day.
    """
    fetch = access.provider.load_webhooks().published
    keys = fetch(access.send, access.client) if fetch else None
    if keys is None:
        published.forget(database, access.provider.id)
        return
    found = Published(keys={kid: dict(key) for kid, key in keys.items()}, read_at=int(now))
    published.store(database, access.provider.id, found)
