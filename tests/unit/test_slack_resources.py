"""What is synced of Slack, read from the simulator without the engine."""

from collections.abc import Iterator

import pytest

from hub import providers
from hub.errors import InsufficientScope, RateLimited
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.slack import resources
from hub.providers.slack.client import SlackClient
from hub.record import Person
from tests.reading import defaults, read_pass
from tests.simulator.server import Simulator
from tests.unit.test_slack_wire import REDIRECT_URI, REGISTERED, SCOPES, install

TEAM = "Ada's Bakery"
NOW = 1_790_000_000.0
SYNC = providers.get("slack").load_sync()
CHANNELS, USERS = SYNC.resources


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"slack": REGISTERED}, redirect_prefix=REDIRECT_URI) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def client_of(simulator):
    def client(scopes: str = SCOPES) -> SlackClient:
        token = install(simulator, scope=scopes).tokens.main.access.reveal()
        host = simulator.endpoints("slack")["apiUrl"]
        return SlackClient(token, HttpClient({host.split("/")[2]}).send, host)

    return client


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def test_a_channel_has_the_common_part_and_slacks_own(client_of):
    read = read_pass(CHANNELS, client_of(), now=NOW)

    states = {record.title: record.state for record in read.records.values()}
    assert states == {"general": "active", "random": "active", "old-news": "archived"}
    general = next(each for each in read.records.values() if each.title == "general")
    assert general.id == general.content["id"]
    assert general.times["created"].endswith("Z")
    assert read.cursor is None
    assert read.pages == 1


def test_private_channels_are_read_where_people_want_them(simulator, client_of):
    simulator.change("slack", TEAM, "channels", "create", fields={"name": "hr", "is_private": True})
    wanted = {"types": ("public_channel", "private_channel")}
    with pytest.raises(InsufficientScope):
        client_of().channels("private_channel", 10)

    read = read_pass(CHANNELS, client_of(f"{SCOPES},groups:read"), now=NOW, filters=wanted)

    assert "hr" in {record.title for record in read.records.values()}


def test_a_person_is_told_with_their_address_where_that_was_granted(client_of):
    read = read_pass(USERS, client_of(f"{SCOPES},users:read.email"), now=NOW)

    assert len(read.records) == 3
    first = min(read.records.values(), key=lambda record: record.id)
    assert first.people == (
        Person(
            role="self",
            id=first.id,
            name="Person 1",
            email="person1@adas-bakery.example",
        ),
    )


def test_somebody_who_was_deactivated_stays_on_record(simulator, client_of):
    (first, *_) = simulator.change("slack", TEAM, "users", "list")["ids"]
    simulator.change("slack", TEAM, "users", "update", id=first, fields={"deleted": True})

    assert read_pass(USERS, client_of(), now=NOW).records[first].state == "deactivated"


def test_pages_end_where_the_cursor_does(pages_of_two, simulator, client_of):
    simulator.change("slack", TEAM, "users", "create", count=4)

    read = read_pass(USERS, client_of(), now=NOW)

    assert (len(read.records), read.pages) == (7, 4)
    assert [call.outcome for call in simulator.calls("users.list")] == ["ok"] * 4


def test_nothing_is_missed_when_pages_shift(pages_of_two, simulator, client_of):
    client = client_of()
    asked = Asked(at=None, filters=defaults(USERS), now=NOW)
    first = USERS.read(client, asked)
    simulator.change("slack", TEAM, "users", "delete", id=first.records[0].id)

    rest = read_pass(USERS, client, first.next, now=NOW)

    assert len(rest.records) == 1


def test_a_cursor_that_has_expired_is_said_to_have(pages_of_two, simulator, client_of):
    client = client_of()
    first = USERS.read(client, Asked(at=None, now=NOW))
    simulator.change("slack", TEAM, "users", "expire")

    with pytest.raises(CursorExpired):
        USERS.read(client, Asked(at=first.next, now=NOW))


def test_a_limit_tells_when_to_come_again(simulator, client_of):
    client = client_of()
    simulator.fault("slack", "users.list", "rate_limited", value=30)

    with pytest.raises(RateLimited) as limited:
        USERS.read(client, Asked(at=None, now=NOW))

    assert limited.value.retry_after == 30
