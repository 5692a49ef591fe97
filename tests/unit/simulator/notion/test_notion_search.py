"""Notion's search: what it takes, what it refuses, and in which order it lists."""

import pytest

from tests.simulator.providers.notion import search
from tests.unit.simulator.notion.app import BAKERY
from tests.unit.simulator.notion.test_notion_pages import refusal

PAGES = {"property": "object", "value": "page"}
NEWEST = {"timestamp": "last_edited_time", "direction": "descending"}
OLDEST = NEWEST | {"direction": "ascending"}


@pytest.fixture
def find(notion, token):
    def find(**changes):
        body = {"filter": PAGES, "sort": NEWEST} | changes
        return notion.ask("POST", "/search", token, body)

    return find


@pytest.fixture
def made(simulator):
    """Three pages, the last one last, beside the one that is there."""
    ids = []
    for _ in range(3):
        simulator.advance(60)
        ids += simulator.change("notion", BAKERY, "pages", "create")["ids"]
    return ids


def ids_of(answer):
    return [each["id"] for each in answer.json()["results"]]


def test_the_order_is_by_when_they_were_edited(find, made):
    assert ids_of(find())[:3] == made[::-1]
    assert ids_of(find(sort=OLDEST))[1:] == made


def test_pages_follow_one_another(find, made):
    first = find(page_size=2).json()
    second = find(page_size=2, start_cursor=first["next_cursor"]).json()

    assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
    assert [each["id"] for each in first["results"] + second["results"]][:3] == made[::-1]
    other = find(sort=OLDEST, start_cursor=first["next_cursor"])
    assert refusal(other) == (400, "validation_error")


def test_a_cursor_of_before_is_refused_in_notion_s_words(simulator, find, made):
    cursor = find(page_size=2).json()["next_cursor"]
    simulator.change("notion", BAKERY, "pages", "expire")
    answer = find(page_size=2, start_cursor=cursor)

    assert refusal(answer) == (400, "validation_error")
    assert answer.json()["message"] == f"The start_cursor provided is invalid: {cursor}"


@pytest.mark.usefixtures("made")
def test_every_page_of_a_list_that_is_cut_off_says_so(find, monkeypatch):
    assert "request_status" not in find().json()
    monkeypatch.setattr(search, "MOST_RESULTS", 3)

    first, whole = find(page_size=2).json(), find().json()

    assert first["request_status"]["incomplete_reason"] == "query_result_limit_reached"
    assert (len(whole["results"]), whole["has_more"]) == (3, False)
    assert whole["request_status"] == first["request_status"]


def test_what_is_in_the_trash_is_not_listed(simulator, find, made):
    simulator.change("notion", BAKERY, "pages", "update", id=made[0], fields={"in_trash": True})

    assert made[0] not in ids_of(find())


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"filter": None},
        {"filter": PAGES | {"value": "database"}},  # as in older versions
        {"sort": NEWEST | {"timestamp": "created_time"}},
        {"sort": NEWEST | {"direction": "up"}},
        {"page_size": 0},
        {"page_size": 101},
        {"page_size": True},
        {"start_cursor": "invented"},
        {"start_cursor": ""},
    ],
)
def test_what_does_not_fit_is_refused(find, changes):
    assert refusal(find(**changes)) == (400, "validation_error")


def test_whoever_may_not_read_finds_nothing(simulator, notion):
    simulator.configure("notion", granted_scopes=["insert_content"])
    answer = notion.ask("POST", "/search", notion.connect()["access_token"], {})

    assert refusal(answer) == (403, "restricted_resource")
