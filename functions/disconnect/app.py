"""DELETE an integration, or POST disconnect for it or for a provider's only live one."""

from aws_lambda_powertools.event_handler import Response

from hub import api, providers, runtime
from hub.disconnection import Disconnection
from hub.errors import Conflict, NotFound
from hub.models import Caller
from hub.store.integrations import Integrations

app = api.resolver()


@app.delete("/api/integrations/<integration_id>")
def delete(integration_id: str) -> Response[str]:
    return _disconnect(api.manager_of_integrations(app), integration_id)


@app.post("/api/integrations/<named>/disconnect")
def disconnect(named: str) -> Response[str]:
    caller = api.manager_of_integrations(app)
    if named in {provider.id for provider in providers.everything()}:
        return _disconnect(caller, _only_live(caller, named))
    return _disconnect(caller, named)


def _only_live(caller: Caller, provider_id: str) -> str:
    live = Integrations(runtime.database(), caller.organization_id).live_of(provider_id)
    if not live:
        raise NotFound
    if len(live) > 1:
        raise Conflict("Several integrations of this provider are live. Name one by its id.")
    return live[0].id


def _disconnect(caller: Caller, integration_id: str) -> Response[str]:
    engine = Disconnection(runtime.database(), runtime.key_cache(), runtime.clock)
    ended = engine.disconnect(caller, integration_id, request_id=api.request_id(app))
    if ended is None:
        return api.succeeded(None)
    runtime.logger().info("integration.disconnected", integration_id=integration_id)
    if ended.unreadable:
        runtime.count_unreadable()
    if ended.shared:
        return api.succeeded(
            {
                "revocation": "kept_for_other_integrations",
                "message": "Our tokens are destroyed. The provider keeps the installation, because "
                "another live integration of the same account depends on it.",
            }
        )
    return api.succeeded(None)


handler = api.serve(app)
