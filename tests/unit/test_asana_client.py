"""AsanaClient by itself, as a developer's script would use it; Asana is the simulator."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers.asana.client import AsanaClient
from tests.simulator.providers.asana.world import (
    BOARD,
    EXAMPLE,
    HARBOUR,
    ONBOARDING,
    TEAM,
    URGENT,
)
from tests.simulator.server import Simulator
from tests.unit.simulator.asana.app import ADA, ALAN, CLIENT, App
from tests.unit.simulator.registered import PREFIX

PARIS = timezone(timedelta(hours=1))
TENTH = datetime(2026, 11, 10, 9, 30, tzinfo=PARIS)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"asana": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    send = HttpClient({urlsplit(app.api).netloc}).send
    return lambda token: AsanaClient(token, send, app.api)


@pytest.fixture
def client(app, client_of):
    return client_of(app.token())


def test_a_task_is_a_line(app, client):
    done = client.create_task("Welcome Ada", projects=[ONBOARDING], due=date(2026, 12, 1))

    (made,) = app.made()
    assert done == {
        "id": made["gid"],
        "url": f"https://app.asana.com/1/{EXAMPLE}/task/{made['gid']}",
    }
    assert (made["name"], made["due_on"], made["due_at"]) == ("Welcome Ada", "2026-12-01", None)


def test_a_task_says_all_that_it_is_given(app, client):
    client.create_task(
        "Order a laptop",
        workspace=EXAMPLE,
        projects=[ONBOARDING],
        notes="Grüße 👋",
        assignee=ADA,
        due=TENTH,
        start=TENTH - timedelta(hours=2),
        followers=["me", ADA],
        tags=[URGENT],
        custom_fields={TEAM: ["1", "2"]},
    )

    (made,) = app.made()
    assert (made["notes"], made["workspace"]) == ("Grüße 👋", EXAMPLE)
    assert (made["due_at"], made["start_at"]) == (
        "2026-11-10T08:30:00.000Z",
        "2026-11-10T06:30:00.000Z",
    )
    assert (made["projects"], made["tags"]) == ((ONBOARDING,), (URGENT,))
    assert made["custom_fields"] == {TEAM: ["1", "2"]}
    assert made["assignee"] == "1210000000000001"
    assert len(made["followers"]) == 2


def test_a_task_below_another_is_where_that_is(app, client):
    parent = client.create_task("First day", workspace=HARBOUR)
    client.create_task("Keys", parent=parent["id"])

    assert app.made()[1]["parent"] == parent["id"]
    assert app.made()[1]["workspace"] == HARBOUR


@pytest.mark.parametrize(
    ("due", "start", "fields"),
    [
        (date(2026, 11, 10), None, {"due_on": "2026-11-10"}),
        (TENTH, None, {"due_at": "2026-11-10T08:30:00.000Z"}),
        (TENTH, date(2026, 11, 9), {"start_on": "2026-11-09"}),
        (TENTH, TENTH, {"start_at": "2026-11-10T08:30:00.000Z"}),
        (datetime(2026, 11, 10, tzinfo=UTC), None, {"due_at": "2026-11-10T00:00:00.000Z"}),
        (
            datetime(2026, 11, 10, 0, 0, 0, 250_900, UTC),
            None,
            {"due_at": "2026-11-10T00:00:00.250Z"},
        ),
    ],
)
def test_a_day_is_written_as_such_and_a_moment_in_utc(app, client, due, start, fields):
    client.create_task("X", workspace=EXAMPLE, due=due, start=start)

    (made,) = app.made()
    assert fields.items() <= made.items()


@given(
    st.datetimes(timezones=st.timezones() | st.just(UTC)),
    st.none() | st.dates(),
)
def test_any_moment_is_written_so_that_asana_reads_the_same_moment(due, start):
    sent = []

    def send(request, **_):
        sent.append(request.json["data"])
        return answer(201, {"data": {"gid": "1"}})

    try:
        AsanaClient("token", send).create_task("X", workspace="1", due=due, start=start)
    except InvalidRequest:
        assert due.year in {1, 9999}
        return
    read = datetime.fromisoformat(sent[0]["due_at"])
    assert read == due.replace(microsecond=due.microsecond // 1000 * 1000).astimezone(UTC)
    assert sent[0]["due_at"].endswith("Z")
    assert sent[0].get("start_on") == (start and start.isoformat())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"workspace": None}, "where the task belongs"),
        ({"workspace": "", "projects": []}, "where the task belongs"),
        ({"due": TENTH.replace(tzinfo=None)}, "offset"),
        ({"due": TENTH, "start": TENTH.replace(tzinfo=None)}, "offset"),
        ({"start": date(2026, 11, 10)}, "due"),
        ({"start": TENTH}, "due"),
        ({"start": TENTH, "due": date(2026, 11, 10)}, "due at a time"),
        ({"due": datetime(1, 1, 1, tzinfo=PARIS)}, "9999"),
    ],
)
def test_what_makes_no_task_is_not_sent(app, client, changes, words):
    with pytest.raises(InvalidRequest, match=words):
        client.create_task("X", **{"workspace": EXAMPLE} | changes)
    assert app.simulator.calls("tasks.create") == []


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"workspace": "7"}, "does not accept"),
        ({"projects": [BOARD]}, "may not do that there"),
        ({"workspace": EXAMPLE, "assignee": ALAN}, "the people"),
        ({"workspace": EXAMPLE, "custom_fields": {TEAM: 1.5}}, "the ids"),
    ],
)
def test_what_asana_finds_wrong_is_told_in_our_words(app, client, task, words):
    with pytest.raises(InvalidRequest, match=words):
        client.create_task("X", **task)
    assert app.made() == []


def test_by_itself_it_calls_the_api_it_is_given_and_nobody_else(app):
    token = app.token()

    assert AsanaClient(token, api=app.api).create_task("X", workspace=EXAMPLE)["id"]
    with pytest.raises(ValueError, match="host"):
        AsanaClient(token, _rest.default_send("https://app.asana.com"), app.api).create_task(
            "X", workspace=EXAMPLE
        )


def test_the_token_is_not_shown(client_of):
    client = client_of("1/canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.create_task("X", workspace=EXAMPLE)
    assert "canary" not in str(raised.value)


def test_a_token_that_was_revoked_or_expired_says_so(app, client_of):
    tokens = app.connect()
    app.simulator.advance(3600)
    with pytest.raises(ReauthRequired):
        client_of(tokens["access_token"]).create_task("X", workspace=EXAMPLE)

    tokens = app.connect()
    app.revoke(tokens["refresh_token"])
    with pytest.raises(ReauthRequired):
        client_of(tokens["access_token"]).create_task("X", workspace=EXAMPLE)


def test_a_permission_that_is_missing_is_told_as_far_as_asana_tells_it(app, client_of):
    client = client_of(app.token(scope="tasks:read workspaces:read"))

    with pytest.raises(InvalidRequest, match="reconnect and grant every permission"):
        client.create_task("X", workspace=EXAMPLE)


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("status", 500, ProviderUnavailable),
        ("status", 503, ProviderUnavailable),
        ("ok_false", "server_error", ProviderUnavailable),
        ("ok_false", "legal", ProviderError),
        ("ok_false", "payment_required", InvalidRequest),
        ("ok_false", "not_found", InvalidRequest),
        ("ok_false", "expired", ReauthRequired),
        ("status", 409, ProviderError),
        ("html", None, ProviderUnavailable),
        ("empty", None, ProviderUnavailable),
        ("truncated", None, ProviderUnavailable),
        ("reset", None, ProviderUnavailable),
        ("lost_answer", None, ProviderUnavailable),
        ("body", '{"data": {"gid": 7}}', ProviderUnavailable),
        ("body", '{"data": []}', ProviderUnavailable),
        ("redirect", "http://127.0.0.1:1/", ProviderUnavailable),
    ],
)
def test_a_failure_has_its_kind_and_nothing_is_tried_again(app, client, kind, value, error):
    app.simulator.fault("asana", "tasks.create", kind, value=value)

    with pytest.raises(error) as raised:
        client.create_task("X", workspace=EXAMPLE)
    assert type(raised.value) is error
    assert len(app.simulator.calls("tasks.create")) == 1


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("asana", "tasks.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_task("X", workspace=EXAMPLE)


def test_a_limit_says_how_long_to_wait(app, client):
    app.simulator.fault("asana", "tasks.create", "rate_limited", value=30)

    with pytest.raises(RateLimited) as raised:
        client.create_task("X", workspace=EXAMPLE)
    assert raised.value.retry_after == 30


def answer(status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=0.0)


CANARY = {"errors": [{"message": "canary", "help": "canary"}]}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequest),
        (401, ReauthRequired),
        (402, InvalidRequest),
        (403, InvalidRequest),
        (404, InvalidRequest),
        (405, ProviderError),
        (412, ProviderError),
        (429, RateLimited),
        (451, ProviderError),
        (500, ProviderUnavailable),
        (502, ProviderUnavailable),
        (504, ProviderUnavailable),
    ],
)
@pytest.mark.parametrize("content", [CANARY, b"canary", b""])
def test_every_status_has_its_kind_and_no_words_of_asana_s(status, error, content):
    client = AsanaClient("token", lambda *_, **__: answer(status, content))

    with pytest.raises(error) as raised:
        client.create_task("X", workspace="1")
    assert type(raised.value) is error
    assert "canary" not in raised.value.message


@pytest.mark.parametrize(("sent", "waits"), [("17", 17), ("soon", None), ("99999", 3600)])
def test_a_wait_is_passed_on_where_it_is_one(sent, waits):
    limited = answer(429, {}, **{"retry-after": sent})

    with pytest.raises(RateLimited) as raised:
        AsanaClient("token", lambda *_, **__: limited).create_task("X", workspace="1")
    assert raised.value.retry_after == waits


@pytest.mark.parametrize(
    ("sent", "given_on"),
    [
        ("https://app.asana.com/1/2/task/3", "https://app.asana.com/1/2/task/3"),
        ("http://app.asana.com/1/2/task/3", None),
        ("javascript:alert(1)", None),
        ("https://a b", None),
        (7, None),
        (None, None),
    ],
)
def test_only_a_link_that_people_can_open_is_passed_on(sent, given_on):
    said = answer(201, {"data": {"gid": "1", "permalink_url": sent}})
    client = AsanaClient("token", lambda *_, **__: said)

    assert client.create_task("X", workspace="1") == {"id": "1", "url": given_on}


def test_a_task_is_asked_for_once_as_json_under_data():
    calls = []

    def send(request, **limits):
        calls.append((request, limits))
        return answer(201, {"data": {"gid": "1"}})

    AsanaClient("1/token", send).create_task("", workspace="1", notes=None, projects=())

    ((request, limits),) = calls
    assert (request.method, request.url) == ("POST", "https://app.asana.com/api/1.0/tasks")
    assert request.json == {"data": {"name": "", "workspace": "1"}}
    assert request.headers["authorization"] == "Bearer 1/token"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert "attempts" not in limits
