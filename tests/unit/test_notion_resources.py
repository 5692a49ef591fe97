"""What is synced of Notion, read from the simulator without the engine."""

import json
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.errors import InsufficientScope, ProviderError, ProviderUnavailable, RateLimited
from hub.http_client import HttpClient
from hub.providers._sync import Asked, CursorExpired
from hub.providers.notion import resources
from hub.providers.notion.client import NotionClient
from tests.reading import read_pass
from tests.simulator.providers.notion import search
from tests.simulator.providers.notion.workspaces import onboarding
from tests.unit.simulator.notion.app import App
from tests.unit.simulator.registered import playing

NOW = 1_790_000_000.0
ACCOUNT = "bakery-ada"
PAGES, DATA_SOURCES = providers.get("notion").load_sync().resources


running, simulator = playing(App)


@pytest.fixture
def client(simulator) -> NotionClient:
    app = App(simulator)
    base = app.endpoints["apiUrl"]
    return NotionClient(
        app.connect(ACCOUNT)["access_token"], HttpClient({urlsplit(base).netloc}).send, base
    )


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(resources, "_PAGE", 2)


def change(simulator, kind, resource="pages", **order):
    return simulator.change("notion", ACCOUNT, resource, kind, **order)


def told(simulator, *results):
    content = {"object": "list", "results": list(results), "has_more": False}
    simulator.fault("notion", "search", "body", value=json.dumps(content))


def test_a_page_has_the_common_part(simulator, client):
    (id_,) = change(simulator, "create")["ids"]

    page = read_pass(PAGES, client, now=NOW).records[id_]

    assert page.title.startswith("Page ")
    assert page.url.startswith("https://www.notion.so/")
    assert set(page.times) == {"created", "updated"}
    assert (page.state, page.people[0].role) == ("active", "creator")
    assert page.parent == page.content["parent"]["page_id"]


def test_a_data_source_has_the_common_part(simulator, client):
    (id_,) = change(simulator, "create", "data_sources")["ids"]

    table = read_pass(DATA_SOURCES, client, now=NOW).records[id_]

    assert table.title.startswith("Table ")
    assert table.parent == table.content["parent"]["database_id"]


def test_addresses_that_open_files_to_anybody_are_left_out(simulator, client):
    signed = {"url": "https://s3.example/f?X-Amz-Signature=Zq81", "expiry_time": "2026-11-26"}
    told(
        simulator,
        {
            "id": "p1",
            "last_edited_time": "2026-11-26T10:00:00.000Z",
            "cover": {"type": "file", "file": signed},
            "properties": {"CV": {"type": "files", "files": [{"name": "cv", "file": signed}]}},
        },
    )

    (page,) = read_pass(PAGES, client, now=NOW).records.values()

    assert "Zq81" not in json.dumps(page.content)
    assert page.content["properties"]["CV"]["files"][0]["name"] == "cv"


def test_what_is_in_the_trash_is_gone(simulator, client):
    edited = "2026-11-26T10:00:00.000Z"
    told(simulator, {"id": "p1", "last_edited_time": edited, "in_trash": True})

    read = read_pass(PAGES, client, now=NOW)

    assert (read.records, read.gone) == ({}, {"p1"})


@pytest.mark.usefixtures("pages_of_two")
def test_changes_are_read_down_to_the_newest_of_the_pass_before(simulator, client):
    change(simulator, "create", count=9)
    first = read_pass(PAGES, client, now=NOW)
    assert (len(first.records), first.pages) == (10, 5)
    simulator.advance(600)
    (new,) = change(simulator, "create")["ids"]
    before = len(simulator.calls("search"))

    second = read_pass(PAGES, client, first.cursor, now=NOW)

    assert new in second.records
    assert second.cursor["since"] > first.cursor["since"]
    simulator.advance(600)
    change(simulator, "create", count=2)
    third = read_pass(PAGES, client, second.cursor, now=NOW)
    assert third.pages < 5
    assert len(simulator.calls("search")) - before == second.pages + third.pages


def test_an_account_without_changes_costs_one_call(simulator, client):
    first = read_pass(PAGES, client, now=NOW)
    before = len(simulator.calls("search"))

    second = read_pass(PAGES, client, first.cursor, now=NOW)

    assert len(simulator.calls("search")) - before == 1
    assert second.records == first.records
    assert second.cursor == first.cursor


@pytest.mark.usefixtures("pages_of_two")
def test_a_cursor_that_notion_does_not_take_has_expired(simulator, client):
    change(simulator, "create", count=5)
    first = PAGES.read(client, Asked(at=None, now=NOW))
    change(simulator, "expire")

    with pytest.raises(CursorExpired):
        PAGES.read(client, Asked(at=first.next, now=NOW))


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("rate_limited", 30, RateLimited),
        ("ok_false", "service_overload", RateLimited),
        ("ok_false", "restricted_resource", InsufficientScope),
        ("body", "{}", ProviderUnavailable),
        ("body", json.dumps({"results": [{"id": "no time"}]}), ProviderUnavailable),
        ("body", '{"results":[]}', ProviderUnavailable),
        ("body", '{"results":[],"has_more":true}', ProviderUnavailable),
        ("body", '{"results":[],"has_more":true,"next_cursor":null}', ProviderUnavailable),
    ],
)
def test_what_cannot_be_read_is_never_an_empty_page(simulator, client, fault, value, error):
    simulator.fault("notion", "search", fault, value=value)

    with pytest.raises(error):
        read_pass(PAGES, client, now=NOW)


def test_an_empty_page_is_not_the_end_where_more_follow(simulator, client):
    content = {"results": [], "has_more": True, "next_cursor": "c2"}
    simulator.fault("notion", "search", "body", value=json.dumps(content))
    since = {"since": "2026-11-26T10:00:00Z"}

    page = PAGES.read(client, Asked(at=since, now=NOW))

    assert page.next == since | {"newest": None, "cursor": "c2"}


def aged(simulator, count):
    """Make pages, a minute between each and the next."""
    for _ in range(count):
        simulator.advance(60)
        change(simulator, "create")
    return set(change(simulator, "list")["ids"])


@pytest.mark.usefixtures("pages_of_two")
def test_a_list_that_is_cut_off_is_read_on_from_its_other_end(simulator, client, monkeypatch):
    monkeypatch.setattr(search, "MOST_RESULTS", 6)
    ids = aged(simulator, 9)

    read = read_pass(PAGES, client, now=NOW)

    assert read.records.keys() == ids
    newest = max(record.times["updated"] for record in read.records.values())
    assert read.cursor == {"since": newest}
    assert read.pages == 3 + 3  # four older ones, and a page to see that the ends have met


@pytest.mark.usefixtures("pages_of_two")
def test_nothing_is_gone_where_the_ends_do_not_meet(simulator, client, monkeypatch):
    monkeypatch.setattr(search, "MOST_RESULTS", 4)
    aged(simulator, 9)

    with pytest.raises(ProviderError):
        read_pass(PAGES, client, now=NOW)


@pytest.mark.usefixtures("pages_of_two")
def test_changes_are_no_dearer_where_the_list_is_cut_off(simulator, client, monkeypatch):
    monkeypatch.setattr(search, "MOST_RESULTS", 6)
    aged(simulator, 9)
    first = read_pass(PAGES, client, now=NOW)
    simulator.advance(600)
    (new,) = change(simulator, "create")["ids"]

    second = read_pass(PAGES, client, first.cursor, now=NOW)

    assert (second.pages, new in second.records) == (3, True)


@pytest.mark.usefixtures("pages_of_two")
def test_what_is_edited_while_a_pass_reads_is_told_by_the_next(simulator, client):
    ids = aged(simulator, 5)
    first = PAGES.read(client, Asked(at=None, now=NOW))
    simulator.advance(60)
    (edited,) = (
        ids
        - {each.id for each in first.records}
        - {onboarding("Ada's Bakery")}
        - {each.id for each in PAGES.read(client, Asked(at=first.next, now=NOW)).records}
    )
    change(simulator, "update", id=edited, fields={"icon": {"type": "emoji", "emoji": "x"}})

    rest = read_pass(PAGES, client, first.next, now=NOW)
    after = read_pass(PAGES, client, rest.cursor, now=NOW)

    assert edited not in rest.records
    assert after.records[edited].content["icon"]["emoji"] == "x"


def test_a_page_that_an_action_adds_is_synced(client):
    made = client.create_page("Welcome", parent_page=onboarding("Ada's Bakery"))

    assert read_pass(PAGES, client, now=NOW).records[made["id"]].title == "Welcome"


def test_an_app_that_may_not_read_is_told_so(simulator):
    simulator.configure("notion", granted_scopes=["insert_content"])
    app = App(simulator)
    token, base = app.connect(ACCOUNT)["access_token"], app.endpoints["apiUrl"]

    with pytest.raises(InsufficientScope):
        read_pass(PAGES, NotionClient(token, api=base), now=NOW)
