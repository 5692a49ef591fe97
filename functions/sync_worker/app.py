"""Syncs one integration for each message: one that fails leaves the others done.

What fails at the provider is noted with the time of its next try, where the schedule finds it. A
message comes again only if we could not even write that down.
"""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from hub import assembly, jobs, runtime
from hub.errors import ProviderUnconfigured

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class SyncFailed(Exception):
    """Told to the batch processor, which may log it: nothing of what was being handled."""


def do(record: SQSRecord, lambda_context: Any) -> None:
    try:
        job = jobs.read_sync(record.body)
        outcome = _sync(job, runtime.ends(lambda_context))
    except Exception as error:  # noqa: BLE001  # whatever it was, only this one failed
        runtime.logger().warning("sync.failed", **runtime.describe(error))
        raise SyncFailed from None
    runtime.logger().info(
        "sync.settled",
        provider=job.provider_id,
        integration_id=job.integration_id,
        outcome=outcome,
    )


def _sync(job: jobs.SyncJob, ends: float) -> str:
    try:
        return assembly.syncing().run(job, ends)
    except ProviderUnconfigured:
        return "unconfigured"  # due again when its claim ends, until our registration is there


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, do, processor, context)
