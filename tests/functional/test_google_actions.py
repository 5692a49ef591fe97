"""What people do through Google: events, shares, and who may act as the person who connected."""

import pytest

from tests.functional.gateway import User
from tests.functional.google import ADA, CANARY, GRACE, MAIL, SHARE, acting, api_calls, made

MORNING = {"dateTime": "2026-11-20T10:00:00+01:00"}
NOON = {"dateTime": "2026-11-20T12:00:00+01:00"}
EVENT = {"summary": "Kick-off", "start": MORNING, "end": NOON}


@pytest.fixture
def act(journey):
    return acting(journey)


def test_an_event_is_created_and_its_guests_are_told(act, simulator):
    guests = [ADA, "alan@example.net"]
    reply = act(
        "create_calendar_event",
        {**EVENT, "description": "Grüße 👋", "location": "Room 1", "attendees": guests},
    )

    assert reply.status == 200, reply.text
    (event,) = made(simulator, "events")
    assert set(reply.json["data"]) == {"id", "url"}
    assert reply.json["data"]["id"] == event["id"]
    assert (event["summary"], event["attendees"]) == ("Kick-off", tuple(guests))
    assert (event["start"], event["end"]) == (MORNING["dateTime"], NOON["dateTime"])
    assert event["send_updates"] == "all"


def test_nobody_is_told_of_an_event_where_that_is_asked_for(act, simulator):
    assert act("create_calendar_event", {**EVENT, "notify": False}).status == 200

    assert made(simulator, "events")[0]["send_updates"] == "none"


@pytest.mark.parametrize(
    ("when", "arrives"),
    [
        ({"dateTime": "2026-11-20T10:00:00Z"}, "2026-11-20T10:00:00+00:00"),
        ({"dateTime": "2026-11-20T10:00:00-08:00"}, "2026-11-20T10:00:00-08:00"),
        ({"dateTime": "2026-11-20T10:00:00.25Z"}, "2026-11-20T10:00:00.250000+00:00"),
        (
            {"dateTime": "2026-11-20T10:00:00", "timeZone": "Europe/Paris"},
            "2026-11-20T10:00:00 Europe/Paris",
        ),
        (
            {"dateTime": "2026-11-20T10:00:00+09:00", "timeZone": "Asia/Tokyo"},
            "2026-11-20T10:00:00+09:00 Asia/Tokyo",
        ),
    ],
)
def test_a_time_arrives_with_its_offset_or_its_zone(act, simulator, when, arrives):
    end = {"dateTime": "2026-11-21T10:00:00Z"}
    reply = act("create_calendar_event", {**EVENT, "start": when, "end": end})

    assert reply.status == 200, reply.text
    assert made(simulator, "events")[0]["start"] == arrives


NAIVE = {"dateTime": "2026-11-20T10:00:00"}


UNFIT = [
    ({"start": NAIVE}, "timeZone"),
    ({"start": {**NAIVE, "timeZone": "Europe/Paris"}, "end": NAIVE}, "timeZone"),
    ({"start": {"dateTime": "tomorrow"}}, "start"),
    ({"start": {"dateTime": "2026-11-20"}}, "start"),
    ({"start": {"dateTime": "2026-02-30T10:00:00Z"}}, "start"),
    ({"start": {"dateTime": 1763629200}}, "start"),
    ({"start": "2026-11-20T10:00:00Z"}, "start"),
    ({"start": {}}, "start"),
    ({"start": {**MORNING, "timeZone": ""}}, "start"),
    ({"summary": ""}, "summary"),
    ({"summary": 7}, "summary"),
    ({"attendees": ADA}, "attendees"),
    ({"attendees": [ADA, 7]}, "attendees"),
    ({"attendees": [ADA] * 201}, "attendees"),
    ({"notify": "yes"}, "notify"),
]


def test_an_event_that_does_not_fit_calls_nobody(act, simulator):
    for changes, words in UNFIT:
        reply = act("create_calendar_event", {**EVENT, **changes})

        assert (reply.status, reply.error) == (400, "invalid_request"), changes
        assert words in reply.json["error"]["message"]
        assert api_calls(simulator) == []


UNKNOWN = [
    {"colour": "red"},
    {"calendar_id": "primary"},
    {"start": {**MORNING, "time_zone": "Europe/Paris"}},
    {"end": {**NOON, "date": "2026-11-20"}},
]


def test_an_unknown_field_is_named_as_such_at_any_depth(act, simulator):
    for changes in UNKNOWN:
        reply = act("create_calendar_event", {**EVENT, **changes})

        assert (reply.status, reply.error) == (400, "unknown_field"), changes
        assert api_calls(simulator) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"end": MORNING, "start": NOON}, "timeRangeEmpty"),
        ({"start": {**NAIVE, "timeZone": "Mars/Olympus"}}, "invalid"),
        ({"attendees": ["nobody at all"]}, "invalid"),
        ({"calendarId": "somebody-else@example.org"}, "notFound"),
        ({"calendarId": "../../../gmail/v1/users/me"}, "notFound"),
    ],
)
def test_what_google_finds_wrong_is_told_in_our_words(act, simulator, changes, outcome):
    reply = act("create_calendar_event", {**EVENT, **changes})

    assert [call.outcome for call in api_calls(simulator)] == [outcome]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith("Google ")
    assert made(simulator, "events") == []


@pytest.mark.parametrize("role", ["reader", "commenter", "writer"])
def test_a_file_is_shared_in_each_role(act, simulator, role):
    reply = act("share_file", {**SHARE, "role": role})

    assert reply.status == 200, reply.text
    (share,) = made(simulator, "shares")
    assert reply.json["data"] == {"id": share["permission"], "role": role}
    assert (share["whom"], share["role"], share["notified"]) == (ADA, role, True)


def test_a_file_is_shared_to_be_read_unless_more_is_asked_for(act, simulator):
    assert act("share_file", {**SHARE, "notify": False}).status == 200

    (share,) = made(simulator, "shares")
    assert (share["role"], share["notified"]) == ("reader", False)


def test_a_file_on_a_shared_drive_is_shared_too(act, simulator):
    assert act("share_file", {**SHARE, "fileId": "file-handbook"}).status == 200


OTHER_ROLES = ["owner", "organizer", "fileOrganizer", "READER", "", 7, None]


def test_other_roles_are_not_given(act, simulator):
    for role in OTHER_ROLES:
        reply = act("share_file", {**SHARE, "role": role})

        assert (reply.status, reply.error) == (400, "invalid_request"), role
        assert api_calls(simulator) == []


@pytest.mark.parametrize(
    "file", [CANARY, "a/b?c#d", "..%2f..", "file-plan/permissions", "ü \u3000"]
)
def test_a_file_that_google_does_not_know_is_told_without_its_words(act, simulator, file):
    reply = act("share_file", {**SHARE, "fileId": file})

    assert [call.outcome for call in api_calls(simulator)] == ["notFound"]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert "no such calendar or file" in reply.json["error"]["message"]
    assert file not in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("share_file", {**SHARE, "fileId": ".."}),
        ("share_file", {**SHARE, "fileId": "."}),
        ("create_calendar_event", {**EVENT, "calendarId": ".."}),
    ],
)
def test_an_id_that_would_lead_to_another_path_calls_nobody(act, simulator, action, body):
    reply = act(action, body)

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert api_calls(simulator) == []


def test_who_has_no_google_account_can_only_be_invited_by_mail(act, simulator):
    stranger = {**SHARE, "email": "stranger@example.com"}

    assert act("share_file", {**stranger, "notify": False}).error == "invalid_request"
    assert act("share_file", stranger).status == 200


def test_a_manager_does_not_act_as_another_person(act, simulator):
    reply = act("send_email", MAIL, user=User(role="manager", id="mia"))

    assert (reply.status, reply.error) == (403, "forbidden")
    assert api_calls(simulator) == []


@pytest.mark.parametrize(
    "user",
    [
        User(role="manager", id="ada"),
        User(role="admin", id="root"),
        User(role="hr", id="henry"),
    ],
    ids=["the one who connected", "an admin", "hr"],
)
def test_the_one_who_connected_and_those_who_manage_act_as_that_person(act, simulator, user):
    assert act("send_email", MAIL, user=user).status == 200

    assert made(simulator, "mails")[0]["sender"] == GRACE


def test_another_organization_finds_nothing_to_act_on(act, simulator):
    reply = act("send_email", MAIL, user=User(organization="org-b", id="ada"))

    assert (reply.status, reply.error) == (404, "not_found")
    assert api_calls(simulator) == []
