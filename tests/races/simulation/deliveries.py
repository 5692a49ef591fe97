"""Providers that notify on simulated time, the webhook functions that take it in, their queue, and
workers that are struck by faults: on DynamoDB Local, with all of the hub's own code in between.

Whoever runs is a container of its own, and has its own AWS (`runtime.aws`, `runtime.database`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from greenlet import getcurrent

from functions.webhook_worker import app as worker
from hub import queue, runtime
from hub.envelopes import account_hash
from hub.models import Integration, Status
from hub.schemes import derive
from hub.store import integrations, routes, subscriptions
from hub.store.database import Database, decode
from hub.store.subscriptions import State, Subscription, Target
from tests.functional.gateway import Gateway
from tests.functional.webhooks.proofs import PROOFS
from tests.races.cloud import Ssm
from tests.races.simulation.faults import NONE, Faults
from tests.races.simulation.stage import TABLES
from tests.races.simulation.turns import Turns
from tests.races.world import sqs_event
from tests.simulator.webhooks import Sent
from tests.taps import Killed, Step

BEGINS = 1_800_000_000.0
VISIBILITY, MOST_RECEIVES, BATCH = 180.0, 8, 10  # as in template.yaml
LAMBDA_SECONDS = 5.0
RETRIES = (0.0, 60.0, 300.0)
QUEUE_URL = "https://sqs.example/webhooks"


@dataclass(slots=True)
class Message:
    body: str
    visible_at: float
    received: int = 0


class Queue:
    """A standard queue: in no order, at least once, and away to the other one after too many."""

    def __init__(self, turns: Turns) -> None:
        self._turns, self._numbers = turns, count()
        self.waiting: dict[int, Message] = {}
        self.dead: list[str] = []
        self.seen: Counter[str] = Counter()

    def send(self, body: str) -> None:
        self.waiting[next(self._numbers)] = Message(body, self._turns.now)

    def receive(self, doubled: float) -> dict[int, str]:
        """Give some of what is there; some of it is being worked on already."""
        lots, now, taken = self._turns.lots, self._turns.now, dict[int, str]()
        for number, message in lots.sample(sorted(self.waiting.items()), k=len(self.waiting)):
            hidden = message.visible_at > now
            if len(taken) == BATCH or (hidden and lots.random() >= doubled):
                continue
            message.received += 1
            if message.received > MOST_RECEIVES:
                self.dead.append(self.waiting.pop(number).body)
                self.seen["given up for the time being"] += 1
                continue
            self.seen["received again"] += message.received > 1
            message.visible_at = now + VISIBILITY
            taken[number] = message.body
        return taken

    def received(self, number: int) -> int:
        return self.waiting[number].received if number in self.waiting else 1

    def hide(self, number: int, seconds: float) -> None:
        if number in self.waiting:
            self.waiting[number].visible_at = self._turns.now + seconds

    def delete(self, number: int) -> None:
        self.waiting.pop(number, None)

    def redrive(self) -> None:
        """What an operator does when the fault is mended."""
        for body in self.dead:
            self.send(body)
        self.dead.clear()


@dataclass(frozen=True)
class Told:
    """A genuine event: what is sent of it, and whom it concerns."""

    sent: Sent
    dedup: str
    about: tuple[str, ...]
    resource: str | None
    at: int


@dataclass
class _Front:
    """A container that makes its calls through faults."""

    faults: Faults
    dead: bool = field(default=False)


class Desk:
    """One history."""

    def __init__(self, dynamodb: Any, lots: Random, ingress: dict[str, str], secret: str) -> None:
        self.turns, self.lots = Turns(lots, BEGINS), lots
        self.queue = Queue(self.turns)
        self.seen = Counter[str]()
        self.told: list[Told] = []
        self.owners: dict[str, Target] = {}  # integration -> whose
        self.faults = NONE
        self._dynamodb, self._ingress, self._secret = dynamodb, ingress, secret
        self._numbers, self._gateway = count(1), Gateway()
        self._fronts: dict[Any, _Front] = {}
        self._ssm = Ssm()
        self._ssm.parameters = {
            "/targetym/local/ingress": json.dumps(ingress),
            "/targetym/local/providers/slack": json.dumps({"webhookSecret": secret}),
        }

    @contextmanager
    def installed(self) -> Iterator["Desk"]:
        """Be what the hub's functions find at run time."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runtime, "aws", self._aws)
            patch.setattr(runtime, "database", self._database)
            patch.setattr(runtime, "clock", self.turns.clock)
            patch.setattr(queue, "secrets", SimpleNamespace(randbelow=self.lots.randrange))
            patch.setenv("WEBHOOKS_QUEUE_URL", QUEUE_URL)
            yield self

    # Who is connected

    def connect(self, provider_id: str, organization_id: str) -> Integration:
        integration = Integration(
            organization_id=organization_id,
            id=f"int_{next(self._numbers):026}",
            provider_id=provider_id,
            account_name="An account",
            account_hash="8" * 64,
            status=Status.ACTIVE,
            generation=1,
            connected_by="ada",
            connected_at=int(BEGINS),
            scopes_asked=(),
            scopes_granted=(),
            consent_id="con_" + "0" * 26,
            verified_at=int(BEGINS),
        )
        target = Target(organization_id=organization_id, integration_id=integration.id)
        self.owners[integration.id] = target
        self._plain.put(integrations.write(integration, seen=None))
        return integration

    def route(self, account: str, *connected: Integration) -> None:
        key = self._ingress["routingSecret"].encode()
        for each in connected:
            hashed = account_hash(key, each.provider_id, account)
            target = self.owners[each.id]
            self._plain.transact(routes.add(target, each.provider_id, [hashed]))

    def subscribe(self, integration: Integration, webhook_id: str, resource: str) -> None:
        self._plain.transact(
            subscriptions.write(
                Subscription(
                    webhook_id=webhook_id,
                    organization_id=integration.organization_id,
                    integration_id=integration.id,
                    provider_id=integration.provider_id,
                    generation=1,
                    key=resource,
                    resource=resource,
                    state=State.ACTIVE,
                    created_at=int(BEGINS),
                    external_id=webhook_id,
                )
            )
        )

    # What providers tell

    def slack(self, team: str, event: str, resource: str | None, *about: str) -> Told:
        """Give an event of a workspace; it is stamped and signed when it is sent."""
        event_id, at = f"Ev{next(self._numbers):08}", int(self.turns.now)
        body = {
            "type": "event_callback",
            "team_id": team,
            "event": {"type": event, "channel": {"id": f"C{self.lots.randrange(5)}"}},
            "event_id": event_id,
            "event_time": at,
        }
        sent = Sent(url="http://localhost/api/webhooks/slack", body=json.dumps(body).encode())
        return Told(sent, _dedup("slack", event_id), about, resource, at * 1000)

    def google(self, webhook_id: str, resource: str, *about: str) -> Told:
        number = next(self._numbers)
        word = derive(self._ingress["secret"].encode(), "webhook", "google", webhook_id)
        headers = {
            "x-goog-channel-id": webhook_id,
            "x-goog-channel-token": word.decode(),
            "x-goog-message-number": str(number),
            "x-goog-resource-id": resource,
            "x-goog-resource-state": "exists",
        }
        url = f"http://localhost/api/webhooks/google?webhook_id={webhook_id}"
        dedup = _dedup("google", f"{webhook_id}/{resource}/{number}")
        return Told(Sent(url=url, headers=headers), dedup, about, resource, 0)

    def tell(self, told: Told, *, again: float) -> None:
        """Deliver until it is taken, as providers do, and sometimes once more for no reason."""
        self.told.append(told)
        self.turns.start(partial(self._deliver, told, again))

    def _deliver(self, told: Told, again: float) -> None:
        pauses = iter((*RETRIES, *[300.0] * 1000))
        while self.post(told.sent, self.faults) != 200:
            self.seen["sent again"] += 1
            self.turns.sleep(next(pauses) + self.lots.random())
        while self.lots.random() < again:
            self.seen["sent again for no reason"] += 1
            self.turns.sleep(self.lots.choice((0.01, 5.0, 200.0, 4000.0)))
            self.post(told.sent, self.faults)

    def post(self, sent: Sent, faults: Faults = NONE) -> int:
        """Send once, signed as of now; give what came back, 0 for nothing."""
        provider_id = sent.url.partition("webhooks/")[2].partition("?")[0]
        if provider_id == "slack":
            sent = PROOFS["slack"].signed(sent, self._secret.encode(), self.turns.now)

        def answer() -> int:
            reply = self._gateway.request("POST", sent.url, raw=sent.body, headers={**sent.headers})
            return reply.status

        status = self._contained(faults, answer) or 0
        self.seen[f"answered {status}" if status else "not answered"] += 1
        return status

    # What hears it

    def poll(self) -> None:
        """Let a worker have what it gets."""
        taken = self.queue.receive(self.faults.doubled)
        if taken:
            self.turns.start(partial(self._contained, self.faults, partial(self._work, taken)))

    def _work(self, taken: dict[int, str]) -> None:
        """Do as the worker's batch does: those that failed come again, and all if it dies."""
        done = []
        for number, body in taken.items():
            try:
                worker.do(self._record(number, body))
            except worker.DeliveryFailed:
                self.seen["failed"] += 1
            else:
                done.append(number)
        for number in done:
            self.queue.delete(number)

    def _record(self, number: int, body: str) -> SQSRecord:
        (record,) = sqs_event([body], received=self.queue.received(number))["Records"]
        return SQSRecord({**record, "receiptHandle": str(number)})

    def settle(self) -> None:
        """Let everything work from now on, until nothing waits."""
        self.faults = NONE
        for _ in range(200):
            self.queue.redrive()
            self.poll()
            self.turns.sleep(VISIBILITY / 2)
            if not self.queue.waiting and not self.queue.dead:
                break
        self.turns.run()
        while self.queue.waiting:
            self.poll()
            self.turns.sleep(VISIBILITY)

    # What became of it

    def rows(self, table: str) -> list[dict[str, Any]]:
        name, found, after = TABLES[table], list[dict[str, Any]](), {}
        while True:
            page = self._dynamodb.scan(TableName=name, ConsistentRead=True, **after)
            found += [decode(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    # What functions find

    def _contained(self, faults: Faults, act: Callable[[], Any]) -> Any:
        """Run something as a container of its own; give what it gives, None if it was killed."""
        me = getcurrent()
        self._fronts[me] = _Front(faults)
        try:
            return act()
        except Killed:
            self.seen["killed"] += 1
            return None
        finally:
            del self._fronts[me]

    def _step(self, step: Step, call: Callable[[], Any]) -> Any:
        front = self._fronts[getcurrent()]
        if front.dead:
            raise Killed
        self.turns.call()
        try:
            return front.faults.strike(self.turns, step, call)
        except Killed:
            front.dead = True
            raise
        except Exception as error:
            self.seen[type(error).__name__] += 1
            raise

    def _aws(self, service: str) -> Any:
        return {"sqs": _Sqs(self), "ssm": self._ssm}[service]

    def _database(self) -> Database:
        return Database(_Tapped(self, self._dynamodb), TABLES)  # type: ignore[arg-type]

    @property
    def _plain(self) -> Database:
        return Database(self._dynamodb, TABLES)


def _dedup(provider_id: str, of: str) -> str:
    return hashlib.sha256(f"{provider_id}\n{of}".encode()).hexdigest()


class _Sqs:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        def call() -> dict[str, Any]:
            for entry in asked["Entries"]:
                self._desk.queue.send(entry["MessageBody"])
            return {}

        told: dict[str, Any] = self._desk._step(Step("sqs", "send_message_batch"), call)
        return told

    def change_message_visibility(self, **asked: Any) -> None:
        number, seconds = int(asked["ReceiptHandle"]), asked["VisibilityTimeout"]
        call = partial(self._desk.queue.hide, number, seconds)
        self._desk._step(Step("sqs", "change_message_visibility"), call)


class _Tapped:
    def __init__(self, desk: Desk, client: Any) -> None:
        self._desk, self._client = desk, client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        step = Step("dynamodb", operation)
        called = getattr(self._client, operation)
        return lambda **asked: self._desk._step(step, partial(called, **asked))
