"""NotionClient by itself, as a developer's script would use it; Notion is the simulator."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hub.errors import (
    ClientRefused,
    Conflict,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers.notion.client import NotionClient
from tests.simulator.providers.notion.workspaces import (
    new_hires,
    old_handbook,
    onboarding,
    salaries,
)
from tests.simulator.server import Simulator
from tests.unit.simulator.notion.app import CLIENT, GRACE, App
from tests.unit.simulator.registered import PREFIX

HERE = onboarding("Globex")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"notion": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client(app):
    return NotionClient(app.connect(GRACE)["access_token"], api=app.endpoints["apiUrl"])


def test_a_page_and_a_row_are_a_line_each(app, client):
    page = client.create_page("Welcome", parent_page=HERE, markdown="# Day 1\n\n- [ ] Grüße 👋")
    row = client.create_page("Ada", data_source=new_hires("Globex"))

    below, in_table = app.pages
    assert page == {"id": below["id"], "url": page["url"]}
    assert page["url"].startswith("https://www.notion.so/")
    assert (below["parent"], below["title"]) == (HERE, "Welcome")
    assert below["markdown"] == "# Day 1\n\n- [ ] Grüße 👋"
    assert (row["id"], in_table["parent_kind"]) == (in_table["id"], "data_source_id")


def test_a_page_is_asked_for_as_notion_wants_it():
    sent = []

    def send(request, **limits):
        sent.append((request, limits))
        return answer(200, {"object": "page", "id": "1"})

    NotionClient("ntn_1", send).create_page("Hi", parent_page=HERE)

    ((request, limits),) = sent
    assert (request.method, request.url) == ("POST", "https://api.notion.com/v1/pages")
    assert request.headers == {
        "authorization": "Bearer ntn_1",
        "content-type": "application/json; charset=utf-8",
        "notion-version": "2026-03-11",
    }
    assert request.json == {
        "parent": {"type": "page_id", "page_id": HERE},
        "properties": {"title": {"title": [{"text": {"content": "Hi"}}]}},
    }
    assert "attempts" not in limits


@pytest.mark.parametrize("places", [{}, {"parent_page": HERE, "data_source": HERE}])
def test_a_page_has_one_place(app, client, places):
    with pytest.raises(InvalidRequest, match="Say where"):
        client.create_page("Nowhere", **places)
    assert app.simulator.calls("pages.create") == []


@pytest.mark.parametrize(
    "places",
    [
        {"parent_page": salaries("Globex")},
        {"parent_page": onboarding("Ada's Bakery")},
        {"parent_page": old_handbook("Globex")},
        {"parent_page": "not-an-id"},
        {"data_source": HERE},
    ],
)
def test_a_place_that_is_none_is_explained(app, client, places):
    with pytest.raises(InvalidRequest) as refused:
        client.create_page("Welcome", **places)

    assert refused.type is InvalidRequest
    assert refused.value.message.startswith("Notion ")
    assert next(iter(places.values())) not in refused.value.message
    assert app.pages == []


def test_by_itself_it_calls_notion_and_nobody_else(app):
    assert NotionClient("ntn_1")._send.__self__._allowed == {"api.notion.com"}
    other = NotionClient("ntn_1", api="https://notion.example/v1")
    assert other._send.__self__._allowed == {"notion.example"}


def test_the_token_is_not_shown(app):
    client = NotionClient("ntn_canary", api=app.endpoints["apiUrl"])

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as refused:
        client.create_page("Welcome", parent_page=HERE)
    assert "canary" not in str(refused.value)


def test_a_grant_that_ended_says_so(app, client):
    app.simulator.uninstall("notion", GRACE)

    with pytest.raises(ReauthRequired):
        client.create_page("Welcome", parent_page=HERE)


def test_an_app_without_the_capability_says_so(app):
    app.simulator.configure("notion", granted_scopes=["read_content"])
    client = NotionClient(app.connect(GRACE)["access_token"], api=app.endpoints["apiUrl"])

    with pytest.raises(InsufficientScope):
        client.create_page("Welcome", parent_page=HERE)


def test_a_page_that_was_saved_too_late_is_not_lost(app, client):
    app.simulator.configure("notion", saves_too_late=True)
    made = client.create_page("Welcome", parent_page=HERE)

    (page,) = app.pages
    assert made == {"id": page["id"], "url": None}


FAULTS = [
    ("status", 500, ProviderUnavailable),
    ("status", 502, ProviderUnavailable),
    ("status", 503, ProviderUnavailable),
    ("status", 404, ProviderError),
    ("status", 418, ProviderError),
    ("html", None, ProviderUnavailable),
    ("empty", None, ProviderUnavailable),
    ("body", "[1]", ProviderUnavailable),
    ("body", '{"object":"page"}', ProviderUnavailable),
    ("body", '{"object":"page","id":7}', ProviderUnavailable),
    ("reset", None, ProviderUnavailable),
    ("lost_answer", None, ProviderUnavailable),
    ("truncated", None, ProviderUnavailable),
    ("redirect", "http://localhost:1/", ProviderUnavailable),
    ("ok_false", "unauthorized", ReauthRequired),
    ("ok_false", "restricted_resource", InsufficientScope),
    ("ok_false", "block_limit", InvalidRequest),
    ("ok_false", "object_not_found", InvalidRequest),
    ("ok_false", "validation_error", InvalidRequest),
    ("ok_false", "missing_version", ProviderError),
    ("ok_false", "conflict_error", Conflict),
    ("ok_false", "public_api_request_blocked", ClientRefused),
    ("ok_false", "internal_server_error", ProviderUnavailable),
    ("ok_false", "service_unavailable", ProviderUnavailable),
    ("ok_false", "gateway_timeout", ProviderUnavailable),
    ("ok_false", "service_overload", RateLimited),
    ("ok_false", "some_new_error", ProviderError),
    ("rate_limited", 30, RateLimited),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FAULTS)
def test_a_page_is_asked_for_once_and_its_failure_has_a_name(app, client, kind, value, expected):
    app.simulator.fault("notion", "pages.create", kind, value=value)

    with pytest.raises(HubError) as failure:
        client.create_page("Welcome", parent_page=HERE)

    assert failure.type is expected
    assert failure.value.retry_after == (30 if kind == "rate_limited" else None)
    assert len(app.simulator.calls("pages.create")) == 1


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("notion", "pages.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_page("Welcome", parent_page=HERE)
    assert len(app.simulator.calls("pages.create")) == 1


def answer(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=0.0)


ODD_REFUSALS = [
    (answer(403, {"additional_data": "canary"}), ProviderError),
    (answer(403, {"code": ["canary"], "message": "canary"}), ProviderError),
    (answer(403, {"code": "restricted_resource", "message": "canary"}), InsufficientScope),
    (answer(403, {"additional_data": {"block_limit": "canary"}}), InvalidRequest),
    (answer(503, {"additional_data": {"committed_resource_id": 7}}), ProviderUnavailable),
    (answer(503, {"additional_data": {"committed_resource_id": ""}}), ProviderUnavailable),
    (answer(500, {"additional_data": {"committed_resource_id": "1"}}), ProviderUnavailable),
    (answer(529, b"<html>canary", **{"retry-after": "9"}), RateLimited),
    (answer(302, b"", location="https://evil.example"), ProviderUnavailable),
]


@pytest.mark.parametrize(("told", "expected"), ODD_REFUSALS)
def test_an_odd_refusal_has_its_kind_and_notion_s_words_stay_with_us(told, expected):
    client = NotionClient("ntn_1", lambda *_, **__: told)

    with pytest.raises(expected) as refused:
        client.create_page("Welcome", parent_page=HERE)
    assert type(refused.value) is expected
    assert "canary" not in refused.value.message


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("https://www.notion.so/abc", "https://www.notion.so/abc"),
        ("http://www.notion.so/abc", None),
        ("javascript:alert(1)", None),
        ("https://www.notion.so/a\r\nb", None),
        (None, None),
        (7, None),
    ],
)
def test_only_an_address_that_people_may_open_is_given_as_a_link(told, given):
    page = answer(200, {"object": "page", "id": "1", "url": told})
    client = NotionClient("ntn_1", lambda *_, **__: page)

    assert client.create_page("Welcome", parent_page=HERE) == {"id": "1", "url": given}
