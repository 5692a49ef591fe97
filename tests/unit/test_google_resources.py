"""What is synced of Google's calendars, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import InsufficientScope, ProviderUnavailable, RateLimited
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.google import resources
from hub.providers.google.client import GoogleClient
from tests.reading import defaults, read_pass
from tests.unit.simulator.google.app import ADA, App
from tests.unit.simulator.registered import playing

NOW = 1_790_000_000.0
EVENTS = providers.get("google").load_sync().resource("calendar_events")


running, simulator = playing(App)


@pytest.fixture
def client(simulator) -> GoogleClient:
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    token = app.connect(ADA)["access_token"]
    return GoogleClient(token, HttpClient({urlsplit(base).netloc}).send, base, base)


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, **order):
    return simulator.change("google", ADA, "calendar_events", kind, **order)


def test_an_event_has_the_common_part(client):
    read = read_pass(EVENTS, client, now=NOW)

    first = min(read.records.values(), key=lambda record: record.id)
    assert first.title == "Event 1"
    assert first.times["starts"] == "2026-12-01T09:00:00Z"
    assert [(each.role, each.email) for each in first.people] == [
        ("organizer", "ada@example.org"),
        ("attendee", "guest1@example.org"),
    ]
    assert first.parent == "primary"
    assert "etag" not in first.content


def test_what_the_action_has_made_is_synced(client):
    made = client.create_calendar_event(
        {
            "summary": "Kick-off",
            "start": {"date": "2026-11-20"},
            "end": {"date": "2026-11-21"},
        }
    )

    record = read_pass(EVENTS, client, now=NOW).records[made["id"]]

    assert (record.title, record.times["starts"]) == ("Kick-off", "2026-11-20")


def test_a_pass_by_token_costs_one_call_and_tells_what_has_changed(simulator, client):
    first = read_pass(EVENTS, client, now=NOW)
    one, other = sorted(first.records)
    change(simulator, "update", id=one, fields={"summary": "Moved"})
    change(simulator, "delete", id=other)
    (new,) = change(simulator, "create")["ids"]
    calls = len(simulator.calls("events.list"))

    read = read_pass(EVENTS, client, first.cursor, now=NOW)

    assert {id_: record.title for id_, record in read.records.items()} == {
        one: "Moved",
        new: "Event 3",
    }
    assert read.gone == {other}
    assert len(simulator.calls("events.list")) - calls == 1


def test_where_nothing_has_changed_the_cursor_stays(client):
    first = read_pass(EVENTS, client, now=NOW)

    again = read_pass(EVENTS, client, first.cursor, now=NOW)

    assert (again.records, again.gone, again.cursor) == ({}, set(), first.cursor)


@pytest.mark.usefixtures("pages_of_two")
def test_pages_end_where_the_token_for_the_next_pass_comes(simulator, client):
    change(simulator, "create", count=3)

    read = read_pass(EVENTS, client, now=NOW)

    assert (len(read.records), read.pages) == (5, 3)
    assert read.cursor is not None


def test_the_ways_into_a_conference_are_not_kept(simulator, client):
    entry = {"entryPointType": "phone", "uri": "tel:+1-555-0100", "pin": "canary-8341"}
    change(simulator, "create", fields={"conferenceData": {"entryPoints": [entry]}})

    read = read_pass(EVENTS, client, now=NOW)

    assert "canary" not in json.dumps([dict(each.content) for each in read.records.values()])


def test_of_two_words_on_one_event_in_a_page_the_last_counts(simulator, client):
    first = read_pass(EVENTS, client, now=NOW)
    held = simulator._engine.provider("google").dataset("calendar_events", ADA)
    held.unruly = True
    one = min(first.records)
    change(simulator, "update", id=one, fields={"status": "cancelled"})
    change(simulator, "update", id=one, fields={"status": "confirmed", "summary": "Back"})

    page = EVENTS.read(client, Asked(at=first.cursor, filters=defaults(EVENTS), now=NOW))

    assert [record.title for record in page.records] == ["Back"]
    assert page.gone == ()


def test_a_token_that_has_expired_is_said_to_have(simulator, client):
    first = read_pass(EVENTS, client, now=NOW)
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        read_pass(EVENTS, client, first.cursor, now=NOW)


def test_several_calendars_keep_their_tokens_apart(client):
    both = {"calendars": ("primary", "ada@example.org")}

    read = read_pass(EVENTS, client, now=NOW, filters=both)

    assert read.pages == 2
    assert len(read.records) == 4
    assert len(read.cursor["known"]) == 2
    again = read_pass(EVENTS, client, read.cursor, now=NOW, filters=both)
    assert (again.pages, again.records) == (2, {})


def test_an_unruly_delta_ends_with_the_last_word(simulator, client):
    first = read_pass(EVENTS, client, now=NOW)
    held = simulator._engine.provider("google").dataset("calendar_events", ADA)
    held.unruly = True
    one, other = sorted(first.records)
    change(simulator, "update", id=one, fields={"summary": "older"})
    change(simulator, "update", id=one, fields={"summary": "newer"})
    change(simulator, "delete", id=other)

    read = read_pass(EVENTS, client, first.cursor, now=NOW)

    assert read.records[one].title == "newer"
    assert read.gone == {other}


def test_no_address_of_a_calendar_is_in_a_cursor_or_an_id(client):
    read = read_pass(EVENTS, client, now=NOW, filters={"calendars": ("ada@example.org",)})

    assert read.records
    assert "@" not in json.dumps([read.cursor, sorted(read.records)])


def test_a_calendar_that_is_not_there_keeps_the_others_from_nothing(client):
    filters = {"calendars": ("nobody@example.org", "primary")}

    read = read_pass(EVENTS, client, now=NOW, filters=filters)

    assert len(read.records) == 2
    assert len(read.cursor["known"]) == 1


def test_a_calendar_that_vanishes_is_found_out_by_a_full_pass(client):
    lost = {"calendars": ("nobody@example.org",)}
    known = {"known": {resources._digest("nobody@example.org"): "a-token"}}

    with pytest.raises(CursorExpired):
        read_pass(EVENTS, client, known, now=NOW, filters=lost)


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "quotaExceeded"])
def test_a_limit_is_told(simulator, client, reason):
    simulator.fault("google", "events.list", "ok_false", value=reason)

    with pytest.raises(RateLimited):
        read_pass(EVENTS, client, now=NOW)


def test_a_missing_permission_is_told(simulator):
    app = App(simulator)
    simulator.configure("google", granted_scopes=["openid"])
    base = app.endpoints["apiUrl"]
    token = app.connect(ADA)["access_token"]
    client = GoogleClient(token, HttpClient({urlsplit(base).netloc}).send, base, base)

    with pytest.raises(InsufficientScope):
        read_pass(EVENTS, client, now=NOW)


@pytest.mark.parametrize("answer", [{}, {"items": []}, {"items": [{}], "nextSyncToken": "x"}])
def test_a_page_that_cannot_be_read_is_not_taken_for_an_empty_one(simulator, client, answer):
    simulator.fault("google", "events.list", "body", value=json.dumps(answer))

    with pytest.raises(ProviderUnavailable):
        EVENTS.read(client, Asked(at=None, filters=defaults(EVENTS), now=NOW))
