"""Graph's documented answers are read as they are meant, and the simulator's have their shape."""

from typing import Any

import pytest

from hub.errors import InvalidRequest, RateLimited, ReauthRequired
from hub.providers.microsoft.client import MicrosoftClient
from tests.providers.sample import fixture
from tests.simulator.server import Simulator
from tests.unit.simulator.microsoft.app import CLIENT, GRACE, App
from tests.unit.simulator.microsoft.orders import (
    EVENT,
    INVITATION,
    INVITE,
    MAIL,
    MESSAGES,
    POST,
    at,
)
from tests.unit.simulator.registered import PREFIX

ONLINE = {**EVENT, "isOnlineMeeting": True}


def client(name: str) -> MicrosoftClient:
    answer = fixture("microsoft", name)
    return MicrosoftClient("eyJ", lambda *_, **__: answer)


def share(name: str) -> dict[str, Any]:
    return client(name).share_file("01PLAN", GRACE)


def test_a_message_is_read_with_its_id_and_link():
    posted = client("action").send_channel_message("team", "channel", "Hello")

    assert posted["id"] == "1616990032035"
    assert posted["url"].startswith("https://teams.microsoft.com/l/message/19%3A4a95f7d8")


def test_an_event_is_read_with_its_links():
    assert client("event").create_calendar_event({}) == {
        "id": "AAMkAGI1AAAt9AHjAAA=",
        "url": (
            "https://outlook.office365.com/owa/?itemid=AAMkAGI1AAAt9AHjAAA%3D&exvsurl=1"
            "&path=/calendar/item"
        ),
        "meetingUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_1",
    }


def test_a_mail_is_accepted():
    assert client("mail").send_email(GRACE, "Hello", "Hello") == {"accepted": True}


@pytest.mark.parametrize(("name", "notified"), [("share", True), ("share_untold", False)])
def test_a_share_says_whether_somebody_was_told(name, notified):
    assert share(name) == {"id": "CCFC7CA3-7A19-4D57-8CEF-149DB9DDFA62", "notified": notified}


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("api_error", InvalidRequest, "does not know this time zone"),
        ("api_recipients", InvalidRequest, "cannot deliver"),
        ("api_denied", InvalidRequest, "may not do that"),
        ("api_unauthorized", ReauthRequired, "Use Reconnect"),
        ("rate_limited", RateLimited, "Try again later"),
    ],
)
def test_documented_refusals_have_their_kind(name, kind, words):
    with pytest.raises(kind, match=words) as raised:
        share(name)
    assert type(raised.value) is kind
    assert raised.value.retry_after == (1 if kind is RateLimited else None)


@pytest.fixture(scope="module")
def app():
    with Simulator({"microsoft": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield App(simulator)


def assert_covers(played: Any, documented: Any, where: str = "") -> None:
    """The simulator may leave out fields; those it has are of the documented type, or nothing."""
    if isinstance(documented, dict) and isinstance(played, dict):
        for name in played.keys() & documented.keys():
            assert_covers(played[name], documented[name], f"{where}.{name}")
        return
    if isinstance(documented, list) and documented and played:
        assert_covers(played[0], documented[0], f"{where}[]")
        return
    known = played is not None and documented is not None
    assert not known or type(played) is type(documented), where


def answers_of(app: App) -> dict[str, Any]:
    token = app.connect(GRACE)["access_token"]
    wrong_zone = EVENT | {"start": at("2026-11-23T12:00:00", "Greenwich Mean Time")}
    app.simulator.configure("microsoft", mail_blocked=False)
    given = {
        "account": app.get("/me", token),
        "action": app.post(MESSAGES, token, POST),
        "event": app.post("/me/events", token, ONLINE),
        "mail": app.post("/me/sendMail", token, MAIL),
        "share": app.post(INVITE, token, INVITATION),
        "api_error": app.post("/me/events", token, wrong_zone),
        "api_unauthorized": app.get("/me", "eyJinvented"),
    }
    app.simulator.configure("microsoft", mail_blocked=True)
    given["share_untold"] = app.post(INVITE, token, INVITATION)
    app.simulator.fault("microsoft", "me.get", "ok_false", value="ApplicationThrottled")
    given["rate_limited"] = app.get("/me", token)
    return given


def test_the_simulators_answers_have_the_documented_shape(app):
    for name, answer in answers_of(app).items():
        documented = fixture("microsoft", name)
        assert answer.status_code == documented.status, name
        if not documented.body:
            assert answer.content == b"", name
            continue
        played, told = answer.json(), documented.json()
        assert played.keys() & told.keys(), name
        assert_covers(played, told, name)


MUST_HAVE = {
    "account": {"id", "displayName", "userPrincipalName"},
    "action": {"id", "webUrl", "from", "body", "channelIdentity", "createdDateTime"},
    "event": {"id", "webLink", "start", "end", "subject", "onlineMeeting", "iCalUId"},
}


def test_what_our_client_and_syncs_read_is_there(app):
    answers = answers_of(app)

    for name, fields in MUST_HAVE.items():
        assert fields <= answers[name].json().keys() & fixture("microsoft", name).json().keys()


def test_its_token_answers_have_the_documented_shape(app):
    played, told = app.connect(GRACE), fixture("microsoft", "token").json()
    refused = app.exchange("1.AXkAinvented", status=400)

    assert played.keys() == told.keys()
    assert_covers(played, told)
    assert refused.keys() == fixture("microsoft", "token_error").json().keys()


def test_a_field_of_another_type_would_be_noticed():
    with pytest.raises(AssertionError, match="id"):
        assert_covers({"id": 7}, {"id": "7"})
    with pytest.raises(AssertionError, match="roles"):
        assert_covers({"value": [{"roles": "read"}]}, {"value": [{"roles": []}]})
