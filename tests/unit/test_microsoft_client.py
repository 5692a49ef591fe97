"""MicrosoftClient by itself, as a developer's script would use it; Microsoft is the simulator."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hub.errors import (
    InvalidRequest,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.providers import _rest
from hub.providers.microsoft.client import MicrosoftClient
from tests.simulator.providers.microsoft.drives import LIBRARY
from tests.simulator.server import Simulator
from tests.unit.simulator.microsoft.app import ADA, ALAN, CHANNEL, CLIENT, GRACE, SCOPES, TEAM, App
from tests.unit.simulator.microsoft.orders import EVENT
from tests.unit.simulator.registered import PREFIX


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"microsoft": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: MicrosoftClient(token, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect()["access_token"])


def test_an_event_a_mail_a_message_and_a_share_are_a_line_each(app, client):
    event = client.create_calendar_event(EVENT)
    mail = client.send_email(GRACE, "Welcome", "Welcome aboard!")
    message = client.send_channel_message(TEAM, CHANNEL, "Hello", subject="News")
    share = client.share_file("01PLAN", GRACE, "write", message="Look")

    (made,) = app.made("events")
    assert event == {"id": made["id"], "url": event["url"], "meetingUrl": None}
    assert event["url"].startswith("https://outlook.office365.com/")
    (sent,) = app.made("mails")
    assert mail == {"accepted": True}
    assert (sent["to"], sent["subject"], sent["text"]) == ((GRACE,), "Welcome", "Welcome aboard!")
    assert (sent["kind"], sent["kept"]) == ("text", True)
    (posted,) = app.made("posts")
    assert message == {"id": posted["id"], "url": message["url"]}
    assert message["url"].startswith("https://teams.microsoft.com/")
    assert (posted["kind"], posted["text"], posted["subject"]) == ("text", "Hello", "News")
    (shared,) = app.made("shares")
    assert share == {"id": shared["permission"], "notified": True}
    assert (shared["item"], shared["whom"], shared["role"]) == ("01PLAN", GRACE, "write")
    assert shared["message"] == "Look"


def test_several_people_can_be_written_to(app, client):
    client.send_email([ADA, GRACE], "Hello", "<p>Hi</p>", cc=[ALAN], bcc=["x@y.example"], html=True)

    (sent,) = app.made("mails")
    assert (sent["to"], sent["cc"], sent["bcc"]) == ((ADA, GRACE), (ALAN,), ("x@y.example",))
    assert (sent["kind"], sent["text"]) == ("html", "<p>Hi</p>")


def test_a_message_may_be_html(app, client):
    client.send_channel_message(TEAM, CHANNEL, "<b>Hi</b>", html=True)

    assert app.made("posts")[0]["kind"] == "html"


def test_an_event_may_be_a_meeting_and_in_a_named_calendar(app, client):
    token = app.connect()["access_token"]
    calendar = app.get("/me/calendar", token).json()["id"]
    made = client.create_calendar_event({**EVENT, "isOnlineMeeting": True}, calendar)

    assert made["meetingUrl"].startswith("https://teams.microsoft.com/l/meetup-join/")


def test_nobody_is_told_of_a_share_where_that_is_asked_for(app, client):
    assert client.share_file("01PLAN", GRACE, notify=False)["notified"] is False
    assert app.made("shares")[0]["notified"] is False


def test_a_share_that_could_not_be_told_is_given_all_the_same(app, client):
    app.simulator.configure("microsoft", mail_blocked=True)
    share = client.share_file("01PLAN", GRACE)

    assert share == {"id": app.made("shares")[0]["permission"], "notified": False}


def test_a_file_of_a_team_is_shared_from_its_drive(app, client_of):
    token = app.connect(scope=f"{SCOPES} Files.ReadWrite.All")["access_token"]
    client_of(token).share_file("01HANDBOOK", GRACE, drive=LIBRARY)

    assert app.made("shares")[0]["drive"] == LIBRARY


def test_by_itself_it_calls_graph_and_nobody_else(app):
    with pytest.raises(ValueError, match="host"):
        MicrosoftClient("token", api=app.endpoints["apiUrl"]).share_file("01PLAN", ADA)


def test_the_token_is_not_shown(app, client_of):
    client = client_of("eyJ.canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.share_file("01PLAN", ADA)
    assert "canary" not in str(raised.value)


def test_a_token_without_the_permission_may_not(app, client_of):
    client = client_of(app.connect(scope="openid User.Read")["access_token"])

    with pytest.raises(InvalidRequest, match="may not do that"):
        client.send_email(ADA, "Hello", "Hello")


def test_sessions_that_were_revoked_say_so(app, client):
    app.simulator.uninstall("microsoft", ADA)

    with pytest.raises(ReauthRequired):
        client.create_calendar_event(EVENT)


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("microsoft", "items.invite", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.share_file("01PLAN", ADA)
    assert len(app.simulator.calls("items.invite")) == 1


SPOILT = [
    ("lost_answer", None),
    ("reset", None),
    ("truncated", None),
    ("html", None),
    ("empty", None),
    ("status", 500),
    ("status", 200),
    ("redirect", "http://127.0.0.1:9/steal"),
    ("redirect", {"url": "http://127.0.0.1:9/steal", "status": 307}),
]


@pytest.mark.parametrize(("kind", "value"), SPOILT)
def test_an_answer_that_is_none_is_never_asked_for_again(app, client, kind, value):
    app.simulator.fault("microsoft", "messages.post", kind, value=value)

    with pytest.raises(ProviderUnavailable):
        client.send_channel_message(TEAM, CHANNEL, "Hello")
    assert len(app.simulator.calls("messages.post")) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [("html", None), ("status", 201), ("redirect", "http://127.0.0.1:9/"), ("status", 503)],
)
def test_a_mail_is_sent_only_if_outlook_accepted_it(app, client, kind, value):
    app.simulator.fault("microsoft", "mail.send", kind, value=value)

    with pytest.raises(ProviderUnavailable):
        client.send_email(ADA, "Hello", "Hello")
    assert len(app.simulator.calls("mail.send")) == 1


@pytest.mark.parametrize(("seconds", "wait"), [(17, 17), (0, None)])
def test_a_limit_says_how_long_to_wait_where_graph_does(app, client, seconds, wait):
    app.simulator.fault("microsoft", "mail.send", "rate_limited", value=seconds)

    with pytest.raises(RateLimited) as raised:
        client.send_email(ADA, "Hello", "Hello")
    assert raised.value.retry_after == wait
