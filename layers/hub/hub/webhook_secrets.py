"""Sealing what webhooks need, without KMS, which no webhook function may use: a subscription's
secret, where the provider chose it, under the ingress secret; and the account that a route is for,
which a test notification must name, under the routing secret.
"""

import hashlib
from collections.abc import Sequence

from hub.errors import Unreadable
from hub.schemes import derive
from hub.sealing import DataKey, Place
from hub.store.subscriptions import Subscription, Target


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


def seal_account(
    target: Target, provider_id: str, route: str, account: str, routing_secret: bytes
) -> bytes:
    """Seal the account whose keyed hash is `route`."""
    key, place, salt = _of_route(target, provider_id, route, routing_secret)
    return key.seal(account.encode(), place, salt)


def open_account(
    target: Target, provider_id: str, route: str, sealed: bytes, routing_secret: bytes
) -> str:
    """Open it. Raises Unreadable."""
    key, place, salt = _of_route(target, provider_id, route, routing_secret)
    return key.open(sealed, place, salt).decode()


def _under(subscription: Subscription, ingress_secret: bytes) -> tuple[DataKey, Place, bytes]:
    place = Place(
        organization_id=subscription.organization_id,
        integration_id=subscription.integration_id,
        provider_id=subscription.provider_id,
        field=f"webhook#{subscription.webhook_id}",
        generation=0,
    )
    return _key(ingress_secret, subscription.webhook_id), place, _salt(subscription.webhook_id)


def _of_route(
    target: Target, provider_id: str, route: str, routing_secret: bytes
) -> tuple[DataKey, Place, bytes]:
    place = Place(
        organization_id=target.organization_id,
        integration_id=target.integration_id,
        provider_id=provider_id,
        field=f"route#{route}",
        generation=0,
    )
    return _key(routing_secret, route), place, _salt(route)


def _key(secret: bytes, of: str) -> DataKey:
    return DataKey(hashlib.sha256(derive(secret, "seal", of)).digest())


def _salt(of: str) -> bytes:
    return hashlib.sha256(of.encode()).digest()
