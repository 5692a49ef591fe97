"""Every minute: send on what wants syncing. Opens nothing and calls no provider."""

from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from hub import providers, runtime
from hub.sync_dispatch import Dispatcher

_MARGIN_SECONDS: Final = 5


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    dispatcher = Dispatcher(
        runtime.database(),
        runtime.aws("sqs"),
        runtime.variable("SYNC_QUEUE_URL"),
        runtime.clock,
    )
    done = dispatcher.dispatch(providers.IDS, runtime.ends(context) - _MARGIN_SECONDS)
    if done.sent or done.left:  # a line each minute would cost more than the tick
        runtime.logger().info("syncs.dispatched", sent=done.sent, late=done.late, left=done.left)
    if done.late:  # a metric that is sent all the time costs as much as three alarms
        runtime.metrics().add_metric("SyncsLate", MetricUnit.Count, done.late)
    return {"sent": done.sent, "late": done.late, "left": done.left}
