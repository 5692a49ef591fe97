"""What people do through Zoom: meetings, who may make them, and what they are told if not."""

import copy
import json

import pytest

from hub.providers import _rest
from tests.functional.gateway import User
from tests.functional.google import CANARY, spoil
from tests.functional.stored import dump, leaks
from tests.functional.zoom import GRACE, MEETING, ZOOM


@pytest.fixture
def act(journey):
    """Connect Grace's account for Ada of org-a; give what schedules through it."""
    integration = journey.connect(GRACE, provider="zoom")
    url = f"/api/integrations/{integration}/actions/create_meeting"

    def act(body=MEETING, **options):
        return journey.gateway.post(url, body, **options)

    return act


@pytest.fixture
def made(simulator):
    return lambda: simulator.state()["zoom"]["meetings"]


@pytest.fixture
def asked(simulator):
    return lambda: simulator.calls("meetings.create")


def test_a_meeting_is_scheduled_and_told_by_id_and_link(act, made):
    reply = act(
        {
            **MEETING,
            "duration": 45,
            "agenda": "Zweite Runde 👋",
            "passcode": "s3cret",
            "waitingRoom": True,
            "joinBeforeHost": False,
        }
    )

    assert reply.status == 200, reply.text
    (meeting,) = made()
    link = f"https://us05web.zoom.us/j/{meeting['id']}?pwd=simulated{meeting['id']}.1"
    assert reply.json["data"] == {"id": str(meeting["id"]), "url": link}
    assert (meeting["topic"], meeting["agenda"]) == ("Interview", "Zweite Runde 👋")
    assert (meeting["start"], meeting["duration"]) == ("2026-12-01T09:00:00Z", 45)
    assert meeting["settings"] == {"waiting_room": True, "join_before_host": False}


def test_neither_the_hosts_key_nor_the_passcode_leaves_us(act, simulator, logs):
    """Who has the key starts the meeting as Grace."""
    reply = act(headers={"idempotency-key": "key-1"})

    where = [reply.text, reply.headers, logs.getvalue(), dump()]
    assert "zak=" not in str(where)
    assert "qW3rTy" not in str(where)
    for secret in simulator.issued_secrets():
        assert not leaks(secret, where)


@pytest.mark.parametrize(
    ("when", "arrives"),
    [
        ({"startTime": "2026-12-01T10:00:00Z"}, "2026-12-01T10:00:00Z"),
        ({"startTime": "2026-12-01T10:00:00-08:00"}, "2026-12-01T18:00:00Z"),
        ({"startTime": "2026-12-01T10:00:00.25Z"}, "2026-12-01T10:00:00Z"),
        (
            {"startTime": "2026-12-01T10:00:00", "timeZone": "Europe/Paris"},
            "2026-12-01T10:00:00",
        ),
        (
            {"startTime": "2026-12-01T10:00:00+09:00", "timeZone": "Asia/Tokyo"},
            "2026-12-01T01:00:00Z",
        ),
    ],
)
def test_a_time_arrives_where_it_is_meant(act, made, when, arrives):
    reply = act({**MEETING, **when})

    assert reply.status == 200, reply.text
    assert made()[0]["start"] == arrives
    assert made()[0]["timezone"] == when.get("timeZone", "Europe/Paris")


UNFIT = [
    ({"startTime": "2026-12-01T10:00:00"}, "timeZone"),
    ({"startTime": "tomorrow"}, "startTime"),
    ({"startTime": "2026-02-30T10:00:00Z"}, "startTime"),
    ({"startTime": "0001-01-01T00:00:00+05:00"}, "9999"),
    ({"startTime": 1_790_000_000}, "startTime"),
    ({"startTime": None}, "startTime"),
    ({"timeZone": ""}, "timeZone"),
    ({"topic": ""}, "topic"),
    ({"topic": "x" * 201}, "topic"),
    ({"topic": 7}, "topic"),
    ({"duration": 0}, "duration"),
    ({"duration": 1441}, "duration"),
    ({"duration": "45"}, "duration"),
    ({"agenda": "x" * 2001}, "agenda"),
    ({"passcode": "elevenchars"}, "passcode"),
    ({"waitingRoom": "yes"}, "waitingRoom"),
]


def test_a_meeting_that_does_not_fit_calls_nobody(act, asked):
    for change, words in UNFIT:
        reply = act({**MEETING, **change})

        assert (reply.status, reply.error) == (400, "invalid_request"), change
        assert words in reply.json["error"]["message"]
        assert asked() == []


@pytest.mark.parametrize("field", ["colour", "start_time", "startUrl", "type"])
def test_an_unknown_field_is_named_as_such(act, asked, field):
    reply = act({**MEETING, field: "x"})

    assert (reply.status, reply.error) == (400, "unknown_field")
    assert asked() == []


@pytest.mark.parametrize("change", [{"timeZone": "Mars/Olympus"}, {"passcode": "no spaces"}])
def test_what_zoom_finds_wrong_is_told_in_our_words(act, asked, made, change):
    reply = act({**MEETING, **change})

    assert [call.outcome for call in asked()] == ["300"]
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith("Zoom does not accept these values.")
    assert made() == []


def test_under_a_key_a_meeting_is_scheduled_once(act, made):
    first, again = (act(headers={"idempotency-key": "key-1"}) for _ in range(2))

    assert first.status == 200
    assert again.json == first.json
    assert act({**MEETING, "duration": 15}, headers={"idempotency-key": "key-1"}).error == (
        "idempotency_conflict"
    )
    assert len(made()) == 1


LIMITS = [
    ("rate_limited", 600, "600"),
    ("rate_limited", 86_400, "3600"),
    ("rate_limited", 0, "1"),
    ("status", 429, None),
]


@pytest.mark.parametrize(("kind", "value", "wait"), LIMITS)
def test_a_limit_is_passed_on_with_the_wait_where_there_is_one(act, simulator, kind, value, wait):
    simulator.fault("zoom", "meetings.create", kind, value=value)
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    told = reply.headers.get("retry-after")
    assert told == wait or abs(int(told) - int(wait)) <= 2
    assert len(simulator.calls("meetings.create")) == 1


def test_a_persons_own_limit_is_told_as_such(act, simulator):
    simulator.configure("zoom", meetings_a_day=1)
    assert act().status == 200
    reply = act()

    assert (reply.status, reply.error) == (429, "rate_limited")
    assert "100 meetings a day" in reply.json["error"]["message"]
    assert 1 <= int(reply.headers["retry-after"]) <= 3600


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("ok_false", "4711", (409, "insufficient_scope")),
        ("ok_false", "200", (400, "invalid_request")),
        ("status", 500, (502, "provider_unavailable")),
        ("status", 418, (502, "provider_error")),
        ("html", None, (502, "provider_unavailable")),
        ("empty", None, (502, "provider_unavailable")),
        ("reset", None, (502, "provider_unavailable")),
        ("lost_answer", None, (502, "provider_unavailable")),
        ("truncated", None, (502, "provider_unavailable")),
        ("huge", 9 * 1024 * 1024, (502, "provider_unavailable")),
        ("body", json.dumps({"id": 1}), (502, "provider_unavailable")),
        ("redirect", "http://127.0.0.1:1/", (502, "provider_unavailable")),
    ],
)
def test_a_failure_is_told_by_its_kind_and_nothing_is_scheduled_twice(
    act, simulator, kind, value, answer
):
    simulator.fault("zoom", "meetings.create", kind, value=value)
    reply = act()

    assert (reply.status, reply.error) == answer
    assert len(simulator.calls("meetings.create")) == 1


def test_a_call_that_takes_too_long_is_cut_off(act, simulator, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    simulator.fault("zoom", "meetings.create", "slow", value=1)
    reply = act()

    assert (reply.status, reply.error) == (504, "timeout")
    assert len(simulator.calls("meetings.create")) == 1


def test_rubbish_in_place_of_the_link_does_not_reach_the_answer(act, monkeypatch):
    told = {"id": 1, "join_url": {"a": CANARY}, "topic": CANARY}
    body = json.dumps(told).encode()
    spoil(monkeypatch, "/meetings", lambda answer: copy.replace(answer, body=body))

    assert act().json["data"] == {"id": "1", "url": None}


def test_a_grant_without_the_permission_does_not_even_ask(journey, simulator):
    simulator.configure("zoom", granted_scopes=["user:read:user"])
    started = journey.start(ZOOM)
    reply = journey.return_(journey.consent(started, GRACE), started.cookie)
    assert "insufficient_scope" in reply.headers["location"]
    listed = journey.gateway.get("/api/integrations").json["data"]
    url = f"/api/integrations/{listed[0]['id']}/actions/create_meeting"

    assert journey.gateway.post(url, MEETING).error == "reauth_required"
    assert simulator.calls("meetings.create") == []


def test_a_manager_does_not_act_as_another_person(act, asked):
    reply = act(user=User(role="manager", id="mia"))

    assert (reply.status, reply.error) == (403, "forbidden")
    assert asked() == []


@pytest.mark.parametrize(
    "user",
    [User(role="manager", id="ada"), User(role="admin", id="root"), User(role="hr", id="henry")],
    ids=["the one who connected", "an admin", "hr"],
)
def test_the_one_who_connected_and_those_who_manage_act_as_that_person(act, made, user):
    assert act(user=user).status == 200
    assert made()[0]["user"] == "gRaCeHoOpEr00000000002"


def test_another_organization_finds_nothing_to_act_on(act, asked):
    reply = act(user=User(organization="org-b", id="ada"))

    assert (reply.status, reply.error) == (404, "not_found")
    assert asked() == []
