"""What is synced of Microsoft 365, read from the simulator without the engine."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import providers
from hub.errors import (
    InsufficientScope,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.http_types import Answer
from hub.providers._sync import Asked, CursorExpired
from hub.providers.microsoft import resources
from hub.providers.microsoft.client import MicrosoftClient
from tests.reading import read_pass
from tests.unit.simulator.microsoft.app import ADA, SCOPES, App
from tests.unit.simulator.registered import playing

EVENTS, ITEMS, USERS = providers.get("microsoft").load_sync().resources
NOW = 1_790_000_000.0
OPERATIONS = {"calendar_events": "events.delta", "drive_items": "items.delta"}


running, simulator = playing(App)


@pytest.fixture
def client_with(simulator):
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda scope: MicrosoftClient(
        app.exchange(app.code(ADA, scope=scope))["access_token"], send, base
    )


@pytest.fixture
def client(client_with) -> MicrosoftClient:
    return client_with(f"{SCOPES} User.Read.All")


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="calendar_events", **order):
    return simulator.change("microsoft", ADA, resource, kind, **order)


def test_an_event_has_the_common_part_and_no_way_into_its_meeting(simulator, client):
    (id_,) = change(simulator, "create")["ids"]

    event = read_pass(EVENTS, client, now=NOW).records[id_]

    assert (event.title, event.state) == ("Event 1", "busy")
    assert event.times["starts"] == "2026-12-01T09:00:00Z"
    assert event.times["ends"] == "2026-12-01T10:00:00Z"
    assert [(each.role, each.email) for each in event.people] == [
        ("organizer", ADA),
        ("attendee", ADA),
    ]
    assert "xY3Zq81" not in json.dumps(event.content)
    assert "@odata.etag" not in event.content


def test_an_event_of_whole_days_has_days(simulator, client):
    day = {"dateTime": "2026-12-24T00:00:00.0000000", "timeZone": "UTC"}
    (id_,) = change(simulator, "create", fields={"isAllDay": True, "start": day})["ids"]

    assert read_pass(EVENTS, client, now=NOW).records[id_].times["starts"] == "2026-12-24"


def test_a_file_has_the_common_part_and_no_link_for_everybody(simulator, client):
    (id_,) = change(simulator, "create", "drive_items")["ids"]

    read = read_pass(ITEMS, client, now=NOW)

    file = read.records[id_]
    assert (file.title, file.state, file.people[0].role) == ("File 3.docx", "file", "creator")
    assert file.parent == file.content["parentReference"]["id"]
    assert "tempauth" not in json.dumps(file.content)
    assert "root" not in {each.title for each in read.records.values()}


def test_a_person_has_the_common_part(simulator, client):
    people = read_pass(USERS, client, now=NOW).records.values()

    assert {(each.title, each.state) for each in people} == {
        ("Ada Byron", "active"),
        ("Grace Hooper", "active"),
    }


def test_the_window_is_around_the_day_it_was_opened():
    asked = []

    def send(request, **_):
        asked.append(parse_qs(urlsplit(request.url).query))
        body = b'{"value": [], "@odata.deltaLink": "https://graph.microsoft.com/v1.0/x"}'
        return Answer(status=200, headers={}, body=body, sent_at=NOW)

    read_pass(EVENTS, MicrosoftClient("token", send), now=NOW)

    assert asked == [
        {"startDateTime": ["2026-08-22T14:13:20Z"], "endDateTime": ["2027-09-21T14:13:20Z"]}
    ]


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("resource", [EVENTS, ITEMS], ids=lambda each: each.id)
def test_changes_are_read_from_where_the_pass_before_ended(simulator, client, resource):
    ids = change(simulator, "create", resource.id, count=5)["ids"]
    first = read_pass(resource, client, now=NOW)
    assert set(ids) <= set(first.records)
    change(simulator, "update", resource.id, id=ids[0], fields={"name": "x", "subject": "x"})
    change(simulator, "delete", resource.id, id=ids[1])

    second = read_pass(resource, client, first.cursor, now=NOW)

    assert set(second.records) == {ids[0]}
    assert second.gone == {ids[1]}
    before = len(simulator.log())
    third = read_pass(resource, client, second.cursor, now=NOW)
    assert (third.records, third.gone) == ({}, set())
    assert len(simulator.calls(OPERATIONS[resource.id])) == first.pages + second.pages + 1
    assert len(simulator.log()) - before == 1


def test_the_last_word_on_an_object_counts(simulator, client):
    told = [{"id": "1", "subject": "old"}, {"id": "1", "@removed": {"reason": "deleted"}}]
    again = [{"id": "2", "@removed": {"reason": "changed"}}, {"id": "2", "subject": "back"}]
    body = {"value": told + again, "@odata.deltaLink": "https://graph.microsoft.com/v1.0/x"}
    simulator.fault("microsoft", "events.delta", "body", value=json.dumps(body))

    read = read_pass(EVENTS, client, now=NOW)

    assert (set(read.records), read.gone) == ({"2"}, {"1"})


def test_a_link_that_graph_has_forgotten_has_expired(simulator, client):
    first = read_pass(EVENTS, client, now=NOW)
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        EVENTS.read(client, Asked(at=first.cursor, now=NOW))


def test_a_link_elsewhere_is_not_followed(simulator, client):
    with pytest.raises(ProviderError):
        EVENTS.read(client, Asked(at={"url": "https://graph.example/v1.0/x"}, now=NOW))

    assert simulator.calls("events.delta") == []


def test_an_account_without_a_mailbox_has_no_events(simulator, client):
    simulator.fault("microsoft", "events.delta", "ok_false", value="MailboxNotEnabledForRESTAPI")

    assert read_pass(EVENTS, client, now=NOW).records == {}


def test_people_are_for_those_to_whom_it_was_granted(client_with):
    with pytest.raises(InsufficientScope):
        read_pass(USERS, client_with(SCOPES), now=NOW)


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "activityLimitReached", RateLimited),
        ("ok_false", "InvalidAuthenticationToken", ReauthRequired),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps({"value": []}), ProviderUnavailable),
        ("body", json.dumps({"value": [{}], "@odata.deltaLink": "x"}), ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("microsoft", "events.delta", fault, value=value)

    with pytest.raises(error):
        read_pass(EVENTS, client, now=NOW)
