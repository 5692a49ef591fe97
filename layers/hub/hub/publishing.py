"""EventBridge and SNS in the hub's words. What is published holds ids only (`hub.events`)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.errors import TemporarilyUnavailable
from hub.events import FOR_PEOPLE, SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient


def publish(bus: "EventBridgeClient", name: str, event: Mapping[str, Any]) -> None:
    """Put an event on the bus. Raises TemporarilyUnavailable if the bus did not take it: a failed
    entry is no failed call there.
    """
    answer = bus.put_events(
        Entries=[
            {
                "EventBusName": name,
                "Source": SOURCE,
                "DetailType": event["type"],
                "Time": datetime.fromtimestamp(event["at"], UTC),
                "Detail": json.dumps(event, separators=(",", ":")),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise TemporarilyUnavailable


def is_for_people(event: Mapping[str, Any]) -> bool:
    return event["type"] in FOR_PEOPLE


def notify(sns: "SNSClient", topic: str, event: Mapping[str, Any]) -> None:
    """Tell people: the platform finds the organization's administrators by its id."""
    sns.publish(
        TopicArn=topic,
        Message=json.dumps(event, separators=(",", ":")),
        MessageAttributes={"type": {"DataType": "String", "StringValue": event["type"]}},
    )
