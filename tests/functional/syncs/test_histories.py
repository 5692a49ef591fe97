"""Every resource of every provider against random histories: whatever is changed at the provider,
whatever it answers meanwhile, and wherever a worker dies, in the end the records are what the
provider holds, and reading everything anew finds nothing to correct.

HISTORIES=… runs more than a few for each resource.
"""

import importlib
import os
import pkgutil
import time
from contextlib import suppress

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.providers._sync import DAY
from tests.conftest import forget
from tests.functional.aging import work_off
from tests.functional.conftest import _empty_tables
from tests.functional.gateway import User
from tests.functional.syncs.accounts import (
    ACCOUNTS,
    CHANGED,
    NEVER_GRANTED,
    OPTIONAL,
    RESOURCES,
)
from tests.functional.syncs.held import integration, logs, records
from tests.taps import Killed, Taps, kill_after, kill_before

HISTORIES = int(os.environ.get("HISTORIES", "1"))
PAGE = 2
FAULTS = (
    ("status", 500),
    ("rate_limited", 30),
    ("html", None),
    ("reset", None),
    ("truncated", None),
    ("lost_answer", None),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(1, 4)),
        st.tuples(st.sampled_from(["update", "delete"]), st.integers(0, 30)),
        st.tuples(st.just("expire"), st.just(0)),
        st.tuples(st.just("fault"), st.integers(0, 60)),
        st.tuples(st.sampled_from(["run", "die before", "die after"]), st.integers(0, 25)),
        st.tuples(st.just("wait"), st.integers(1, DAY)),
    ),
    min_size=4,
    max_size=14,
)


class Play:
    """One resource of one connected account, what happens to it, and workers one after another."""

    def __init__(self, named, journey, clock, taps):
        self.named = named
        self.provider, self.resource = named
        self.journey, self.clock, self.taps = journey, clock, taps
        self.simulator = journey.simulator
        journey.gateway.user = User(expires_in=10**9)
        scopes = OPTIONAL.get(named, ())
        self.connected = journey.connect(provider=self.provider, scopes=scopes)
        before = len(self.simulator.log())
        self.run()
        # What the app is not shown is left alone: test_every_resource says that it is nothing else.
        self.hidden = set(self.change("list")["ids"]) - set(records(self.resource))
        self.operations = sorted({each.operation for each in self.simulator.log()[before:]})

    def change(self, kind, **order):
        account = ACCOUNTS[self.provider]
        return self.simulator.change(self.provider, account, self.resource, kind, **order)

    def shown(self):
        return set(self.change("list")["ids"]) - self.hidden

    def act(self, what, number):
        ids = sorted(self.shown())
        some = ids[number % len(ids)] if ids else None
        match what:
            case "create":
                self.change("create", count=number)
            case "update" if some:
                self.change("update", id=some, fields=CHANGED.get(self.named, {"name": "Changed"}))
            case "delete" if some:
                self.change("delete", id=some)
            case "expire":
                self.change("expire")
            case "fault":
                kind, value = FAULTS[number % len(FAULTS)]
                operation = self.operations[number % len(self.operations)]
                self.simulator.fault(self.provider, operation, kind, value=value)
            case "wait":
                self.wait(number)
            case "run":
                self.run()
            case "die before":
                self.die(kill_before(number))
            case "die after":
                self.die(kill_after(number))

    def wait(self, seconds):
        """Let time pass, and the schedule that refreshes tokens do its part."""
        self.clock.advance(seconds)
        self.simulator.advance(seconds)
        assert work_off() == []

    def run(self):
        self.journey.tick()
        self.journey.sync()

    def die(self, plan):
        with self.taps.plan(plan), suppress(Killed):
            self.run()

    def settle(self):
        """Let quiet days go by: what was begun is ended, and all is read once more."""
        self.simulator.forgive()
        for _ in range(3):
            self.wait(DAY + 60)
            self.run()

    def correct(self):
        """Read everything anew; give how many records that had to change."""
        url = f"/api/integrations/{self.connected}/sync"
        answer = self.journey.gateway.post(url, {"full": True})
        assert answer.status == 202, answer.text
        self.journey.sync()
        line = logs()[-1]
        assert line["outcome"] == "succeeded"
        numbers = line["resources"][self.resource]
        return sum(numbers[each] for each in ("created", "updated", "deleted"))


def begin_anew(simulator, clock):
    """Leave nothing of the history before."""
    _empty_tables()
    forget()
    simulator.reset()
    clock.now = time.time()
    sqs = boto3.client("sqs")
    for queue in ("jobs", "refresh", "webhooks", "sync"):
        sqs.delete_queue(QueueUrl=os.environ[f"{queue.upper()}_QUEUE_URL"])
        sqs.create_queue(QueueName=queue)


@pytest.fixture(params=[each for each in RESOURCES if each not in NEVER_GRANTED], ids="/".join)
def named(request):
    return request.param


@pytest.fixture
def small_pages(named, monkeypatch):
    package = importlib.import_module(f"hub.providers.{named[0]}")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        found = importlib.import_module(module.name)
        for name, value in vars(found).items():
            if name.endswith("_PAGE") and isinstance(value, int):
                monkeypatch.setattr(found, name, PAGE)


@pytest.mark.usefixtures("small_pages", "configured")
@settings(
    max_examples=HISTORIES,
    phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize="HISTORIES" not in os.environ,
)
@given(steps=STEPS, unruly=st.booleans())
def test_in_the_end_the_records_are_what_the_provider_holds(named, steps, unruly, journey, clock):
    begin_anew(journey.simulator, clock)
    with pytest.MonkeyPatch.context() as patch:
        taps = Taps()
        taps.install(patch, boto3.client)
        play = Play(named, journey, clock, taps)
        if unruly:
            play.change("disarray")
        for what, number in steps:
            play.act(what, number)
        play.settle()

        assert integration(play.connected).sync.problem is None
        assert set(records(play.resource)) == play.shown()
        assert play.correct() == 0
