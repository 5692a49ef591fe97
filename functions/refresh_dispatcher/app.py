"""Every five minutes: send on what wants refreshing. Opens nothing and calls no provider."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from hub import providers, runtime
from hub.refresh_dispatch import Dispatcher
from hub.store import health


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    dispatcher = Dispatcher(
        runtime.database(),
        runtime.aws("sqs"),
        runtime.variable("REFRESH_QUEUE_URL"),
        clock=runtime.clock,
        draw=runtime.draw,
    )
    stopped = health.stopped(runtime.database(), providers.IDS)
    done = dispatcher.dispatch(stopped)
    runtime.logger().info(
        "refreshes.dispatched", sent=done.sent, late=done.late, stopped=sorted(stopped)
    )
    for metric, value in {"RefreshesLate": done.late, "ProvidersStopped": len(stopped)}.items():
        if value:  # a metric that is sent all the time costs as much as three alarms
            runtime.metrics().add_metric(metric, MetricUnit.Count, value)
    return {"sent": done.sent, "late": done.late}
