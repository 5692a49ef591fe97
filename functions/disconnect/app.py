"""DELETE an integration, or POST disconnect for it or for a provider's only live one."""

from typing import Final, Literal, TypedDict

from aws_lambda_powertools.event_handler import Response

from hub import api, providers, runtime
from hub.contract import Declared, declares
from hub.disconnection import Disconnection
from hub.errors import Conflict, NotFound
from hub.models import Caller
from hub.store.integrations import Integrations

_DESTROYED: Final = "Our tokens are destroyed."
_KEPT: Final = (
    f"{_DESTROYED} The provider keeps its grant, because another live integration of the same "
    "account depends on it."
)


class KeptView(TypedDict):
    """Said where the provider is not called: others depend on the grant, or it offers no
    revocation, and then the message tells how a person ends the grant there.
    """

    revocation: Literal["kept_for_other_integrations", "not_offered_by_provider"]
    message: str


_DECLARED: Final = Declared(data=KeptView | None, errors=(NotFound, Conflict))

app = api.resolver()


@app.delete("/api/integrations/<id_>")
@declares(_DECLARED)
def delete(id_: str) -> Response[str]:
    """Disconnect: destroy the tokens, revoke at the provider, keep history. Again is no error."""
    return _disconnect(api.manager_of_integrations(app), id_)


@app.post("/api/integrations/<id_>/disconnect")
@declares(_DECLARED)
def disconnect(id_: str) -> Response[str]:
    """Disconnect the integration of this id, or the only live one of the provider named here."""
    caller = api.manager_of_integrations(app)
    if id_ in providers.IDS:
        return _disconnect(caller, _only_live(caller, id_))
    return _disconnect(caller, id_)


def _only_live(caller: Caller, provider_id: str) -> str:
    live = Integrations(runtime.database(), caller.organization_id).live_of(provider_id)
    if not live:
        raise NotFound
    if len(live) > 1:
        raise Conflict("Several integrations of this provider are live. Name one by its id.")
    return live[0].id


def _disconnect(caller: Caller, integration_id: str) -> Response[str]:
    engine = Disconnection(
        runtime.database(), runtime.key_cache(), runtime.write_audit, runtime.clock
    )
    ended = engine.disconnect(caller, integration_id, request_id=api.request_id(app))
    if ended is None:
        return api.succeeded(None)
    runtime.logger().info("integration.disconnected", integration_id=integration_id)
    if ended.unreadable:
        runtime.count_unreadable()
    if ended.shared:
        return api.succeeded(KeptView(revocation="kept_for_other_integrations", message=_KEPT))
    if local_only := providers.get(ended.integration.provider_id).local_only:
        message = f"{_DESTROYED} {local_only}"
        return api.succeeded(KeptView(revocation="not_offered_by_provider", message=message))
    return api.succeeded(None)


handler = api.serve(app)
