"""GET and PUT an integration's settings: what is synced, how often, and who may see it."""

from typing import Annotated, Any, Final
from uuid import uuid4

from aws_lambda_powertools.event_handler import Response

from hub import api, bodies, providers, runtime, sync_settings, sync_views
from hub.contract import Declared, declares
from hub.errors import Conflict, InvalidRequest, NotFound, UnknownField
from hub.jobs import SyncJob
from hub.limits import Interval, Len
from hub.models import MANAGING_ROLES, Integration, Role, Status
from hub.providers._provider import Provider
from hub.providers._sync import Resource
from hub.providers._values import ActsAs
from hub.store import outbox, syncs
from hub.store.database import Contested, Write
from hub.store.integrations import Integrations
from hub.sync_settings import LONGEST_INTERVAL, SHORTEST_INTERVAL

_TRIES: Final = 5

app = api.resolver()


class ResourceSettings(bodies.Body):
    """What is left out stays as it is; a filter of null is the default again."""

    enabled: bool | None = None
    interval: Annotated[int, Interval(ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL)] | None = None
    filters: dict[str, Any] | None = None


class Settings(bodies.Body):
    """What is left out stays as it is."""

    resources: Annotated[dict[str, ResourceSettings], Len(0, 20)] | None = None
    roles: Annotated[tuple[Annotated[str, Len(1, 20)], ...], Len(0, 3)] | None = None


@app.get("/api/integrations/<id_>/settings")
@declares(Declared(data=sync_views.SettingsView, errors=(NotFound,)))
def settings(id_: str) -> Response[str]:
    """Show what is synced of an integration, how often, what of it, and what could be set."""
    caller = api.caller(app)
    integration = Integrations(runtime.database(), caller.organization_id).get(id_)
    return api.succeeded(_shown(integration))


@app.put("/api/integrations/<id_>/settings")
@declares(
    Declared(data=sync_views.SettingsView, body=Settings, errors=(NotFound, UnknownField, Conflict))
)
def set_settings(id_: str) -> Response[str]:
    """Change what is named and leave the rest. It takes effect at once: other filters have the
    resource read anew, and what no longer belongs is removed, as are the records of a resource that
    is switched off.
    """
    caller = api.manager_of_integrations(app)
    asked = bodies.read(Settings, api.json_body(app))
    for _ in range(_TRIES):
        integration = Integrations(runtime.database(), caller.organization_id).get(id_)
        try:
            _store(integration, asked)
        except Contested:
            continue
        after = Integrations(runtime.database(), caller.organization_id).get(id_)
        return api.succeeded(_shown(after))
    raise Conflict


def _shown(integration: Integration) -> sync_views.SettingsView:
    return sync_views.settings(integration, providers.get(integration.provider_id).load_sync())


def _store(integration: Integration, asked: Settings) -> None:
    provider, now = providers.get(integration.provider_id), int(runtime.clock())
    stored = {name: dict(each) for name, each in integration.sync_settings.items()}
    for resource_id, given in (asked.resources or {}).items():
        resource = provider.load_sync().resource(resource_id)
        if resource is None:
            raise UnknownField(f"{provider.name} has no resource of this name.")
        changed = _changed(resource, stored.pop(resource_id, {}), given)
        if changed:
            stored[resource_id] = changed
    roles = integration.extra_roles if asked.roles is None else _roles(provider, asked.roles)
    if stored == dict(integration.sync_settings) and roles == integration.extra_roles:
        return
    writes: list[Write] = [syncs.set_settings(integration, stored, roles, now)]
    if integration.status is Status.ACTIVE:
        job = SyncJob(
            organization_id=integration.organization_id,
            provider_id=integration.provider_id,
            integration_id=integration.id,
        )
        writes.append(outbox.enqueue(f"sync#{uuid4().hex}", job.to_item(), now))
    runtime.database().transact(writes)
    runtime.logger().info("settings.changed", integration_id=integration.id)


def _changed(resource: Resource, before: dict[str, Any], given: ResourceSettings) -> dict[str, Any]:
    """Give what is to be stored: only what is not the default."""
    after = dict(before)
    if given.enabled is not None:
        after["enabled"] = given.enabled
    if given.interval is not None:
        after["interval"] = given.interval
    if given.filters is not None:
        after["filters"] = _filters(resource, dict(before.get("filters", {})), given.filters)
    usual = {"enabled": True, "interval": sync_settings.DEFAULT_INTERVAL, "filters": {}}
    return {name: value for name, value in after.items() if value != usual[name]}


def _filters(resource: Resource, before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    declared = {each.id: each for each in resource.filters}
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(declared) or "no filters"
            raise UnknownField(f"{resource.id} takes {known}.")
        before.pop(name, None)
        if value is not None:
            before[name] = sync_settings.checked_filter(declared[name], value)
    return before


def _roles(provider: Provider, roles: tuple[str, ...]) -> tuple[str, ...]:
    if provider.acts_as is ActsAs.APP and roles:
        raise InvalidRequest("This connection is the app's, not a person's: every role may use it.")
    further = {role.value for role in Role} - {role.value for role in MANAGING_ROLES}
    if not set(roles) <= further:
        raise InvalidRequest(f"roles are of {', '.join(sorted(further))}.")
    return tuple(sorted(set(roles)))


handler = api.serve(app)
