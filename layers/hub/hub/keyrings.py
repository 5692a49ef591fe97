"""The secrets that verify notifications: of our registration at the provider, chosen by us, or
chosen by the provider for one subscription.

What we choose is derived from the ingress secret, an SSM SecureString of this deployment, so that
it need not be stored:

    {"secret": "…", "routingSecret": "…", "previousSecret": "…", "previousSecretUntil": "…"}

`routingSecret` keys the hashes of accounts and stays; the other may be replaced. While one secret
takes the other's place, `previous…` serves until its `…Until` (ISO 8601), here and for
`webhookSecret` and `clientSecret` of a registration alike (WH-19).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final

from hub import parameters, providers, registrations, runtime
from hub.errors import Misconfigured, ProviderUnconfigured, Unreadable
from hub.providers._webhooks import PublicKeys
from hub.schemes import derive
from hub.store import published, subscriptions
from hub.store.subscriptions import Subscription
from hub.values import NOTHING

_LEAST_BYTES: Final = 32
_KEPT_SECONDS: Final = 600
_PAUSE_SECONDS: Final = 30
_published: dict[str, tuple[PublicKeys, float]] = {}
"""Public keys by provider, and when to read them anew."""


class Ring:
    """The secrets for one provider's notifications, read when they are asked for: at most one
    subscription in the life of a ring, which is one request.
    """

    def __init__(self, provider_id: str) -> None:
        self._provider_id = provider_id
        self._registration: Mapping[str, Any] | None = None
        self._found: dict[str, Subscription | None] = {}

    def webhook_secrets(self) -> tuple[bytes, ...]:
        return _active(self._content(), "webhookSecret")

    def client_secrets(self) -> tuple[bytes, ...]:
        return _active(self._content(), "clientSecret")

    def setting(self, name: str) -> str:
        return str(self._content().get(name) or "")

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        active = _ingress_secrets_if_any()
        if active and webhook_id is None:
            return _nobodys()
        return tuple(derive(each, "webhook", self._provider_id, str(webhook_id)) for each in active)

    def stored(self, webhook_id: str | None) -> tuple[bytes, ...]:
        from hub.webhook_secrets import open_secret  # noqa: PLC0415  # brings cryptography

        active = _ingress_secrets_if_any()
        if not active:
            return ()
        found = self._look(webhook_id)
        if found is None or found.sealed_secret is None:
            return _nobodys()
        try:
            return (open_secret(found, active),)
        except Unreadable:
            return ()

    def published(self) -> PublicKeys:
        now, known = runtime.clock(), _published.get(self._provider_id)
        if known is None or now >= known[1]:
            found = published.get(runtime.database(), self._provider_id, now)
            keys = found.keys if found else NOTHING
            known = keys, now + (_KEPT_SECONDS if keys else _PAUSE_SECONDS)
            _published[self._provider_id] = known
        return known[0]

    def is_expected(self, webhook_id: str | None) -> bool:
        found = self._look(webhook_id or self._provider_id)
        return found is not None and found.is_expected(runtime.clock())

    def _content(self) -> Mapping[str, Any]:
        if self._registration is None:
            name = registrations.parameter_of(self._provider_id)
            self._registration = _object(parameters.read(name))
        return self._registration

    def _look(self, webhook_id: str | None) -> Subscription | None:
        if webhook_id is None:
            return None
        if webhook_id not in self._found:
            found = subscriptions.get(runtime.database(), webhook_id)
            own = found is not None and found.provider_id == self._provider_id
            self._found[webhook_id] = found if own else None
        return self._found[webhook_id]


class SigningRing(Ring):
    """The secrets to sign a test notification with: one that is missing is said, and not taken for
    none. Raises ProviderUnconfigured.
    """

    def webhook_secrets(self) -> tuple[bytes, ...]:
        return self._some("webhookSecret", super().webhook_secrets())

    def client_secrets(self) -> tuple[bytes, ...]:
        return self._some("clientSecret", super().client_secrets())

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return self._some("the ingress secret", super().chosen(webhook_id))

    def _some(self, which: str, secrets: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if not secrets:
            name = providers.get(self._provider_id).name
            raise ProviderUnconfigured(
                f"Webhooks of {name} are not set up in this deployment: {which} is missing."
            )
        return secrets


def ingress_secrets() -> tuple[bytes, ...]:
    """Give the ingress secrets that are active. Raises Misconfigured, TemporarilyUnavailable."""
    return _long_enough("secret", _active(_ingress(), "secret"))


def _ingress_secrets_if_any() -> tuple[bytes, ...]:
    """Give none where the deployer has set none: nothing verifies then, and an alarm says so."""
    try:
        return ingress_secrets()
    except Misconfigured:
        return ()


def _nobodys() -> tuple[bytes, ...]:
    """Give a secret that nobody has. A subscription that we do not know verifies nothing, and that
    is whoever made it up's doing: it must not look as if the deployer had forgotten a secret.
    """
    return (token_bytes(_LEAST_BYTES),)


def routing_secret() -> bytes:
    """Give the key of the hashes by which accounts are routed. Raises as `ingress_secrets`."""
    return _long_enough("routingSecret", _active(_ingress(), "routingSecret"))[0]


def ingress_parameter() -> str:
    return f"/targetym/{runtime.settings().stage}/ingress"


def _ingress() -> Mapping[str, Any]:
    return _object(parameters.require(ingress_parameter()))


def _long_enough(name: str, secrets: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if not secrets or any(len(secret) < _LEAST_BYTES for secret in secrets):
        said = f"{name} of the parameter {ingress_parameter()} needs {_LEAST_BYTES} bytes or more."
        raise Misconfigured(said)
    return secrets


def _active(content: Mapping[str, Any], name: str) -> tuple[bytes, ...]:
    """Give a secret, and the one before it until its end."""
    previous = f"previous{name[0].upper()}{name[1:]}"
    active = [content.get(name)]
    if _is_before(content.get(f"{previous}Until")):
        active.append(content.get(previous))
    return tuple(secret.encode() for secret in active if isinstance(secret, str) and secret)


def _is_before(until: Any) -> bool:
    if not isinstance(until, str):
        return False
    try:
        return runtime.clock() < datetime.fromisoformat(until).timestamp()
    except ValueError:
        raise Misconfigured("An end date of a previous secret is not ISO 8601.") from None


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        content = json.loads(text or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
