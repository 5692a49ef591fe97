"""What the tests of Notion's webhooks send, and where it goes."""

import hashlib
import hmac
import json
import os
from typing import Any

import boto3

from tests.functional.conftest import CLIENTS
from tests.functional.gateway import Reply
from tests.functional.journey import Journey
from tests.providers.sample import FOLDER

URL = "/api/webhooks/notion"
SECRET = CLIENTS["notion"].webhook_secret
EVENT = json.loads((FOLDER / "notion/webhooks/page.created.json").read_text())["body"]


def signed(body: Any, secret: str = SECRET) -> dict[str, Any]:
    raw = json.dumps(body).encode()
    mac = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"raw": raw, "headers": {"x-notion-signature": f"sha256={mac}"}}


def post(journey: Journey, **request: Any) -> Reply:
    return journey.gateway.request("POST", URL, **request)


def queued() -> str:
    """Give what waits for the worker, as it lies there."""
    sqs, url = boto3.client("sqs"), os.environ["WEBHOOKS_QUEUE_URL"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return json.dumps([each["Body"] for each in found.get("Messages", [])])
