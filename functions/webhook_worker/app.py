"""Applies what providers told, each delivery by itself: one that fails leaves the others done."""

from contextlib import suppress
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from hub import envelopes, queue, runtime
from hub.envelopes import Envelope, Kept
from hub.hearing import Hearing
from hub.store import handshakes

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class DeliveryFailed(Exception):
    """Told to the batch processor, which may log it: nothing of what was being handled."""


def do(record: SQSRecord) -> None:
    try:
        match envelopes.read(record.body):
            case Kept() as kept:
                _keep(kept)
            case Envelope() as envelope:
                _hear(envelope)
    except Exception as error:  # noqa: BLE001  # whatever it was, only this one failed
        received = int(record.attributes.approximate_receive_count)
        runtime.logger().warning("webhook.failed", received=received, **runtime.describe(error))
        with suppress(Exception):  # then it comes again when its visibility timeout ends
            queue.put_back(
                runtime.aws("sqs"),
                runtime.variable("WEBHOOKS_QUEUE_URL"),
                record.receipt_handle,
                received,
            )
        raise DeliveryFailed from None


def _hear(envelope: Envelope) -> None:
    told = Hearing(runtime.database(), runtime.clock).hear(envelope)
    outcomes = sorted({each.outcome for each in told}) or ["unrouted"]
    runtime.logger().info("webhook.heard", provider=envelope.provider_id, outcomes=outcomes)
    runtime.metrics().add_metric("WebhooksHeard", "Count", 1)


def _keep(kept: Kept) -> None:
    """Keep a handshake's secret, sealed as it is, until an operator has it shown."""
    done = handshakes.keep(runtime.database(), kept.provider_id, kept.sealed, runtime.clock())
    outcome = "kept" if done else "unexpected"
    runtime.logger().info("webhook.handshake", provider=kept.provider_id, outcome=outcome)


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, do, processor, context)
