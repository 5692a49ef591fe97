"""SQS in the hub's words. Messages hold ids only (`hub.jobs`).

The queue is a standard one with fair queueing: the group is provider and organization, so that
a stuck provider or a large organization does not hold up others.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from hub.errors import TemporarilyUnavailable
from hub.jobs import RefreshJob, SyncJob

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MOST_ENTRIES: Final = 10
_MOST_BYTES: Final = 200_000  # of 256 KiB that a batch may have
_FIRST_PAUSE: Final = 15
_LONGEST_PAUSE: Final = 900


def send(sqs: "SQSClient", queue_url: str, job: dict[str, Any]) -> None:
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(job, separators=(",", ":")),
        MessageGroupId=f"{job['providerId']}#{job['organizationId']}",
    )


def send_batch(
    sqs: "SQSClient", queue_url: str, jobs: Sequence[tuple[RefreshJob | SyncJob, int]]
) -> None:
    """Send up to ten jobs, each after so many seconds. Raises TemporarilyUnavailable if the queue
    did not take one of them.
    """
    answer = sqs.send_message_batch(
        QueueUrl=queue_url,
        Entries=[
            {
                "Id": str(number),
                "MessageBody": json.dumps(job.to_item(), separators=(",", ":")),
                "MessageGroupId": f"{job.provider_id}#{job.organization_id}",
                "DelaySeconds": delay,
            }
            for number, (job, delay) in enumerate(jobs)
        ],
    )
    if answer.get("Failed"):
        raise TemporarilyUnavailable


def send_many(
    sqs: "SQSClient", queue_url: str, messages: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Send messages, each with the group it is fair to, in as few requests as the queue's limits
    allow. Raises TemporarilyUnavailable if it did not take one of them: some may be there.
    """
    for batch in _batches([(group, _dump(message)) for group, message in messages]):
        entries: list[Any] = [
            {"Id": str(number), "MessageBody": body, "MessageGroupId": group}
            for number, (group, body) in enumerate(batch)
        ]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise TemporarilyUnavailable


def _batches(messages: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    batch: list[tuple[str, str]] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == _MOST_ENTRIES or size + len(message[1]) > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message[1])
    if batch:
        yield batch


def _dump(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def put_back(sqs: "SQSClient", queue_url: str, receipt_handle: str, received: int) -> None:
    """Let a failed message come again after an exponential pause with full jitter."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**received)
    sqs.change_message_visibility(
        QueueUrl=queue_url,
        ReceiptHandle=receipt_handle,
        VisibilityTimeout=1 + secrets.randbelow(longest),
    )
