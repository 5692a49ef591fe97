"""What is synced of Google Contacts, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.google import contacts
from hub.providers.google.client import GoogleClient
from tests.reading import read_pass
from tests.unit.simulator.google.app import ADA, AUTH, App
from tests.unit.simulator.registered import playing

NOW = 1_790_000_000.0
CONTACTS = providers.get("google").load_sync().resource("contacts")
SCOPE = f"openid {AUTH}contacts.readonly"
ONE, OTHER, THIRD = (f"people/c{number:019}" for number in (1, 2, 3))


running, simulator = playing(App)


@pytest.fixture
def client_with(simulator):
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send

    def connect(scope=SCOPE):
        token = app.connect(ADA, scope=scope)["access_token"]
        return GoogleClient(token, send, base, base, base)

    return connect


@pytest.fixture
def client(client_with) -> GoogleClient:
    return client_with()


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(contacts, "_PAGE", 2)


def change(simulator, kind, **order):
    return simulator.change("google", ADA, "contacts", kind, **order)


def named(name):
    return {"names": [{"displayName": name}]}


def read_answer(simulator, client, answer, at=None):
    simulator.fault("google", "connections.list", "body", value=json.dumps(answer))
    return CONTACTS.read(client, Asked(at=at, now=NOW))


def test_a_contact_has_the_common_part(client):
    read = read_pass(CONTACTS, client, now=NOW)

    assert set(read.records) == {ONE, OTHER}
    record = read.records[ONE]
    assert record.title == "Contact 1"
    assert [(each.role, each.id, each.name, each.email) for each in record.people] == [
        ("self", ONE, "Contact 1", "contact1@example.org")
    ]
    assert record.times.keys() == {"updated"}
    assert record.content["organizations"][0]["title"] == "Baker"


def test_what_moves_and_what_expires_is_not_kept(client):
    record = read_pass(CONTACTS, client, now=NOW).records[ONE]

    assert record.content.keys() == {
        "resourceName",
        "names",
        "emailAddresses",
        "phoneNumbers",
        "organizations",
    }


def test_of_several_values_the_primary_one_counts(simulator, client):
    names = [{"displayName": "Other"}, {"displayName": "Main", "metadata": {"primary": True}}]
    change(simulator, "update", id=ONE, fields={"names": names})

    assert read_pass(CONTACTS, client, now=NOW).records[ONE].title == "Main"


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"names": []}, "Example Bakery"),
        ({"names": [], "organizations": []}, "contact1@example.org"),
        ({"names": [], "organizations": [], "emailAddresses": []}, ""),
        ({"names": "none"}, "Example Bakery"),
        ({"names": [None]}, "Example Bakery"),
    ],
)
def test_somebody_without_a_name_goes_by_what_else_there_is(simulator, client, fields, title):
    change(simulator, "update", id=ONE, fields=fields)

    assert read_pass(CONTACTS, client, now=NOW).records[ONE].title == title


def test_a_pass_by_token_costs_one_call_and_tells_what_has_changed(simulator, client):
    first = read_pass(CONTACTS, client, now=NOW)
    change(simulator, "update", id=ONE, fields=named("Changed"))
    change(simulator, "delete", id=OTHER)
    (new,) = change(simulator, "create")["ids"]
    calls = len(simulator.calls("connections.list"))

    read = read_pass(CONTACTS, client, first.cursor, now=NOW)

    assert {id_: record.title for id_, record in read.records.items()} == {
        ONE: "Changed",
        new: "Contact 3",
    }
    assert read.gone == {OTHER}
    assert len(simulator.calls("connections.list")) - calls == 1


def test_where_nothing_has_changed_the_cursor_stays(simulator, client):
    first = read_pass(CONTACTS, client, now=NOW)
    calls = len(simulator.calls("connections.list"))

    again = read_pass(CONTACTS, client, first.cursor, now=NOW)

    assert (again.records, again.gone, again.cursor) == ({}, set(), first.cursor)
    assert len(simulator.calls("connections.list")) - calls == 1


def test_an_address_book_without_anybody_is_empty(simulator, client):
    change(simulator, "delete", id=ONE)
    change(simulator, "delete", id=OTHER)

    read = read_pass(CONTACTS, client, now=NOW)

    assert (read.records, read.gone, read.pages) == ({}, set(), 1)
    assert read.cursor is not None


@pytest.mark.usefixtures("pages_of_two")
def test_full_and_incremental_passes_go_over_pages(simulator, client):
    change(simulator, "create", count=3)
    first = read_pass(CONTACTS, client, now=NOW)
    assert (len(first.records), first.pages) == (5, 3)
    new = change(simulator, "create", count=3)["ids"]

    read = read_pass(CONTACTS, client, first.cursor, now=NOW)

    assert (set(read.records), read.pages) == (set(new), 2)


@pytest.mark.usefixtures("pages_of_two")
def test_what_happens_while_pages_are_read_is_told_by_the_next_pass(simulator, client):
    change(simulator, "create")
    page = CONTACTS.read(client, Asked(at=None, now=NOW))
    change(simulator, "update", id=ONE, fields=named("Meanwhile"))
    rest = read_pass(CONTACTS, client, page.next, now=NOW)

    read = read_pass(CONTACTS, client, rest.cursor, now=NOW)

    assert [record.title for record in read.records.values()] == ["Meanwhile"]


def test_a_token_is_good_for_seven_days_after_the_full_pass(simulator, client_with):
    first = read_pass(CONTACTS, client_with(), now=NOW)
    simulator.advance(6 * 86_400)
    later = read_pass(CONTACTS, client_with(), first.cursor, now=NOW)
    simulator.advance(86_400)

    with pytest.raises(CursorExpired):
        read_pass(CONTACTS, client_with(), later.cursor, now=NOW)


def test_a_token_that_has_expired_is_said_to_have(simulator, client):
    first = read_pass(CONTACTS, client, now=NOW)
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        read_pass(CONTACTS, client, first.cursor, now=NOW)


def test_a_token_that_fits_no_longer_has_expired(client, monkeypatch):
    """As after a deployment that asks for more of a contact."""
    first = read_pass(CONTACTS, client, now=NOW)
    monkeypatch.setattr(contacts, "_FIELDS", "names,metadata")

    with pytest.raises(CursorExpired):
        read_pass(CONTACTS, client, first.cursor, now=NOW)


def test_what_else_google_does_not_accept_is_no_expired_token(client, monkeypatch):
    monkeypatch.setattr(contacts, "_FIELDS", "invented")

    with pytest.raises(InvalidRequest):
        read_pass(CONTACTS, client, now=NOW)


def test_an_unruly_delta_ends_with_the_last_word(simulator, client):
    first = read_pass(CONTACTS, client, now=NOW)
    held = simulator._engine.provider("google").dataset("contacts", ADA)
    held.unruly = True
    change(simulator, "update", id=ONE, fields=named("older"))
    change(simulator, "update", id=ONE, fields=named("newer"))
    change(simulator, "delete", id=OTHER)

    page = CONTACTS.read(client, Asked(at=first.cursor, now=NOW))

    assert [record.title for record in page.records] == ["newer"]
    assert page.gone == (OTHER,)


def test_a_contact_whose_name_at_google_is_another_has_left_the_old_one(simulator, client):
    moved = {"resourceName": THIRD, "metadata": {"previousResourceNames": [ONE, OTHER, 7]}}
    there = {"resourceName": OTHER}

    page = read_answer(simulator, client, {"connections": [moved, there], "nextSyncToken": "x"})

    assert [record.id for record in page.records] == [THIRD, OTHER]
    assert page.gone == (ONE,)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"connections": []},
        {"totalItems": 0},
        {"connections": [{}], "nextSyncToken": "x"},
        {"connections": "none", "nextSyncToken": "x"},
        {"connections": None, "nextSyncToken": "x"},
    ],
)
def test_a_page_that_cannot_be_read_is_not_taken_for_an_empty_one(simulator, client, answer):
    with pytest.raises(ProviderUnavailable):
        read_answer(simulator, client, answer)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("ok_false", "quotaExceeded"), RateLimited),
        (("rate_limited", 60), RateLimited),
        (("ok_false", "authError"), ReauthRequired),
        (("ok_false", "backendError"), ProviderUnavailable),
        (("html", None), ProviderUnavailable),
    ],
)
def test_an_error_is_told(simulator, client, fault, error):
    kind, value = fault
    simulator.fault("google", "connections.list", kind, value=value)

    with pytest.raises(error):
        read_pass(CONTACTS, client, now=NOW)


def test_a_missing_permission_is_told(client_with):
    with pytest.raises(InsufficientScope):
        read_pass(CONTACTS, client_with(f"openid {AUTH}drive"), now=NOW)
