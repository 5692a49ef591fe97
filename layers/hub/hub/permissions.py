"""Whether an integration may be used, and by whom."""

from hub.errors import Forbidden, IntegrationDisconnected, ReauthRequired
from hub.models import MANAGING_ROLES, Caller, Integration, Status
from hub.providers._provider import Provider
from hub.providers._values import ActsAs


def require_active(integration: Integration) -> None:
    """Raise IntegrationDisconnected or ReauthRequired unless an integration is in use."""
    if integration.status is Status.DISCONNECTED:
        raise IntegrationDisconnected
    if integration.status is not Status.ACTIVE:
        raise ReauthRequired


def require_use(caller: Caller, integration: Integration, provider: Provider) -> None:
    """Let everybody use what an app reaches, but what a person reaches only that person, those who
    manage integrations, and the roles that they have let in. Raises Forbidden.
    """
    if provider.acts_as is ActsAs.APP or caller.role in MANAGING_ROLES:
        return
    if caller.user_id != integration.connected_by and caller.role not in integration.extra_roles:
        raise Forbidden
