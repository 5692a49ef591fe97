"""Carries the outbox table's stream on, in order, at least once: jobs to their queues, events to
the bus, and those that somebody must act on also to the topic that tells people.
"""

from typing import Any

from hub import publishing, queue, runtime
from hub.jobs import SyncJob
from hub.store.database import decode


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's form
    for record in event["Records"]:
        try:
            _carry(decode(record["dynamodb"]["NewImage"]))
        except Exception as error:  # noqa: BLE001  # the stream repeats from the first that failed
            runtime.logger().warning("outbox.failed", **runtime.describe(error))
            failed = {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
            return {"batchItemFailures": [failed]}
    return {"batchItemFailures": []}


def _carry(row: dict[str, Any]) -> None:
    if "job" in row:
        name = "SYNC_QUEUE_URL" if row["job"].get("kind") == SyncJob.kind else "JOBS_QUEUE_URL"
        queue.send(runtime.aws("sqs"), runtime.variable(name), row["job"])
        return
    publishing.publish(runtime.aws("events"), runtime.variable("EVENT_BUS"), row["event"])
    if publishing.is_for_people(row["event"]):
        publishing.notify(runtime.aws("sns"), runtime.variable("PEOPLE_TOPIC"), row["event"])
