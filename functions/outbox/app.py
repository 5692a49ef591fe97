"""Carries the outbox table's stream on to the jobs queue, in order, at least once."""

from typing import Any

from hub import queue, runtime
from hub.store.database import decode


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    for record in event["Records"]:
        try:
            job = decode(record["dynamodb"]["NewImage"])["job"]
            queue.send(runtime.aws("sqs"), runtime.variable("JOBS_QUEUE_URL"), job)
        except Exception as error:  # noqa: BLE001  # the stream repeats from the first that failed
            runtime.logger().warning("outbox.failed", **runtime.describe(error))
            failed = {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
            return {"batchItemFailures": [failed]}
    return {"batchItemFailures": []}
