"""POST sync: have an integration synced now, because a person asks for it."""

from typing import Annotated, Final
from uuid import uuid4

from aws_lambda_powertools.event_handler import Response

from hub import api, bodies, providers, runtime, sync_settings, sync_views
from hub.contract import Declared, Form, declares
from hub.errors import (
    Conflict,
    InsufficientScope,
    IntegrationDisconnected,
    InvalidRequest,
    NotFound,
    ReauthRequired,
)
from hub.jobs import SyncJob
from hub.limits import Len
from hub.models import Integration, Run, Trigger
from hub.permissions import require_active
from hub.store import outbox, syncs
from hub.store.database import Contested
from hub.store.integrations import Integrations

_TRIES: Final = 5

app = api.resolver()


class SyncNow(bodies.Body):
    """`resources` empty: all that are enabled. `full`: nothing is taken as known from before."""

    resources: Annotated[tuple[Annotated[str, Len(1, 64)], ...], Len(0, 20)] = ()
    full: bool = False


@app.post("/api/integrations/<id_>/sync")
@declares(
    Declared(
        data=sync_views.RunView,
        form=Form.ACCEPTED,
        body=SyncNow,
        body_required=False,
        errors=(
            NotFound,
            Conflict,
            InsufficientScope,
            ReauthRequired,
            IntegrationDisconnected,
        ),
    )
)
def sync(id_: str) -> Response[str]:
    """Have an integration synced now. A sync that is wanted or under way already is answered
    instead of a second one.
    """
    caller = api.caller(app)
    asked = bodies.read(SyncNow, api.json_body(app, required=False))
    for _ in range(_TRIES):
        integration = Integrations(runtime.database(), caller.organization_id).get(id_)
        require_active(integration)
        _require_resources(integration, asked.resources)
        state = integration.sync
        if state.run is not None and state.is_running(runtime.clock()):
            return api.accepted(sync_views.run(state.run, running=True))
        if state.request is not None:
            return api.accepted(sync_views.run(state.request, running=False))
        try:
            return api.accepted(sync_views.run(_ask(integration, asked), running=False))
        except Contested:
            continue
    raise Conflict


def _require_resources(integration: Integration, wanted: tuple[str, ...]) -> None:
    declared = providers.get(integration.provider_id).load_sync()
    if not declared.resources:
        raise InvalidRequest("Nothing of this provider is synced.")
    for resource_id in wanted:
        resource = declared.resource(resource_id)
        if resource is None:
            known = ", ".join(each.id for each in declared.resources)
            raise InvalidRequest(f"resources are of {known}.")
        if not sync_settings.is_granted(integration, resource):
            raise InsufficientScope
        if not sync_settings.of(integration, resource).enabled:
            raise InvalidRequest(f"{resource_id} is switched off in the integration's settings.")


def _ask(integration: Integration, asked: SyncNow) -> Run:
    now = int(runtime.clock())
    run = Run(
        id=f"run_{uuid4().hex}",
        trigger=Trigger.MANUAL,
        started_at=now,
        resources=asked.resources,
        full=asked.full,
    )
    job = SyncJob(
        organization_id=integration.organization_id,
        provider_id=integration.provider_id,
        integration_id=integration.id,
    )
    runtime.database().transact(
        [
            syncs.ask(integration, run, now),
            outbox.enqueue(f"sync#{run.id}", job.to_item(), now),
        ]
    )
    runtime.logger().info("sync.requested", integration_id=integration.id, run_id=run.id)
    return run


handler = api.serve(app)
