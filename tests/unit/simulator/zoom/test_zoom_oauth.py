"""Zoom's authorization and its tokens: who gets them, how long they live, what ends them."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulator.person import NoConsentAsked, Person
from tests.unit.simulator.registered import VERIFIER
from tests.unit.simulator.zoom.app import ADA, ALAN, AUTH, CLIENT, GRACE, REDIRECT_URI

SCOPES = "user:read:user meeting:write:meeting meeting:read:list_meetings meeting:read:meeting"
DEAD = {"reason": "Invalid Token!", "error": "invalid_grant"}
UNKNOWN_CLIENT = {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}


def test_the_answer_has_zooms_shape(zoom):
    answer = zoom.connect()

    assert answer.pop("access_token").startswith("eyJ")
    assert answer.pop("refresh_token").startswith("eyJ")
    assert answer == {
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": SCOPES,
        "api_url": "https://api-us.zoom.us",
    }


def test_a_person_can_leave_out_what_the_app_marks_as_optional(zoom):
    answer = zoom.connect(untick=("meeting:read:list_meetings",))

    assert answer["scope"] == "user:read:user meeting:write:meeting meeting:read:meeting"


def test_who_declines_goes_back_without_a_code(zoom):
    callback = Person().deny(zoom.authorize_url())

    query = parse_qs(urlsplit(callback).query)
    assert query == {"error": ["access_denied"], "state": ["the-state"]}


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"scope": "user:read:user"}, "4,700"),
        ({"scope": "user:read:user meeting:write:meeting"}, "4,700"),
        ({"client_id": "another"}, "4,702"),
        ({"redirect_uri": "https://evil.example/callback"}, "4,700"),
    ],
)
def test_a_request_that_is_wrong_ends_on_a_page_and_does_not_go_back(zoom, change, number):
    with pytest.raises(NoConsentAsked, match=number):
        zoom.code(**change)


@pytest.mark.parametrize(
    "auth", [None, ("another", CLIENT.client_secret), (CLIENT.client_id, "wrong")]
)
def test_nobody_else_exchanges_a_code(zoom, auth):
    code = zoom.code()

    assert zoom.exchange(code, auth=auth, status=400) == UNKNOWN_CLIENT
    assert zoom.exchange(code)["access_token"]


def test_a_client_in_the_body_is_not_known(zoom):
    in_body = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}

    assert zoom.exchange(zoom.code(), auth=None, status=400, **in_body) == UNKNOWN_CLIENT


def test_a_body_of_json_holds_nothing(zoom):
    body = {"grant_type": "authorization_code", "code": zoom.code(), "redirect_uri": REDIRECT_URI}
    answer = requests.post(zoom.endpoints["tokenUrl"], json=body, auth=AUTH, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": ""},
    ],
)
def test_a_code_is_for_its_verifier_and_its_redirect_uri_alone(zoom, change):
    code = zoom.code()

    refused = zoom.exchange(code, status=400, **change)
    assert refused == {"reason": f"Invalid authorization code {code}", "error": "invalid_grant"}


def test_a_flow_without_a_challenge_takes_no_verifier(zoom):
    without = {"code_challenge": None, "code_challenge_method": None}

    assert zoom.exchange(zoom.code(**without), status=400)["error"] == "invalid_grant"
    assert zoom.exchange(zoom.code(**without), code_verifier="")["access_token"]


def test_a_code_is_good_once_and_takes_what_it_gave_with_it(zoom):
    code = zoom.code()
    token = zoom.exchange(code)["access_token"]

    assert zoom.exchange(code, status=400)["error"] == "invalid_grant"
    assert zoom.get(token).status_code == 401


def test_a_code_is_good_for_five_minutes(simulator, zoom):
    early = zoom.code(ADA)
    late = zoom.code(GRACE)
    simulator.advance(299)
    zoom.exchange(early)
    simulator.advance(1)

    assert zoom.exchange(late, status=400)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [({}, "invalid_request"), ({"grant_type": "password"}, "unsupported_grant_type")],
)
def test_other_grants_are_not_given(zoom, form, error):
    assert zoom.token(status=400, **form)["error"] == error


def test_an_access_token_lives_an_hour_and_a_refresh_gives_a_new_pair(simulator, zoom):
    first = zoom.connect()
    simulator.advance(3600)
    assert zoom.get(first["access_token"]).json() == {
        "code": 124,
        "message": "Access token is expired.",
    }

    second = zoom.refresh(first["refresh_token"])
    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert zoom.get(second["access_token"]).status_code == 200


def test_a_spent_refresh_token_is_dead_without_any_grace(zoom):
    first = zoom.connect()
    second = zoom.refresh(first["refresh_token"])

    assert zoom.refresh(first["refresh_token"], status=400) == DEAD
    assert zoom.refresh(second["refresh_token"])["access_token"]


def test_a_refresh_token_dies_after_ninety_days(simulator, zoom):
    first = zoom.connect()
    simulator.advance(90 * 86_400)

    assert zoom.refresh(first["refresh_token"], status=400) == DEAD


def test_a_second_authorization_ends_the_tokens_of_the_first(zoom):
    first = zoom.connect(GRACE)
    second = zoom.connect(GRACE)

    assert zoom.get(first["access_token"]).status_code == 401
    assert zoom.refresh(first["refresh_token"], status=400) == DEAD
    assert zoom.get(second["access_token"]).status_code == 200


def test_the_authorization_of_another_person_ends_nothing(zoom):
    first = zoom.connect(GRACE)
    zoom.connect(ALAN)

    assert zoom.get(first["access_token"]).status_code == 200


def test_revoking_ends_everything_of_the_person(zoom):
    tokens = zoom.connect()
    answer = zoom.revoke(tokens["access_token"])

    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert zoom.get(tokens["access_token"]).status_code == 401
    assert zoom.refresh(tokens["refresh_token"], status=400) == DEAD


def test_only_a_live_access_token_in_the_body_of_a_known_client_revokes(simulator, zoom):
    tokens = zoom.connect()
    live = tokens["access_token"]
    in_query = {"params": {"token": live}, "data": {}, "headers": {"Content-Type": "x"}}

    assert zoom.revoke(live, auth=None).json() == UNKNOWN_CLIENT
    assert zoom.revoke(live, **in_query).status_code == 400
    assert zoom.revoke(tokens["refresh_token"]).json()["reason"] == "Invalid Token!"
    assert zoom.get(live).status_code == 200
    simulator.advance(3600)
    assert zoom.revoke(live).json()["reason"] == "Invalid Token!"
    assert zoom.refresh(tokens["refresh_token"])["access_token"]


@pytest.mark.parametrize("reference", [GRACE, "gRaCeHoOpEr00000000002"])
def test_a_person_can_remove_the_app(simulator, zoom, reference):
    token = zoom.connect(GRACE)["access_token"]

    assert simulator.uninstall("zoom", reference)
    assert not simulator.uninstall("zoom", reference)
    assert not simulator.uninstall("zoom", "nobody@example.org")
    assert zoom.get(token).json()["code"] == 124


def test_the_log_ties_a_flow_together_without_telling_secrets(simulator, zoom):
    code = zoom.code()
    token = zoom.exchange(code)["access_token"]
    asked, consented, exchanged = simulator.log()

    assert asked.fingerprints["code_challenge"]
    assert consented.fingerprints["code"] == exchanged.fingerprints["code"]
    assert exchanged.client_authenticated is True
    assert not any(secret in repr(simulator.log()) for secret in (code, token, VERIFIER))


@pytest.mark.parametrize("change", [{"api_url": 7}, {"meetings_a_day": "100"}])
def test_a_setting_of_the_wrong_kind_is_refused(simulator, change):
    with pytest.raises(ValueError, match=next(iter(change))):
        simulator.configure("zoom", **change)
