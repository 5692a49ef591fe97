"""Jira's documented answers: our readers read them, and the simulator gives the same."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from hub.errors import (
    ClientRefused,
    GrantRefused,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
)
from hub.http_client import HttpClient
from hub.models import Account, Secret
from hub.providers._values import Connection
from hub.providers.jira.client import JiraClient
from hub.providers.jira.gateway import Person, Site, find_person, find_sites
from tests.providers.sample import fixture
from tests.simulator.providers.jira.people import GLOBEX, GRACE, INITECH
from tests.simulator.server import Simulator
from tests.unit.jira_answers import JIRA, answered, identify, said
from tests.unit.simulator.jira.app import ADA, ADA_AT_GLOBEX, CLIENT, IN_BODY, App
from tests.unit.simulator.registered import PREFIX

VANDELAY = Site(
    id="2f9d0b1c-6a47-4d83-9e25-7c1b3f5a8d60",
    name="Vandelay (vandelay.atlassian.net)",
    host="vandelay.atlassian.net",
)
ART = Person(id="557058:9a3c1e75-2b64-4f80-bd17-5e0c7a9d2f41", name="art@vandelay.example")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"jira": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


def test_a_token_answer_is_read():
    answer = JIRA.read_tokens(fixture("jira", "token"))

    assert answer.tokens.main.access.reveal().startswith("eyJraWQiOiJhdXRoIn0.")
    assert answer.tokens.main.refresh.reveal().startswith("eyJraWQiOiJyZWZyZXNoIn0.")
    assert answer.tokens.main.expires_at == 4_600
    assert answer.scopes == set(JIRA.required_scopes)


REFUSALS = [
    ("invalid_grant", 403, "Unknown or invalid refresh token.", GrantRefused),
    ("invalid_request", 400, "authorization_code is invalid", GrantRefused),
    ("unauthorized_client", 403, "refresh_token is invalid", GrantRefused),
    ("invalid_request", 400, "redirect_uri is invalid", ClientRefused),
    ("invalid_request", 400, None, ClientRefused),
    ("invalid_request", 400, {"a": 1}, ClientRefused),
    ("unauthorized_client", 403, "The client is not allowed to do this.", ClientRefused),
    ("access_denied", 401, "Unauthorized", ClientRefused),
    ("nobody_knows", 400, "", ProviderError),
    ("nobody_knows", 503, "", ProviderUnavailable),
]


@pytest.mark.parametrize(("error", "status", "description", "expected"), REFUSALS)
def test_a_refusal_of_the_token_endpoint_has_its_kind(error, status, description, expected):
    answer = said({"error": error, "error_description": description}, status)

    assert type(JIRA.refusal(answer)) is expected


@pytest.mark.parametrize("name", ["token_error", "token_error_code"])
def test_a_dead_token_or_code_is_a_refused_grant(name):
    assert type(JIRA.refusal(fixture("jira", name))) is GrantRefused


def test_too_many_requests_for_tokens_are_no_refusal_of_the_grant():
    refusal = JIRA.refusal(fixture("jira", "rate_limited"))

    assert (type(refusal), refusal.retry_after) == (ProviderUnavailable, 1847)


def test_a_success_refuses_nothing():
    assert JIRA.refusal(fixture("jira", "token")) is None


def test_a_site_that_comes_for_each_of_its_products_is_one_site():
    send, asked = answered(fixture("jira", "sites"))

    assert find_sites(send, "token") == (VANDELAY,)
    (request,) = asked
    assert (request.method, request.url) == (
        "GET",
        "https://api.atlassian.com/oauth/token/accessible-resources",
    )
    assert request.headers["authorization"] == "Bearer token"


def test_a_person_is_known_by_account_and_named_by_address():
    send, asked = answered(fixture("jira", "account"))

    assert find_person(send, "token") == ART
    assert asked[0].url == "https://api.atlassian.com/me"


def test_an_account_is_a_person_on_a_site():
    accounts, asked = identify(fixture("jira", "sites"), fixture("jira", "account"))

    assert accounts == (
        Account(
            id=f"{VANDELAY.id}/{ART.id}",
            name="Vandelay (vandelay.atlassian.net), art@vandelay.example",
        ),
    )
    assert len(asked) == 2


def test_a_grant_that_reaches_no_site_is_nobodys():
    accounts, asked = identify(said([]))

    assert accounts == ()
    assert len(asked) == 1


def test_an_issue_is_read():
    send, _ = answered(fixture("jira", "action"))

    assert JiraClient("token", "site-1", send).create_issue("HR", "Hello") == {
        "id": "10234",
        "key": "HR-17",
    }


def test_a_wrong_field_is_read():
    send, _ = answered(fixture("jira", "api_error"))

    with pytest.raises(InvalidRequest, match="no such project"):
        JiraClient("token", "site-1", send).create_issue("HR", "Hello")


def test_a_client_is_pinned_to_the_site_of_its_account():
    send, asked = answered(fixture("jira", "action"))
    to = Connection(
        token=Secret("token"),
        account_id=f"{VANDELAY.id}/{ART.id}",
        send=send,
        endpoints=JIRA.endpoints,
    )
    JIRA.make_client(to).create_issue("HR", "Hello")

    assert asked[0].url == (f"https://api.atlassian.com/ex/jira/{VANDELAY.id}/rest/api/3/issue")


def shape(value):
    """Keys and types of an answer."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value)


def documented(name):
    return json.loads(fixture("jira", name).body)


def test_the_simulator_answers_as_documented(app):
    tokens = app.connect()
    token = tokens["access_token"]
    app.simulator.configure("jira", confluence=True)

    assert shape(tokens) == shape(documented("token"))
    assert shape(app.sites(token)) == shape(documented("sites"))
    assert shape(app.get("/me", token).json()) == shape(documented("account"))
    assert shape(app.create(token).json()) == shape(documented("action"))
    refused = app.create(token, project={"key": "NONE"})
    assert (refused.status_code, refused.json()) == (400, documented("api_error"))


def test_the_simulator_refuses_as_documented(app):
    spent = app.code()
    app.exchange(spent)

    assert app.exchange(spent, status=400) == documented("token_error_code")
    assert app.refresh("invented", status=403) == documented("token_error")
    other = app.connect(scope="offline_access")["access_token"]
    answer = app.get("/me", other)
    assert (answer.status_code, answer.json()) == (401, documented("scope_error"))
    app.simulator.fault("jira", "issue.create", "rate_limited", value=1847)
    limited = app.create(other)
    told = fixture("jira", "rate_limited")
    assert (limited.status_code, limited.json()) == (429, documented("rate_limited"))
    assert told.headers.keys() <= {name.lower() for name in limited.headers}
    assert limited.headers["Retry-After"] == told.headers["retry-after"]


def test_people_and_sites_of_the_simulator_are_found(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    app.connect(ADA)
    token = app.connect(ADA_AT_GLOBEX)["access_token"]
    app.simulator.configure("jira", confluence=True)

    assert [site.id for site in find_sites(send, token, base)] == [INITECH.id, GLOBEX.id]
    grace = app.connect()["access_token"]
    assert find_person(send, grace, base).id == GRACE.id


def test_a_form_in_place_of_json_is_refused_by_the_simulator(app):
    """What would come back if the declaration did not say JSON."""
    answer = requests.post(app.endpoints["tokenUrl"], data=IN_BODY, timeout=5)

    assert isinstance(JIRA.refusal(said(answer.content, answer.status_code)), ClientRefused)
