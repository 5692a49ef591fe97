"""GoogleClient by itself, as a developer's script would use it; Google is the simulator."""

import json
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    ClientRefused,
    Conflict,
    InsufficientScope,
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
from hub.providers.google.client import GoogleClient
from tests.simulator.server import Simulator
from tests.unit.simulator.google.app import ADA, CALENDAR, CLIENT, App
from tests.unit.simulator.registered import PREFIX

EVENT = {
    "summary": "Kick-off",
    "start": {"dateTime": "2026-11-20T10:00:00+01:00"},
    "end": {"dateTime": "2026-11-20T11:00:00+01:00"},
}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"google": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: GoogleClient(token, send, base, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect()["access_token"])


def test_an_event_a_mail_and_a_share_are_a_line_each(app, client):
    event = client.create_calendar_event(EVENT)
    mail = client.send_email("grace@example.org", "Welcome", "Welcome aboard!")
    share = client.share_file("file-plan", "grace@example.org", "writer")

    (made,) = app.made("events")
    assert event == {"id": made["id"], "url": event["url"]}
    assert event["url"].startswith("https://www.google.com/calendar/")
    assert (made["summary"], made["send_updates"]) == ("Kick-off", "all")
    (sent,) = app.made("mails")
    assert mail == {"id": sent["id"], "threadId": sent["thread"]}
    assert (sent["sender"], sent["to"], sent["body"]) == (
        ADA,
        ("grace@example.org",),
        "Welcome aboard!",
    )
    (shared,) = app.made("shares")
    assert share == {"id": shared["permission"], "role": "writer"}
    assert (shared["file"], shared["whom"], shared["notified"]) == (
        "file-plan",
        "grace@example.org",
        True,
    )


def test_several_people_can_be_written_to(app, client):
    client.send_email([ADA, "grace@example.org"], "Hello", "Hello", cc=["alan@example.net"])

    (sent,) = app.made("mails")
    assert (sent["to"], sent["cc"]) == ((ADA, "grace@example.org"), ("alan@example.net",))


def test_nobody_is_told_where_that_is_asked_for(app, client):
    client.create_calendar_event(EVENT, notify=False)
    client.share_file("file-plan", "grace@example.org", notify=False)

    assert app.made("events")[0]["send_updates"] == "none"
    assert app.made("shares")[0]["notified"] is False


def test_another_calendar_than_the_main_one(app, client):
    client.create_calendar_event(EVENT, ADA)

    assert len(app.made("events")) == 1


def test_by_itself_it_calls_google_and_nobody_else():
    assert GoogleClient("token")._send.__self__._allowed == {
        "www.googleapis.com",
        "gmail.googleapis.com",
        "people.googleapis.com",
    }


def test_the_token_is_not_shown(app, client_of):
    client = client_of("ya29.canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.share_file("file-plan", ADA)
    assert "canary" not in str(raised.value)


def test_a_token_without_the_scope_says_so(app, client_of):
    client = client_of(app.connect(scope=f"openid email {CALENDAR}")["access_token"])

    with pytest.raises(InsufficientScope):
        client.send_email(ADA, "Hello", "Hello")


def test_a_grant_that_ended_says_so(app, client):
    app.simulator.uninstall("google", ADA)

    with pytest.raises(ReauthRequired):
        client.create_calendar_event(EVENT)


def test_an_id_of_one_s_own_is_used_once(client):
    client.create_calendar_event({**EVENT, "id": "kickoff2026"})

    with pytest.raises(Conflict):
        client.create_calendar_event({**EVENT, "id": "kickoff2026"})


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("google", "permissions.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.share_file("file-plan", ADA)
    assert len(app.simulator.calls("permissions.create")) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "html", "empty"])
def test_an_answer_that_is_none_is_never_asked_for_again(app, client, kind):
    app.simulator.fault("google", "messages.send", kind)

    with pytest.raises(ProviderUnavailable):
        client.send_email(ADA, "Hello", "Hello")
    assert len(app.simulator.calls("messages.send")) == 1


def error(status, *reasons, **general):
    """An answer as Google's APIs word a refusal."""
    errors = [{"reason": reason, "message": "canary", "domain": "global"} for reason in reasons]
    content = {"error": {"code": status, "message": "canary", "errors": errors, **general}}
    return answer(status, content)


def answer(status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=0.0)


DETAILS = {"details": [{"@type": "ErrorInfo", "reason": "SERVICE_DISABLED"}]}
REFUSALS = [
    (error(400, "invalid"), InvalidRequest),
    (error(400, "timeRangeEmpty"), InvalidRequest),
    (error(401, "authError"), ReauthRequired),
    (error(403, "forbidden"), InvalidRequest),
    (error(403, "insufficientPermissions"), InsufficientScope),
    (error(403, "rateLimitExceeded"), RateLimited),
    (error(403, "userRateLimitExceeded"), RateLimited),
    (error(403, "quotaExceeded"), RateLimited),
    (error(403, "dailyLimitExceeded"), RateLimited),
    (error(403, "sharingRateLimitExceeded"), RateLimited),
    (error(403, "accessNotConfigured"), ClientRefused),
    (error(403, "forbidden", **DETAILS), ClientRefused),
    (error(404, "notFound"), InvalidRequest),
    (error(409, "duplicate"), Conflict),
    (error(410, "deleted"), ProviderError),
    (error(429, "rateLimitExceeded"), RateLimited),
    (error(500, "backendError"), ProviderUnavailable),
    (answer(403, b"<html>canary"), InvalidRequest),
    (answer(403, {"error": "canary"}), InvalidRequest),
    (answer(403, {"error": {"errors": "canary"}}), InvalidRequest),
    (answer(403, {"error": {"errors": [7, None, {"reason": ["canary"]}]}}), InvalidRequest),
    (answer(403, []), InvalidRequest),
    (answer(429, b""), RateLimited),
    (answer(503, b""), ProviderUnavailable),
    (answer(302, b"", location="https://evil.example"), ProviderUnavailable),
    (answer(200, {"id": 7}), ProviderUnavailable),
    (answer(200, {}), ProviderUnavailable),
    (answer(204, b""), ProviderUnavailable),
]


@pytest.mark.parametrize(("given_answer", "expected"), REFUSALS)
def test_every_refusal_has_its_kind_and_none_repeats_google_s_words(given_answer, expected):
    client = GoogleClient("token", lambda *_, **__: given_answer)

    with pytest.raises(expected) as raised:
        client.share_file("file-plan", ADA)
    assert type(raised.value) is expected
    assert "canary" not in raised.value.message


@pytest.mark.parametrize(("sent", "expected"), [("17", 17), ("soon", None), ("99999", 3600)])
def test_when_to_come_back_is_passed_on(sent, expected):
    limited = answer(429, {}, **{"retry-after": sent})
    client = GoogleClient("token", lambda *_, **__: limited)

    with pytest.raises(RateLimited) as raised:
        client.share_file("file-plan", ADA)
    assert raised.value.retry_after == expected


HOSTILE_IDS = [
    ".",
    "..",
    "../..",
    "../../../gmail/v1/users/me/messages/send",
    "a/b",
    "a?b=c",
    "a#b",
    "a%2Fb",
    "%2e%2e",
    "..%2f",
    "\\..\\",
    "a b",
    "a;b",
    "//evil.example",
    "@evil.example",
    "\x00",
    "\r\nx: y",
    "\u00fc",
]


def path_of_share(file):
    """The path on the wire, which requests and urllib3 may still change; None where refused."""
    called = []

    def send(request, **_):
        called.append(request.url)
        return answer(200, {"id": "1"})

    try:
        GoogleClient("token", send).share_file(file, ADA)
    except InvalidRequest:
        return None
    (url,) = called
    parts = urlsplit(requests.Request("POST", url).prepare().url)
    assert (parts.scheme, parts.netloc) == ("https", "www.googleapis.com")
    assert parts.query == "supportsAllDrives=true&sendNotificationEmail=true"
    return parts.path


@pytest.mark.parametrize("file", HOSTILE_IDS)
def test_a_hostile_id_stays_one_segment_of_the_path(file):
    assert_one_segment(file)


@given(st.text(st.sampled_from("./\\%2eEfF?#:@;a\u00fc \u3002"), min_size=1, max_size=12))
def test_any_id_stays_one_segment_of_the_path(file):
    assert_one_segment(file)


def assert_one_segment(file):
    path = path_of_share(file)

    if path is None:
        assert file in {".", ".."}
        return
    *before, segment, last = path.split("/")
    assert (before, last) == (["", "drive", "v3", "files"], "permissions")
    assert unquote(segment) == file
