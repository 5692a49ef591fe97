"""POST an action: a typed input, checked before anything is called, then one provider call."""

from aws_lambda_powertools.event_handler import Response

from hub import api, bodies, providers, runtime
from hub.actions import Actions, find_action

app = api.resolver()


@app.post("/api/integrations/<integration_id>/actions/<action_id>")
def act(integration_id: str, action_id: str) -> Response[str]:
    caller = api.caller(app)
    engine = Actions(runtime.database(), runtime.key_cache(), runtime.get_access, runtime.clock)
    found = engine.find(caller, integration_id)
    provider = providers.get(found.integration.provider_id)
    action = find_action(provider, action_id)
    given = bodies.read_dataclass(action.takes, api.json_body(app))
    done = engine.perform(caller, found, action, given)
    runtime.logger().info("action.done", integration_id=integration_id, action=action.id)
    return api.succeeded(done)


handler = api.serve(app)
