"""ZoomClient by itself, as a developer's script would use it; Zoom is the simulator."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from hub.providers import _rest
from hub.providers.zoom.client import ZoomClient
from tests.simulator.server import Simulator
from tests.unit.simulator.registered import PREFIX
from tests.unit.simulator.zoom.app import CLIENT, GRACE, App

MORNING = datetime(2026, 12, 1, 9, tzinfo=UTC)
NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"zoom": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: ZoomClient(token, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect(GRACE)["access_token"])


def test_a_meeting_is_a_line(app, client):
    made = client.create_meeting("Interview", MORNING)

    (meeting,) = app.meetings()
    assert made == {
        "id": str(meeting["id"]),
        "url": f"https://us05web.zoom.us/j/{meeting['id']}?pwd=simulated{meeting['id']}.1",
    }
    assert (meeting["topic"], meeting["start"], meeting["duration"]) == (
        "Interview",
        "2026-12-01T09:00:00Z",
        60,
    )


def test_everything_that_can_be_said_of_a_meeting_arrives(app, client):
    client.create_meeting(
        "Vorstellungsgespräch 👋",
        MORNING,
        minutes=45,
        time_zone="Asia/Tokyo",
        agenda="Zweite Runde",
        passcode="s3cret",
        settings={"waiting_room": True, "join_before_host": False},
    )

    (meeting,) = app.meetings()
    told = {name: meeting[name] for name in ("topic", "duration", "timezone", "agenda", "passcode")}
    assert told == {
        "topic": "Vorstellungsgespräch 👋",
        "duration": 45,
        "timezone": "Asia/Tokyo",
        "agenda": "Zweite Runde",
        "passcode": "s3cret",
    }
    assert meeting["settings"] == {"waiting_room": True, "join_before_host": False}


@pytest.mark.parametrize(
    ("start", "time_zone", "arrives"),
    [
        (MORNING, None, "2026-12-01T09:00:00Z"),
        (MORNING.replace(microsecond=999_999), None, "2026-12-01T09:00:00Z"),
        (MORNING.astimezone(timezone(timedelta(hours=-8))), None, "2026-12-01T09:00:00Z"),
        (MORNING, "Europe/Paris", "2026-12-01T09:00:00Z"),
        (MORNING.replace(tzinfo=None), "Europe/Paris", "2026-12-01T09:00:00"),
        (datetime(999, 1, 1, tzinfo=UTC), None, "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_arrives_as_zoom_reads_it(app, client, start, time_zone, arrives):
    client.create_meeting("Interview", start, time_zone=time_zone)

    assert app.meetings()[0]["start"] == arrives


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 12, 1, 9),  # noqa: DTZ001  # the point
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_a_time_that_is_none_calls_nobody(app, client, start):
    with pytest.raises(InvalidRequest):
        client.create_meeting("Interview", start)
    assert app.simulator.calls("meetings.create") == []


def test_whose_token_it_is_can_be_asked(client):
    assert client.read_user() == {
        "id": "gRaCeHoOpEr00000000002",
        "accountId": "ExAmPlEoRg000000000001",
        "name": GRACE,
    }


def test_by_itself_it_calls_one_host_and_no_other():
    regional = Request(method="GET", url="https://api-us.zoom.us/v2/users/me")

    with pytest.raises(ValueError, match="host"):
        ZoomClient("token")._send(regional, seconds=1)


def test_the_token_is_not_shown(client_of):
    client = client_of("eyJ.canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.read_user()
    assert "canary" not in str(raised.value)


def test_a_permission_that_was_not_granted_is_missing(app, client_of):
    app.simulator.configure("zoom", granted_scopes=["user:read:user"])
    client = client_of(app.connect()["access_token"])

    with pytest.raises(InsufficientScope):
        client.create_meeting("Interview", MORNING)


def test_a_token_that_a_later_authorization_ended_must_be_renewed(app, client):
    app.connect(GRACE)

    with pytest.raises(ReauthRequired):
        client.create_meeting("Interview", MORNING)


def test_what_zoom_finds_wrong_is_told_in_our_words(app, client):
    with pytest.raises(InvalidRequest) as raised:
        client.create_meeting("Interview", MORNING, passcode="no spaces")
    assert "passcode" in raised.value.message
    assert app.meetings() == []


def test_a_persons_day_that_is_used_up_ends_at_midnight(app, client):
    app.simulator.configure("zoom", meetings_a_day=0)

    with pytest.raises(RateLimited, match="100 meetings a day") as raised:
        client.create_meeting("Interview", MORNING)
    assert 1 <= raised.value.retry_after <= 3600


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("zoom", "meetings.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_meeting("Interview", MORNING)
    assert len(app.simulator.calls("meetings.create")) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "html", "empty"])
def test_a_meeting_is_never_asked_for_again(app, client, kind):
    app.simulator.fault("zoom", "meetings.create", kind)

    with pytest.raises(ProviderUnavailable):
        client.create_meeting("Interview", MORNING)
    assert len(app.simulator.calls("meetings.create")) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(app, client, status):
    elsewhere = {"url": f"{app.endpoints['apiUrl']}/users/me", "status": status}
    for operation in ("meetings.create", "users.get"):
        app.simulator.fault("zoom", operation, "redirect", value=elsewhere)

    with pytest.raises(ProviderUnavailable):
        client.create_meeting("Interview", MORNING)
    with pytest.raises(ProviderUnavailable):
        client.read_user()
    assert len(app.simulator.calls("users.get")) == 1


def test_who_it_is_is_asked_once_more(app, client):
    app.simulator.fault("zoom", "users.get", "reset")

    assert client.read_user()["name"] == GRACE
    assert len(app.simulator.calls("users.get")) == 2


def answer(status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=NOW)


def error(status, number, **headers):
    return answer(status, {"code": number, "message": "canary"}, **headers)


REFUSALS = [
    (error(400, 300), InvalidRequest),
    (error(400, 200), InvalidRequest),
    (error(400, 9999), InvalidRequest),
    (error(403, 9999), InvalidRequest),
    (error(400, 124), ReauthRequired),
    (error(401, 9999), ReauthRequired),
    (error(404, 1001), ReauthRequired),
    (error(404, 1010), ReauthRequired),
    (error(401, 4741), ReauthRequired),
    (error(400, 4711), InsufficientScope),
    (error(401, 4700), InsufficientScope),
    (error(404, 9999), ProviderError),
    (error(409, 9999), ProviderError),
    (error(429, 429), RateLimited),
    (error(500, 124), ProviderUnavailable),
    (error(503, 300), ProviderUnavailable),
    (answer(400, b"<html>canary"), InvalidRequest),
    (answer(400, []), InvalidRequest),
    (answer(400, {"code": "300", "message": ["canary"]}), InvalidRequest),
    (answer(429, b""), RateLimited),
    (answer(401, b""), ReauthRequired),
    (answer(200, {"id": 84512345678}), ProviderUnavailable),
    (answer(302, {"id": 84512345678}, location="https://evil.example"), ProviderUnavailable),
    (answer(201, {"id": "canary"}), ProviderUnavailable),
    (answer(201, {}), ProviderUnavailable),
    (answer(201, b""), ProviderUnavailable),
]


@pytest.mark.parametrize(("given", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_zooms_words(given, expected):
    client = ZoomClient("token", lambda *_, **__: given)

    with pytest.raises(expected) as raised:
        client.create_meeting("Interview", MORNING)
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


USER = {"id": "u", "account_id": "a", "email": "grace@example.org"}


@pytest.mark.parametrize(
    "content",
    [
        {**USER, "id": None},
        {**USER, "id": 7},
        {**USER, "id": ""},
        {**USER, "account_id": None},
        {**USER, "account_id": ["a"]},
        {},
        b"[]",
        b"",
    ],
)
def test_a_user_who_is_not_named_is_nobody(content):
    client = ZoomClient("token", lambda *_, **__: answer(200, content))

    with pytest.raises(ProviderUnavailable):
        client.read_user()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "grace@example.org"),
        ({"email": None, "display_name": "Grace Hooper"}, "Grace Hooper"),
        ({"email": "", "display_name": 7}, "Zoom user"),
    ],
)
def test_a_user_has_a_name_for_people(change, name):
    client = ZoomClient("token", lambda *_, **__: answer(200, USER | change))

    assert client.read_user()["name"] == name


@pytest.mark.parametrize(
    "url",
    [
        "http://us05web.zoom.us/j/1",
        "javascript:alert(1)",
        "https://us05web.zoom.us/j/1\nx",
        "",
        7,
        None,
    ],
)
def test_a_link_that_is_none_is_not_passed_on(url):
    made = ZoomClient("token", lambda *_, **__: answer(201, {"id": 1, "join_url": url}))

    assert made.create_meeting("Interview", MORNING) == {"id": "1", "url": None}


def test_the_hosts_link_and_the_passcode_are_not_given():
    told = {
        "id": 1,
        "join_url": "https://us05web.zoom.us/j/1",
        "start_url": "https://us05web.zoom.us/s/1?zak=canary",
        "password": "canary",
        "encrypted_password": "canary",
    }
    client = ZoomClient("token", lambda *_, **__: answer(201, told))

    assert "canary" not in json.dumps(client.create_meeting("Interview", MORNING))


MIDNIGHT = {"message": "You may resume these requests at GMT 00:00:00."}
LIMITS = [
    ({}, {"retry-after": "2026-09-21T14:14:20Z", "x-ratelimit-type": "Daily-limit"}, 60),
    ({}, {"retry-after": "2026-09-21T14:14:20+00:00"}, 60),
    ({}, {"retry-after": "2026-09-21T16:14:20+02:00"}, 60),
    ({}, {"retry-after": "2026-09-21T14:14:20"}, 60),
    ({}, {"retry-after": "2026-09-22T00:00:00Z"}, 3600),
    ({}, {"retry-after": "2026-09-21T14:13:20Z"}, 1),
    ({}, {"retry-after": "0001-01-01T00:00:00"}, 1),
    ({}, {"retry-after": "9999-12-31T23:59:59-14:00"}, 3600),
    ({}, {"retry-after": "17"}, 17),
    ({}, {"retry-after": "soon"}, None),
    ({}, {}, None),
    ({}, {"x-ratelimit-type": "QPS"}, 1),
    ({}, {"x-ratelimit-type": "qps", "retry-after": "3"}, 3),
    (MIDNIGHT, {}, 3600),
    ({"message": ["GMT"]}, {}, None),
]


@pytest.mark.parametrize(("content", "headers", "seconds"), LIMITS)
def test_when_to_come_back_is_passed_on(content, headers, seconds):
    client = ZoomClient("token", lambda *_, **__: answer(429, content, **headers))

    with pytest.raises(RateLimited) as raised:
        client.create_meeting("Interview", MORNING)
    assert raised.value.retry_after == seconds


def test_shortly_before_midnight_it_is_not_long():
    late = Answer(
        status=429, headers={}, body=json.dumps(MIDNIGHT).encode(), sent_at=86_400.0 * 20_000 - 90
    )
    client = ZoomClient("token", lambda *_, **__: late)

    with pytest.raises(RateLimited) as raised:
        client.create_meeting("Interview", MORNING)
    assert raised.value.retry_after == 90
