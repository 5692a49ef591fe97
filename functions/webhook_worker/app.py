"""Applies what providers told, each delivery by itself: one that fails leaves the others done."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from hub import envelopes, runtime
from hub.hearing import Hearing

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class DeliveryFailed(Exception):
    """Told to the batch processor, which may log it: nothing of what was being handled."""


def do(record: SQSRecord) -> None:
    try:
        envelope = envelopes.read(record.body)
        told = Hearing(runtime.database(), runtime.clock).hear(envelope)
    except Exception as error:  # noqa: BLE001  # whatever it was, only this one failed
        runtime.logger().warning("webhook.failed", **runtime.describe(error))
        raise DeliveryFailed from None
    outcomes = sorted({each.outcome for each in told}) or ["unrouted"]
    runtime.logger().info("webhook.heard", provider=envelope.provider_id, outcomes=outcomes)
    runtime.metrics().add_metric("WebhooksHeard", "Count", 1)


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, do, processor, context)
