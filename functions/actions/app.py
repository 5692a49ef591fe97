"""POST an action: a typed input, checked before anything is called, then one provider call."""

from typing import Final

from aws_lambda_powertools.event_handler import Response

from hub import api, bodies, providers, runtime
from hub.actions import Actions, Once, find_action
from hub.errors import InvalidRequest

_MAX_KEY: Final = 255

app = api.resolver()


@app.post("/api/integrations/<integration_id>/actions/<action_id>")
def act(integration_id: str, action_id: str) -> Response[str]:
    caller = api.caller(app)
    engine = Actions(runtime.database(), runtime.key_cache(), runtime.get_access, runtime.clock)
    found = engine.find(caller, integration_id)
    provider = providers.get(found.integration.provider_id)
    action = find_action(provider, action_id)
    body = api.json_body(app)
    given = bodies.read_dataclass(action.takes, body)
    done = engine.perform(caller, found, action, given, once=_once(body))
    runtime.logger().info("action.done", integration_id=integration_id, action=action.id)
    return api.succeeded(done)


def _once(body: bytes) -> Once | None:
    key = app.current_event.headers.get("idempotency-key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= _MAX_KEY):
        raise InvalidRequest(f"Idempotency-Key is 1 to {_MAX_KEY} printable ASCII characters.")
    return Once(key=key, body=body.decode())


handler = api.serve(app)
