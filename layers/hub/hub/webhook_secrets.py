"""Sealing a subscription's secret, where the provider chose it, under the ingress secret: webhook
functions must open it, and no webhook function may use KMS.
"""

import hashlib
from collections.abc import Sequence

from hub.errors import Unreadable
from hub.schemes import derive
from hub.sealing import DataKey, Place
from hub.store.subscriptions import Subscription


def seal_secret(subscription: Subscription, secret: str, ingress_secret: bytes) -> bytes:
    key, place, salt = _under(subscription, ingress_secret)
    return key.seal(secret.encode(), place, salt)


def open_secret(subscription: Subscription, ingress_secrets: Sequence[bytes]) -> bytes:
    """Open it under whichever ingress secret it was sealed. Raises Unreadable."""
    for each in ingress_secrets:
        key, place, salt = _under(subscription, each)
        try:
            return key.open(subscription.sealed_secret or b"", place, salt)
        except Unreadable:
            continue
    raise Unreadable


def _under(subscription: Subscription, ingress_secret: bytes) -> tuple[DataKey, Place, bytes]:
    key = hashlib.sha256(derive(ingress_secret, "seal", subscription.webhook_id)).digest()
    place = Place(
        organization_id=subscription.organization_id,
        integration_id=subscription.integration_id,
        provider_id=subscription.provider_id,
        field=f"webhook#{subscription.webhook_id}",
        generation=0,
    )
    return DataKey(key), place, hashlib.sha256(subscription.webhook_id.encode()).digest()
