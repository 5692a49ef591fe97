"""Carries out jobs from the queue, each by itself: one failing job leaves the others done."""

from contextlib import suppress
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from hub import assembly, forgetting, jobs, parked, public_keys, queue, registrations, runtime
from hub.audit import Audit
from hub.errors import ProviderUnconfigured, Unreadable
from hub.jobs import ForgetJob, Job, KeysJob, RevokeJob, StoreJob, SubscribeJob
from hub.revocations import Revocations
from hub.store import published
from hub.unsubscribing import Unsubscribing

_MAX_RECEIVES: Final = "JOBS_MAX_RECEIVES"

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class JobFailed(Exception):
    """Told to the batch processor, which may log it: nothing of what was being handled."""


def do(record: SQSRecord, lambda_context: Any) -> None:
    received = int(record.attributes.approximate_receive_count)
    try:
        _carry_out(jobs.read(record.body), received, runtime.ends(lambda_context))
    except Exception as error:  # noqa: BLE001  # whatever it was, only this job failed
        if isinstance(error, Unreadable):
            runtime.count_unreadable()
        runtime.logger().warning("job.failed", received=received, **runtime.describe(error))
        with suppress(Exception):  # then it comes again when its visibility timeout ends
            queue.put_back(
                runtime.aws("sqs"),
                runtime.variable("JOBS_QUEUE_URL"),
                record.receipt_handle,
                received,
            )
        raise JobFailed from None


def _carry_out(job: Job, received: int, ends: float) -> None:
    match job:
        case StoreJob():
            outcome = parked.store(runtime.database(), job)
            runtime.logger().info("refresh.unparked", outcome=outcome)
        case SubscribeJob():
            assembly.subscriptions().see_to(job, ends)
            runtime.logger().info("webhooks.subscribed", provider=job.provider_id)
        case ForgetJob():
            forgetting.forget(runtime.database(), job, runtime.clock, ends)
            runtime.logger().info("records.forgotten", provider=job.provider_id)
        case KeysJob():
            _fetch_keys(job.provider_id)
        case RevokeJob():
            _revoke(job, last_try=received >= int(runtime.variable(_MAX_RECEIVES)))


def _fetch_keys(provider_id: str) -> None:
    try:
        access = registrations.get_access(provider_id)
    except ProviderUnconfigured:
        published.forget(runtime.database(), provider_id)
        return
    public_keys.refresh(runtime.database(), access, runtime.clock())
    runtime.logger().info("webhooks.keys_fetched", provider=provider_id)


def _revoke(job: RevokeJob, *, last_try: bool) -> None:
    settled = _revocations().settle(job, last_try=last_try)
    if settled:
        runtime.logger().info("revocation.settled", provider=job.provider_id, outcome=settled)
        runtime.metrics().add_metric("RevocationsSettled", MetricUnit.Count, 1)


def _revocations() -> Revocations:
    return Revocations(
        runtime.database(),
        runtime.key_cache(),
        registrations.get_access,
        Audit(by="jobs_worker", purpose="revoke", write=runtime.write_audit),
        clock=runtime.clock,
        leave=Unsubscribing(runtime.database(), runtime.clock).leave,
    )


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, do, processor, context)
