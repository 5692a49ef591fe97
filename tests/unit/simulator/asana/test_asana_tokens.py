"""Asana's token endpoint and those beside it: who may call them, what for, what comes back."""

import pytest
import requests

from tests.simulator.journal import fingerprint
from tests.unit.simulator.asana.app import ADA, CLIENT, GRACE, IN_FORM, REDIRECT_URI
from tests.unit.simulator.registered import VERIFIER

SECRET = CLIENT.client_secret


def error_of(answer):
    assert answer.status_code >= 400, answer.text
    return answer.status_code, answer.json()["error"]


def test_the_answer_says_who_it_is_and_not_what_was_granted(asana):
    answer = asana.connect(ADA)

    assert answer.pop("access_token").startswith("1/")
    assert answer.pop("refresh_token").startswith("2/")
    assert answer == {
        "expires_in": 3600,
        "token_type": "bearer",
        "data": {
            "id": 1210000000000001,
            "gid": "1210000000000001",
            "name": "Ada Byron",
            "email": ADA,
        },
    }


def test_a_refresh_gives_a_new_access_token_and_no_refresh_token(asana):
    first = asana.connect()
    second = asana.refresh(first["refresh_token"]).json()
    third = asana.refresh(first["refresh_token"]).json()

    assert "refresh_token" not in second
    assert len({each["access_token"] for each in (first, second, third)}) == 3
    for each in (first, second, third):
        assert asana.call("GET", "/users/me", each["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "another"}, (401, "invalid_client")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": ""}, (401, "invalid_client")),
        ({"code": "another"}, (400, "invalid_grant")),
        ({"code": ""}, (400, "invalid_grant")),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, (400, "invalid_grant")),
        ({"redirect_uri": ""}, (400, "invalid_grant")),
        ({"code_verifier": "w" * 43}, (400, "invalid_grant")),
        ({"code_verifier": ""}, (400, "invalid_grant")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": ""}, (400, "unsupported_grant_type")),
    ],
)
def test_an_exchange_that_is_wrong_anywhere_gives_no_token(simulator, asana, changes, error):
    form = {"code": asana.code()} | changes

    assert error_of(asana.exchange(**form)) == error
    assert simulator.state()["asana"]["tokens"] == []


def test_the_client_proves_itself_in_the_form_and_nowhere_else(simulator, asana):
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
    answer = requests.post(
        asana.endpoints["tokenUrl"],
        data={**form, "code": asana.code(), "code_verifier": VERIFIER},
        auth=(CLIENT.client_id, SECRET),
        timeout=5,
    )

    assert error_of(answer) == (401, "invalid_client")
    (call,) = simulator.calls("token")
    assert call.client_authenticated is False


def test_a_json_body_holds_nothing(asana):
    body = {"grant_type": "authorization_code", "code": asana.code(), **IN_FORM}
    answer = requests.post(asana.endpoints["tokenUrl"], json=body, timeout=5)

    assert error_of(answer) == (400, "invalid_request")


def test_a_code_is_good_once(asana):
    code = asana.code()
    token = asana.exchange(code).json()["access_token"]

    assert error_of(asana.exchange(code)) == (400, "invalid_grant")
    assert asana.call("GET", "/users/me", token).status_code == 401


def test_a_code_is_good_for_a_quarter_of_an_hour(simulator, asana):
    first, second = asana.code(), asana.code()
    simulator.advance(899)
    assert asana.exchange(first).status_code == 200

    simulator.advance(1)
    assert error_of(asana.exchange(second)) == (400, "invalid_grant")


def test_the_words_are_asana_s(asana):
    of_code = asana.exchange("another").json()
    of_token = asana.refresh("another").json()

    assert of_code["error_description"] == "The `code` provided was invalid."
    assert of_token["error_description"] == "The `refresh_token` provided was invalid."
    assert of_code["error_uri"] == of_token["error_uri"]
    assert of_code["error_uri"].startswith("https://asana.com/")


def test_revoking_ends_the_tokens_of_one_consent(asana):
    ours, theirs = asana.connect(), asana.connect()

    assert asana.revoke(ours["refresh_token"]).status_code == 200
    assert asana.call("GET", "/users/me", ours["access_token"]).status_code == 401
    assert error_of(asana.refresh(ours["refresh_token"])) == (400, "invalid_grant")
    assert asana.call("GET", "/users/me", theirs["access_token"]).status_code == 200
    assert asana.refresh(theirs["refresh_token"]).status_code == 200


def test_an_access_token_is_not_revoked(asana):
    token = asana.token()

    assert error_of(asana.revoke(token)) == (400, "invalid_request")
    assert asana.call("GET", "/users/me", token).status_code == 200


def test_a_token_nobody_knows_is_as_good_as_revoked(asana):
    refresh_token = asana.connect()["refresh_token"]

    assert asana.revoke("2/unknown").status_code == 200
    assert [asana.revoke(refresh_token).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"token": ""}, (400, "invalid_request")),
        ({"client_id": ""}, (400, "invalid_request")),
        ({"client_secret": ""}, (400, "invalid_request")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
    ],
)
def test_nobody_else_revokes(asana, changes, error):
    refresh_token = asana.connect()["refresh_token"]

    assert error_of(asana.revoke(**{"token": refresh_token} | changes)) == error
    assert asana.refresh(refresh_token).status_code == 200


def test_a_person_can_remove_the_app(simulator, asana):
    tokens = asana.connect(GRACE)

    assert simulator.uninstall("asana", GRACE)
    assert not simulator.uninstall("asana", GRACE)
    assert not simulator.uninstall("asana", "nobody@example.org")
    assert error_of(asana.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_token_s_scopes_can_be_asked_for(simulator, asana):
    tokens = asana.connect(scope="tasks:write tasks:read")
    access = asana.introspect(tokens["access_token"]).json()

    assert access == {
        "token_type": "bearer",
        "scope": "tasks:write tasks:read",
        "active": True,
        "client_id": CLIENT.client_id,
        "exp": int(simulator.now()) + 3600,
        "expires_in": 3600,
    }
    refresh = asana.introspect(tokens["refresh_token"]).json()
    assert (refresh["token_type"], refresh["active"]) == ("refresh", True)
    assert asana.introspect("1/unknown").json() == {"active": False}
    assert error_of(asana.introspect("")) == (400, "invalid_request")

    simulator.advance(3600)
    assert asana.introspect(tokens["access_token"]).json() == {"active": False}


def test_an_access_token_lasts_an_hour_and_says_so(simulator, asana):
    token = asana.token()
    simulator.advance(3599)
    assert asana.call("GET", "/users/me", token).status_code == 200

    simulator.advance(1)
    answer = asana.call("GET", "/users/me", token)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"].startswith("The bearer token has expired.")


def test_the_log_shows_no_secret(simulator, asana):
    tokens = asana.connect()
    (call,) = simulator.calls("token")

    assert call.fingerprints["token"] == fingerprint(tokens["access_token"])
    assert tokens["access_token"] not in str(call.shown())
    assert {tokens["access_token"], tokens["refresh_token"]} <= simulator.issued_secrets()
