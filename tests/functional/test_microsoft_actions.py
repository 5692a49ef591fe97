"""What people do through Microsoft 365: events, mails, messages and shares, and what is refused."""

import pytest

from tests.functional.journey import result
from tests.functional.microsoft import (
    ADA,
    ALAN,
    CANARY,
    CHANNEL,
    EVENT,
    EVERY,
    GRACE,
    MAIL,
    MESSAGE,
    MORNING,
    NOON,
    SHARE,
    TEAM,
    acting,
    api_calls,
    come_back,
    made,
)
from tests.simulator.providers.microsoft.drives import LIBRARY

NAIVE = {"dateTime": "2026-11-20T10:00:00"}


@pytest.fixture
def act(journey):
    return acting(journey)


def test_an_event_is_created_and_its_guests_are_invited(act, simulator):
    reply = act(
        "create_calendar_event",
        {
            **EVENT,
            "description": "Grüße 👋",
            "location": "Room 1",
            "attendees": [ADA, ALAN],
            "onlineMeeting": True,
        },
    )

    assert reply.status == 200, reply.text
    (event,) = made(simulator, "events")
    data = reply.json["data"]
    assert data.keys() == {"id", "url", "meetingUrl"}
    assert data["id"] == event["id"]
    assert data["meetingUrl"].startswith("https://teams.microsoft.com/")
    assert (event["subject"], event["attendees"]) == ("Kick-off", (ADA, ALAN))
    assert (event["text"], event["location"], event["online"]) == ("Grüße 👋", "Room 1", True)


@pytest.mark.parametrize(
    ("when", "arrives"),
    [
        ({"dateTime": "2026-11-20T10:00:00Z"}, "2026-11-20T10:00:00 UTC"),
        ({"dateTime": "2026-11-20T10:00:00-08:00"}, "2026-11-20T18:00:00 UTC"),
        ({"dateTime": "2026-11-20T10:00:00.25Z"}, "2026-11-20T10:00:00.250000 UTC"),
        ({**NAIVE, "timeZone": "Europe/Paris"}, "2026-11-20T10:00:00 Europe/Paris"),
        (
            {**NAIVE, "timeZone": "Pacific Standard Time"},
            "2026-11-20T10:00:00 Pacific Standard Time",
        ),
    ],
)
def test_a_time_arrives_in_utc_or_in_its_zone(act, simulator, when, arrives):
    end = {"dateTime": "2026-11-21T10:00:00Z"}
    reply = act("create_calendar_event", {**EVENT, "start": when, "end": end})

    assert reply.status == 200, reply.text
    assert made(simulator, "events")[0]["start"] == arrives


UNFIT = [
    ("create_calendar_event", {**EVENT, "start": NAIVE}, "timeZone"),
    ("create_calendar_event", {**EVENT, "end": {**NOON, "timeZone": "UTC"}}, "timeZone"),
    (
        "create_calendar_event",
        {**EVENT, "start": {"dateTime": "0001-01-01T00:00:00+14:00"}},
        "time",
    ),
    ("create_calendar_event", {**EVENT, "start": {"dateTime": "tomorrow"}}, "start"),
    ("create_calendar_event", {**EVENT, "start": {"dateTime": 1763629200}}, "start"),
    ("create_calendar_event", {**EVENT, "start": "2026-11-20T10:00:00Z"}, "start"),
    ("create_calendar_event", {**EVENT, "summary": ""}, "summary"),
    ("create_calendar_event", {**EVENT, "attendees": ADA}, "attendees"),
    ("create_calendar_event", {**EVENT, "attendees": [ADA] * 201}, "attendees"),
    ("create_calendar_event", {**EVENT, "onlineMeeting": "yes"}, "onlineMeeting"),
    ("send_email", {**MAIL, "to": [ADA]}, "to"),
    ("send_email", {**MAIL, "subject": ""}, "subject"),
    ("send_channel_message", {**MESSAGE, "text": ""}, "text"),
    ("send_channel_message", {**MESSAGE, "text": "x" * 20_001}, "text"),
    ("send_channel_message", {"teamId": TEAM, "text": "Hello"}, "channelId"),
    ("share_file", {**SHARE, "role": "owner"}, "role"),
    ("share_file", {**SHARE, "role": "read"}, "role"),
    ("share_file", {**SHARE, "message": "x" * 2001}, "message"),
]


def test_what_does_not_fit_calls_nobody(act, simulator):
    for action, body, words in UNFIT:
        reply = act(action, body)

        assert (reply.status, reply.error) == (400, "invalid_request"), (action, body)
        assert words in reply.json["error"]["message"]
        assert api_calls(simulator) == []


UNKNOWN = [
    ("create_calendar_event", {**EVENT, "notify": False}),
    ("create_calendar_event", {**EVENT, "start": {**MORNING, "time_zone": "UTC"}}),
    ("send_email", {**MAIL, "from": GRACE}),
    ("send_channel_message", {**MESSAGE, "mentions": []}),
    ("share_file", {**SHARE, "password": "x"}),
]


def test_an_unknown_field_is_named_as_such_at_any_depth(act, simulator):
    for action, body in UNKNOWN:
        assert act(action, body).error == "unknown_field", body
        assert api_calls(simulator) == []


EXPLAINED = [
    ("create_calendar_event", {**EVENT, "start": NOON, "end": MORNING}, "these values"),
    ("create_calendar_event", {**EVENT, "start": {**NAIVE, "timeZone": "Mars"}}, "time zone"),
    ("create_calendar_event", {**EVENT, "attendees": ["nobody at all"]}, "these values"),
    ("create_calendar_event", {**EVENT, "calendarId": "../../sendMail"}, "no such calendar"),
    ("send_email", {**MAIL, "to": "nobody at all"}, "cannot deliver"),
    ("send_email", {**MAIL, "to": f"{ADA}, {ALAN}"}, "cannot deliver"),
    ("send_channel_message", {**MESSAGE, "teamId": CANARY}, "no such calendar, channel"),
    ("send_channel_message", {**MESSAGE, "channelId": "19:no@thread"}, "no such calendar, channel"),
    ("share_file", {**SHARE, "email": "nobody at all"}, "these values"),
    ("share_file", {**SHARE, "fileId": CANARY}, "channel or file"),
    ("share_file", {**SHARE, "fileId": "01HANDBOOK", "driveId": LIBRARY}, "may not do that"),
]


@pytest.mark.parametrize(("action", "body", "words"), EXPLAINED)
def test_what_microsoft_finds_wrong_is_told_in_our_words(act, simulator, action, body, words):
    reply = act(action, body)

    assert len(api_calls(simulator)) == 1
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert words in reply.json["error"]["message"]
    assert CANARY not in reply.text


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("create_calendar_event", {**EVENT, "calendarId": ".."}),
        ("send_channel_message", {**MESSAGE, "teamId": "."}),
        ("send_channel_message", {**MESSAGE, "channelId": ".."}),
        ("share_file", {**SHARE, "fileId": ".."}),
        ("share_file", {**SHARE, "driveId": ".."}),
    ],
)
def test_an_id_that_would_lead_to_another_path_calls_nobody(act, simulator, action, body):
    assert act(action, body).error == "invalid_request"
    assert api_calls(simulator) == []


def test_a_mail_is_accepted_for_delivery(act, simulator):
    body = {**MAIL, "cc": [ALAN], "bcc": ["x@y.example"], "html": True, "body": "<p>Hi</p>"}
    reply = act("send_email", body)

    assert reply.json["data"] == {"accepted": True}
    (mail,) = made(simulator, "mails")
    assert (mail["to"], mail["cc"], mail["bcc"]) == ((ADA,), (ALAN,), ("x@y.example",))
    assert (mail["kind"], mail["text"], mail["kept"]) == ("html", "<p>Hi</p>", True)


def test_a_message_is_posted_to_a_channel(act, simulator):
    reply = act("send_channel_message", {**MESSAGE, "subject": "News", "html": True})

    assert reply.status == 200, reply.text
    (post,) = made(simulator, "posts")
    assert reply.json["data"]["id"] == post["id"]
    assert reply.json["data"]["url"].startswith("https://teams.microsoft.com/l/message/")
    assert (post["team"], post["channel"], post["kind"]) == (TEAM, CHANNEL, "html")
    assert (post["text"], post["subject"]) == ("Hello", "News")


@pytest.mark.parametrize(("role", "graph"), [("reader", "read"), ("writer", "write")])
def test_a_file_is_shared_in_each_role(act, simulator, role, graph):
    reply = act("share_file", {**SHARE, "role": role, "message": "Look"})

    (share,) = made(simulator, "shares")
    assert reply.json["data"] == {"id": share["permission"], "notified": True, "role": role}
    assert (share["whom"], share["role"], share["message"]) == (ADA, graph, "Look")


def test_a_file_is_shared_to_be_read_unless_more_is_asked_for(act, simulator):
    assert act("share_file", {**SHARE, "notify": False}).json["data"]["notified"] is False

    (share,) = made(simulator, "shares")
    assert (share["role"], share["notified"]) == ("read", False)


def test_a_share_of_which_nobody_could_be_told_says_so(act, simulator):
    simulator.configure("microsoft", mail_blocked=True)
    reply = act("share_file", SHARE)

    assert (reply.status, reply.json["data"]["notified"]) == (200, False)
    assert len(made(simulator, "shares")) == 1


def test_a_team_s_file_takes_the_permission_for_all_files(journey, simulator):
    integration = result(come_back(journey, scopes=["Files.ReadWrite.All"]))["integration"]
    act = acting(journey, integration)

    assert act("share_file", {**SHARE, "fileId": "01HANDBOOK", "driveId": LIBRARY}).status == 200


@pytest.mark.parametrize(("action", "body", "operation"), EVERY)
def test_an_action_under_a_key_is_done_once(act, simulator, action, body, operation):
    headers = {"idempotency-key": "key-1"}
    first, again = act(action, body, headers=headers), act(action, body, headers=headers)

    assert (first.status, again.json) == (200, first.json)
    assert len(simulator.calls(operation)) == 1
    other = {**body, "message": "Other"} if action == "share_file" else {**body, "subject": "Other"}
    if action != "create_calendar_event":
        assert act(action, other, headers=headers).error == "idempotency_conflict"
