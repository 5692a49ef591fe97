"""What people do through an integration: one typed input, one provider call, one answer."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from hub import vault
from hub.errors import (
    Forbidden,
    HubError,
    InsufficientScope,
    IntegrationDisconnected,
    NotFound,
    Quarantined,
    ReauthRequired,
    TemporarilyUnavailable,
    Unreadable,
)
from hub.models import MANAGING_ROLES, Caller, Integration, Problem, Status, Tokens
from hub.providers._provider import Access, GetAccess, Provider
from hub.providers._values import Action, ActsAs, Connection
from hub.sealing import KeyCache
from hub.store import idempotency
from hub.store.database import Database
from hub.store.integrations import Integrations
from hub.values import Value
from hub.vault import Found

UNREADABLE: Final = "credentials_unreadable"


class Once(Value):
    """A caller's Idempotency-Key, and the body it stands for."""

    key: str
    body: str


class Actions:
    def __init__(
        self,
        database: Database,
        key_cache: KeyCache,
        access: GetAccess,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = key_cache
        self._access = access
        self._clock = clock

    def find(self, caller: Caller, integration_id: str) -> Found:
        """Find one of the caller's organization. Raises NotFound."""
        return vault.find(self._database, caller.organization_id, integration_id)

    def perform(
        self,
        caller: Caller,
        found: Found,
        action: Action,
        given: Any,
        *,
        once: Once | None = None,
    ) -> Mapping[str, Any]:
        """Do it once; an action is never repeated by itself.

        Raises Forbidden, IntegrationDisconnected, ReauthRequired, Quarantined, InsufficientScope,
        IdempotencyConflict, Conflict, or what the provider's client raises.
        """
        access = self._access(found.integration.provider_id)
        _require_permission(caller, found.integration, access.provider)
        perform = partial(self._perform, found, access, action, given)
        return perform() if once is None else self._once(found, action, once, perform)

    def _perform(
        self, found: Found, access: Access, action: Action, given: Any
    ) -> Mapping[str, Any]:
        _require_usable(found.integration, action, int(self._clock()))
        tokens = self._open(found)
        client = access.provider.make_client(
            Connection(
                token=tokens.main.access,
                account_id=tokens.account_id,
                send=access.send,
                endpoints=access.client.endpoints,
            )
        )
        return action.perform(client, given)

    def _open(self, found: Found) -> Tokens:
        try:
            return vault.open_tokens(found, self._keys)[0]
        except Unreadable:
            integration = found.integration
            problem = Problem(category=UNREADABLE, since=int(self._clock()))
            Integrations(self._database, integration.organization_id).quarantine(
                integration, problem
            )
            raise Quarantined from None

    def _once(
        self, found: Found, action: Action, once: Once, perform: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Perform under a claim, or give the answer of the request that was first, whatever has
        become of the integration since.
        """
        integration = found.integration
        try:
            key = vault.open_key(found, self._keys)
        except Unreadable:
            return perform()  # which needs the key too, and knows what to do without
        fingerprint = key.fingerprint("idempotency", integration.id, action.id, once.body)
        claim_id = idempotency.claim_id(integration.organization_id, action.id, once.key)
        before = idempotency.claim(self._database, claim_id, fingerprint, int(self._clock()))
        if before is not None:
            return before
        try:
            done = perform()
        except HubError as error:
            if not error.effect_unknown:
                with suppress(TemporarilyUnavailable):  # the refusal is what has to be told
                    idempotency.release(self._database, claim_id)
            raise
        with suppress(TemporarilyUnavailable):  # it is done: an unsettled claim still guards it
            idempotency.settle(self._database, claim_id, done)
        return done


def find_action(provider: Provider, action_id: str) -> Action:
    action = provider.action(action_id)
    if action is None:
        raise NotFound("This provider has no such action. The catalogue lists what it has.")
    return action


def _require_permission(caller: Caller, integration: Integration, provider: Provider) -> None:
    """Let everybody act as an app, but as a person only that person and those who manage."""
    if provider.acts_as is ActsAs.APP or caller.role in MANAGING_ROLES:
        return
    if caller.user_id != integration.connected_by:
        raise Forbidden


def _require_usable(integration: Integration, action: Action, now: int) -> None:
    if integration.status is Status.DISCONNECTED:
        raise IntegrationDisconnected
    if integration.status is not Status.ACTIVE:
        raise ReauthRequired
    if action.scope is not None and action.scope not in integration.scopes_granted:
        raise InsufficientScope
    if integration.token_expires_at is not None and integration.token_expires_at <= now:
        raise ReauthRequired
