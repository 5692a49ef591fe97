"""A delivery whose secret is being agreed on at this moment comes again, and alarms nobody."""

from copy import replace

import boto3
import pytest

from hub.schemes import Verdict
from tests.functional.gateway import handler_of
from tests.functional.journey import Journey


def test_what_cannot_be_verified_yet_is_to_come_again(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    ingress = handler_of("webhooks/slack")
    early = replace(ingress._webhooks, verify=lambda *_: Verdict.NOT_YET)
    monkeypatch.setattr(ingress, "_webhooks", early)

    answer = journey.gateway.post("/api/webhooks/slack", {"type": "event_callback"})

    assert (answer.status, answer.error) == (503, "temporarily_unavailable")
    said = capsys.readouterr().out
    assert "WebhooksTooEarly" in said
    assert not {"WebhooksFailed", "WebhooksRefused", "WebhooksNotConfigured"} & set(said.split('"'))
    queue = boto3.client("sqs").get_queue_url(QueueName="webhooks")["QueueUrl"]
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=queue)
