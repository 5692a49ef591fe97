"""Whole flows in a line each: connect, consent at the simulator, come back."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3

from tests.functional.gateway import Gateway, Reply, User
from tests.simulator.person import Person
from tests.simulator.server import Simulator

_MOST_SYNCS = 50


@dataclass(frozen=True)
class Started:
    """A flow that was begun: what the page got, and the cookie its browser keeps."""

    url: str
    state: str
    cookie: str


class Journey:
    def __init__(self, gateway: Gateway, simulator: Simulator) -> None:
        self.gateway = gateway
        self.simulator = simulator
        self.person = Person()

    def start(
        self,
        body: dict[str, Any] | None = None,
        *,
        user: User | None = None,
        path: str = "/api/integrations/connect",
    ) -> Started:
        reply = self.gateway.post(path, body or {"providerId": "slack"}, user=user)
        assert reply.status == 200, reply.text
        return Started(
            url=reply.json["data"]["url"],
            state=reply.json["data"]["state"],
            cookie=reply.cookies[0].partition(";")[0],
        )

    def reconnect(self, integration_id: str, *, user: User | None = None) -> Started:
        return self.start(
            {"scopes": []}, user=user, path=f"/api/integrations/{integration_id}/reconnect"
        )

    def consent(
        self, started: Started, workspace: str | None = None, untick: Collection[str] = ()
    ) -> str:
        """Approve; give the path and query with which the browser comes back."""
        url = self.person.approve(started.url, workspace=workspace, untick=untick)
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    def return_(self, callback: str, cookie: str | None) -> Reply:
        reply = self.gateway.get(callback, cookies=[cookie] if cookie else [])
        assert_tells_nobody(reply)
        return reply

    def choose_first(self, back: str, reply: Reply) -> Reply:
        """Choose the first account, where the callback asks which of several it is."""
        if reply.status != 200:
            return reply
        (state,) = re.findall(r'name="state" value="([^"]+)"', reply.text)
        _, cookie = reply.cookies
        return self.gateway.request(
            "POST",
            back.partition("?")[0],
            raw=urlencode({"state": state, "choice": "0"}).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            cookies=[cookie.partition(";")[0]],
        )

    def connect(
        self,
        workspace: str | None = None,
        *,
        provider: str = "slack",
        user: User | None = None,
        untick: Collection[str] = (),
        scopes: Collection[str] = (),
    ) -> str:
        """Connect a workspace, or whatever account the provider has, with these optional scopes;
        give the integration's id.
        """
        body = {"providerId": provider, **({"scopes": list(scopes)} if scopes else {})}
        started = self.start(body, user=user)
        back = self.consent(started, workspace, untick)
        reply = self.choose_first(back, self.return_(back, started.cookie))
        return result(reply)["integration"]

    def run_jobs(self, received: int | None = None) -> list[dict[str, str]]:
        """Carry the outbox to the queue and the queue to the worker, once; give what failed.
        `received`: how often the messages say they were received before.
        """
        self.carry_outbox()
        return self._work_off("jobs", "jobs_worker", received)

    def hear(self) -> list[dict[str, str]]:
        """Carry what webhook functions have queued to the worker, once; give what failed."""
        return self._work_off("webhooks", "webhook_worker")

    def tick(self) -> dict[str, int]:
        """Run the schedule of syncs; give what it says."""
        sent: dict[str, int] = self.gateway.invoke("sync_dispatcher", {})
        return sent

    def sync(self) -> None:
        """Carry what is to be synced to the worker, until nothing is left to do now."""
        self.carry_outbox()
        for _ in range(_MOST_SYNCS):
            if not self.sync_once():
                return
        raise AssertionError("syncing does not end")

    def sync_once(self) -> bool:
        """Carry to the worker what waits to be synced; tell whether more waits since."""
        assert self._work_off("sync", "sync_worker") == []
        return _waiting("sync") > 0

    def _work_off(
        self, queue: str, worker: str, received: int | None = None
    ) -> list[dict[str, str]]:
        sqs, url = boto3.client("sqs"), _queue_url(queue)
        messages = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages", [])
        records = [_sqs_record(message) for message in messages]
        for record in records if received else ():
            record["attributes"]["ApproximateReceiveCount"] = str(received)
        if not records:
            return []
        failed = self.gateway.invoke(worker, {"Records": records})["batchItemFailures"]
        failed_ids = {each["itemIdentifier"] for each in failed}
        for message in messages:
            if message["MessageId"] not in failed_ids:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return failed

    def carry_outbox(self) -> None:
        dynamodb = boto3.client("dynamodb")
        rows = dynamodb.scan(TableName="outbox")["Items"]
        records = [
            {"eventName": "INSERT", "dynamodb": {"NewImage": row, "SequenceNumber": str(n)}}
            for n, row in enumerate(rows)
        ]
        if records:
            carried = self.gateway.invoke("outbox", {"Records": records})
            assert carried == {"batchItemFailures": []}
        for row in rows:
            dynamodb.delete_item(TableName="outbox", Key={"outboxId": row["outboxId"]})


def assert_tells_nobody(reply: Reply) -> None:
    """Every answer of the callback keeps its address, with code and state, to itself (OA-16)."""
    policy = reply.headers["content-security-policy"].split("; ")
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert reply.headers["x-content-type-options"] == "nosniff"


def result(reply: Reply) -> dict[str, str]:
    """What a callback sent the browser back with."""
    assert reply.status == 303, reply.text
    query = parse_qs(urlsplit(reply.headers["location"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}


def _waiting(queue: str) -> int:
    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=_queue_url(queue), AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def _queue_url(name: str) -> str:
    return boto3.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def _sqs_record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
