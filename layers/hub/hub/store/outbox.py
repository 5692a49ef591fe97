"""The transactional outbox: what must follow a state change is written with it, and the table's
stream carries it on. Neither can happen without the other, and nobody has to poll.
https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
"""

from typing import Final

from hub.store.database import Item, Put

RETENTION: Final = 7 * 86_400


def enqueue(outbox_id: str, job: Item, now: int) -> Put:
    """Hand on a job: a small mapping of ids (`hub.jobs` says which), never a secret."""
    return _row(outbox_id, {"job": job}, now)


def tell(outbox_id: str, event: Item, now: int) -> Put:
    """Tell the platform of an event (`hub.events`)."""
    return _row(outbox_id, {"event": event}, now)


def _row(outbox_id: str, content: Item, now: int) -> Put:
    return Put(
        table="outbox",
        item={"outboxId": outbox_id, **content, "expiresAt": now + RETENTION},
        condition="attribute_not_exists(outboxId)",
    )
