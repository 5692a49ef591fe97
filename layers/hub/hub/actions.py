"""What people do through an integration: one typed input, one provider call, one answer."""

from collections.abc import Callable
from typing import Any, Final

from hub import vault
from hub.errors import (
    Forbidden,
    InsufficientScope,
    IntegrationDisconnected,
    NotFound,
    Quarantined,
    ReauthRequired,
    Unreadable,
)
from hub.models import MANAGING_ROLES, Caller, Integration, Problem, Status
from hub.providers._provider import Action, ActsAs, GetAccess, Provider
from hub.sealing import KeyCache
from hub.store.database import Database
from hub.store.integrations import Integrations
from hub.vault import Found

UNREADABLE: Final = "credentials_unreadable"


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

    def perform(self, caller: Caller, found: Found, action: Action, given: Any) -> dict[str, Any]:
        """Do it once; an action is never repeated by itself.

        Raises Forbidden, IntegrationDisconnected, ReauthRequired, Quarantined, InsufficientScope,
        or what the provider's client raises.
        """
        integration = found.integration
        access = self._access(integration.provider_id)
        provider = access.provider
        _require_permission(caller, integration, provider)
        _require_usable(integration, action, int(self._clock()))
        try:
            tokens, _ = vault.open_tokens(found, self._keys)
        except Unreadable:
            problem = Problem(category=UNREADABLE, since=int(self._clock()))
            Integrations(self._database, caller.organization_id).quarantine(integration, problem)
            raise Quarantined from None
        client = provider.make_client(
            tokens.main.access.reveal(), access.send, access.client.endpoints.api
        )
        return action.perform(client, given)


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
    if action.scope not in integration.scopes_granted:
        raise InsufficientScope
    if integration.token_expires_at is not None and integration.token_expires_at <= now:
        raise ReauthRequired
