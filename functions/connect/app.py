"""POST connect and reconnect: start a flow, bind it to this browser, say where to go."""

from typing import Annotated

from annotated_types import Len
from aws_lambda_powertools.event_handler import Response

from hub import api, binding, bodies, providers, runtime
from hub.models import Caller, Integration
from hub.store.integrations import Integrations

type Scopes = Annotated[tuple[Annotated[str, Len(1, 200)], ...], Len(0, 100)]
type ReturnTo = Annotated[str, Len(1, 2048)]


class ConnectProvider(bodies.Body):
    scopes: Scopes = ()
    return_to: ReturnTo | None = None


class Connect(ConnectProvider):
    provider_id: Annotated[str, Len(1, 64)]


app = api.resolver()


@app.post("/api/integrations/connect")
def connect() -> Response[str]:
    caller = api.manager_of_integrations(app)
    asked = bodies.read(Connect, api.json_body(app))
    return _begin(caller, asked.provider_id, asked)


@app.post("/api/integrations/<provider_id>/connect")
def connect_provider(provider_id: str) -> Response[str]:
    caller = api.manager_of_integrations(app)
    return _begin(caller, provider_id, bodies.read(ConnectProvider, api.json_body(app)))


@app.post("/api/integrations/<integration_id>/reconnect")
def reconnect(integration_id: str) -> Response[str]:
    caller = api.manager_of_integrations(app)
    asked = bodies.read(ConnectProvider, api.json_body(app))
    integration = Integrations(runtime.database(), caller.organization_id).get(integration_id)
    return _begin(caller, integration.provider_id, asked, integration)


def _begin(
    caller: Caller, provider_id: str, asked: ConnectProvider, integration: Integration | None = None
) -> Response[str]:
    provider = providers.get(provider_id)
    begun = runtime.flows().begin(
        provider,
        runtime.get_client(provider),
        caller,
        scopes=asked.scopes,
        return_to=asked.return_to,
        integration=integration,
    )
    cookie = binding.bake(begun.cookie_id, begun.binding.reveal(), secure=runtime.settings().secure)
    return api.succeeded({"url": begun.url, "state": begun.state}, cookies=[cookie])


handler = api.serve(app)
