"""notion-client, the Python SDK for Notion, against the simulator: what we take for Notion is
Notion to somebody else's code too, which we did not write to fit.
"""

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import notion_client
import pytest
from notion_client import APIErrorCode, APIResponseError, Client
from notion_client.errors import HTTPResponseError

from tests.simulator.providers.notion.workspaces import new_hires, onboarding, salaries
from tests.unit.simulator.notion.app import CLIENT, GRACE, REDIRECT_URI, VERSION, App

REGISTERED = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
HERE = {"page_id": onboarding("Globex")}
TITLE = {"title": {"title": [{"text": {"content": "Welcome"}}]}}


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def sdk(app) -> Iterator[Any]:
    """Call it for a client: with a token, or to be given one."""
    made: list[Client] = []

    def make(token: str | None = None, **options: Any) -> Client:
        base = app.endpoints["apiUrl"].removesuffix("/v1")
        options = {"notion_version": VERSION, "retry": False} | options
        made.append(Client(auth=token, base_url=base, log_level=logging.CRITICAL, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def exchange(app, sdk):
    oauth = sdk().oauth
    return partial(
        oauth.token, **REGISTERED, grant_type="authorization_code", redirect_uri=REDIRECT_URI
    )


@pytest.fixture
def token(app, exchange) -> str:
    return exchange(code=app.code(GRACE))["access_token"]


def test_the_sdk_exchanges_a_code_and_knows_who_it_is(app, sdk, exchange):
    told = exchange(code=app.code(GRACE))
    me = sdk(told["access_token"]).users.me()

    assert (me["type"], me["id"]) == ("bot", told["bot_id"])
    assert me["bot"]["workspace_id"] == told["workspace_id"]


def test_the_sdk_refreshes_and_the_old_pair_is_dead(app, sdk, exchange):
    first = exchange(code=app.code(GRACE))
    refresh = partial(sdk().oauth.token, **REGISTERED, grant_type="refresh_token")
    second = refresh(refresh_token=first["refresh_token"])

    assert sdk(second["access_token"]).users.me()["id"] == first["bot_id"]
    with pytest.raises(APIResponseError) as refused:
        sdk(first["access_token"]).users.me()
    assert refused.value.code == APIErrorCode.Unauthorized
    with pytest.raises(HTTPResponseError) as refused:
        refresh(refresh_token=first["refresh_token"])
    assert (refused.value.status, '"invalid_grant"' in refused.value.body) == (400, True)


def test_the_sdk_revokes(sdk, token):
    told = sdk().oauth.revoke(**REGISTERED, token=token)

    assert told.keys() == {"request_id"}
    with pytest.raises(APIResponseError) as refused:
        sdk(token).users.me()
    assert (refused.value.status, refused.value.code) == (401, APIErrorCode.Unauthorized)


def test_the_sdk_adds_a_page_and_a_row(app, sdk, token):
    pages = sdk(token).pages
    page = pages.create(parent=HERE, properties=TITLE, markdown="# Day 1")
    row = pages.create(
        parent={"type": "data_source_id", "data_source_id": new_hires("Globex")},
        properties={"Name": TITLE["title"]},
    )

    assert notion_client.helpers.is_full_page(page)
    assert [one["id"] for one in app.pages] == [page["id"], row["id"]]
    assert app.pages[0]["markdown"] == "# Day 1"
    assert page["properties"]["title"]["title"][0]["text"]["content"] == "Welcome"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "wrong"},
        {"client_id": "another"},
        {"code": "03invented"},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"grant_type": "password"},
    ],
)
def test_the_sdk_is_refused_where_it_says_something_wrong(app, exchange, wrong):
    with pytest.raises(HTTPResponseError) as refused:
        exchange(**{"code": app.code(GRACE)} | wrong)
    assert refused.value.status == (401 if wrong.keys() & REGISTERED.keys() else 400)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"parent": {"page_id": salaries("Globex")}}, (404, APIErrorCode.ObjectNotFound)),
        ({"parent": {"page_id": "nonsense"}}, (400, APIErrorCode.ValidationError)),
        ({"properties": {"Wage": {"number": 1}}}, (400, APIErrorCode.ValidationError)),
    ],
)
def test_the_sdk_understands_why_there_is_no_page(app, sdk, token, body, told):
    with pytest.raises(APIResponseError) as refused:
        sdk(token).pages.create(**{"parent": HERE, "properties": TITLE} | body)

    error = refused.value
    assert (error.status, error.code) == told
    assert error.request_id == error.headers["x-notion-request-id"]
    assert app.pages == []


def test_the_sdk_understands_a_capability_that_is_missing(app, sdk, exchange):
    app.simulator.configure("notion", granted_scopes=["read_content"])
    token = exchange(code=app.code(GRACE))["access_token"]

    with pytest.raises(APIResponseError) as refused:
        sdk(token).pages.create(parent=HERE, properties=TITLE)
    assert refused.value.code == APIErrorCode.RestrictedResource


def test_the_sdk_understands_a_page_that_was_saved_too_late(app, sdk, token):
    app.simulator.configure("notion", saves_too_late=True)

    with pytest.raises(APIResponseError) as refused:
        sdk(token).pages.create(parent=HERE, properties=TITLE)
    assert refused.value.code == APIErrorCode.ServiceUnavailable
    assert refused.value.additional_data["committed_resource_id"] == app.pages[0]["id"]


def test_the_sdk_understands_a_limit_and_comes_back_by_itself(app, sdk, token):
    app.simulator.fault("notion", "users.me", "rate_limited", value=0)
    patient = notion_client.client.RetryOptions(max_retries=1)

    assert sdk(token, retry=patient).users.me()["type"] == "bot"
    assert [call.status for call in app.simulator.calls("users.me")] == [429, 200]


def test_a_version_that_notion_never_had_is_refused_to_the_sdk_too(sdk, token):
    with pytest.raises(HTTPResponseError) as refused:
        sdk(token, notion_version="2024-01-01").users.me()
    assert (refused.value.status, "missing_version" in refused.value.body) == (400, True)


def test_the_sdk_searches_page_by_page(sdk, token):
    client = sdk(token)
    made = client.pages.create(parent=HERE, properties=TITLE)
    find = partial(
        client.search,
        filter={"property": "object", "value": "page"},
        sort={"timestamp": "last_edited_time", "direction": "ascending"},
    )

    found = list(notion_client.helpers.iterate_paginated_api(find, page_size=1))

    assert made["id"] in [each["id"] for each in found]
    assert all(notion_client.helpers.is_full_page(each) for each in found)
    with pytest.raises(APIResponseError) as refused:
        find(start_cursor="invented")
    assert refused.value.code == APIErrorCode.ValidationError
