"""Refreshing, and every way in which Google's tokens die."""

import pytest
import requests

from tests.unit.simulator.google.app import ADA, ALAN, DRIVE, EMAIL, GRACE, MAIL

DEAD = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
DAY = 86_400


def alive(google, token: str) -> bool:
    return google.who(token).status_code == 200


def test_a_refresh_answers_a_new_access_token_and_no_refresh_token(google):
    connected = google.connect()
    refreshed = google.refresh(connected["refresh_token"])

    assert refreshed.keys() == {"access_token", "expires_in", "scope", "token_type", "id_token"}
    assert refreshed["access_token"] != connected["access_token"]
    assert refreshed["scope"] == connected["scope"]
    assert alive(google, connected["access_token"])
    assert alive(google, refreshed["access_token"])


def test_a_refresh_token_is_good_any_number_of_times(google, refresh_token):
    tokens = {google.refresh(refresh_token)["access_token"] for _ in range(5)}

    assert len(tokens) == 5


def test_an_access_token_lives_an_hour(simulator, google, token):
    simulator.advance(3598)
    assert alive(google, token)
    simulator.advance(1)

    assert not alive(google, token)


def test_a_refresh_may_ask_for_less_and_not_for_more(google):
    refresh_token = google.connect(scope=f"email {MAIL}")["refresh_token"]

    assert google.refresh(refresh_token, scope=MAIL)["scope"] == MAIL
    assert google.refresh(refresh_token, status=400, scope=DRIVE)["error"] == "invalid_scope"
    assert google.refresh(refresh_token)["scope"] == f"{MAIL} {EMAIL} openid"


def test_an_old_refresh_token_does_not_learn_new_scopes(google):
    before = google.connect(scope=MAIL)["refresh_token"]
    google.connect(scope=DRIVE, include_granted_scopes="true")

    assert google.refresh(before)["scope"] == MAIL


def test_an_invented_refresh_token_is_an_invalid_grant(google):
    assert google.refresh("1//0invented", status=400) == DEAD


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_whole_grant_of_that_person(google, which):
    older, newer, other = google.connect(GRACE), google.connect(GRACE), google.connect(ALAN)
    answer = google.revoke(older[which])

    assert (answer.status_code, answer.json()) == (200, {})
    assert not any(alive(google, one["access_token"]) for one in (older, newer))
    assert google.refresh(older["refresh_token"], status=400) == DEAD
    assert google.refresh(newer["refresh_token"], status=400) == DEAD
    assert google.refresh(other["refresh_token"])
    assert [grant["sub"] for grant in google.made("grants")] == ["108150000000000000003"]


def test_what_is_not_alive_cannot_be_revoked(simulator, google):
    revoked, expired = google.connect(GRACE), google.connect(ADA)
    google.revoke(revoked["access_token"])
    simulator.advance(3600)
    tokens = ("ya29.invented", revoked["refresh_token"], expired["access_token"])
    answers = [google.revoke(token) for token in tokens]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert {answer.json()["error"] for answer in answers} == {"invalid_token"}
    assert google.refresh(expired["refresh_token"])


def test_revoking_nothing_is_an_invalid_request(google):
    answer = google.revoke("")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_token_to_revoke_may_stand_in_the_query(google, token):
    url = google.endpoints["revocationUrl"]
    answer = requests.post(url, params={"token": token}, timeout=5)

    assert answer.status_code == 200
    assert not alive(google, token)


@pytest.mark.parametrize("reference", [GRACE, "108150000000000000002"])
def test_a_person_takes_the_grant_back(simulator, google, reference):
    connected = google.connect(GRACE)

    assert simulator.uninstall("google", reference)
    assert not alive(google, connected["access_token"])
    assert google.refresh(connected["refresh_token"], status=400) == DEAD
    assert not simulator.uninstall("google", reference)
    assert not simulator.uninstall("google", "nobody@example.com")


def test_of_more_than_a_hundred_refresh_tokens_the_oldest_dies_silently(google):
    first, other = google.connect(GRACE), google.connect(ALAN)["refresh_token"]
    second = google.connect(GRACE)["refresh_token"]
    for _ in range(98):
        google.connect(GRACE)
    assert google.refresh(first["refresh_token"])
    google.connect(GRACE)

    assert google.refresh(first["refresh_token"], status=400) == DEAD
    assert alive(google, first["access_token"])
    assert google.refresh(second)
    assert google.refresh(other)


def test_in_testing_a_refresh_token_lives_a_week(simulator, google):
    simulator.configure("google", testing=True)
    connected = google.connect()
    simulator.advance(7 * DAY - 2)
    assert google.refresh(connected["refresh_token"])
    simulator.advance(1)

    assert connected["refresh_token_expires_in"] == 604_799
    assert google.refresh(connected["refresh_token"], status=400) == DEAD


def test_a_refresh_token_dies_of_six_months_without_use(simulator, google, refresh_token):
    for _ in range(4):
        simulator.advance(181 * DAY)
        assert google.refresh(refresh_token)
    simulator.advance(182 * DAY)

    assert google.refresh(refresh_token, status=400) == DEAD


def test_an_organization_may_want_its_people_to_sign_in_again(simulator, google, refresh_token):
    simulator.configure("google", session_control=True)
    refused = google.refresh(refresh_token, status=400)
    simulator.configure("google", session_control=False)

    assert (refused["error"], refused["error_subtype"]) == ("invalid_grant", "invalid_rapt")
    assert google.refresh(refresh_token)


def test_an_administrator_may_forbid_the_app_later(simulator, google, refresh_token):
    simulator.configure("google", admin_policy="refresh")

    assert google.refresh(refresh_token, status=400)["error"] == "admin_policy_enforced"
