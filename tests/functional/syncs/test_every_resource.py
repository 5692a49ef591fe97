"""Every resource of every provider, through the whole engine: what it holds is stored, what changes
follows, and an expired cursor loses nothing.
"""

import json

import pytest

from hub import providers
from hub.providers._sync import DAY
from tests.functional.stored import rows
from tests.functional.syncs.accounts import (
    ACCOUNTS,
    CHANGED,
    NEVER_GRANTED,
    OPTIONAL,
    RESOURCES,
    UNSEEN,
)
from tests.functional.syncs.held import integration, logs, records


def test_every_provider_that_is_synced_has_an_account_here():
    assert {provider for provider, _ in RESOURCES} == set(ACCOUNTS)


@pytest.fixture(params=[each for each in RESOURCES if each not in NEVER_GRANTED], ids="/".join)
def stage(request, journey, clock, simulator):
    provider, resource = request.param
    account = ACCOUNTS[provider]

    def change(kind, **order):
        return simulator.change(provider, account, resource, kind, **order)

    change("create", count=3)
    connected = journey.connect(provider=provider, scopes=OPTIONAL.get(request.param, ()))
    journey.sync()
    assert integration(connected).sync.problem is None
    return provider, resource, change


def run(journey, clock, seconds=900):
    clock.advance(seconds)
    journey.tick()
    journey.sync()


def until_deletions_show(provider, resource):
    """Give the seconds until the next run, or, where changes do not tell of deletions, until the
    full pass that finds them."""
    every = providers.get(provider).load_sync().resource(resource).full_every
    return DAY if every == DAY else 900


def shown(provider, resource, change):
    """Give the ids that the provider lets the app see."""
    ids = change("list")["ids"]
    return len(ids) - (UNSEEN.get(provider, 0) if resource == "channels" else 0)


def test_everything_is_stored(stage):
    provider, resource, change = stage

    assert len(records(resource)) == shown(provider, resource, change) > 0
    assert logs()[-1]["outcome"] == "succeeded"


def test_changes_follow(stage, journey, clock):
    provider, resource, change = stage
    *_, one, other = sorted(change("list")["ids"])
    change("update", id=one, fields=CHANGED.get((provider, resource), {"name": "changed"}))
    change("delete", id=other)
    change("create")

    run(journey, clock, until_deletions_show(provider, resource))

    assert logs()[-1]["resources"][resource] | {"unchanged": 0} == {
        "created": 1,
        "updated": 1,
        "deleted": 1,
        "unchanged": 0,
    }
    assert "changed" in json.dumps(records(resource)[one], default=str).lower()
    assert other in records(resource, deleted=True)


def test_an_expired_cursor_loses_nothing(stage, journey, clock):
    provider, resource, change = stage
    other = max(change("list")["ids"])
    change("delete", id=other)
    change("expire")

    run(journey, clock, until_deletions_show(provider, resource))

    assert len(records(resource)) == shown(provider, resource, change)
    assert other in records(resource, deleted=True)
    assert logs()[-1]["outcome"] == "succeeded"


def test_nothing_is_written_where_nothing_has_changed(stage, journey, clock, simulator):
    _, resource, _ = stage
    before, read, calls = records(resource), rows("syncs"), len(simulator.log())

    run(journey, clock)

    assert records(resource) == before
    assert rows("syncs") == read
    line = logs()[-1]
    numbers = line["resources"].values()
    assert {each[name] for each in numbers for name in ("created", "updated", "deleted")} == {0}
    assert line["calls"] == len(simulator.log()) - calls
