"""The hub's engines on simulated time: containers that work at once and are struck by faults, with
every provider played, on DynamoDB Local or on tables that are proven to be the same.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from random import Random
from typing import Any

from hub import vault
from hub.audit import Audit
from hub.jobs import SubscribeJob, SyncJob
from hub.models import Integration, Tokens
from hub.store import credentials
from hub.store.database import Database
from hub.vault import Found
from tests.conftest import ENVIRONMENT
from tests.races.cloud import SameKeys
from tests.races.simulation.container import DONE, ORGANIZATION, Container
from tests.races.simulation.faults import NONE, Faults
from tests.races.simulation.history import History
from tests.races.simulation.providers import KINDS, Played
from tests.races.simulation.turns import Turns

TICK = 300
ASIDE = {SubscribeJob.kind, SyncJob.kind}
_BEGINS = 1_800_000_000.0
_ROUNDS = 40
_PAUSES = (60, 120)
_LAST_ONES = 30  # seconds that whoever has just begun may need
TABLES = {
    name.removesuffix("_TABLE").lower(): value
    for name, value in ENVIRONMENT.items()
    if name.endswith("_TABLE")
}

type MakeStage = Callable[..., "Stage"]


class Queue:
    """Messages with the time at which each may be received, by workers who are there for a while
    and may be struck.
    """

    def __init__(self, turns: Turns, receive: Callable[[str, Faults, float], None]) -> None:
        self._turns, self._receive = turns, receive
        self._until, self._faults = 0.0, NONE
        self._waiting: list[tuple[float, str]] = []

    def send(self, body: str, delay: float = 0.0) -> None:
        when = self._turns.now + delay
        if when <= self._until:
            self._receive(body, self._faults, delay)
        else:
            self._waiting.append((when, body))

    def open(self, until: float, faults: Faults) -> None:
        """Let workers receive until then."""
        self._until, self._faults = until, faults
        waiting, self._waiting = self._waiting, []
        for when, body in waiting:
            self.send(body, max(0.0, when - self._turns.now))


class Sqs:
    """What containers send goes into the stage's queues."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage

    def send_message(self, **asked: Any) -> None:
        self._stage.send_job(asked["MessageBody"])

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        for entry in asked["Entries"]:
            self._stage.refreshes.send(entry["MessageBody"], entry["DelaySeconds"])
        return {}


class Stage:
    """One history. Where `dynamodb` is shared by many, `label` tells what belongs to this one."""

    def __init__(self, dynamodb: Any, lots: Random, label: str) -> None:
        self.dynamodb, self.lots = dynamodb, lots
        self.turns = Turns(lots, _BEGINS)
        self.history = History(self.turns.clock)
        self.kms, self.sqs = SameKeys(), Sqs(self)
        self.refreshes, self.jobs = Queue(self.turns, self.receive), 0
        self.faults = NONE  # what strikes whoever works on jobs
        self.tables = TABLES
        self.label = label
        self.numbers = count(1)  # of containers
        self.providers: dict[str, Played] = {}
        self.accounts: dict[str, str] = {}  # integration -> account

    def provider(self, kind: str) -> Played:
        """Give a provider of the kind, of this history alone."""
        id_ = f"{kind}-{self.label}"
        if id_ not in self.providers:
            played = Played(id_, KINDS[kind], self.turns)
            played.took_effect = self.history.took_effect  # type: ignore[method-assign]
            self.providers[id_] = played
        return self.providers[id_]

    def container(self, faults: Faults = NONE) -> Container:
        return Container(self, faults)

    # What people do

    def connect(self, kind: str) -> str:
        """Connect an account; give the integration's id."""
        account = f"account-{self.label}-{len(self.accounts)}"
        integration_id = self.container().connect(self.provider(kind), account)
        self.accounts[integration_id] = account
        return integration_id

    def played(self, integration_id: str) -> Played:
        return self.providers[self.look(integration_id).integration.provider_id]

    def kind(self, integration_id: str) -> str:
        return self.played(integration_id).id.partition("-")[0]

    def reconnect(self, integration_id: str) -> None:
        self.container().reconnect(integration_id)

    def end_at_provider(self, integration_id: str) -> None:
        """A person removes us there."""
        self.played(integration_id).grants.end_account(self.accounts[integration_id])
        self.history.note("ended", integration=integration_id)

    # What AWS does

    def tick(self, faults: Faults = NONE) -> None:
        """Run the schedule; Lambda tries twice more when it fails."""
        for pause in (*_PAUSES, None):
            done = self.container(faults).run("tick", lambda here: here.dispatch()) == DONE
            if done or pause is None:
                return
            self.turns.sleep(pause)
            faults = replace(faults, killed=0.0)

    def pass_time(self, seconds: float, *, schedule: bool) -> None:
        """Let time pass, with the schedule or, unless something is half done, without it."""
        until = self.turns.now + seconds
        while self.turns.now < until:
            if schedule or not all(map(self.is_idle, self.accounts)):
                self.tick()
                self.deliver()
            self.turns.sleep(min(TICK, until - self.turns.now))

    def deliver(self, faults: Faults = NONE) -> None:
        """Give the refresh workers every message that can be received until the next tick."""
        self.refreshes.open(self.turns.now + TICK, faults)

    def receive(self, body: str, faults: Faults, after: float) -> None:
        """Let a worker have a message, or two of them."""
        for _ in range(faults.copies(self.lots)):
            self.start(Container.work, body, faults, after=after)

    def send_job(self, body: str, received: int = 0) -> None:
        """Let the jobs worker have it at once, and again a while later if it failed."""
        self.jobs += 1

        def work() -> None:
            self.jobs -= 1
            if self.container(self.faults).run("job", lambda here: here.do_job(body)) != DONE:
                self.send_job(body, received + 1)

        pause = 1 + self.lots.random() * min(900, 15 * 2**received) if received else 0.2
        self.turns.start(work, after=pause)

    def start(
        self, work: Callable[[Container, str], None], subject: str, faults: Faults, *, after: float
    ) -> None:
        """Let a container do something a while later."""
        here = self.container(faults)
        self.turns.start(lambda: here.run(work.__name__, lambda at: work(at, subject)), after=after)

    def carry_outbox(self, row: dict[str, Any]) -> None:
        """Play the outbox's stream: what was written there is carried on."""
        if "job" in row:
            if row["job"]["kind"] not in ASIDE:  # these histories are about credentials
                self.send_job(json.dumps(row["job"]))
        else:
            self.history.told(row["event"])

    # How it is afterwards

    def recover(self) -> None:
        """Let time pass, with all parts working, until nothing is left to be done."""
        self.faults = NONE
        for _ in range(_ROUNDS):
            self.tick()
            self.deliver()
            self.turns.sleep(TICK)
            if not self.jobs and all(map(self.is_settled, self.accounts)):
                break
        self.turns.sleep(_LAST_ONES)
        for integration_id in self.accounts:
            outcome = self.container().run("use", partial(Container.use, subject=integration_id))
            self.history.note("used", integration=integration_id, outcome=outcome)

    def is_settled(self, integration_id: str) -> bool:
        found = self.look(integration_id)
        if found.integration.status != "active" or found.sealed is None:
            return True
        ends = found.integration.token_expires_at or 0
        return self.is_idle(integration_id) and ends > self.turns.now + TICK

    def is_idle(self, integration_id: str) -> bool:
        sealed = self.look(integration_id).sealed
        return sealed is None or not (sealed.attempts or sealed.failures)

    def look(self, integration_id: str) -> Found:
        found = vault.look(self.database, ORGANIZATION, integration_id)
        assert found is not None
        return found

    @property
    def database(self) -> Database:
        return Database(self.dynamodb, self.tables)

    def integration(self, integration_id: str) -> Integration:
        return self.look(integration_id).integration

    def tokens(self, integration_id: str) -> Tokens:
        here = self.container()
        return vault.open_tokens(self.look(integration_id), here.keys, NOBODY).tokens

    def close(self) -> None:
        """Leave nothing behind that would be due in another history."""
        for integration_id in self.accounts:
            name, key = credentials.place(ORGANIZATION, integration_id)
            self.dynamodb.delete_item(
                TableName=self.tables[name], Key={n: {"S": v} for n, v in key.items()}
            )


NOBODY = Audit(by="test", purpose="look", write=lambda _event, _fields: None)
