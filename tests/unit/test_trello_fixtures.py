"""Trello's documented answers: read by us, and given by the simulator in the same shape."""

import json
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
from hub.models import Account, Secret
from hub.providers._provider import Access
from hub.providers._values import Client
from hub.providers.trello.client import TrelloClient
from tests.providers.sample import fixture, fixtures
from tests.simulator.server import Simulator
from tests.unit.simulator.registered import PREFIX
from tests.unit.simulator.trello.app import CLIENT, LABEL, MEMBER, App

TRELLO = providers.get("trello")
SCOPES = {"read:member:trello", "read:board:trello", "write:board:trello", "offline_access"}
LIST = "65a1f0c2d4e8b90033cc0009"


def client(answer: Answer) -> TrelloClient:
    return TrelloClient("token", lambda *_, **__: answer)


def access(answer: Answer) -> Access:
    return Access(
        provider=TRELLO,
        client=Client(id="id", secret=Secret("secret"), endpoints=TRELLO.endpoints),
        send=lambda *_, **__: answer,
    )


def told(body: Any, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=headers, body=raw, sent_at=1_000.0)


def test_a_token_answer_is_read():
    read = TRELLO.read_tokens(fixture("trello", "token"))

    assert read.tokens.main.access == Secret("eyJhbGciOiJSUzI1NiJ9.made-up.access")
    assert read.tokens.main.refresh == Secret("eyJhbGciOiJIUzI1NiJ9.made-up.refresh")
    assert read.tokens.expires_at == 4_600
    assert read.scopes == SCOPES


def token_body(**changes: Any) -> dict[str, Any]:
    content = fixture("trello", "token").json() | changes
    return {name: value for name, value in content.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({"scope": "read:member:trello"}, {"read:member:trello", "offline_access"}),
        ({"scope": "read:member:trello", "refresh_token": None}, {"read:member:trello"}),
        ({"scope": None}, None),
        ({"scope": None, "refresh_token": None}, None),
    ],
)
def test_a_refresh_token_is_the_permission_to_stay_connected(changes, scopes):
    assert TRELLO.read_tokens(told(token_body(**changes))).scopes == scopes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_error", GrantRefused),
        ("code_error", GrantRefused),
        ("client_error", ClientRefused),
        ("rate_limited", ProviderUnavailable),
    ],
)
def test_the_token_endpoint_s_errors_have_their_kind(name, expected):
    assert type(TRELLO.refusal(fixture("trello", name))) is expected


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"error": "invalid_request"}, 400, ClientRefused),
        (
            {"error": "invalid_request", "error_description": "Missing parameter"},
            400,
            ClientRefused,
        ),
        ({"error": "invalid_request", "error_description": ["x"]}, 400, ClientRefused),
        ({"error": "invalid_grant", "error_description": "Invalid code"}, 403, GrantRefused),
        ({"error": "unauthorized_client"}, 403, ClientRefused),
        ({"error": "nobody_knows"}, 400, ProviderError),
        ({}, 403, ProviderError),
        (b"<html>", 502, ProviderUnavailable),
        (b"", 429, ProviderUnavailable),
    ],
)
def test_an_invalid_request_is_ours_unless_it_is_about_the_code(body, status, expected):
    assert type(TRELLO.refusal(told(body, status))) is expected


def test_no_error_is_read_from_a_success():
    assert TRELLO.refusal(fixture("trello", "token")) is None


def test_the_account_is_the_member():
    read = TRELLO.read_tokens(fixture("trello", "token"))

    account = TRELLO.identify(read, access(fixture("trello", "account")))
    assert account == Account(id="65a1f0c2d4e8b90011aa0009", name="Katherine Johnston")


def test_a_member_without_a_name_goes_by_the_username():
    read = TRELLO.read_tokens(fixture("trello", "token"))
    nameless = told({"id": "1", "username": "kj", "fullName": ""})

    assert TRELLO.identify(read, access(nameless)) == Account(id="1", name="kj")


def test_without_the_scope_for_it_nobody_is_asked():
    read = TRELLO.read_tokens(told(token_body(scope="read:board:trello")))

    with pytest.raises(InsufficientScope):
        TRELLO.identify(read, access(fixture("trello", "account")))


@pytest.mark.parametrize(
    "answer",
    [
        told({"id": 7, "username": "kj"}),
        told({"id": "", "username": "kj"}),
        told({"id": "1"}),
        told([]),
        told(b"<html>"),
        told({"id": "1", "username": "kj"}, 302),
        told(b"", 503),
    ],
)
def test_an_answer_that_names_nobody_is_none(answer):
    read = TRELLO.read_tokens(fixture("trello", "token"))

    with pytest.raises(ProviderUnavailable):
        TRELLO.identify(read, access(answer))


def test_a_card_s_answer_is_read():
    made = client(fixture("trello", "action")).create_card(LIST, "Order a laptop")

    assert made == {
        "id": "6741f0c2d4e8b90066ff0001",
        "url": "https://trello.com/c/madeUp01",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api_error", ReauthRequired),
        ("api_error_no_list", InvalidRequest),
        ("api_error_permission", InvalidRequest),
        ("api_error_scope", InsufficientScope),
        ("rate_limited", RateLimited),
    ],
)
def test_the_api_s_errors_have_their_kind(name, expected):
    with pytest.raises(HubError) as raised:
        client(fixture("trello", name)).create_card(LIST, "Order a laptop")
    assert type(raised.value) is expected


def test_the_documented_limit_lasts_ten_seconds():
    with pytest.raises(RateLimited) as raised:
        client(fixture("trello", "rate_limited")).create_card(LIST, "Order a laptop")
    assert raised.value.retry_after == 10


def test_every_fixture_has_a_source_and_is_read_by_a_test():
    read = {
        *("token", "token_error", "code_error", "client_error", "account", "action"),
        *("api_error", "api_error_no_list", "api_error_permission", "api_error_scope"),
        "rate_limited",
    }
    assert set(fixtures("trello")) == read


@pytest.fixture(scope="module")
def simulated() -> dict[str, tuple[int, Any]]:
    """What the simulator answers where the fixtures say what Trello does."""
    with Simulator({"trello": CLIENT}, redirect_prefix=PREFIX) as simulator:
        app = App(simulator)
        token = app.connect()["access_token"]
        fields = {"fields": "id,username,fullName"}
        card = {
            "desc": "With a docking station.",
            "due": "2026-12-01T08:00:00Z",
            "start": "2026-11-24T08:00:00Z",
            "idMembers": MEMBER,
            "idLabels": LABEL,
        }
        code = app.code()
        answers = {
            "token": app.exchange(code),
            "code_error": app.exchange(code),
            "token_error": app.refresh("invented"),
            "client_error": app.exchange("any", client_secret="wrong"),
            "account": app.call("GET", "members/me", token, params=fields),
            "action": app.create(token, **card),
            "api_error": app.create("invented"),
            "api_error_no_list": app.create(token, idList=LIST),
            "api_error_scope": app.create(None),
        }
        simulator.fault("trello", "cards.create", "rate_limited", value=0)
        answers["rate_limited"] = app.create(token)
        simulator.fault(
            "trello", "cards.create", "ok_false", value="unauthorized card permission requested"
        )
        answers["api_error_permission"] = app.create(token)
    return {
        name: (answer.status_code, _content(answer.content)) for name, answer in answers.items()
    }


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def shape(value: Any) -> Any:
    """The keys and types of a value; lists by what they hold, empty ones by nothing."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("name", fixtures("trello"))
def test_the_simulator_answers_in_the_documented_shape(simulated, name):
    documented = fixture("trello", name)
    status, content = simulated[name]

    assert status == documented.status
    assert shape(content) == shape(_content(documented.body))
    if status >= 400:  # an error is its words
        assert content == _content(documented.body)


@given(st.binary(max_size=60), st.integers(200, 599))
def test_whatever_comes_is_an_answer_or_a_failure_of_ours(body, status):
    try:
        made = client(told(body, status)).create_card(LIST, "Order a laptop")
    except HubError:
        return
    assert made["id"]
