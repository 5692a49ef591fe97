"""Asana's documented answers: our readers read them, and the simulator's are formed like them."""

import json
from copy import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    ClientRefused,
    GrantRefused,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Account, Secret, Token, Tokens
from hub.providers import get
from hub.providers._provider import Access
from hub.providers._values import Client, RevocationScope
from hub.providers.asana.client import AsanaClient
from tests.providers.sample import fixture, fixtures
from tests.simulator.providers.asana.world import ONBOARDING
from tests.simulator.server import Simulator
from tests.unit.simulator.asana.app import ADA, CLIENT, App
from tests.unit.simulator.registered import PREFIX

ASANA = get("asana")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
)
REGISTRATION = Client(id="1", secret=Secret("s"), endpoints=ASANA.endpoints)
ACCESS = Access(provider=ASANA, client=REGISTRATION, send=lambda *_, **__: None)


def with_data(data):
    body = fixture("asana", "token").json() | {"data": data}
    return replace(fixture("asana", "token"), body=json.dumps(body).encode())


def client(name):
    return AsanaClient("token", lambda *_, **__: fixture("asana", name))


def test_a_token_answer_is_read():
    answer = ASANA.read_tokens(fixture("asana", "token"))

    assert answer.tokens.main == Token(
        access=Secret("1/fixture-access-token"),
        refresh=Secret("2/fixture-refresh-token"),
        expires_at=4_600,
    )
    assert answer.scopes is None
    assert ASANA.identify(answer, ACCESS) == Account(id="1209999000000001", name="mary@example.com")


def test_a_refreshed_answer_has_no_refresh_token():
    answer = ASANA.read_tokens(fixture("asana", "token_refreshed"))

    assert answer.tokens.main.access == Secret("1/fixture-second-access-token")
    assert answer.tokens.main.refresh is None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"gid": "7", "name": "Mary", "email": "mary@example.com"}, "mary@example.com"),
        ({"gid": "7", "name": "Mary"}, "Mary"),
        ({"gid": "7", "name": "Mary", "email": None}, "Mary"),
        ({"gid": "7", "name": "", "email": ""}, "Asana account"),
        ({"gid": "7"}, "Asana account"),
    ],
)
def test_an_account_is_called_by_its_address_its_name_or_what_it_is(data, name):
    answer = ASANA.read_tokens(with_data(data))

    assert ASANA.identify(answer, ACCESS) == Account(id="7", name=name)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "7",
        7,
        {},
        {"gid": None},
        {"gid": ""},
        {"gid": 7},
        {"gid": "ü"},
        {"gid": "\ud800"},
        {"id": 7},
    ],
)
def test_an_answer_that_does_not_say_who_it_is_identifies_nobody(data):
    answer = ASANA.read_tokens(with_data(data))

    with pytest.raises(ProviderUnavailable):
        ASANA.identify(answer, ACCESS)


@given(JSON | st.fixed_dictionaries({"gid": JSON}, optional={"email": JSON, "name": JSON}))
def test_whatever_stands_under_data_ends_in_an_account_or_is_unavailable(data):
    answer = ASANA.read_tokens(with_data(data))

    try:
        account = ASANA.identify(answer, ACCESS)
    except ProviderUnavailable:
        return
    assert account.id == data["gid"]
    account.id.encode()


@pytest.mark.parametrize("name", ["token_error", "refresh_error"])
def test_a_code_or_refresh_token_that_is_no_good_asks_for_a_new_consent(name):
    assert type(ASANA.refusal(fixture("asana", name))) is GrantRefused


def refused(status, content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers={}, body=body, sent_at=0.0)


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (400, {"error": "invalid_grant"}, GrantRefused),
        (401, {"error": "invalid_grant"}, GrantRefused),
        (401, {"error": "invalid_client"}, ClientRefused),
        (400, {"error": "invalid_client"}, ClientRefused),
        (400, {"error": "invalid_request"}, ClientRefused),
        (400, {"error": "unauthorized_client"}, ClientRefused),
        (400, {"error": "unsupported_grant_type"}, ClientRefused),
        (400, {"error": "canary"}, ProviderError),
        (400, {"errors": [{"message": "canary"}]}, ProviderError),
        (400, {"error": "forbidden_scopes"}, ClientRefused),
        (401, {"errors": [{"message": "Not Authorized"}]}, ClientRefused),
        (401, b"", ClientRefused),
        (403, {"errors": [{"message": "canary"}]}, ProviderError),
        (429, {"errors": [{"message": "canary"}]}, ProviderUnavailable),
        (500, {"errors": [{"message": "Server Error"}]}, ProviderUnavailable),
        (503, b"<html>canary", ProviderUnavailable),
        (502, b"", ProviderUnavailable),
    ],
)
def test_a_refusal_of_the_token_endpoint_says_who_can_mend_it(status, content, kind):
    refusal = ASANA.refusal(refused(status, content))

    assert type(refusal) is kind
    assert "canary" not in refusal.message


def test_the_refresh_token_is_what_is_revoked():
    tokens = Tokens(main=Token(access=Secret("1/a"), refresh=Secret("2/r")))
    (request,) = ASANA.revoke(tokens, REGISTRATION)

    assert request.url == "https://app.asana.com/-/oauth_revoke"
    assert request.form == {"token": "2/r", "client_id": "1", "client_secret": "s"}
    assert ASANA.revocation_scope is RevocationScope.TOKEN


def test_a_task_s_answer_is_read():
    assert client("action").create_task("X", workspace="1") == {
        "id": "1209999000000777",
        "url": "https://app.asana.com/1/1209999000000100/task/1209999000000777",
    }


@pytest.mark.parametrize(
    ("name", "kind", "wait"),
    [
        ("api_error", InvalidRequest, None),
        ("unauthorized", ReauthRequired, None),
        ("rate_limited", RateLimited, 30),
        ("server_error", ProviderUnavailable, None),
    ],
)
def test_a_documented_refusal_has_its_kind(name, kind, wait):
    with pytest.raises(kind) as raised:
        client(name).create_task("X", workspace="1")

    assert type(raised.value) is kind
    assert raised.value.retry_after == wait


@pytest.fixture(scope="module")
def played():
    """The simulator's own answers, by the fixture they must be formed like."""
    with Simulator({"asana": CLIENT}, redirect_prefix=PREFIX) as simulator:
        app = App(simulator)
        exchanged = app.exchange(app.code())
        tokens = exchanged.json()
        token = tokens["access_token"]
        task = {"name": "Order a laptop", "projects": [ONBOARDING], "assignee": ADA}
        answers = {
            "token": exchanged,
            "token_refreshed": app.refresh(tokens["refresh_token"]),
            "token_error": app.exchange("another"),
            "refresh_error": app.refresh("another"),
            "token_info": app.introspect(token),
            "account": app.call("GET", "/users/me", token),
            "action": app.create(token, **task, due_on="2026-11-20"),
            "api_error": app.create(token, name="X"),
        }
        for name, kind, value in (
            ("unauthorized", "ok_false", "expired"),
            ("rate_limited", "rate_limited", 30),
            ("server_error", "ok_false", "server_error"),
        ):
            simulator.fault("asana", "tasks.create", kind, value=value)
            answers[name] = app.create(token, **task)
        return answers


def test_every_fixture_is_played(played):
    assert sorted(played) == fixtures("asana")


def formed_like(told, shown):
    """Whether all of a documented value is there, each part of its type."""
    if isinstance(told, dict):
        return isinstance(shown, dict) and all(
            name in shown and formed_like(value, shown[name]) for name, value in told.items()
        )
    if isinstance(told, list):
        return isinstance(shown, list) and all(formed_like(told[0], one) for one in shown[:1])
    return type(told) is type(shown)


@pytest.mark.parametrize("name", fixtures("asana"))
def test_what_is_played_is_formed_like_what_is_documented(played, name):
    told, shown = fixture("asana", name), played[name]

    assert shown.status_code == told.status
    assert told.headers.keys() <= {header.lower() for header in shown.headers}
    assert formed_like(told.json(), shown.json()), shown.text


def test_a_part_that_is_missing_or_of_another_type_would_be_noticed(played):
    told = fixture("asana", "token").json()
    shown = played["token"].json()

    assert not formed_like(told, {name: shown[name] for name in shown if name != "data"})
    assert not formed_like(told, shown | {"expires_in": "3600"})
    assert not formed_like(told, shown | {"data": shown["data"] | {"gid": 7}})
