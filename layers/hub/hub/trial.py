"""A test notification: made and signed as the provider would, sent through the real URL, and then
looked for in the integration's log. So it tries all of it: address, gateway, secret, queue, worker
and routing.

Everybody whose integration is of the same account hears it, as they hear what the provider tells.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final
from uuid import uuid4

from hub import providers
from hub.envelopes import address, seal_off
from hub.errors import (
    Conflict,
    IntegrationDisconnected,
    InvalidRequest,
    Misconfigured,
    ProviderUnavailable,
    ProviderUnconfigured,
    ReauthRequired,
    TemporarilyUnavailable,
)
from hub.http_types import Answer, Request, Send
from hub.models import Integration, Status
from hub.providers._webhooks import Example, Keyring, Webhooks
from hub.schemes import Incoming, Verdict
from hub.store import deliveries, routes, subscriptions
from hub.store.database import Database
from hub.store.subscriptions import State, Subscription, Target
from hub.values import Value

SEND_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 8.0
NOT_YET: Final = "not_yet_processed"
REFUSED: Final = "refused"
_PAUSE: Final = 0.5
_LOOKS: Final = int(LOOK_SECONDS / _PAUSE)
_LATEST: Final = 50
_ACCEPTED: Final = range(200, 300)
_VERDICTS: Final = {401: Verdict.INVALID}


class Means(Value):
    """What a test works with. `send` reaches our own address and no other; `keyring` gives a
    provider's secrets and raises ProviderUnconfigured where one is missing, `routing_secret` gives
    the key of routes (`hub.keyrings`).
    """

    database: Database
    base_url: str
    keyring: Callable[[str], Keyring]
    routing_secret: Callable[[], bytes]
    send: Send
    clock: Callable[[], float]
    sleep: Callable[[float], None]


class Tried(Value):
    """What became of it: the HTTP status, the verdict as far as that tells it, the outcome in the
    log's words or one of those above.
    """

    status: int
    verdict: Verdict | None
    outcome: str


class Trial:
    def __init__(self, means: Means, integration: Integration) -> None:
        self._means = means
        self._integration = integration
        self._target = Target(
            organization_id=integration.organization_id, integration_id=integration.id
        )

    def run(self, ends: float) -> Tried:
        """Send a test and wait a little for what becomes of it, until `ends` at the latest.

        Raises IntegrationDisconnected, ReauthRequired, ProviderUnconfigured, Conflict where there
        is nothing yet by which the provider could notify, TemporarilyUnavailable.
        """
        _require_active(self._integration)
        webhooks = providers.get(self._integration.provider_id).load_webhooks()
        try:
            made = self._make(webhooks)
            wanted = self._dedups(webhooks, made)
        except Misconfigured as error:  # its text is for the deployer, who is told to set it right
            raise ProviderUnconfigured(error.message) from None
        status = self._send(made).status
        if status not in _ACCEPTED:
            return Tried(status=status, verdict=_VERDICTS.get(status), outcome=REFUSED)
        return Tried(status=status, verdict=Verdict.VERIFIED, outcome=self._outcome(wanted, ends))

    def _make(self, webhooks: Webhooks) -> Incoming:
        ring, account = self._means.keyring(self._integration.provider_id), self._account()
        by_account: list[Subscription | None] = [None] if account else []
        ways = self._held() or by_account
        for each in ways:
            with suppress(InvalidRequest):
                return webhooks.example(self._example(account, each), ring)
        name = providers.get(self._integration.provider_id).name
        if ways:
            raise Conflict(f"What {name} notifies of here, only {name} itself can sign: no test.")
        raise Conflict(
            f"{name} does not notify of this integration yet. That is set up within minutes of "
            "connecting; if it stays so, reconnect."
        )

    def _example(self, account: str, held: Subscription | None) -> Example:
        from hub.unsubscribing import as_held  # noqa: PLC0415  # brings cryptography

        webhook_id = held.webhook_id if held else None
        return Example(
            account_id=account,
            held=as_held(held) if held else None,
            url=address(self._means.base_url, self._integration.provider_id, webhook_id),
            at=self._means.clock(),
            id=uuid4().hex,
        )

    def _held(self) -> list[Subscription]:
        """Give the subscriptions by which the provider notifies now, in the order of their keys."""
        present = subscriptions.of_present_grant(self._means.database, self._integration)
        live = [each for each in present if each.state_at(self._means.clock()) is State.ACTIVE]
        return sorted(live, key=lambda each: each.key)

    def _account(self) -> str:
        """Give the id by which the account is routed; of several the longest, which names it most
        closely. Empty where notifications come by subscription alone.
        """
        from hub.webhook_secrets import open_account  # noqa: PLC0415  # brings cryptography

        provider_id, key = self._integration.provider_id, self._means.routing_secret()
        found = routes.of_integration(self._means.database, self._target)
        opened = [
            open_account(self._target, provider_id, route, sealed, key)
            for route, sealed in found.items()
            if sealed
        ]
        return max(sorted(opened), key=len, default="")

    def _dedups(self, webhooks: Webhooks, made: Incoming) -> frozenset[str]:
        """Give the marks by which the log will know it."""
        provider_id, key = self._integration.provider_id, self._means.routing_secret()
        heard = webhooks.read(made)
        return frozenset(seal_off(provider_id, each, key, made.at).dedup for each in heard)

    def _send(self, made: Incoming) -> Answer:
        request = Request(method=made.method, url=made.url, headers=made.headers, body=made.body)
        try:
            return self._means.send(request, seconds=SEND_SECONDS)
        except ProviderUnavailable:  # it is our own address that does not answer
            said = "The webhook URL did not answer. Does PublicBaseUrl lead to this deployment?"
            raise TemporarilyUnavailable(said) from None

    def _outcome(self, wanted: Collection[str], ends: float) -> str:
        """Look into the log until it is there."""
        for _ in range(_LOOKS):
            now = self._means.clock()
            for each in deliveries.latest(self._means.database, self._target, _LATEST, now):
                if each.dedup in wanted:
                    return each.outcome
            if now + _PAUSE > ends:
                break
            self._means.sleep(_PAUSE)
        return NOT_YET


def _require_active(integration: Integration) -> None:
    if integration.status is Status.DISCONNECTED:
        raise IntegrationDisconnected
    if integration.status is not Status.ACTIVE:
        raise ReauthRequired
