"""Notion's API for bearers: in which order it refuses, and what it takes for a page."""

import pytest
import requests

from tests.simulator.providers.notion.workspaces import (
    made_up_id,
    new_hires,
    old_handbook,
    onboarding,
    salaries,
)
from tests.unit.simulator.notion.app import BAKERY, GRACE, VERSION

HERE = {"page_id": onboarding("Ada's Bakery")}
ROWS = {"data_source_id": new_hires("Ada's Bakery")}


def title(text: str, name: str = "title") -> dict[str, object]:
    return {name: {"title": [{"text": {"content": text}}]}}


def refusal(answer: requests.Response) -> tuple[int, str]:
    content = answer.json()
    assert content["object"] == "error"
    assert content["status"] == answer.status_code
    assert content["request_id"] == answer.headers["x-notion-request-id"]
    return answer.status_code, content["code"]


def test_a_page_is_made_and_told_whole(notion, token):
    answer = notion.add(
        token, {"parent": HERE, "properties": title("Welcome"), "markdown": "# Day 1"}
    ).json()

    (page,) = notion.pages
    assert (answer["object"], answer["id"]) == ("page", page["id"])
    assert answer["url"] == f"https://www.notion.so/{page['id'].replace('-', '')}"
    assert answer["parent"] == {"type": "page_id", **HERE}
    assert answer["properties"]["title"]["title"][0]["text"]["content"] == "Welcome"
    assert (page["title"], page["markdown"]) == ("Welcome", "# Day 1")
    assert "archived" not in answer  # renamed to in_trash in this version


@pytest.mark.parametrize("name", ["title", "Name"])
def test_a_row_has_its_title_by_name_or_by_id(notion, token, name):
    answer = notion.add(token, {"parent": ROWS, "properties": title("Ada", name)})

    assert answer.status_code == 200, answer.text
    assert notion.pages[0]["title"] == "Ada"


@pytest.mark.parametrize("parent", [{}, {"parent": {"type": "workspace", "workspace": True}}])
def test_without_a_parent_it_is_a_private_page_of_the_person(notion, token, parent):
    assert notion.add(token, {**parent, "properties": title("Mine")}).status_code == 200
    assert notion.pages[0]["parent_kind"] == "workspace"


@pytest.mark.parametrize(
    "spelled", [onboarding("Ada's Bakery").replace("-", ""), onboarding("Ada's Bakery").upper()]
)
def test_an_id_is_the_same_however_it_is_spelled(notion, token, spelled):
    assert notion.add(token, {"parent": {"page_id": spelled}}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/pages"), ("POST", "/users/me"), ("GET", "/nothing"), ("POST", "/pages//")],
)
def test_a_url_that_is_none_is_refused_before_the_token_is_looked_at(
    simulator, notion, method, path
):
    assert refusal(notion.ask(method, path, None)) == (400, "invalid_request_url")
    assert simulator.log() == []


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "format"),
        ("Basic YTpi", "format"),
        ("Bearer a b", "format"),
        ("Bearer ntn_invented", "API token is invalid."),
        ("bearer ntn_invented", "API token is invalid."),
    ],
)
def test_a_token_comes_before_everything_else(notion, authorization, message):
    headers = {"Authorization": authorization} if authorization else {}
    url = f"{notion.endpoints['apiUrl']}/pages"
    answer = requests.post(url, data=b"no json", headers=headers, timeout=5)

    assert refusal(answer) == (401, "unauthorized")
    assert message in answer.json()["message"]


def test_a_refresh_token_opens_nothing(notion):
    assert notion.who(notion.connect()["refresh_token"]).status_code == 401


@pytest.mark.parametrize("version", ["", "2024-01-01", "banana"])
def test_the_version_comes_before_the_body(notion, token, version):
    answer = notion.ask("POST", "/pages", token, ["no object"], **{"Notion-Version": version})

    assert refusal(answer) == (400, "missing_version")


def test_a_body_is_json_and_an_object(notion, token):
    headers = {"Authorization": f"Bearer {token}", "Notion-Version": VERSION}
    url = f"{notion.endpoints['apiUrl']}/pages"

    broken = requests.post(url, data=b"{", headers=headers, timeout=5)
    assert refusal(broken) == (400, "invalid_json")
    assert refusal(notion.add(token, [])) == (400, "validation_error")


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"parent": "somewhere"},
        {"parent": {}},
        {"parent": {**HERE, **ROWS}},
        {"parent": {**HERE, "type": "data_source_id"}},
        {"parent": {**HERE, "more": 1}},
        {"parent": {"page_id": "not-a-uuid"}},
        {"parent": {"page_id": f"{{{onboarding('Globex')}}}"}},
        {"parent": {"page_id": 7}},
        {"parent": {"workspace": False}},
        {"parent": {"page_id": old_handbook("Ada's Bakery")}},
        {"properties": []},
        {"properties": title("x", "Name")},  # a column of the data source, not of a page
        {"properties": {"title": "x"}},
        {"properties": {"title": {"rich_text": []}}},
        {"properties": {"title": {"title": "x"}}},
        {"properties": {"title": {"title": [{"text": "x"}]}}},
        {"properties": {"title": {"title": [{"text": {"content": 7}}]}}},
        {"properties": title("x" * 2001)},
        {"properties": title("👋" * 1001)},
        {"properties": {"title": {"title": [{"text": {"content": "x"}}] * 101}}},
        {"markdown": 7},
        {"markdown": "x", "children": []},
        {"children": [{}] * 101},
        {"markdown": "x" * 512_001},
    ],
)
def test_what_does_not_fit_makes_no_page(notion, token, changes):
    answer = notion.add(token, {"parent": HERE, "properties": title("Welcome")} | changes)

    assert refusal(answer) == (400, "validation_error")
    assert notion.pages == []


@pytest.mark.parametrize("name", ["Wage", "name"])
def test_a_column_that_is_not_there_is_named(notion, token, name):
    answer = notion.add(token, {"parent": ROWS, "properties": title("Ada", name)})

    assert refusal(answer) == (400, "validation_error")
    assert answer.json()["message"] == f"{name} is not a property that exists."


@pytest.mark.parametrize(
    "parent",
    [
        {"page_id": salaries("Ada's Bakery")},
        {"page_id": onboarding("Globex")},
        {"page_id": new_hires("Ada's Bakery")},
        {"data_source_id": onboarding("Ada's Bakery")},
        {"database_id": new_hires("Ada's Bakery")},
        {"page_id": made_up_id("nowhere")},
    ],
)
def test_what_was_not_shared_does_not_exist(notion, token, parent):
    assert refusal(notion.add(token, {"parent": parent})) == (404, "object_not_found")
    assert notion.pages == []


def test_a_capability_that_the_app_lacks_is_missed_at_the_call(simulator, notion):
    simulator.configure("notion", granted_scopes=["read_content"])
    token = notion.connect()["access_token"]

    assert refusal(notion.add(token, {"parent": HERE})) == (403, "restricted_resource")


def test_an_app_that_may_only_insert_is_told_the_id_alone(simulator, notion):
    simulator.configure("notion", granted_scopes=["insert_content"])
    answer = notion.add(notion.connect()["access_token"], {"parent": HERE}).json()

    assert answer.keys() == {"object", "id", "request_id"}
    assert answer["id"] == notion.pages[0]["id"]


def test_a_page_that_took_too_long_is_there_and_named(simulator, notion, token):
    simulator.configure("notion", saves_too_late=True)
    answer = notion.add(token, {"parent": HERE})

    assert refusal(answer) == (503, "service_unavailable")
    (page,) = notion.pages
    assert answer.json()["additional_data"]["committed_resource_id"] == page["id"]


def test_a_bot_knows_its_workspace(notion):
    connected = notion.connect(GRACE)
    me = notion.who(connected["access_token"]).json()

    assert (me["type"], me["id"]) == ("bot", connected["bot_id"])
    assert me["bot"]["workspace_id"] == connected["workspace_id"]


def test_a_person_who_removes_the_app_ends_all_their_tokens_and_nobody_else_s(simulator, notion):
    ours, again, theirs = notion.connect(BAKERY), notion.connect(BAKERY), notion.connect(GRACE)

    assert simulator.uninstall("notion", BAKERY)
    assert not simulator.uninstall("notion", "nobody")
    statuses = [notion.who(one["access_token"]).status_code for one in (ours, again, theirs)]
    assert statuses == [401, 401, 200]


def test_a_limit_says_which_one_and_how_long_twice(simulator, notion, token):
    simulator.fault("notion", "pages.create", "rate_limited", value=17)
    answer = notion.add(token, {})

    assert refusal(answer) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "17"
    assert answer.json()["additional_data"] == {
        "rate_limit_reason": "public_api_request_rate_limit",
        "retry_after": "17",
    }


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("conflict_error", (409, "conflict_error")),
        ("gateway_timeout", (504, "gateway_timeout")),
        ("service_overload", (529, "service_overload")),
        ("block_limit", (403, "restricted_resource")),
        ("public_api_request_blocked", (429, "rate_limited")),
    ],
)
def test_the_api_refuses_on_order(simulator, notion, token, name, refused):
    simulator.fault("notion", "pages.create", "ok_false", value=name)

    assert refusal(notion.add(token, {})) == refused
    assert notion.pages == []


@pytest.mark.parametrize(
    "order",
    [
        {"refresh_tokens": "yes"},
        {"shares_tokens": 1},
        {"saves_too_late": None},
        {"granted_scopes": "read_content"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(control, order):
    answer = control("POST", "settings", json={"provider": "notion", **order})

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10


def test_the_overview_shows_who_connected_and_what_was_made(simulator, notion, token):
    notion.add(token, {"parent": HERE, "properties": title("<b>Welcome</b>")})
    page = requests.get(simulator.url, timeout=5).text

    assert "<h2>Notion</h2>" in page
    assert page.count("Not connected.") == 2
    assert "&lt;b&gt;Welcome" in page
