"""Linear's answers as documented and as seen by others: what we read in each, and that the
simulator's have their shape.
"""

import copy
import json
from typing import Any

import pytest

from hub import providers
from hub.errors import (
    ClientRefused,
    GrantRefused,
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
from hub.providers.linear.client import CREATE_ISSUES, READ, WRITE, LinearClient
from tests.providers.sample import FOLDER, fixture, fixtures
from tests.simulator.server import Simulator
from tests.unit.linear_wire import Wire, answer
from tests.unit.simulator.linear.app import ADA_AT_GLOBEX, CLIENT, GRACE, IN_FORM, App
from tests.unit.simulator.registered import PREFIX

LINEAR = providers.get("linear")
WHO = "query { viewer { id name email organization { id name } } }"
DONE = """mutation ($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier url } }
}"""


def access(told: Answer) -> Access:
    """Linear, when its API answers this."""
    client = Client(id="id", secret=Secret("secret"), endpoints=LINEAR.endpoints)
    return Access(provider=LINEAR, client=client, send=Wire(told))


def read(name: str) -> TokenAnswer:
    return LINEAR.read_tokens(fixture("linear", name))


def with_scope(scope: Any) -> TokenAnswer:
    told = fixture("linear", "token")
    body = json.dumps(told.json() | {"scope": scope}).encode()
    return LINEAR.read_tokens(copy.replace(told, body=body))


def client_of(told: Answer) -> LinearClient:
    return LinearClient("token", Wire(told))


# Tokens


@pytest.mark.parametrize("name", ["token", "token_list"])
def test_a_token_lasts_a_day_and_names_its_scopes_in_one_way_or_the_other(name):
    told = read(name)

    assert told.tokens.main.access == Secret("lin_oauth_made-up-access-token")
    assert told.tokens.main.refresh == Secret("made-up-refresh-token")
    assert told.tokens.expires_at == 1_000 + 86_399
    assert told.scopes == {READ, CREATE_ISSUES}
    assert LINEAR.refusal(fixture("linear", name)) is None


def test_a_refresh_gives_another_pair():
    before, after = read("token").tokens.main, read("token_refreshed").tokens.main

    assert (after.access, after.refresh) != (before.access, before.refresh)
    assert after.refresh == Secret("made-up-second-refresh-token")


def test_who_may_write_may_read_and_create_though_it_is_not_listed():
    assert read("token_short").scopes == {READ, WRITE, CREATE_ISSUES}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("read,issues:create", {READ, CREATE_ISSUES}),
        ("issues:create", {READ, CREATE_ISSUES}),
        ("read", {READ}),
        ("", {READ}),
        ([], {READ}),
        (["read", 7, None, ["write"]], {READ}),
        ("Write", {READ, "Write"}),
        ("write:all", {READ, "write:all"}),
    ],
)
def test_nothing_is_taken_for_granted_but_reading(scope, expected):
    assert with_scope(scope).scopes == expected


@pytest.mark.parametrize("scope", [None, 7, {"write": True}, True])
def test_scopes_in_no_known_form_are_not_told(scope):
    assert with_scope(scope).scopes is None


def test_tokens_survive_being_stored():
    tokens = read("token").tokens

    assert Tokens.from_json(tokens.to_json()) == tokens


REFUSALS = [
    (fixture("linear", "token_error"), GrantRefused),
    (fixture("linear", "client_error"), ClientRefused),
    (fixture("linear", "rate_limited"), ProviderUnavailable),
    (answer(400, {"error": "invalid_request"}), ClientRefused),
    (answer(400, {"error": "unsupported_grant_type"}), ClientRefused),
    (answer(401, {"error": "invalid_client"}), ClientRefused),
    (answer(400, {"error": "made_up"}), ProviderError),
    (answer(400, {"error": {"a": "canary"}}), ProviderError),
    (answer(400, []), ProviderError),
    (answer(401, b"<html>"), ProviderError),
    (answer(429, b""), ProviderUnavailable),
    (answer(500, {"error": "nobody_knows"}), ProviderUnavailable),
    (answer(503, b"upstream connect error"), ProviderUnavailable),
]


@pytest.mark.parametrize(("told", "expected"), REFUSALS)
def test_a_refusal_of_the_token_endpoint_says_who_can_mend_it(told, expected):
    assert type(LINEAR.refusal(told)) is expected


def test_each_token_is_revoked_by_itself_and_without_our_secret():
    first, second = LINEAR.revoke(read("token").tokens, access(answer(200, {})).client)

    assert first.url == second.url == "https://api.linear.app/oauth/revoke"
    assert first.form == {
        "token": "made-up-refresh-token",
        "token_type_hint": "refresh_token",
    }
    assert second.form == {
        "token": "lin_oauth_made-up-access-token",
        "token_type_hint": "access_token",
    }
    assert (first.headers, first.json) == ({}, None)


# Whose they are


def test_the_account_is_the_person_in_the_workspace():
    account = LINEAR.identify(read("token"), access(fixture("linear", "account")))

    assert account.id == "2a7c1f0e-93b4-4d1f-8a36-5b0e6c9d7f21:c41d8e52-7f06-4b9a-9c3d-0e8a1b2f6d74"
    assert account.name == "Globex (grace@example.org)"


def person(**changes: Any) -> Answer:
    told = fixture("linear", "account").json()
    told["data"]["viewer"] |= changes
    return answer(200, told)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"email": None}, "Globex (Grace Hooper)"),
        ({"email": "", "name": 7}, "Globex (c41d8e52-7f06-4b9a-9c3d-0e8a1b2f6d74)"),
        ({"organization": {"id": "o", "name": None}}, "Linear (grace@example.org)"),
    ],
)
def test_an_account_without_names_still_has_one(changes, name):
    assert LINEAR.identify(read("token"), access(person(**changes))).name == name


NOBODY = [
    person(id=None),
    person(id=""),
    person(id=7),
    person(organization=None),
    person(organization=[]),
    person(organization={"name": "Globex"}),
    person(organization={"id": 7}),
    answer(200, {"data": {"viewer": None}}),
    answer(200, {"data": {"viewer": []}}),
    answer(200, {"data": None}),
    answer(200, {}),
    answer(200, b"<html>"),
    answer(302, b"", location="https://evil.example"),
]


@pytest.mark.parametrize("told", NOBODY)
def test_an_answer_that_does_not_say_who_it_is_is_no_identity(told):
    with pytest.raises(ProviderUnavailable):
        LINEAR.identify(read("token"), access(told))


# The API


def test_an_issue_is_told_by_its_id_its_number_and_its_link():
    assert client_of(fixture("linear", "action")).create_issue("team", "Laptop") == {
        "id": "5f3b9d10-64ae-4c27-b8d1-9a0c7e4f2b36",
        "identifier": "ENG-12",
        "url": "https://linear.app/globex/issue/ENG-12/a-laptop-for-alan",
    }


@pytest.mark.parametrize(
    ("name", "expected", "wait"),
    [
        ("api_error", InvalidRequest, None),
        ("invalid_input", InvalidRequest, None),
        ("unauthenticated", ReauthRequired, None),
        ("forbidden", InsufficientScope, None),
        ("unknown_field", ProviderError, None),
        ("rate_limited", RateLimited, 90),
    ],
)
def test_a_refused_issue_has_a_kind_and_none_of_linear_s_words(name, expected, wait):
    told = fixture("linear", name)
    with pytest.raises(expected) as refused:
        client_of(told).create_issue("team", "Laptop")

    assert (type(refused.value), refused.value.retry_after) == (expected, wait)
    assert told.json()["errors"][0]["message"] not in refused.value.message


def test_every_fixture_says_where_it_is_from():
    folder = FOLDER / "linear" / "fixtures"
    told = {name: json.loads((folder / f"{name}.json").read_text()) for name in fixtures("linear")}

    wanted = {"token", "token_error", "account", "action", "api_error", "rate_limited"}
    assert wanted <= told.keys()
    assert all(one["source"] for one in told.values())


# The simulator


def shape(value: Any) -> Any:
    """Keys and kinds; of a list what its first item is like."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value)


@pytest.fixture(scope="module")
def linear():
    with Simulator({"linear": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield App(simulator)


@pytest.fixture
def told(linear):
    """Call it with a fixture's name for what the simulator answers in that case: status, headers,
    content.
    """
    simulator = linear.simulator
    simulator.reset()
    old = {"prompt": None, "scope": "read,write,issues:create"}
    connected = linear.connect()
    token = connected["access_token"]
    create = {"teamId": GRACE.workspace.named("team", "ENG"), "title": "A laptop for Alan"}

    def configured(**settings: bool) -> dict[str, Any]:
        simulator.configure("linear", **settings)
        return linear.connect(**(old if "scope_short" in settings else {}))

    def issue(token: str = token, **changes: Any) -> Any:
        return linear.ask(token, DONE, input=create | changes)

    def limited() -> Any:
        simulator.fault("linear", "graphql", "rate_limited", value=90)
        return issue()

    state = GRACE.workspace.named("state", "Done")
    cases = {
        "token": lambda: connected,
        "token_list": lambda: configured(scope_list=True),
        "token_short": lambda: configured(scope_short=True),
        "token_refreshed": lambda: linear.refresh(connected["refresh_token"]),
        "token_error": lambda: linear.exchange("invented", status=400),
        "client_error": lambda: linear.exchange("x", status=400, **dict.fromkeys(IN_FORM, "")),
        "account": lambda: linear.ask(token, WHO),
        "action": issue,
        "api_error": lambda: issue(teamId=ADA_AT_GLOBEX.id),
        "invalid_input": lambda: issue(teamId="ENG"),
        "unauthenticated": lambda: issue("invented"),
        "forbidden": lambda: issue(stateId=state),
        "unknown_field": lambda: linear.ask(token, "{ viewer { id nope } }"),
        "rate_limited": limited,
    }
    return lambda name: cases[name]()


@pytest.mark.parametrize("name", fixtures("linear"))
def test_the_simulator_answers_in_the_shape_that_is_known(told, name):
    wanted, given = fixture("linear", name), told(name)

    if isinstance(given, dict):  # of the token endpoint, which checked the status
        assert shape(given) == shape(wanted.json())
        return
    assert given.status_code == wanted.status
    assert shape(given.json()) == shape(wanted.json())
    assert {header.lower() for header in given.headers} >= wanted.headers.keys()
