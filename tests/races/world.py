"""The hub on DynamoDB Local with the simulator as the providers: flows, queued work, and what the
tables say afterwards.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from functools import partial
from itertools import batched
from typing import Any
from uuid import uuid4

from hub import runtime, vault
from hub.oauth import digest
from hub.store import credentials
from hub.store.database import Update, decode
from tests.conftest import ENVIRONMENT, forget
from tests.functional.gateway import Context, Gateway, Reply, User, handler_of
from tests.functional.journey import Journey, Started, result
from tests.races.cloud import Cloud
from tests.races.containers import request
from tests.races.invariants import NOBODY, REVOCATION, Held, Tables, violations
from tests.simulator.providers.slack.conversations import WORKSPACES
from tests.simulator.server import Simulator
from tests.tables import name_of
from tests.taps import Taps
from tests.template import table_definitions

_TABLES = ("integrations", "credentials", "keys", "states", "consents", "external_accounts")
_MOST_ROUNDS = 10
_RETRY_SECONDS = 60
_TICKS, _TICK_SECONDS = 2, 300

WORKSPACE = "Globex"
STRICT, LENIENT, STILL = "zoom", "jira", "google"
"""Providers: one that gives nothing twice, one that does for ten minutes, one that does not rotate.
"""
NEARLY_OVER = 3540  # seconds of a token's hour


class Flow:
    """A flow whose person has consented: all that is left is the way back."""

    def __init__(self, started: Started, callback: str) -> None:
        self.url = callback
        self.cookies = [started.cookie]
        self.state_id = digest(started.state)

    @property
    def task(self) -> "partial[Reply]":
        """The way back as work for a container."""
        return partial(request, "GET", self.url, cookies=self.cookies)


class World:
    def __init__(self, cloud: Cloud, simulator: Simulator, taps: Taps) -> None:
        self.cloud, self.simulator, self.taps = cloud, simulator, taps
        self.later = 0.0
        self.gateway = Gateway(User(expires_in=10 * 86_400))  # time passes quickly here
        self.journey = Journey(self.gateway, simulator)

    def clock(self) -> float:
        """Our functions' time."""
        return time.time() + self.later

    def consented(
        self,
        workspace: str = WORKSPACE,
        *,
        user: User | None = None,
        reconnect: str | None = None,
    ) -> Flow:
        """Begin a flow and consent, up to the provider's redirect."""
        if reconnect:
            started = self.journey.reconnect(reconnect, user=user)
        else:
            started = self.journey.start(user=user)
        return Flow(started, self.journey.consent(started, workspace))

    def flow(self, begun: Reply, workspace: str = WORKSPACE) -> Flow:
        """Consent to what the answer of a connect began."""
        started = Started(
            url=begun.json["data"]["url"],
            state=begun.json["data"]["state"],
            cookie=begun.cookies[0].partition(";")[0],
        )
        return Flow(started, self.journey.consent(started, workspace))

    def come_back(self, flow: Flow) -> Reply:
        return self.gateway.get(flow.url, cookies=flow.cookies)

    def connect(
        self, workspace: str = WORKSPACE, *, provider: str = "slack", user: User | None = None
    ) -> str:
        if provider != "slack":
            return self.journey.connect(provider=provider, user=user)
        return result(self.come_back(self.consented(workspace, user=user)))["integration"]

    def disconnect(self, integration_id: str, *, user: User | None = None) -> Reply:
        return self.gateway.delete(f"/api/integrations/{integration_id}", user=user)

    def detail(self, integration_id: str, *, user: User | None = None) -> Any:
        reply = self.gateway.get(f"/api/integrations/{integration_id}", user=user)
        assert reply.status == 200, reply.text
        return reply.json["data"]

    def send_message(self, integration_id: str, *, user: User | None = None) -> Reply:
        url = f"/api/integrations/{integration_id}/actions/send_message"
        return self.gateway.post(url, {"channel": "#general", "text": "Hello"}, user=user)

    def settle(self) -> None:
        """Carry out what was queued until nothing waits, as often as it takes. What fails comes
        again a minute later.
        """
        for _ in range(_MOST_ROUNDS):
            self.carry_outbox()
            if self.cloud.sqs.waiting:
                self.work()
            elif not self.outbox():
                return
            if self.cloud.sqs.waiting:
                self.later += _RETRY_SECONDS
        raise AssertionError("the queue does not empty")

    # Refreshing

    def pass_time(self, seconds: float) -> None:
        """Let time pass, for us and for the providers."""
        self.later += seconds
        self.simulator.advance(seconds)

    def expire(self, integration_id: str) -> None:
        """Make the stored token one that is over, by the clock of processes that have their own."""
        found = vault.look(runtime.database(), "org-a", integration_id)
        assert found is not None
        assert found.sealed is not None
        opened = vault.open_tokens(found, runtime.key_cache(), NOBODY)
        main = replace(opened.tokens.main, expires_at=int(time.time()) - 10)
        sealed = vault.seal_tokens(opened, replace(opened.tokens, main=main))
        table, key = credentials.place("org-a", integration_id)
        runtime.database().update(
            Update(
                table=table, key=key, expression="SET sealed = :sealed", values={":sealed": sealed}
            )
        )

    def tick(self) -> None:
        """Run the schedule."""
        handler_of("refresh_dispatcher")({}, Context())

    def refresh_due(self) -> None:
        """Let the refresh worker have all messages, at the end of the time they are held back."""
        messages = list(self.cloud.sqs.refreshes)
        if messages:
            self.pass_time(max(delay for _body, delay in messages))
            self.cloud.sqs.refreshes.clear()
            event = sqs_event([body for body, _delay in messages])
            handler_of("refresh_worker")(event, Context())

    def recover(self) -> None:
        """Let ten minutes pass in which everything works."""
        for _ in range(_TICKS):
            self.settle()
            self.tick()
            self.refresh_due()
            self.settle()
            self.pass_time(_TICK_SECONDS)

    def refreshes(self, provider: str) -> list[str]:
        """Give what the provider's token endpoint made of every refresh."""
        calls = self.simulator.calls("token", provider)
        return [call.outcome for call in calls if "refresh_token" in call.fingerprints]

    # Syncing

    def sync(self) -> None:
        """Let the sync worker have all messages, one after the other, until there are none."""
        self.settle()
        while self.cloud.sqs.syncs:
            body, delay = self.cloud.sqs.syncs.pop(0)
            self.pass_time(delay)
            handler_of("sync_worker")(sqs_event([body]), Context())

    def tick_syncs(self) -> dict[str, int]:
        """Run the schedule of syncs."""
        done: dict[str, int] = handler_of("sync_dispatcher")({}, Context())
        return done

    # Hearing

    def notify(self, event: str, account: str = WORKSPACE, **details: Any) -> list[str]:
        """Let a workspace tell something; give the envelopes that wait for the worker."""
        for sent in self.simulator.notifications("slack", event, account, **details):
            assert self.gateway.deliver(sent).status == 200
        return list(self.cloud.sqs.webhooks)

    def hear(self) -> None:
        """Let the worker have every envelope; those it fails or dies with stay."""
        bodies = list(self.cloud.sqs.webhooks)
        event = sqs_event(bodies)
        failed = handler_of("webhook_worker")(event, Context())["batchItemFailures"]
        failed_ids = {each["itemIdentifier"] for each in failed}
        for body, record in zip(bodies, event["Records"], strict=True):
            if record["messageId"] not in failed_ids:
                self.cloud.sqs.webhooks.remove(body)

    def renew_subscriptions(self) -> None:
        """Run the schedule that looks after subscriptions."""
        handler_of("webhook_dispatcher")({}, Context())

    def heard(self) -> list[dict[str, Any]]:
        """Give the events `webhook.received` that nobody has carried on yet."""
        found = [decode(row) for row in self.outbox()]
        events = [row["event"] for row in found if "event" in row]
        return [event for event in events if event["type"] == "webhook.received"]

    def webhooks(self) -> list[dict[str, Any]]:
        """Give the rows of subscriptions, routes, marks and the log."""
        return self._rows("webhooks")

    def outbox(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cloud.dynamodb.scan(
            TableName=ENVIRONMENT["OUTBOX_TABLE"], ConsistentRead=True
        )["Items"]
        return rows

    def carry_outbox(self) -> None:
        """Play the outbox's stream: it goes on after what was done, and repeats the rest."""
        rows = self.outbox()
        if not rows:
            return
        numbers = [row["outboxId"]["S"] for row in rows]
        records = [
            {"dynamodb": {"NewImage": row, "SequenceNumber": number}}
            for row, number in zip(rows, numbers, strict=True)
        ]
        failed = handler_of("outbox")({"Records": records}, Context())["batchItemFailures"]
        done = numbers.index(failed[0]["itemIdentifier"]) if failed else len(numbers)
        for row in rows[:done]:
            self.cloud.dynamodb.delete_item(
                TableName=ENVIRONMENT["OUTBOX_TABLE"], Key={"outboxId": row["outboxId"]}
            )

    def waiting(self, kind: str) -> list[str]:
        """Give the messages of a kind that wait for the worker."""
        return [each for each in self.cloud.sqs.waiting if json.loads(each)["kind"] == kind]

    def work(self) -> None:
        """Let the worker have every message; those it fails or dies with stay."""
        bodies = list(self.cloud.sqs.waiting)
        event = sqs_event(bodies)
        failed = handler_of("jobs_worker")(event, Context())["batchItemFailures"]
        failed_ids = {each["itemIdentifier"] for each in failed}
        for body, record in zip(bodies, event["Records"], strict=True):
            if record["messageId"] not in failed_ids:
                self.cloud.sqs.waiting.remove(body)

    def tables(self) -> Tables:
        """Dump everything."""
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(_TABLES, pool.map(self._rows, _TABLES), strict=True))

    def _rows(self, table: str) -> list[dict[str, Any]]:
        pages = self.cloud.dynamodb.get_paginator("scan").paginate(
            TableName=ENVIRONMENT[f"{table.upper()}_TABLE"], ConsistentRead=True
        )
        return [decode(item) for page in pages for item in page["Items"]]

    def held(self) -> Held:
        return Held(self.tables())

    def check(self, context: object = "") -> Held:
        """Assert that the tables agree with each other; give them."""
        held = self.held()
        found = violations(held.tables)
        assert not found, f"{context} {found}"
        return held

    def revocations(self) -> int:
        """Count the calls that really ended an installation at the provider."""
        return sum(call.outcome == "ok" for call in self.simulator.calls("apps.uninstall"))

    def installed(self) -> set[str]:
        """Give the names of the workspaces that the app is installed in."""
        state = self.simulator.state()["slack"]
        return {WORKSPACES[each["team"]].name for each in state["installations"]}

    def unaccounted(self, held: Held) -> set[str]:
        """Give the installations at the provider that nothing here holds or is about to end."""
        known = any(name[1].startswith(REVOCATION) for name in held.credentials)
        live = {each.account_name for each in held.live.values()}
        return set() if known else self.installed() - live

    def wipe(self) -> None:
        """Everything as before the first customer, in a container that knows of none."""
        forget()
        self.later = 0.0
        for kept in (
            self.cloud.sqs.waiting,
            self.cloud.sqs.refreshes,
            self.cloud.sqs.webhooks,
            self.cloud.events.told,
            self.cloud.sns.told,
        ):
            kept.clear()
        self.simulator.reset()
        empty(self.cloud.dynamodb)


def empty(dynamodb: Any) -> None:
    """Leave the tables, and nothing in them."""
    for deletions in batched(_everything(dynamodb), 25, strict=False):
        asked: dict[str, list[Any]] = {}
        for table, key in deletions:
            asked.setdefault(table, []).append({"DeleteRequest": {"Key": key}})
        dynamodb.batch_write_item(RequestItems=asked)


def _everything(dynamodb: Any) -> Iterator[tuple[str, Any]]:
    for logical_id, definition in table_definitions().items():
        names = [each["AttributeName"] for each in definition["KeySchema"]]
        for item in dynamodb.scan(TableName=name_of(logical_id))["Items"]:
            yield name_of(logical_id), {name: item[name] for name in names}


def sqs_event(bodies: list[str], *, received: int = 1) -> dict[str, Any]:
    records = [
        {
            "messageId": str(uuid4()),
            "receiptHandle": "handle",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(received)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        for body in bodies
    ]
    return {"Records": records}
