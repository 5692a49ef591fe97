"""POST refresh: renew an integration's credentials now, because a person asks for it."""

from aws_lambda_powertools.event_handler import Response

from hub import api, assembly, runtime, vault, views
from hub.audit import person
from hub.contract import Declared, declares
from hub.errors import (
    IntegrationDisconnected,
    NotFound,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    ProviderUnconfigured,
    ReauthRequired,
)

app = api.resolver()


@app.post("/api/integrations/<id_>/refresh")
@declares(
    Declared(
        data=views.RefreshedView,
        errors=(
            NotFound,
            IntegrationDisconnected,
            ReauthRequired,
            ProviderUnconfigured,
            ProviderError,
            ProviderUnavailable,
            ProviderTimeout,
        ),
    )
)
def refresh(id_: str) -> Response[str]:
    """Renew the credentials now, and show the integration as it is then. While somebody else is
    renewing them, wait for that instead.
    """
    caller = api.manager_of_integrations(app)
    found = vault.find(runtime.database(), caller.organization_id, id_)
    audit = assembly.audit(person(caller.user_id), "refresh")
    opened = assembly.token_source().renew_now(found, audit, runtime.ends(app.lambda_context))
    runtime.logger().info("integration.refreshed", integration_id=id_)
    return api.succeeded(views.refreshed(opened.integration, int(runtime.clock())))


handler = api.serve(app)
