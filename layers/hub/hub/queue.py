"""SQS in the hub's words. Messages hold ids only (`hub.jobs`).

The queue is a standard one with fair queueing: the group is provider and organization, so that
a stuck provider or a large organization does not hold up others.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hub.errors import TemporarilyUnavailable
from hub.jobs import RefreshJob

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_FIRST_PAUSE: Final = 15
_LONGEST_PAUSE: Final = 900


def send(sqs: "SQSClient", queue_url: str, job: dict[str, Any]) -> None:
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(job, separators=(",", ":")),
        MessageGroupId=f"{job['providerId']}#{job['organizationId']}",
    )


def send_batch(sqs: "SQSClient", queue_url: str, jobs: Sequence[tuple[RefreshJob, int]]) -> None:
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


def put_back(sqs: "SQSClient", queue_url: str, receipt_handle: str, received: int) -> None:
    """Let a failed message come again after an exponential pause with full jitter."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**received)
    sqs.change_message_visibility(
        QueueUrl=queue_url,
        ReceiptHandle=receipt_handle,
        VisibilityTimeout=1 + secrets.randbelow(longest),
    )
