"""POST an action: a typed input, checked before anything is called, then one provider call."""

from typing import Final

from aws_lambda_powertools.event_handler import Response

from hub import api, assembly, bodies, providers, registrations, runtime
from hub.actions import Actions, Asked, Once, find_action
from hub.contract import Declared, declares
from hub.errors import (
    Conflict,
    IdempotencyConflict,
    InsufficientScope,
    IntegrationDisconnected,
    InvalidRequest,
    NotFound,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    ProviderUnconfigured,
    RateLimited,
    ReauthRequired,
)

_MAX_KEY: Final = 255

app = api.resolver()


@app.post("/api/integrations/<id_>/actions/<action>")
@declares(
    Declared(
        takes_actions=True,
        errors=(
            NotFound,
            Conflict,
            IdempotencyConflict,
            InsufficientScope,
            ReauthRequired,
            IntegrationDisconnected,
            ProviderUnconfigured,
            RateLimited,
            ProviderError,
            ProviderUnavailable,
            ProviderTimeout,
        ),
    )
)
def act(id_: str, action: str) -> Response[str]:
    """Do something through an integration, once. With an Idempotency-Key header a repetition
    within 24 hours is answered like the first request, without doing it again.
    """
    caller = api.caller(app)
    engine = Actions(
        runtime.database(),
        runtime.key_cache(),
        registrations.get_access,
        assembly.token_source(),
        write_audit=runtime.write_audit,
        clock=runtime.clock,
    )
    found = engine.find(caller, id_)
    wanted = find_action(providers.get(found.integration.provider_id), action)
    body = api.json_body(app)
    given = bodies.read_dataclass(wanted.takes, body)
    asked = Asked(
        caller=caller,
        action=wanted,
        given=given,
        once=_once(body),
        ends=runtime.ends(app.lambda_context),
    )
    done = engine.perform(found, asked)
    runtime.logger().info("action.done", integration_id=id_, action=wanted.id)
    return api.succeeded(done)


def _once(body: bytes) -> Once | None:
    key = app.current_event.headers.get("idempotency-key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= _MAX_KEY):
        raise InvalidRequest(f"Idempotency-Key is 1 to {_MAX_KEY} printable ASCII characters.")
    return Once(key=key, body=body.decode())


handler = api.serve(app)
