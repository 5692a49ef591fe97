"""What people do through an integration: one typed input, one provider call, one answer."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from hub import permissions, reaching, vault
from hub.audit import Audit, WriteLine, person
from hub.errors import (
    HubError,
    InsufficientScope,
    NotFound,
    ReauthRequired,
    TemporarilyUnavailable,
    Unreadable,
)
from hub.models import Caller
from hub.permissions import require_active
from hub.providers._provider import Access, GetAccess, Provider
from hub.providers._rest import CALL_SECONDS
from hub.providers._values import Action
from hub.sealing import KeyCache
from hub.store import idempotency
from hub.store.database import Database
from hub.token_source import TokenSource
from hub.values import Value
from hub.vault import Found


class Once(Value):
    """A caller's Idempotency-Key, and the body it stands for."""

    key: str
    body: str


class Asked(Value):
    """One action as it was asked for. `ends`: when the answer must be there."""

    caller: Caller
    action: Action
    given: Any
    once: Once | None
    ends: float


class Actions:
    def __init__(
        self,
        database: Database,
        key_cache: KeyCache,
        access: GetAccess,
        source: TokenSource,
        *,
        write_audit: WriteLine,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = key_cache
        self._access = access
        self._source = source
        self._write_audit = write_audit
        self._clock = clock

    def find(self, caller: Caller, integration_id: str) -> Found:
        """Find one of the caller's organization. Raises NotFound."""
        return vault.find(self._database, caller.organization_id, integration_id)

    def perform(self, found: Found, asked: Asked) -> Mapping[str, Any]:
        """Do it once; an action is never repeated by itself.

        Raises Forbidden, IntegrationDisconnected, ReauthRequired, Quarantined, InsufficientScope,
        IdempotencyConflict, Conflict, or what the provider's client raises.
        """
        access = self._access(found.integration.provider_id)
        permissions.require_use(asked.caller, found.integration, access.provider)
        perform = partial(self._perform, found, access, asked)
        return perform() if asked.once is None else self._once(found, asked, asked.once, perform)

    def _perform(self, found: Found, access: Access, asked: Asked) -> Mapping[str, Any]:
        """Call the provider with a usable token. One that it refuses as a token was not looked at
        any further: nothing was done, and another token may do it.
        """
        audit = Audit(
            by=person(asked.caller.user_id),
            purpose=f"action:{asked.action.id}",
            write=self._write_audit,
        )
        ends = asked.ends - CALL_SECONDS
        require_active(found.integration)
        scope = asked.action.scope
        if scope is not None and scope not in found.integration.scopes_granted:
            raise InsufficientScope
        opened = self._source.usable(found, audit, ends)
        try:
            return asked.action.perform(reaching.client(access, opened.tokens), asked.given)
        except ReauthRequired:
            opened = self._source.after_refusal(opened, audit, ends)
            return asked.action.perform(reaching.client(access, opened.tokens), asked.given)

    def _once(
        self, found: Found, asked: Asked, once: Once, perform: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Perform under a claim, or give the answer of the request that was first, whatever has
        become of the integration since.
        """
        integration = found.integration
        try:
            key = vault.open_key(found, self._keys)
        except Unreadable:
            return perform()  # which needs the key too, and knows what to do without
        fingerprint = key.fingerprint("idempotency", integration.id, asked.action.id, once.body)
        claim_id = idempotency.claim_id(integration.organization_id, asked.action.id, once.key)
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
