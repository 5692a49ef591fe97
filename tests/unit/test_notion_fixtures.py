"""Notion's documented answers: what we read in each, and that the simulator's have their shape."""

import json
from base64 import b64decode
from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import providers
from hub.errors import (
    ClientRefused,
    GrantRefused,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Secret, Tokens
from hub.providers._provider import Access
from hub.providers._values import Client, TokenAnswer
from hub.providers.notion.client import NotionClient
from tests.providers.sample import fixture
from tests.simulator.providers.notion.workspaces import onboarding
from tests.simulator.server import Simulator
from tests.unit.simulator.notion.app import CLIENT, GRACE, App
from tests.unit.simulator.registered import PREFIX

NOTION = providers.get("notion")
ACCESS = Access(
    provider=NOTION,
    client=Client(id="a:b", secret=Secret("s/ü"), endpoints=NOTION.endpoints),
    send=lambda *_, **__: pytest.fail("no call is needed"),
)
PARENT = onboarding("Globex")


def read(name: str) -> TokenAnswer:
    return NOTION.read_tokens(fixture("notion", name))


def answer(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=0.0)


def test_a_token_has_no_end_and_can_be_refreshed():
    told = read("token")

    assert told.tokens.main.access == Secret("ntn_made-up-access-token")
    assert told.tokens.main.refresh == Secret("nrt_made-up-refresh-token")
    assert (told.tokens.expires_at, told.scopes) == (None, None)
    assert NOTION.refusal(fixture("notion", "token")) is None


def test_a_refresh_token_that_is_null_is_none():
    assert read("token_without_refresh").tokens.main.refresh is None


def test_a_refresh_replaces_both_tokens_and_nobody_else():
    before, after = read("token"), read("refreshed")

    assert before.tokens.main.access != after.tokens.main.access
    assert before.tokens.main.refresh != after.tokens.main.refresh
    assert NOTION.identify(before, ACCESS) == NOTION.identify(after, ACCESS)


def test_the_account_is_the_workspace_whoever_authorized():
    account = NOTION.identify(read("token"), ACCESS)
    nameless = NOTION.identify(read("token_without_refresh"), ACCESS)

    assert (account.id, account.name) == ("c1d5b7a2-3e4f-4a6b-8c9d-0e1f2a3b4c5d", "Globex")
    assert (nameless.id, nameless.name) == (account.id, "Notion workspace")


def test_the_bot_itself_says_the_same_workspace():
    told = fixture("notion", "account").json()

    assert told["bot"]["workspace_id"] == NOTION.identify(read("token"), ACCESS).id
    assert told["id"] == read("token").body["bot_id"]


@pytest.mark.parametrize("workspace", [None, "", 7, {}, ["x"], "wörkspace", "\ud800"])
def test_an_answer_without_a_workspace_is_no_grant(workspace):
    told = read("token")

    with pytest.raises(ProviderUnavailable):
        NOTION.identify(replace(told, body={**told.body, "workspace_id": workspace}), ACCESS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_error", GrantRefused),
        ("token_error_schema", GrantRefused),
        ("token_error_client", ClientRefused),
        ("rate_limited", ProviderUnavailable),
        ("rate_limited_overload", ProviderUnavailable),
        ("action_saved_too_late", ProviderUnavailable),
    ],
)
def test_both_forms_of_a_refused_token_are_understood(name, expected):
    assert type(NOTION.refusal(fixture("notion", name))) is expected


REFUSALS = [
    (answer(400, {"error": "invalid_request"}), ClientRefused),
    (answer(400, {"error": "unauthorized_client"}), ClientRefused),
    (answer(400, {"error": "unsupported_grant_type"}), ClientRefused),
    (answer(400, {"code": "validation_error"}), ClientRefused),
    (answer(400, {"code": "missing_version"}), ClientRefused),
    (answer(403, {"code": "test_env_error"}), ClientRefused),
    (answer(400, {"error": "made_up"}), ProviderError),
    (answer(400, {"error": {"a": "canary"}}), ProviderError),
    (answer(401, b"<html>"), ProviderError),
    (answer(400, []), ProviderError),
    (answer(429, b""), ProviderUnavailable),
    (answer(500, {"code": "internal_server_error"}), ProviderUnavailable),
    (answer(529, b""), ProviderUnavailable),
]


@pytest.mark.parametrize(("told", "expected"), REFUSALS)
def test_every_other_refusal_says_who_can_mend_it(told, expected):
    assert type(NOTION.refusal(told)) is expected


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]"])
def test_a_success_that_is_not_notion_s_is_none(body):
    with pytest.raises(ProviderUnavailable):
        NOTION.refusal(answer(200, body))


def test_a_wait_is_passed_on():
    assert NOTION.refusal(fixture("notion", "rate_limited")).retry_after == 17


def test_revoking_names_the_access_token_and_proves_who_we_are():
    (request,) = NOTION.revoke(read("token").tokens, ACCESS.client)

    assert request.url == "https://api.notion.com/v1/oauth/revoke"
    assert request.json == {"token": "ntn_made-up-access-token"}
    assert request.form is None
    assert request.headers["notion-version"] == "2026-03-11"
    scheme, _, pair = request.headers["authorization"].partition(" ")
    assert (scheme, b64decode(pair)) == ("Basic", b"a%3Ab:s%2F%C3%BC")
    assert NOTION.refusal(fixture("notion", "revoked")) is None


def asked(name: str) -> dict[str, Any]:
    told = fixture("notion", name)
    return NotionClient("ntn_x", lambda *_, **__: told).create_page("Welcome", parent_page=PARENT)


def test_a_page_is_told_by_its_id_and_link():
    assert asked("action") == {
        "id": "0f9e8d7c-6b5a-4938-8271-605f4e3d2c1b",
        "url": "https://www.notion.so/0f9e8d7c6b5a49388271605f4e3d2c1b",
    }


@pytest.mark.parametrize("name", ["action_partial", "action_saved_too_late"])
def test_a_page_that_notion_says_little_of_is_there_all_the_same(name):
    assert asked(name) == {"id": "0f9e8d7c-6b5a-4938-8271-605f4e3d2c1b", "url": None}


@pytest.mark.parametrize(
    ("name", "expected", "wait"),
    [
        ("api_error", InvalidRequest, None),
        ("api_error_unauthorized", ReauthRequired, None),
        ("api_error_capability", InsufficientScope, None),
        ("rate_limited", RateLimited, 17),
        ("rate_limited_overload", RateLimited, 9),
    ],
)
def test_a_refused_page_has_a_kind_and_none_of_notion_s_words(name, expected, wait):
    with pytest.raises(expected) as refused:
        asked(name)

    assert (type(refused.value), refused.value.retry_after) == (expected, wait)
    assert fixture("notion", name).json()["message"] not in refused.value.message


def shape(value: Any) -> Any:
    """Keys and kinds; of a list what its first item is like."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value)


@pytest.fixture(scope="module")
def notion():
    with Simulator({"notion": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield App(simulator)


@pytest.fixture
def told(notion):
    """Call it with a fixture's name for what the simulator answers in that case."""
    notion.simulator.reset()
    connected = notion.exchange(notion.code(GRACE))
    token = connected.json()["access_token"]
    page = {
        "parent": {"page_id": PARENT},
        "properties": {"title": {"title": [{"text": {"content": "Welcome"}}]}},
    }

    def late() -> Any:
        notion.simulator.configure("notion", saves_too_late=True)
        return notion.add(token, page)

    def limited() -> Any:
        notion.simulator.fault("notion", "pages.create", "rate_limited", value=17)
        return notion.add(token, page)

    cases = {
        "token": lambda: connected,
        "refreshed": lambda: notion.refresh(connected.json()["refresh_token"]),
        "token_error": lambda: notion.exchange(""),
        "token_error_client": lambda: notion.call("token", {}, auth=None),
        "revoked": lambda: notion.revoke(token),
        "account": lambda: notion.who(token),
        "action": lambda: notion.add(token, page),
        "action_saved_too_late": late,
        "api_error": lambda: notion.add(token, {"parent": {"page_id": PARENT[::-1]}}),
        "api_error_unauthorized": lambda: notion.who("ntn_invented"),
        "rate_limited": limited,
    }
    return lambda name: cases[name]()


ALIKE = [
    "token",
    "refreshed",
    "token_error_client",
    "revoked",
    "account",
    "action",
    "api_error_unauthorized",
    "rate_limited",
]


@pytest.mark.parametrize("name", ALIKE)
def test_the_simulator_answers_in_the_documented_shape(told, name):
    wanted, given = fixture("notion", name), told(name)

    assert given.status_code == wanted.status
    assert shape(given.json()) == shape(wanted.json())
    assert {header.lower() for header in given.headers} >= wanted.headers.keys()


@pytest.mark.parametrize("name", ["token_error", "action_saved_too_late"])
def test_where_the_simulator_says_more_or_less_it_says_what_we_read(told, name):
    wanted, given = fixture("notion", name), told(name)

    read = {"error", "object", "status", "code", "request_id"} & wanted.json().keys()
    assert given.status_code == wanted.status
    assert all(shape(given.json()[one]) == shape(wanted.json()[one]) for one in read)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = [
    "access_token",
    "refresh_token",
    "workspace_id",
    "workspace_name",
    "error",
    "code",
    "additional_data",
    "id",
    "url",
]


@given(
    st.sampled_from([200, 400, 401, 403, 429, 503, 529]),
    st.dictionaries(st.sampled_from(NAMES), json_values, max_size=8) | json_values,
)
def test_no_answer_breaks_us(status, said):
    received = answer(status, said)
    client = NotionClient("ntn_x", lambda *_, **__: received)
    hooks = (
        lambda: NOTION.refusal(received),
        lambda: NOTION.identify(NOTION.read_tokens(received), ACCESS),
        lambda: client.create_page("Welcome", parent_page=PARENT),
    )
    for hook in hooks:
        try:
            hook()
        except HubError:
            continue


def test_tokens_survive_being_stored():
    tokens = read("token").tokens

    assert Tokens.from_json(tokens.to_json()) == tokens
