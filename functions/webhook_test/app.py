"""POST webhooks/test: send a signed test notification through the real URL, and report."""

from time import sleep
from typing import Final
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response

from hub import api, keyrings, runtime, trial, webhook_views
from hub.contract import Declared, declares
from hub.errors import (
    Conflict,
    IntegrationDisconnected,
    NotFound,
    ProviderUnconfigured,
    ReauthRequired,
)
from hub.store.integrations import Integrations

_LAST_WORDS: Final = 4.0  # seconds that a last look and the answer may take

app = api.resolver()


@app.post("/api/integrations/<id_>/webhooks/test")
@declares(
    Declared(
        data=webhook_views.TriedView,
        errors=(NotFound, IntegrationDisconnected, ReauthRequired, ProviderUnconfigured, Conflict),
    )
)
def webhook_test(id_: str) -> Response[str]:
    """Send a test notification, signed as the provider would, and tell what became of it.

    It goes through the real URL and has its effect: a line in the log, an event on the bus, and
    for some providers an incremental sync.
    """
    caller = api.manager_of_integrations(app)
    integration = Integrations(runtime.database(), caller.organization_id).get(id_)
    ends = runtime.ends(app.lambda_context) - _LAST_WORDS
    tried = trial.Trial(_means(), integration).run(ends)
    runtime.logger().info(
        "webhook.tested", integration_id=id_, status=tried.status, outcome=tried.outcome
    )
    return api.succeeded(webhook_views.tried(tried))


def _means() -> trial.Means:
    from hub.http_client import HttpClient  # noqa: PLC0415  # brings requests

    settings = runtime.settings()
    http = HttpClient(
        {urlsplit(settings.base_url).netloc},
        plain_hosts=settings.plain_hosts,
        clock=runtime.clock,
    )
    return trial.Means(
        database=runtime.database(),
        base_url=settings.base_url,
        keyring=keyrings.SigningRing,
        routing_secret=keyrings.routing_secret,
        send=http.send,
        clock=runtime.clock,
        sleep=sleep,
    )


handler = api.serve(app)
