"""Refreshes credentials whose time has come, each by itself: one that fails leaves the others done.

A refresh that fails is noted with the time of its next try, where the schedule finds it: the queue
is told that the message is done. It comes again only if we could not even write that down. Where
our registration at the provider is missing, nothing is noted: all stays due until it is there.
"""

from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from hub import assembly, jobs, runtime, vault
from hub.errors import (
    Conflict,
    HubError,
    ProviderError,
    ProviderUnavailable,
    ProviderUnconfigured,
    Quarantined,
)
from hub.jobs import RefreshJob

_AUDIT: Final = ("refresh_worker", "refresh")

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class RefreshFailed(Exception):
    """Told to the batch processor, which may log it: nothing of what was being handled."""


def do(record: SQSRecord, lambda_context: Any) -> None:
    try:
        _refresh(jobs.read_refresh(record.body), runtime.ends(lambda_context))
    except Exception as error:  # noqa: BLE001  # whatever it was, only this one failed
        runtime.logger().warning("refresh.failed", **runtime.describe(error))
        raise RefreshFailed from None


def _refresh(job: RefreshJob, ends: float) -> None:
    found = vault.look(runtime.database(), job.organization_id, job.integration_id)
    try:
        done = found is not None and assembly.token_source().renew_due(
            found, assembly.audit(*_AUDIT), ends
        )
    except (Conflict, ProviderError, ProviderUnavailable, ProviderUnconfigured) as error:
        if isinstance(error, Quarantined):
            runtime.count_unreadable()
        _count("RefreshesFailed", job, error)
    else:
        if done:
            _count("RefreshesDone", job)


def _count(metric: str, job: RefreshJob, error: HubError | None = None) -> None:
    runtime.metrics().add_metric(metric, MetricUnit.Count, 1)
    runtime.logger().info(
        "refresh.settled",
        provider=job.provider_id,
        integration_id=job.integration_id,
        outcome=type(error).__name__ if error else "refreshed",
    )


@runtime.entry
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, do, processor, context)
