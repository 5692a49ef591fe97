"""Zoom's API as the simulator plays it: who may ask, what it makes, when it has had enough."""

import pytest
import requests

from tests.unit.simulator.zoom.app import ADA, ALAN, GRACE, MEETING


def test_the_user_is_the_one_whose_token_it_is(zoom):
    token = zoom.connect(GRACE)["access_token"]
    told = zoom.get(token).json()

    assert (told["id"], told["account_id"]) == ("gRaCeHoOpEr00000000002", "ExAmPlEoRg000000000001")
    assert (told["email"], told["display_name"]) == (GRACE, "Grace Hooper")
    assert zoom.get(token, GRACE).json() == zoom.get(token, told["id"]).json() == told


@pytest.mark.parametrize("user", [ADA, ALAN, "nobody"])
def test_nobody_else_is_told_or_invited_to(zoom, user):
    token = zoom.connect(GRACE)["access_token"]

    for answer in (zoom.get(token, user), zoom.create(token, user=user)):
        assert (answer.status_code, answer.json()["code"]) == (404, 1001)
    assert zoom.meetings() == []


@pytest.mark.parametrize("token", [None, "invented"])
def test_without_a_good_token_there_is_nothing(zoom, token):
    for answer in (zoom.get(token), zoom.create(token)):
        assert answer.status_code == 401
        assert answer.json() == {"code": 124, "message": "Invalid access token."}


def test_a_token_in_the_query_is_none(zoom, token):
    answer = zoom.get(None, access_token=token)

    assert answer.status_code == 401
    assert "not supported as query parameter" in answer.json()["message"]


def test_a_scope_that_was_not_granted_is_missing(simulator, zoom):
    simulator.configure("zoom", granted_scopes=["user:read:user"])
    token = zoom.connect()["access_token"]

    answer = zoom.create(token)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": 4711,
        "message": "Invalid access token, does not contain scopes:[meeting:write:meeting, "
        "meeting:write:meeting:admin].",
    }
    assert zoom.get(token).status_code == 200


def test_an_administrators_scope_opens_as_well(simulator, zoom):
    simulator.configure(
        "zoom", granted_scopes=["user:read:user:admin", "meeting:write:meeting:admin"]
    )
    token = zoom.connect()["access_token"]

    assert (zoom.get(token).status_code, zoom.create(token).status_code) == (200, 201)


def test_a_meeting_is_made_and_its_answer_has_zooms_shape(simulator, zoom):
    token = zoom.connect(GRACE)["access_token"]
    answer = zoom.create(token, {**MEETING, "settings": {"waiting_room": False}})

    assert answer.status_code == 201
    assert answer.headers["x-zm-trackingid"]
    told = answer.json()
    assert (told["id"], told["topic"], told["status"]) == (84_500_000_001, "Interview", "waiting")
    assert (told["host_email"], told["timezone"]) == (GRACE, "Europe/Paris")
    assert told["start_time"] == "2026-12-01T09:00:00Z"
    assert told["join_url"].startswith("https://us05web.zoom.us/j/84500000001?pwd=")
    assert told["settings"] == {"host_video": False, "waiting_room": False}
    (made,) = zoom.meetings()
    assert (made["topic"], made["duration"], made["user"]) == (
        "Interview",
        45,
        "gRaCeHoOpEr00000000002",
    )


def test_the_hosts_key_is_a_secret_like_any_token(simulator, zoom, token):
    told = zoom.create(token).json()

    assert told["start_url"].partition("zak=")[2] in simulator.issued_secrets()


def test_a_time_beside_a_zone_is_a_clocks(zoom, token):
    there = {"start_time": "2026-12-01T10:00:00", "timezone": "America/New_York"}

    assert zoom.create(token, {**MEETING, **there}).json()["start_time"] == "2026-12-01T15:00:00Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start_time", "2026-12-01T10:00:00+01:00"),
        ("start_time", "2026-12-01"),
        ("start_time", "2026-02-30T10:00:00Z"),
        ("start_time", 1_790_000_000),
        ("timezone", "Mars/Olympus"),
        ("timezone", 1),
        ("type", 4),
        ("type", "2"),
        ("topic", "x" * 201),
        ("topic", 7),
        ("duration", 0),
        ("duration", "45"),
        ("agenda", "x" * 2001),
        ("password", "elevenchars"),
        ("password", "no spaces"),
        ("settings", {"colour": True}),
        ("settings", {"waiting_room": "yes"}),
        ("settings", []),
        ("colour", "red"),
    ],
)
def test_a_field_that_does_not_fit_is_named(zoom, token, field, value):
    answer = zoom.create(token, {**MEETING, field: value})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [{"field": field, "message": "Invalid field."}],
    }
    assert zoom.meetings() == []


def test_a_scheduled_meeting_needs_a_start_and_an_instant_one_none(zoom, token):
    assert zoom.create(token, {"topic": "When?"}).json()["errors"][0]["field"] == "start_time"
    assert zoom.create(token, {"type": 1}).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"a=1", "text/plain")],
)
def test_a_body_that_is_no_object_is_told_as_such(zoom, token, body, kind):
    answer = requests.post(
        f"{zoom.endpoints['apiUrl']}/users/me/meetings",
        data=body,
        headers={"Authorization": f"Bearer {token}", "Content-Type": kind},
        timeout=5,
    )

    assert answer.status_code == 400
    assert answer.json() == {"code": 300, "message": "Request Body should be a valid JSON object."}


def test_a_person_has_so_many_meetings_a_day_and_the_next_day_as_many(simulator, zoom):
    simulator.configure("zoom", meetings_a_day=2)
    token = zoom.connect(GRACE)["access_token"]
    assert [zoom.create(token).status_code for _ in range(3)] == [201, 201, 429]

    refused = zoom.create(token)
    assert "(2) of Meeting Create/Update" in refused.json()["message"]
    assert "GMT 00:00:00" in refused.json()["message"]
    assert "Retry-After" not in refused.headers
    other = zoom.connect(ADA)["access_token"]
    assert zoom.create(other).status_code == 201
    simulator.advance(86_400)
    assert zoom.create(zoom.connect(GRACE)["access_token"]).status_code == 201


@pytest.mark.parametrize(
    ("seconds", "kind", "resumes"),
    [(0, "QPS", None), (3600, "Daily-limit", "2026-09-21T15:13:20Z")],
)
def test_a_limit_of_the_account_says_which_and_until_when(zoom, token, seconds, kind, resumes):
    zoom.simulator.fault("zoom", "users.get", "rate_limited", value=seconds)
    answer = zoom.get(token)

    assert (answer.status_code, answer.json()["code"]) == (429, 429)
    assert answer.headers["X-RateLimit-Type"] == kind
    assert answer.headers.get("Retry-After") == resumes


@pytest.mark.parametrize(
    ("error", "status", "number"),
    [("124", 401, 124), ("200", 403, 200), ("1010", 404, 1010), ("9999", 400, 9999)],
)
def test_a_refusal_can_be_ordered_by_its_number(zoom, token, error, status, number):
    zoom.simulator.fault("zoom", "users.get", "ok_false", value=error)
    answer = zoom.get(token)

    assert (answer.status_code, answer.json()["code"]) == (status, number)


def test_the_page_of_the_simulator_shows_what_was_done(simulator, zoom):
    zoom.create(zoom.connect(GRACE)["access_token"])
    page = requests.get(simulator.url, timeout=5).text

    assert "Meeting 84500000001" in page
    assert "Grace Hooper (grace@example.org)" in page
    assert requests.get(f"{simulator.url}/zoom/nowhere", timeout=5).status_code == 404
