"""Outlook through Graph: events and mails, what they must be and what comes back."""

import pytest

from tests.unit.simulator.microsoft.app import ADA, ALAN, GRACE, LINUS
from tests.unit.simulator.microsoft.orders import EVENT, MAIL, NOON, ONE, at, code_of, to


def test_an_event_is_created_with_what_outlook_adds(microsoft, token):
    asked = {
        **EVENT,
        "body": {"contentType": "HTML", "content": "At the bakery"},
        "location": {"displayName": "Room 1"},
        "attendees": [{"emailAddress": {"address": GRACE, "name": "Grace"}, "type": "required"}],
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
    }
    answer = microsoft.post("/me/events", token, asked)
    made = answer.json()

    assert answer.status_code == 201
    assert made["webLink"].startswith("https://outlook.office365.com/owa/?itemid=")
    assert made["onlineMeeting"]["joinUrl"].startswith("https://teams.microsoft.com/")
    (event,) = microsoft.made("events")
    assert (event["id"], event["subject"]) == (made["id"], "Lunch")
    assert (event["start"], event["end"]) == (f"{NOON} UTC", f"{ONE} UTC")
    assert (event["text"], event["location"]) == ("At the bakery", "Room 1")
    assert (event["attendees"], event["online"]) == ((GRACE,), True)


def test_an_event_goes_into_the_calendar_that_is_named(microsoft, token):
    calendar = microsoft.get("/me/calendar", token).json()["id"]

    assert microsoft.post(f"/me/calendars/{calendar}/events", token, EVENT).status_code == 201
    assert code_of(microsoft.post("/me/calendars/another/events", token, EVENT)) == (
        404,
        "ErrorItemNotFound",
    )


VALUE, ZONE, SHAPE = (
    "ErrorPropertyValidationFailure",
    "TimeZoneNotSupportedException",
    "RequestBodyRead",
)
NO_EVENTS = [
    ({"start": None}, VALUE),
    ({"end": f"{ONE}Z"}, VALUE),
    ({"start": at(f"{NOON}Z")}, VALUE),
    ({"start": at(f"{NOON}+01:00")}, VALUE),
    ({"start": at("2026-02-30T12:00:00")}, VALUE),
    ({"start": at("tomorrow")}, VALUE),
    ({"end": at(NOON)}, VALUE),
    ({"start": at(ONE), "end": at(NOON)}, VALUE),
    ({"start": at(NOON, "Greenwich Mean Time")}, ZONE),
    ({"start": at(NOON, "+01:00")}, ZONE),
    ({"start": {"dateTime": NOON}}, ZONE),
    ({"start": {**at(NOON), "date": "2026-11-23"}}, SHAPE),
    ({"start": at(7)}, SHAPE),
    ({"subject": 7}, SHAPE),
    ({"body": "text"}, SHAPE),
    ({"body": {"contentType": "markdown", "content": "x"}}, SHAPE),
    ({"isOnlineMeeting": "yes"}, SHAPE),
    ({"attendees": GRACE}, SHAPE),
    ({"attendees": [GRACE]}, SHAPE),
    ({"attendees": [{"emailAddress": {"mail": GRACE}}]}, SHAPE),
    ({"attendees": to("nobody at all")}, VALUE),
    ({"attendees": to(*["a@b.example"] * 501)}, VALUE),
]


@pytest.mark.parametrize(("changes", "code"), NO_EVENTS)
def test_what_is_no_event_is_refused(microsoft, token, changes, code):
    assert code_of(microsoft.post("/me/events", token, EVENT | changes)) == (400, code)
    assert microsoft.made("events") == []


@pytest.mark.parametrize("zone", ["Pacific Standard Time", "Europe/Paris", "UTC"])
def test_zones_go_by_their_documented_names(microsoft, token, zone):
    times = {"start": at(NOON, zone), "end": at(f"{ONE}.5", zone)}

    assert microsoft.post("/me/events", token, EVENT | times).status_code == 201


def test_a_mail_is_accepted_without_a_word(microsoft, token):
    message = {
        **MAIL["message"],
        "ccRecipients": to(ALAN),
        "bccRecipients": to(LINUS),
        "body": {"contentType": "HTML", "content": "<p>Hi</p>"},
    }
    answer = microsoft.post("/me/sendMail", token, {"message": message, "saveToSentItems": "false"})

    assert (answer.status_code, answer.content) == (202, b"")
    (mail,) = microsoft.made("mails")
    assert (mail["to"], mail["cc"], mail["bcc"]) == ((GRACE,), (ALAN,), (LINUS,))
    assert (mail["kind"], mail["text"], mail["kept"]) == ("html", "<p>Hi</p>", False)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (None, "ErrorInvalidParameter"),
        ({}, "ErrorInvalidRecipients"),
        ({"toRecipients": to("bad")}, "ErrorInvalidRecipients"),
        ({"toRecipients": to(f"{GRACE}, {ADA}")}, "ErrorInvalidRecipients"),
        ({"toRecipients": to(GRACE), "ccRecipients": to("")}, "ErrorInvalidRecipients"),
        ({"toRecipients": GRACE}, "RequestBodyRead"),
        ({"toRecipients": to(GRACE), "to": GRACE}, "RequestBodyRead"),
    ],
)
def test_a_mail_needs_people_who_can_get_it(microsoft, token, message, code):
    order = {} if message is None else {"message": message}

    assert code_of(microsoft.post("/me/sendMail", token, order)) == (400, code)
    assert microsoft.made("mails") == []
