"""Calendar's `events.insert`: what is an event, what is refused, what comes back."""

import pytest
import requests

from tests.unit.simulator.google.app import ADA, ALAN

NOON, ONE = "2026-11-23T12:00:00", "2026-11-23T13:00:00"
EVENT = {"start": {"dateTime": f"{NOON}Z"}, "end": {"dateTime": f"{ONE}Z"}}
CREATE = {"createRequest": {"requestId": "once"}}


def zoned(start: str, end: str) -> dict[str, object]:
    return {
        "start": {"dateTime": NOON, "timeZone": start},
        "end": {"dateTime": NOON, "timeZone": end},
    }


def days(start: str, end: str) -> dict[str, object]:
    return {"start": {"date": start}, "end": {"date": end}}


def test_the_answer_has_googles_shape(google, token):
    asked = {
        "summary": "Lunch",
        "description": "At the bakery",
        "attendees": [{"email": "bob@example.com", "optional": True}],
        **EVENT,
    }
    made = google.add_event(token, asked, sendUpdates="all").json()

    assert (
        made.items()
        >= {
            "kind": "calendar#event",
            "status": "confirmed",
            "summary": "Lunch",
            "description": "At the bakery",
            "start": EVENT["start"],
            "end": EVENT["end"],
            "attendees": [
                {"email": "bob@example.com", "optional": True, "responseStatus": "needsAction"}
            ],
            "organizer": {"email": ADA, "self": True},
            "created": "2026-09-21T14:13:20.000Z",
        }.items()
    )
    assert made["htmlLink"].startswith("https://www.google.com/calendar/event?eid=")
    assert "hangoutLink" not in made
    assert google.made("events") == [
        {
            "sub": "108150000000000000001",
            "id": made["id"],
            "summary": "Lunch",
            "start": f"{NOON}Z",
            "end": f"{ONE}Z",
            "attendees": ("bob@example.com",),
            "send_updates": "all",
            "hangout_link": None,
        }
    ]


@pytest.mark.parametrize(
    "times",
    [
        days("2026-11-23", "2026-11-24"),
        zoned("Europe/Paris", "Europe/London"),
        {
            "start": {"dateTime": "2026-11-23T23:30:00+05:30"},
            "end": {"dateTime": "2026-11-23T18:30:00.5Z"},
        },
        {
            "start": {"dateTime": f"{NOON}Z"},
            "end": {"dateTime": f"{ONE}", "timeZone": "America/New_York"},
        },
    ],
)
def test_days_and_moments_of_any_zone_are_taken(google, token, times):
    assert google.add_event(token, times).status_code == 200


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        ({"start": None}, "required", "Missing start time."),
        ({"end": {}}, "required", "Missing end time."),
        ({"start": {}, "end": {}}, "required", "Missing end time."),
        ({"end": f"{ONE}Z"}, "required", "Missing end time."),
        ({"end": {"dateTime": ONE}}, "required", "Missing time zone definition for end time."),
        ({"start": {"dateTime": NOON, "timeZone": "Mars"}}, "invalid", "Invalid time zone"),
        ({"start": {"dateTime": NOON, "timeZone": "../UTC"}}, "invalid", "Invalid time zone"),
        ({"start": {"dateTime": NOON, "timeZone": 1}}, "invalid", "Invalid time zone"),
        ({"start": {"dateTime": "tomorrow"}}, "invalid", "Invalid value"),
        ({"start": {"dateTime": "2026-02-30T12:00:00Z"}}, "invalid", "Invalid value"),
        ({"start": {"dateTime": "2026-11-23 12:00:00Z"}}, "invalid", "Invalid value"),
        ({"start": {"dateTime": f"{NOON}+99:00"}}, "invalid", "Invalid value"),
        ({"start": {"dateTime": 1}}, "invalid", "Invalid value"),
        ({"start": {"date": f"{NOON}Z"}}, "invalid", "Invalid value"),
        ({"start": {"date": "2026-11-23", "dateTime": f"{NOON}Z"}}, "invalid", "Invalid start"),
        ({"start": {"date": "2026-11-23"}}, "invalid", "Start and end times must either"),
        ({"end": EVENT["start"]}, "timeRangeEmpty", "The specified time range is empty."),
        ({"end": {"dateTime": "2026-11-23T13:00:00+02:00"}}, "timeRangeEmpty", "The specified"),
        (days("2026-11-23", "2026-11-23"), "timeRangeEmpty", "The specified time range"),
        (zoned("Europe/London", "Europe/Paris"), "timeRangeEmpty", "The specified time range"),
        ({"recurrence": ["RRULE:FREQ=DAILY"]}, "required", "Missing time zone definition"),
        ({"summary": 7}, "invalid", "Invalid value for: summary"),
        ({"description": None}, "invalid", "Invalid value for: description"),
        ({"attendees": "bob@example.com"}, "invalid", "Invalid value for: attendees"),
        ({"attendees": ["bob@example.com"]}, "invalid", "Invalid value for: attendees"),
        ({"attendees": [{"displayName": "Bob"}]}, "required", "Missing attendee email."),
        ({"attendees": [{"email": "bob"}]}, "invalid", "Invalid attendee email."),
        ({"attendees": [{"email": "bob@example.com\n"}]}, "invalid", "Invalid attendee email."),
        ({"attendees": [{"email": "a@b.example, c@d.example"}]}, "invalid", "Invalid attendee"),
        ({"id": "four"}, "invalid", "Invalid resource id value."),
        ({"id": "wwwww"}, "invalid", "Invalid resource id value."),
        ({"id": "ABCDE"}, "invalid", "Invalid resource id value."),
        ({"id": "a" * 1025}, "invalid", "Invalid resource id value."),
        ({"id": 12345}, "invalid", "Invalid resource id value."),
    ],
)
def test_what_is_no_event_is_refused(google, token, change, reason, message):
    answer = google.add_event(token, EVENT | change)
    error = answer.json()["error"]

    assert answer.status_code == error["code"] == 400
    assert error["errors"][0]["reason"] == reason
    assert error["message"].startswith(message)
    assert "status" not in error
    assert google.made("events") == []


@pytest.mark.parametrize(
    "query", [{"sendUpdates": "some"}, {"conferenceDataVersion": "2"}, {"sendUpdates": "ALL"}]
)
def test_a_parameter_has_one_of_its_values(google, token, query):
    answer = google.add_event(token, EVENT, **query)

    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "invalidParameter"


@pytest.mark.parametrize("chosen", ["abcde", "v0123456789", "a" * 1024])
def test_an_id_that_the_app_chose_can_be_used_once(google, token, chosen):
    first = google.add_event(token, EVENT | {"id": chosen})
    second = google.add_event(token, EVENT | {"id": chosen})
    error = second.json()["error"]

    assert first.json()["id"] == chosen
    assert second.status_code == error["code"] == 409
    assert error["errors"][0]["reason"] == "duplicate"
    assert len(google.made("events")) == 1


def test_in_another_calendar_the_id_is_free(google, token):
    other = google.connect(ALAN)["access_token"]

    assert google.add_event(token, EVENT | {"id": "abcde"}).status_code == 200
    assert google.add_event(other, EVENT | {"id": "abcde"}).status_code == 200


def test_an_event_whose_answer_was_lost_is_told_by_its_id(simulator, google, token):
    simulator.fault("google", "events.insert", "truncated")
    with pytest.raises(requests.RequestException):
        google.add_event(token, EVENT | {"id": "abcde"})

    assert google.add_event(token, EVENT | {"id": "abcde"}).status_code == 409


@pytest.mark.parametrize(
    ("calendar", "status"),
    [
        ("primary", 200),
        ("ada%40example.org", 200),
        ("ada@example.org", 200),
        ("alan@example.net", 404),
        ("nowhere", 404),
    ],
)
def test_a_person_has_one_calendar(google, token, calendar, status):
    answer = google.post(f"/calendar/v3/calendars/{calendar}/events", token, EVENT)

    assert answer.status_code == status


def test_a_video_meeting_is_made_when_asked_for_in_both_places(google, token):
    asked = EVENT | {"conferenceData": CREATE}
    made = google.add_event(token, asked, conferenceDataVersion="1").json()
    without = google.add_event(token, asked).json()

    assert made["hangoutLink"].startswith("https://meet.google.com/")
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert not {"hangoutLink", "conferenceData"} & without.keys()
    assert google.add_event(token, EVENT, conferenceDataVersion="1").status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        {"createRequest": {}},
        {"createRequest": {"requestId": 1}},
        {"createRequest": {"requestId": "x", "conferenceSolutionKey": {"type": "zoom"}}},
    ],
)
def test_a_video_meeting_that_is_asked_for_wrongly_is_refused(google, token, asked):
    answer = google.add_event(token, EVENT | {"conferenceData": asked}, conferenceDataVersion="1")

    assert answer.status_code == 400
