"""How integrations and providers look from outside: plain JSON values, never a token, a hash or
anything else that could be looked up (TS-15).
"""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from hub import providers
from hub.models import Integration, Problem, Status
from hub.providers._provider import Provider
from hub.providers._values import Action

if TYPE_CHECKING:
    from hub.providers._sync import Resource

type Actor = Literal["user", "admin", "provider", "us", "nobody"]


class ScopeView(TypedDict):
    id: str
    required: bool
    explanation: str


class FieldView(TypedDict):
    name: str
    required: bool


class ActionView(TypedDict):
    id: str
    explanation: str
    scope: str | None
    fields: list[FieldView]


class SyncResourceView(TypedDict):
    """What can be kept in step. `scopes`: one of them must have been granted, if there are any."""

    id: str
    kind: str
    explanation: str
    scopes: list[str]
    filters: list[str]


class ProviderView(TypedDict):
    """A provider in the catalogue. `unconfigured`: this deployment has no registration there, and
    `setup` tells an administrator which parameter to set.
    """

    id: str
    name: str
    icon: str
    features: list[str]
    actsAs: Literal["app", "person"]
    scopes: list[ScopeView]
    actions: list[ActionView]
    syncResources: list[SyncResourceView]
    webhookEvents: list[str]
    availability: Literal["active", "unconfigured"]
    setup: str | None


class SummaryView(TypedDict):
    """An integration in the list. Times are ISO 8601 UTC."""

    id: str
    providerId: str
    providerName: str
    accountName: str
    connectedBy: str
    status: Literal["pending", "active", "reauth_required", "disconnected"]
    healthStatus: Literal["healthy", "syncing", "degraded", "disconnected"]
    connectedAt: str
    lastSyncAt: str | None
    nextSyncAt: str | None


class ProblemView(TypedDict):
    """What is wrong, since when, who must act, what is missing and how to mend it."""

    category: str
    since: str
    actor: Actor
    missing: list[str]
    help: str


class RefreshProblemView(TypedDict):
    """Renewing the credentials fails at the moment; it is tried again by itself."""

    category: str
    since: str


class SubscriptionView(TypedDict):
    """What the provider tells us of. `expiresAt` None: it does not end; before it does, it is
    renewed by itself. `lost`: it has ended, and could not be made anew yet.
    """

    id: str
    resource: str | None
    status: Literal["pending", "active", "lost", "refused"]
    createdAt: str
    expiresAt: str | None


class RefreshedView(SummaryView):
    scopesAsked: list[str]
    scopesGranted: list[str]
    scopesMissing: list[str]
    tokenExpiresAt: str | None
    lastVerifiedAt: str | None
    disconnectedAt: str | None
    lastRefreshAt: str | None
    refreshProblem: RefreshProblemView | None
    revocation: str | None
    problem: ProblemView | None


class SyncStateView(TypedDict):
    """How syncing one resource stands. `error` is the code of what it failed with, `since` when
    that began.
    """

    resource: str
    lastSyncAt: str | None
    nextSyncAt: str | None
    error: str | None
    since: str | None


class DetailView(RefreshedView):
    webhookSubscriptions: list[SubscriptionView]
    sync: list[SyncStateView]


_HELP: Final[Mapping[str, tuple[Actor, str]]] = {
    "insufficient_scope": (
        "user",
        "Reconnect and leave every permission ticked.",
    ),
    "credentials_unreadable": (
        "us",
        "The stored credentials failed a check and were taken out of use. Reconnect to go on.",
    ),
    "token_expired": (
        "user",
        "The provider's permission has run out. Use Reconnect to renew it.",
    ),
    "provider_unavailable": (
        "provider",
        "The provider does not renew the permission at the moment. It is tried again by itself.",
    ),
    "grant_refused": (
        "user",
        "The provider no longer accepts this connection. Use Reconnect to authorize it again.",
    ),
    "revoked_at_provider": (
        "user",
        "Targetym was removed at the provider. Use Reconnect to connect it again.",
    ),
    "sync_failing": (
        "provider",
        "Syncing keeps failing; it is tried again by itself. The sync log has the errors.",
    ),
    "subscription_lost": (
        "us",
        "The provider no longer tells us of changes at once. It is set up again by itself.",
    ),
    "lost_rotation": (
        "user",
        "A renewal was cut short when the provider had replaced the permission. Use Reconnect.",
    ),
}


def catalogued(provider: Provider, *, setup: str | None) -> ProviderView:
    return {
        "id": provider.id,
        "name": provider.name,
        "icon": provider.id,
        "features": list(provider.features),
        "actsAs": provider.acts_as.value,
        "scopes": [
            {"id": scope.id, "required": scope.required, "explanation": scope.explanation}
            for scope in provider.scopes
        ],
        "actions": [_action(action) for action in provider.actions],
        "syncResources": [_sync_resource(each) for each in provider.load_sync().resources],
        "webhookEvents": list(provider.load_webhooks().events),
        "availability": "unconfigured" if setup else "active",
        "setup": setup,
    }


def _sync_resource(resource: "Resource") -> SyncResourceView:
    return {
        "id": resource.id,
        "kind": resource.kind,
        "explanation": resource.explanation,
        "scopes": list(resource.scopes),
        "filters": [each.id for each in resource.filters],
    }


def _action(action: Action) -> ActionView:
    return {
        "id": action.id,
        "explanation": action.explanation,
        "scope": action.scope,
        "fields": [
            {"name": _camel(field.name), "required": field.default is dataclasses.MISSING}
            for field in dataclasses.fields(action.takes)
        ],
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def summary(integration: Integration, now: int) -> SummaryView:
    provider = providers.get(integration.provider_id)
    return {
        "id": integration.id,
        "providerId": provider.id,
        "providerName": provider.name,
        "accountName": integration.account_name,
        "connectedBy": integration.connected_by,
        "status": integration.status.value,
        "healthStatus": health(integration, now),
        "connectedAt": instant(integration.connected_at),
        "lastSyncAt": optional_instant(integration.sync.last_at),
        "nextSyncAt": optional_instant(_next_sync_at(integration)),
    }


def detail(integration: Integration, subscribed: list[SubscriptionView], now: int) -> DetailView:
    return {
        **refreshed(integration, now),
        "webhookSubscriptions": subscribed,
        "sync": [
            {
                "resource": name,
                "lastSyncAt": optional_instant(each.at),
                "nextSyncAt": instant(each.due_at) if integration.sync.due_at else None,
                "error": each.error,
                "since": optional_instant(each.since),
            }
            for name, each in integration.sync.resources.items()
        ],
    }


def _next_sync_at(integration: Integration) -> int | None:
    """Tell when the first of the resources is due: what is claimed or under way is due already."""
    state = integration.sync
    if state.due_at is None or integration.status is not Status.ACTIVE:
        return None
    return min((each.due_at for each in state.resources.values()), default=state.due_at)


def refreshed(integration: Integration, now: int) -> RefreshedView:
    granted = set(integration.scopes_granted)
    return {
        **summary(integration, now),
        "scopesAsked": list(integration.scopes_asked),
        "scopesGranted": list(integration.scopes_granted),
        "scopesMissing": [scope for scope in integration.scopes_asked if scope not in granted],
        "tokenExpiresAt": optional_instant(integration.token_expires_at),
        "lastVerifiedAt": optional_instant(integration.verified_at),
        "disconnectedAt": optional_instant(integration.disconnected_at),
        "lastRefreshAt": optional_instant(integration.refreshed_at),
        "refreshProblem": _refresh_problem(integration),
        "revocation": integration.revocation,
        "problem": _problem(integration, now),
    }


def _refresh_problem(integration: Integration) -> RefreshProblemView | None:
    problem = integration.refresh_problem
    return {"category": problem.category, "since": instant(problem.since)} if problem else None


def health(
    integration: Integration, now: int
) -> Literal["healthy", "syncing", "degraded", "disconnected"]:
    """Judge by one rule, in this order."""
    if integration.status in {Status.DISCONNECTED, Status.REAUTH_REQUIRED}:
        return "disconnected"
    if _category(integration, now):
        return "degraded"
    return "syncing" if integration.sync.is_running(now) else "healthy"


def _category(integration: Integration, now: int) -> tuple[str, int] | None:
    if integration.problem:
        return integration.problem.category, integration.problem.since
    if not integration.live:
        return None
    return (
        _token_category(integration, now)
        or _told(integration.sync.problem)
        or _told(integration.subscription_problem)
    )


def _token_category(integration: Integration, now: int) -> tuple[str, int] | None:
    expires = integration.token_expires_at
    if expires is None or expires > now:
        return None
    if providers.get(integration.provider_id).refresh is None:
        return "token_expired", expires
    return _told(integration.refresh_problem)  # whoever needs a token renews it, if it can be


def _told(problem: Problem | None) -> tuple[str, int] | None:
    return (problem.category, problem.since) if problem else None


def _problem(integration: Integration, now: int) -> ProblemView | None:
    found = _category(integration, now)
    if found is None:
        return None
    category, since = found
    actor, help_text = _HELP[category]
    required = providers.get(integration.provider_id).required_scopes
    missing = [scope for scope in required if scope not in integration.scopes_granted]
    return {
        "category": category,
        "since": instant(since),
        "actor": actor,
        "missing": missing,
        "help": help_text,
    }


def optional_instant(seconds: int | None) -> str | None:
    return None if seconds is None else instant(seconds)


def instant(seconds: int) -> str:
    """Give a time as ISO 8601 UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
