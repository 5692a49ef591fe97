"""Atlassian's authorization server as Trello's apps meet it: what it insists on, how it refuses."""

import pytest
import requests

from tests.simulator.oauth import challenge_of
from tests.simulator.person import NoConsentAsked, Person
from tests.unit.simulator.registered import VERIFIER, query_of
from tests.unit.simulator.trello.app import ADA, CLIENT, GRACE, REDIRECT_URI, SCOPES

DEAD_CODE = {"error": "invalid_request", "error_description": "authorization_code is invalid"}
DEAD_TOKEN = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
WRONG_CLIENT = {"error": "access_denied", "error_description": "Unauthorized"}


def test_a_consent_brings_a_code_and_the_state_and_nothing_else(trello):
    back = trello.come_back(GRACE)

    assert back.keys() == {"code", "state"}
    assert back["state"] == "the-state"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": None}, "invalid_request"),
        ({"prompt": "none"}, "invalid_request"),
        ({"scope": f"{SCOPES} write:card:trello"}, "invalid_scope"),
        ({"scope": SCOPES.replace(" ", ",")}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_goes_back_with_its_error(trello, changes, error):
    answer = requests.get(trello.authorize_url(**changes), allow_redirects=False, timeout=5)

    assert answer.headers["Location"].startswith(REDIRECT_URI)
    assert query_of(answer.headers["Location"]) == {"error": error, "state": "the-state"}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody-else"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
    ],
)
def test_a_stranger_s_request_ends_on_a_page(trello, changes):
    with pytest.raises(NoConsentAsked):
        Person().approve(trello.authorize_url(**changes))


def test_a_person_may_say_no(trello):
    back = query_of(Person().deny(trello.authorize_url()))

    assert back == {"error": "access_denied", "state": "the-state"}


def test_a_code_becomes_tokens_of_the_documented_shape(trello):
    tokens = trello.connect(ADA)

    assert tokens.keys() == {"access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (tokens["expires_in"], tokens["token_type"]) == (3600, "Bearer")
    assert tokens["scope"] == SCOPES


def test_a_refresh_token_comes_with_offline_access_alone(trello):
    assert "refresh_token" not in trello.connect(scope="read:member:trello")


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "invented"},
        {"code": ""},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": None},
        {"code_verifier": "w" * 43},
        {"code_verifier": challenge_of(VERIFIER)},
        {"code_verifier": None},
    ],
)
def test_a_code_that_does_not_fit_is_an_invalid_request(trello, changes):
    answer = trello.exchange(trello.code(), **changes)

    assert (answer.status_code, answer.json()) == (400, DEAD_CODE)


def test_a_code_is_good_once_and_ten_minutes(simulator, trello):
    used, late = trello.code(), trello.code()
    assert trello.exchange(used).status_code == 200
    simulator.advance(600)

    for code in (used, late):
        answer = trello.exchange(code)
        assert (answer.status_code, answer.json()) == (400, DEAD_CODE)


def test_a_code_that_is_used_again_ends_what_it_brought(trello):
    code = trello.code()
    token = trello.exchange(code).json()["access_token"]
    trello.exchange(code)

    assert trello.call("GET", "members/me", token).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"client_id": "somebody-else"},
        {"client_id": None},
    ],
)
def test_a_client_that_does_not_prove_itself_is_unauthorized(simulator, trello, changes):
    answer = trello.exchange(trello.code(), **changes)

    assert (answer.status_code, answer.json()) == (401, WRONG_CLIENT)
    assert simulator.calls("token")[-1].client_authenticated is False


def test_id_and_secret_in_a_header_are_not_read(trello):
    fields = {
        "grant_type": "authorization_code",
        "code": trello.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    auth = (CLIENT.client_id, CLIENT.client_secret)
    answer = requests.post(trello.endpoints["tokenUrl"], json=fields, auth=auth, timeout=5)

    assert (answer.status_code, answer.json()) == (401, WRONG_CLIENT)


def test_a_form_is_not_read(trello):
    fields = {
        "grant_type": "authorization_code",
        "client_id": CLIENT.client_id,
        "client_secret": CLIENT.client_secret,
        "code": trello.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    answer = requests.post(trello.endpoints["tokenUrl"], data=fields, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff"])
def test_a_body_that_is_no_object_is_an_invalid_request(trello, body):
    headers = {"Content-Type": "application/json"}
    answer = requests.post(trello.endpoints["tokenUrl"], data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("grant_type", [None, "password", "client_credentials"])
def test_other_grants_are_not_given(trello, grant_type):
    answer = trello.exchange(trello.code(), grant_type=grant_type)

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_refresh_brings_a_new_pair_and_the_token_before_lives_on(trello):
    before = trello.connect()
    after = trello.refresh(before["refresh_token"]).json()

    assert after["refresh_token"] != before["refresh_token"]
    assert after["access_token"] != before["access_token"]
    assert trello.call("GET", "members/me", before["access_token"]).status_code == 200
    assert trello.call("GET", "members/me", after["access_token"]).status_code == 200


def test_a_spent_refresh_token_is_taken_for_ten_minutes(simulator, trello):
    spent = trello.connect()["refresh_token"]
    trello.refresh(spent)
    simulator.advance(599)

    assert trello.refresh(spent).status_code == 200


def test_a_spent_refresh_token_that_comes_later_takes_the_grant_with_it(simulator, trello):
    spent = trello.connect()["refresh_token"]
    fresh = trello.refresh(spent).json()["refresh_token"]
    simulator.advance(600)

    for token in (spent, fresh):
        answer = trello.refresh(token)
        assert (answer.status_code, answer.json()) == (403, DEAD_TOKEN)


def test_a_refresh_token_dies_when_it_is_not_used_for_ninety_days(simulator, trello):
    used, idle = trello.connect()["refresh_token"], trello.connect()["refresh_token"]
    simulator.advance(90 * 86_400 - 1)
    assert trello.refresh(used).status_code == 200
    simulator.advance(1)

    answer = trello.refresh(idle)
    assert (answer.status_code, answer.json()) == (403, DEAD_TOKEN)


def test_an_access_token_is_no_refresh_token(trello):
    answer = trello.refresh(trello.connect()["access_token"])

    assert (answer.status_code, answer.json()) == (403, DEAD_TOKEN)


def test_a_grant_that_the_person_ended_is_refreshed_no_more(simulator, trello):
    grace, ada = trello.connect(GRACE), trello.connect(ADA)
    assert simulator.uninstall("trello", GRACE)
    assert not simulator.uninstall("trello", "nobody")

    assert trello.refresh(grace["refresh_token"]).json() == DEAD_TOKEN
    assert trello.refresh(ada["refresh_token"]).status_code == 200


def test_there_is_nothing_to_revoke_with(trello):
    assert "revocationUrl" not in trello.endpoints
    url = trello.endpoints["tokenUrl"].replace("/token", "/revoke")
    assert requests.post(url, json={}, timeout=5).status_code == 404
