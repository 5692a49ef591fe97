"""Which requests were made under which Idempotency-Key, for 24 hours, and what they were answered.

A claim is made before the effect and settled after it. One that was never settled stays: what it
was for may have happened, so the same key must not make it happen again.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from hub.errors import Conflict, IdempotencyConflict
from hub.store.database import Contested, Database, Delete, Item, Put, Update

RETENTION: Final = 86_400
_UNSETTLED: Final = (
    "An earlier request with this Idempotency-Key has not ended, or was cut off. Look at the "
    "provider whether it happened before you use a new key."
)


def claim(
    database: Database, claim_id: str, fingerprint: bytes, now: int
) -> Mapping[str, Any] | None:
    """Claim a request as ours to make; otherwise give what it was answered before. A claim that
    arrived twice, because its first acknowledgement was lost, is ours all the same.

    Raises IdempotencyConflict if the key was used for something else, Conflict if the earlier
    request was never answered.
    """
    claimant = uuid4().hex
    try:
        database.put(
            Put(
                table="idempotency",
                item={
                    "claimId": claim_id,
                    "claimant": claimant,
                    "fingerprint": fingerprint,
                    "expiresAt": now + RETENTION,
                },
                condition="attribute_not_exists(claimId) OR expiresAt <= :now",
                values={":now": now},
            )
        )
    except Contested:
        item = database.get("idempotency", {"claimId": claim_id})
        if item is None:
            raise Conflict(_UNSETTLED) from None
        return None if item["claimant"] == claimant else _earlier(item, fingerprint)
    return None


def settle(database: Database, claim_id: str, answer: Mapping[str, Any]) -> None:
    database.update(
        Update(
            table="idempotency",
            key={"claimId": claim_id},
            expression="SET answer = :answer",
            values={":answer": json.dumps(answer)},
        )
    )


def release(database: Database, claim_id: str) -> None:
    """Forget a claim whose request certainly had no effect."""
    database.take(Delete(table="idempotency", key={"claimId": claim_id}))


def claim_id(organization_id: str, action_id: str, key: str) -> str:
    parts = f"{len(organization_id)}#{organization_id}{action_id}#{key}"
    return hashlib.sha256(parts.encode()).hexdigest()


def _earlier(item: Item, fingerprint: bytes) -> Mapping[str, Any]:
    if item["fingerprint"] != fingerprint:
        raise IdempotencyConflict
    if "answer" not in item:
        raise Conflict(_UNSETTLED)
    answer: Mapping[str, Any] = json.loads(item["answer"])
    return answer
