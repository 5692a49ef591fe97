"""WH-08 … WH-10, WH-20, AW-02, AW-09: thousands of deliveries, twice and out of order, while the
webhook functions and their workers are killed at any call, the queue is at-least-once, and DynamoDB
throttles, fails and loses acknowledgements. Then all is well again, and every genuine delivery has
been applied exactly once to each integration that it is about.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest

from hub import hearing
from hub.hearing import Hearing
from hub.store import deliveries
from hub.store.database import Database
from tests.races.conftest import CLIENT, INGRESS
from tests.races.seeds import seeds
from tests.races.simulation.deliveries import Desk, Told
from tests.races.simulation.faults import Faults
from tests.races.simulation.wire import DynamoDb
from tests.races.world import empty
from tests.simulator.webhooks import Sent

HISTORIES, MANY = 6, 200
DELIVERIES = 50
SECONDS = 1200
SEEDS_OF_VARIANTS = 30
EVENTS = (
    ("channel_created", "channels"),
    ("channel_rename", "channels"),
    ("user_change", "users"),
    ("message", None),
)

type MakeDesk = Callable[[int], Desk]


@pytest.fixture
def desks(wire: DynamoDb) -> Iterator[MakeDesk]:
    """Give a desk for each seed, on DynamoDB Local, with nothing in it."""

    def make(seed: int) -> Desk:
        empty(wire)
        return Desk(wire, Random(seed), INGRESS, CLIENT.webhook_secret)  # noqa: S311

    yield make
    empty(wire)


def faults(lots: Random) -> Faults:
    """Draw what strikes: one or two things much, or everything a little."""
    chances = dict.fromkeys(("refused", "lost", "repeated", "killed", "frozen"), 0.02)
    for name in lots.sample(sorted(chances), k=2):
        chances[name] = lots.choice((0.0, 0.1, 0.3))
    return Faults(**chances, doubled=lots.choice((0.0, 0.02, 0.3)))


class Cast:
    """Three organizations: two have connected one workspace, one another, one a calendar."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        ours, theirs, other = (desk.connect("slack", f"org-{name}") for name in "abc")
        calendar, files = desk.connect("google", "org-a"), desk.connect("google", "org-c")
        desk.route("T1", ours, theirs)
        desk.route("T2", other)
        self._hears = {"T1": (ours.id, theirs.id), "T2": (other.id,), "T9": ()}
        self._channels = {
            str(UUID(int=number)): (resource, each.id)
            for number, (resource, each) in enumerate(
                [("calendar_events", calendar), ("drive_files", calendar), ("drive_files", files)]
            )
        }
        for webhook_id, (resource, integration) in self._channels.items():
            owner = calendar if integration == calendar.id else files
            desk.subscribe(owner, webhook_id, resource)

    def something(self) -> Told:
        """Let something happen at a provider; at times in a workspace that nobody connected."""
        lots = self.desk.lots
        if lots.random() < 0.3:
            webhook_id = lots.choice(sorted(self._channels))
            resource, integration = self._channels[webhook_id]
            return self.desk.google(webhook_id, resource, integration)
        team = lots.choice(("T1", "T1", "T2", "T9"))
        event, resource = lots.choice(EVENTS)
        return self.desk.slack(team, event, resource, *self._hears[team])


def history(desk: Desk, deliveries: int = DELIVERIES) -> None:
    cast, lots = Cast(desk), desk.lots
    for _ in range(deliveries):
        if lots.random() < 0.2:
            desk.faults = faults(lots)
        desk.tell(cast.something(), again=lots.choice((0.0, 0.3, 0.6)))
        if lots.random() < 0.1:
            forge(desk, cast.something())
        for _ in range(lots.choice((0, 1, 1, 3))):
            desk.poll()
        desk.turns.sleep(lots.random() * lots.choice((0.01, 1, SECONDS / deliveries)))
    desk.settle()


def forge(desk: Desk, told: Told) -> None:
    """Somebody tries in between, and does not get in."""
    headers = {name: value for name, value in told.sent.headers.items() if "token" not in name}
    forged = Sent(url=told.sent.url, headers=headers, body=told.sent.body[:-1])
    status = desk._contained(Faults(), lambda: desk._gateway.deliver(forged).status)
    assert status == 401


def violations(desk: Desk) -> list[str]:
    """Give a sentence for every delivery that was not applied exactly once."""
    wanted = {(told.dedup, each): told for told in desk.told for each in told.about}
    heard = [
        row["event"]
        for row in desk.rows("outbox")
        if "event" in row and row["event"]["type"] == "webhook.received"
    ]
    rows = desk.rows("webhooks")
    found = {
        "the bus": Counter((each["deliveryId"], each["integrationId"]) for each in heard),
        "the log": _of(rows, "delivery#", lambda row: row["dedup"]),
        "the marks": _of(rows, "seen#", lambda row: row["part"].removeprefix("seen#")),
    }
    sentences = [
        f"{where} has {told.sent.url} {told.sent.body!r} {count} times for {integration}"
        for where, counted in found.items()
        for (dedup, integration), told in wanted.items()
        if (count := counted[dedup, integration]) != 1
    ]
    strangers = [
        f"{where} has {name}, which nobody sent"
        for where, counted in found.items()
        for name in counted.keys() - wanted.keys()
    ]
    if desk.queue.waiting or desk.queue.dead:
        sentences.append("the queue is not empty")
    return [*sentences, *strangers, *_wrong_changes(desk, rows)]


def _of(
    rows: list[dict[str, Any]], begins: str, name: Callable[[dict[str, Any]], str]
) -> Counter[tuple[str, str]]:
    return Counter(
        (name(row), row["whose"].rpartition("#")[2])
        for row in rows
        if row["part"].startswith(begins)
    )


def _wrong_changes(desk: Desk, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield where what changed last is not the newest of what was told (WH-20)."""
    newest: dict[tuple[str, str], int] = {}
    for told in desk.told:
        for integration in told.about if told.resource else ():
            name = (integration, str(told.resource))
            newest[name] = max(newest.get(name, 0), told.at)
    known = {row["whose"].rpartition("#")[2]: row for row in rows if row["part"] == "changes"}
    for (integration, resource), at in newest.items():
        row = known.get(integration, {})
        if row.get(f"changed_{resource}") != at or not row.get(f"due_{resource}"):
            yield f"{integration}: {resource} changed at {at}, and known is {row}"


def test_every_delivery_is_applied_exactly_once(desks: MakeDesk, say: Callable[[str], None]):
    seen: Counter[str] = Counter()
    for seed in seeds(HISTORIES, many=MANY):
        with desks(seed).installed() as desk:
            history(desk)
            found = violations(desk)
        assert not found, "\n".join([f"SEED={seed} HISTORIES=1", *found])
        seen += desk.seen + desk.queue.seen
        seen["histories"] += 1
        seen["deliveries"] += len(desk.told)
        seen["effects"] += sum(len(told.about) for told in desk.told)
    for name, count in sorted(seen.items()):
        say(f"{count:8} {name}")
    struck = {"killed", "failed", "sent again", "sent again for no reason", "received again"}
    assert struck <= seen.keys(), "nothing was struck: these histories prove nothing"


# Weaker variants


def marking_before(patch: pytest.MonkeyPatch) -> None:
    """The mark in a write of its own, and then what follows from the delivery."""
    _written_apart(patch, first=True)


def marking_after(patch: pytest.MonkeyPatch) -> None:
    """What follows from the delivery, and then the mark in a write of its own."""
    _written_apart(patch, first=False)


def _written_apart(patch: pytest.MonkeyPatch, *, first: bool) -> None:
    transact = Database.transact

    def weaker(database: Database, writes: Any, **options: Any) -> None:
        marks = [w for w in writes if getattr(w, "item", {}).get("part", "").startswith("seen#")]
        rest = [each for each in writes if each not in marks]
        for some in (marks, rest) if first else (rest, marks):
            if some:
                transact(database, some, **options)

    patch.setattr(Database, "transact", weaker)


def not_marking(patch: pytest.MonkeyPatch) -> None:
    """Whatever comes is new."""
    mark = deliveries.mark
    patch.setattr(deliveries, "is_marked", lambda _mark, _now: False)
    patch.setattr(deliveries, "mark", lambda *given: replace(mark(*given), condition="", values={}))


def forgetting_who_else(patch: pytest.MonkeyPatch) -> None:
    """Of several integrations that hear of an account, one alone is told."""
    targets = Hearing._targets
    patch.setattr(Hearing, "_targets", lambda here, envelope: targets(here, envelope)[:1])


def going_back(patch: pytest.MonkeyPatch) -> None:
    """What was told last is taken for the newest."""
    wanted = hearing._wanted
    patch.setattr(
        hearing,
        "_wanted",
        lambda current, seen, now: wanted(current, replace(seen, changed={}), now),
    )


CAUGHT_BY = {
    marking_before: " 0 times",
    marking_after: " 2 times",
    not_marking: "the bus has",
    forgetting_who_else: " 0 times",
    going_back: "changed at",
}


@pytest.mark.parametrize("weaken", CAUGHT_BY, ids=lambda each: each.__name__)
def test_a_weaker_variant_is_caught_by_histories(
    desks: MakeDesk, monkeypatch: pytest.MonkeyPatch, weaken: Callable[[pytest.MonkeyPatch], None]
):
    weaken(monkeypatch)
    for seed in range(SEEDS_OF_VARIANTS):
        with desks(seed).installed() as desk:
            history(desk)
            found = violations(desk)
        if any(CAUGHT_BY[weaken] in sentence for sentence in found):
            print(f"caught in history {seed}: {json.dumps(found[:3])}")
            return
    pytest.fail(f"{SEEDS_OF_VARIANTS} histories show nothing of it")
