"""POST connect and reconnect: start a flow, bind it to this browser, say where to go."""

from typing import Annotated, Final, TypedDict

from aws_lambda_powertools.event_handler import Response

from hub import api, binding, bodies, providers, registrations, runtime
from hub.contract import Declared, declares
from hub.errors import (
    NotFound,
    ProviderUnconfigured,
    ReturnToNotAllowed,
    TooManyFlows,
    UnknownProvider,
    UnknownScope,
)
from hub.limits import Len
from hub.models import Caller, Integration
from hub.store.integrations import Integrations

type Scopes = Annotated[tuple[Annotated[str, Len(1, 200)], ...], Len(0, 100)]
type ReturnTo = Annotated[str, Len(1, 2048)]


class ConnectProvider(bodies.Body):
    scopes: Scopes = ()
    return_to: ReturnTo | None = None


class Connect(ConnectProvider):
    provider_id: Annotated[str, Len(1, 64)]


class FlowView(TypedDict):
    """Where the browser goes, and the state it will come back with."""

    url: str
    state: str


_STARTS: Final = (UnknownProvider, ProviderUnconfigured, UnknownScope, ReturnToNotAllowed)

app = api.resolver()


@app.post("/api/integrations/connect")
@declares(Declared(data=FlowView, body=Connect, errors=(*_STARTS, TooManyFlows)))
def connect() -> Response[str]:
    """Start connecting a provider. Sets the cookie that binds the flow to this browser."""
    caller = api.manager_of_integrations(app)
    asked = bodies.read(Connect, api.json_body(app))
    return _begin(caller, asked.provider_id, asked)


@app.post("/api/integrations/<provider>/connect")
@declares(
    Declared(
        data=FlowView,
        body=ConnectProvider,
        body_required=False,
        errors=(*_STARTS, TooManyFlows),
    )
)
def connect_provider(provider: str) -> Response[str]:
    """Start connecting the provider in the path; otherwise as connect."""
    caller = api.manager_of_integrations(app)
    return _begin(
        caller, provider, bodies.read(ConnectProvider, api.json_body(app, required=False))
    )


@app.post("/api/integrations/<id_>/reconnect")
@declares(
    Declared(
        data=FlowView,
        body=ConnectProvider,
        body_required=False,
        errors=(NotFound, *_STARTS, TooManyFlows),
    )
)
def reconnect(id_: str) -> Response[str]:
    """Authorize an integration again, also for more scopes. Another external account changes
    nothing: the callback answers account_mismatch.
    """
    caller = api.manager_of_integrations(app)
    asked = bodies.read(ConnectProvider, api.json_body(app, required=False))
    integration = Integrations(runtime.database(), caller.organization_id).get(id_)
    return _begin(caller, integration.provider_id, asked, integration)


def _begin(
    caller: Caller, provider_id: str, asked: ConnectProvider, integration: Integration | None = None
) -> Response[str]:
    provider = providers.get(provider_id)
    begun = runtime.flows().begin(
        provider,
        registrations.get_client(provider),
        caller,
        scopes=asked.scopes,
        return_to=asked.return_to,
        integration=integration,
    )
    cookie = binding.bake(begun.cookie_id, begun.binding.reveal(), secure=runtime.settings().secure)
    return api.succeeded({"url": begun.url, "state": begun.state}, cookies=[cookie])


handler = api.serve(app)
