"""Every hour: have renewed what ends before long. Opens nothing and calls no provider."""

from typing import Any, Final

from hub import queue, runtime
from hub.jobs import KeysJob, SubscribeJob
from hub.store import subscriptions
from hub.store.subscriptions import Due

TICK_SECONDS: Final = 3600


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    """Send on what is due until the next tick. What a tick that died has not sent, the next one
    finds; what was sent twice finds nothing to do.
    """
    until = int(runtime.clock()) + TICK_SECONDS
    due = list(subscriptions.due(runtime.database(), until))
    messages = [(f"{each.provider_id}#{each.organization_id}", _job(each)) for each in due]
    queue.send_many(runtime.aws("sqs"), runtime.variable("JOBS_QUEUE_URL"), messages)
    runtime.logger().info("webhooks.dispatched", sent=len(due))
    return {"sent": len(due)}


def _job(due: Due) -> dict[str, Any]:
    if not due.integration_id:
        return KeysJob(provider_id=due.provider_id).to_item()
    return SubscribeJob(
        organization_id=due.organization_id,
        provider_id=due.provider_id,
        integration_id=due.integration_id,
        webhook_id=due.webhook_id,
    ).to_item()
