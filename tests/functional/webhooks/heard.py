"""What became of deliveries, read from the tables; and deliveries that no provider makes."""

import json
import time
from typing import Any

import boto3

from hub.envelopes import seal_off
from hub.providers._webhooks import Effect, Event, Heard
from tests.functional.conftest import INGRESS
from tests.functional.stored import rows


def queue_up(provider: str, account: str, effect: Effect) -> None:
    """Queue what a webhook function would, of an event with an effect on an account."""
    heard = Heard(
        accounts=(account,), dedup=effect.value, events=(Event(type="told", effect=effect),)
    )
    routing_key = INGRESS["routingSecret"].encode()
    envelope = seal_off(provider, heard, routing_key, time.time() + 1)
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="webhooks")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(envelope.to_item()))


def received() -> list[dict[str, Any]]:
    """Give the events `webhook.received` on their way to the bus."""
    events = [row["event"] for row in rows("outbox") if "event" in row]
    return [event for event in events if event["type"] == "webhook.received"]


def deliveries(integration: str) -> list[dict[str, Any]]:
    """Give the log of an integration, newest first."""
    return sorted(_parts(integration, "delivery#"), key=lambda row: row["part"])


def changes(integration: str) -> set[str]:
    """Give what a sync is wanted for."""
    return {
        name.removeprefix("due_")
        for row in _parts(integration, "changes")
        for name in row
        if name.startswith("due_")
    }


def subscriptions(integration: str) -> list[dict[str, Any]]:
    """Give the subscriptions on record."""
    found = (row for row in rows("webhooks") if row["part"] == "subscription")
    return [row for row in found if row["integrationId"] == integration]


def _parts(integration: str, begins: str) -> list[dict[str, Any]]:
    return [
        row
        for row in rows("webhooks")
        if row["whose"].endswith(f"#{integration}") and row["part"].startswith(begins)
    ]
