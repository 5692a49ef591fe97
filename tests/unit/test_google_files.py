"""What is synced of Google Drive, read from the simulator without the engine."""

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
from hub.providers.google import files
from hub.providers.google.client import GoogleClient
from tests.reading import read_pass
from tests.unit.simulator.google.app import ADA, AUTH, App
from tests.unit.simulator.registered import playing

NOW = 1_790_000_000.0
FILES = providers.get("google").load_sync().resource("drive_files")
SCOPE = f"openid {AUTH}drive"


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
    monkeypatch.setattr(files, "_PAGE", 2)


def change(simulator, kind, **order):
    return simulator.change("google", ADA, "drive_files", kind, **order)


def counted(simulator):
    operations = ("changes.startPageToken", "files.list", "changes.list")
    return [len(simulator.calls(each)) for each in operations]


def spoil(simulator, operation, content):
    simulator.fault("google", operation, "body", value=json.dumps(content))


def test_a_file_has_the_common_part(client):
    read = read_pass(FILES, client, now=NOW)

    plan = read.records["file-plan"]
    assert (plan.title, plan.parent) == ("Plan", "root-1")
    assert plan.url == "https://drive.google.com/file/d/file-1/view"
    assert [(each.role, each.name, each.email) for each in plan.people] == [
        ("owner", "Ada Byron", ADA)
    ]
    assert plan.times.keys() == {"created", "updated"}
    assert plan.content["mimeType"] == "application/pdf"


def test_links_that_expire_and_what_moves_are_not_asked_for(client):
    read = read_pass(FILES, client, now=NOW)

    kept = json.dumps([dict(each.content) for each in read.records.values()])
    for name in ("thumbnailLink", "webContentLink", "photoLink", "viewedByMeTime", "version"):
        assert name not in kept


def test_a_full_pass_asks_where_changes_stand_and_then_lists(simulator, client):
    read_pass(FILES, client, now=NOW)

    assert [each.operation for each in simulator.log()][-2:] == [
        "changes.startPageToken",
        "files.list",
    ]
    assert counted(simulator) == [1, 1, 0]


@pytest.mark.usefixtures("pages_of_two")
def test_the_place_of_changes_is_asked_for_once_however_many_pages(simulator, client):
    change(simulator, "create", count=3)

    read = read_pass(FILES, client, now=NOW)

    assert (len(read.records), read.pages) == (5, 3)
    assert counted(simulator) == [1, 3, 0]


def test_a_pass_over_changes_costs_one_call_and_tells_them(simulator, client):
    first = read_pass(FILES, client, now=NOW)
    change(simulator, "update", id="file-plan", fields={"name": "Moved"})
    change(simulator, "delete", id="file-budget")
    (new,) = change(simulator, "create")["ids"]
    before = counted(simulator)

    read = read_pass(FILES, client, first.cursor, now=NOW)

    assert {id_: record.title for id_, record in read.records.items()} == {
        "file-plan": "Moved",
        new: "File 3",
    }
    assert read.gone == {"file-budget"}
    assert counted(simulator) == [before[0], before[1], before[2] + 1]


def test_where_nothing_has_changed_the_cursor_stays(client):
    first = read_pass(FILES, client, now=NOW)

    again = read_pass(FILES, client, first.cursor, now=NOW)

    assert (again.records, again.gone, again.cursor) == ({}, set(), first.cursor)
    assert again.pages == 1


@pytest.mark.usefixtures("pages_of_two")
def test_changes_come_in_pages(simulator, client):
    first = read_pass(FILES, client, now=NOW)
    new = change(simulator, "create", count=5)["ids"]

    read = read_pass(FILES, client, first.cursor, now=NOW)

    assert (set(read.records), read.pages) == (set(new), 3)
    assert read_pass(FILES, client, read.cursor, now=NOW).records == {}


@pytest.mark.usefixtures("pages_of_two")
def test_what_happens_while_files_are_listed_is_told_by_the_next_pass(simulator, client):
    change(simulator, "create", count=2)
    page = FILES.read(client, Asked(at=None, now=NOW))
    change(simulator, "update", id="file-plan", fields={"name": "Meanwhile"})
    change(simulator, "delete", id="file-budget")
    rest = read_pass(FILES, client, page.next, now=NOW)

    read = read_pass(FILES, client, rest.cursor, now=NOW)

    assert read.records["file-plan"].title == "Meanwhile"
    assert read.gone == {"file-budget"}


@pytest.mark.usefixtures("pages_of_two")
def test_a_list_that_shifts_misses_a_file_and_says_that_it_may(simulator, client):
    new = change(simulator, "create", count=2)["ids"]
    page = FILES.read(client, Asked(at=None, now=NOW))
    change(simulator, "delete", id="file-plan")

    rest = read_pass(FILES, client, page.next, now=NOW)

    assert set(rest.records) == {new[1]}
    assert not FILES.keeps_place


def test_a_trashed_file_is_gone_and_comes_back(simulator, client):
    first = read_pass(FILES, client, now=NOW)
    change(simulator, "update", id="file-plan", fields={"trashed": True})

    read = read_pass(FILES, client, first.cursor, now=NOW)

    assert (read.records, read.gone) == ({}, {"file-plan"})
    assert "file-plan" not in read_pass(FILES, client, now=NOW).records
    change(simulator, "update", id="file-plan", fields={"trashed": False})
    again = read_pass(FILES, client, read.cursor, now=NOW)
    assert (set(again.records), again.gone) == ({"file-plan"}, set())


def test_of_two_words_on_one_file_in_a_page_the_last_counts(simulator, client):
    first = read_pass(FILES, client, now=NOW)
    held = simulator._engine.provider("google").dataset("drive_files", ADA)
    held.unruly = True
    change(simulator, "update", id="file-plan", fields={"trashed": True})
    change(simulator, "update", id="file-plan", fields={"trashed": False, "name": "Back"})
    change(simulator, "update", id="file-budget", fields={"name": "older"})
    change(simulator, "delete", id="file-budget")

    page = FILES.read(client, Asked(at=first.cursor, now=NOW))

    assert [record.title for record in page.records] == ["Back"]
    assert page.gone == ("file-budget",)


def test_what_the_action_has_shared_is_synced(client):
    first = read_pass(FILES, client, now=NOW)
    assert first.records["file-plan"].content["shared"] is False
    client.share_file("file-plan", "grace@example.org")

    read = read_pass(FILES, client, first.cursor, now=NOW)

    assert read.records["file-plan"].content["shared"] is True


def test_a_shared_drive_that_has_changed_is_no_file(simulator, client):
    first = read_pass(FILES, client, now=NOW)
    spoil(
        simulator,
        "changes.list",
        {"changes": [{"changeType": "drive", "driveId": "0A"}], "newStartPageToken": "9"},
    )

    read = read_pass(FILES, client, first.cursor, now=NOW)

    assert (read.records, read.gone) == ({}, set())


@pytest.mark.usefixtures("pages_of_two")
def test_a_token_that_google_refuses_has_expired(simulator, client):
    change(simulator, "create", count=3)
    page = FILES.read(client, Asked(at=None, now=NOW))
    first = read_pass(FILES, client, now=NOW)
    change(simulator, "expire")

    for at in (page.next, first.cursor):
        with pytest.raises(CursorExpired):
            read_pass(FILES, client, at, now=NOW)


def test_what_else_google_does_not_accept_is_no_expired_token(simulator, client, monkeypatch):
    first = read_pass(FILES, client, now=NOW)
    monkeypatch.setattr(files, "_FIELDS", "id,invented")

    for at in (None, first.cursor):
        with pytest.raises(InvalidRequest):
            read_pass(FILES, client, at, now=NOW)


@pytest.mark.parametrize("operation", ["changes.startPageToken", "files.list", "changes.list"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("ok_false", "userRateLimitExceeded"), RateLimited),
        (("rate_limited", 30), RateLimited),
        (("ok_false", "authError"), ReauthRequired),
        (("ok_false", "backendError"), ProviderUnavailable),
        (("html", None), ProviderUnavailable),
        (("body", "{}"), ProviderUnavailable),
        (("body", "[]"), ProviderUnavailable),
    ],
)
def test_an_error_is_told_wherever_it_comes(simulator, client, operation, fault, error):
    at = {"changes": "1000002"} if operation == "changes.list" else None
    kind, value = fault
    simulator.fault("google", operation, kind, value=value)

    with pytest.raises(error):
        FILES.read(client, Asked(at=at, now=NOW))


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [{}]},
        {"files": "none"},
        {"files": [], "incompleteSearch": True},
    ],
)
def test_a_list_that_cannot_be_relied_on_is_not_taken_for_an_empty_one(simulator, client, answer):
    spoil(simulator, "files.list", answer)

    with pytest.raises(ProviderUnavailable):
        FILES.read(client, Asked(at=None, now=NOW))


@pytest.mark.parametrize(
    "answer",
    [
        {"changes": []},
        {"changes": [{}], "newStartPageToken": "9"},
        {"changes": [{"fileId": "file-plan"}], "newStartPageToken": "9"},
    ],
)
def test_changes_that_cannot_be_read_are_not_taken_for_none(simulator, client, answer):
    spoil(simulator, "changes.list", answer)

    with pytest.raises(ProviderUnavailable):
        FILES.read(client, Asked(at={"changes": "1000002"}, now=NOW))


def test_a_missing_permission_is_told(client_with):
    with pytest.raises(InsufficientScope):
        read_pass(FILES, client_with("openid"), now=NOW)
