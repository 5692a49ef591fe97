"""What is synced of Zoom, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import InsufficientScope, ProviderUnavailable, RateLimited
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.zoom import resources
from hub.providers.zoom.client import LIST_USERS, ZoomClient
from tests.reading import read_pass
from tests.unit.simulator.registered import playing
from tests.unit.simulator.zoom.app import ADA, App

NOW = 1_790_000_000.0
MEETINGS, USERS = providers.get("zoom").load_sync().resources


running, simulator = playing(App)


@pytest.fixture
def client(simulator) -> ZoomClient:
    granted = ["user:read:user", "meeting:read:list_meetings", LIST_USERS]
    simulator.configure("zoom", granted_scopes=granted)
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    token = app.connect(ADA)["access_token"]
    return ZoomClient(token, HttpClient({urlsplit(base).netloc}).send, base)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def test_a_meeting_has_the_common_part_and_no_secret(simulator, client):
    simulator.change("zoom", ADA, "meetings", "create", fields={"topic": "Interview"})

    (meeting,) = read_pass(MEETINGS, client, now=NOW).records.values()

    assert meeting.title == "Interview"
    assert meeting.times["starts"] == "2026-12-01T09:00:00Z"
    assert meeting.url.startswith("https://")
    assert meeting.people[0].role == "organizer"
    assert meeting.id == str(meeting.content["id"])


def test_what_would_let_somebody_in_is_left_out_whatever_zoom_sends(simulator, client):
    told = {"meetings": [{"id": 1, "topic": "x", "start_url": "https://zak", "password": "p"}]}
    simulator.fault("zoom", "meetings.list", "body", value=json.dumps(told))

    (meeting,) = read_pass(MEETINGS, client, now=NOW).records.values()

    assert meeting.content == {"id": 1, "topic": "x"}


def test_an_address_to_join_by_is_kept_without_its_passcode(simulator, client):
    told = {"meetings": [{"id": 1, "join_url": "https://us05web.zoom.us/j/1?pwd=Zq81.1#success"}]}
    simulator.fault("zoom", "meetings.list", "body", value=json.dumps(told))

    (meeting,) = read_pass(MEETINGS, client, now=NOW).records.values()

    assert meeting.url == meeting.content["join_url"] == "https://us05web.zoom.us/j/1"


def test_somebody_invited_has_an_id_that_is_no_address(simulator, client):
    told = {"users": [{"email": "Grace@example.org", "status": "pending"}]}
    simulator.fault("zoom", "users.list", "body", value=json.dumps(told), times=3)

    (user,) = read_pass(USERS, client, now=NOW).records.values()

    assert user.id == "invited-233ac984b593b1d70d8de3150f794304"
    assert user.title == user.people[0].email == "Grace@example.org"


def test_people_of_every_status_are_read(client):
    read = read_pass(USERS, client, now=NOW)

    assert {record.state for record in read.records.values()} == {"active", "inactive"}
    assert {"Ada Byron", "Person 1", "Person 4"} <= {r.title for r in read.records.values()}
    assert read.pages == 3  # one for each status


@pytest.mark.usefixtures("pages_of_two")
def test_pages_end_where_the_token_does(simulator, client):
    simulator.change("zoom", ADA, "meetings", "create", count=5)

    read = read_pass(MEETINGS, client, now=NOW)

    assert (len(read.records), read.pages) == (5, 3)


@pytest.mark.usefixtures("pages_of_two")
def test_nothing_is_missed_when_pages_shift(simulator, client):
    simulator.change("zoom", ADA, "meetings", "create", count=5)
    first = MEETINGS.read(client, Asked(at=None, now=NOW))
    simulator.change("zoom", ADA, "meetings", "delete", id=first.records[0].id)

    rest = read_pass(MEETINGS, client, first.next, now=NOW)

    assert len(rest.records) == 3


@pytest.mark.usefixtures("pages_of_two")
def test_a_token_that_has_expired_is_said_to_have(simulator, client):
    simulator.change("zoom", ADA, "meetings", "create", count=3)
    first = MEETINGS.read(client, Asked(at=None, now=NOW))
    simulator.change("zoom", ADA, "meetings", "expire")

    with pytest.raises(CursorExpired):
        MEETINGS.read(client, Asked(at=first.next, now=NOW))


def test_a_limit_tells_when_to_come_again(simulator, client):
    simulator.fault("zoom", "meetings.list", "rate_limited", value=600)

    with pytest.raises(RateLimited) as limited:
        read_pass(MEETINGS, client, now=NOW)

    assert 590 <= limited.value.retry_after <= 601


def test_people_are_for_those_who_administer(simulator):
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    client = ZoomClient(
        app.connect(ADA)["access_token"], HttpClient({urlsplit(base).netloc}).send, base
    )

    with pytest.raises(InsufficientScope):
        read_pass(USERS, client, now=NOW)


def test_a_page_that_cannot_be_read_is_not_taken_for_an_empty_one(simulator, client):
    simulator.fault("zoom", "meetings.list", "body", value="{}")

    with pytest.raises(ProviderUnavailable):
        read_pass(MEETINGS, client, now=NOW)
