"""Google's token endpoint with codes: who may call it, what a code is good for, what comes back."""

from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import requests

from tests.simulator.journal import fingerprint
from tests.simulator.oauth import challenge_of
from tests.unit.simulator.google.app import (
    ALAN,
    CALENDAR,
    CLIENT,
    DRIVE,
    EMAIL,
    GRACE,
    IN_FORM,
    MAIL,
    REDIRECT_URI,
)

VERIFIER = "v" * 43
S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
CODE_GRANT = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}


def grant_refused(description: str) -> dict[str, str]:
    return {"error": "invalid_grant", "error_description": description}


def read(google, id_token: str) -> dict[str, object]:
    keys = requests.get(f"{google.endpoints['apiUrl']}/oauth2/v3/certs", timeout=5).json()
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(id_token)["kid"]]
    return jwt.decode(
        id_token, key, audience=CLIENT.client_id, options={"verify_exp": False, "verify_iat": False}
    )


def test_the_answer_has_googles_shape(google):
    answer = google.connect()

    assert answer.pop("access_token").startswith("ya29.")
    assert answer.pop("refresh_token").startswith("1//0")
    assert answer.pop("id_token").count(".") == 2
    assert answer == {
        "expires_in": 3599,
        "scope": f"{CALENDAR} {DRIVE} {MAIL} {EMAIL} openid",
        "token_type": "Bearer",
    }


def test_the_id_token_is_signed_and_tells_who_it_is(simulator, google):
    answer = google.connect(GRACE, scope="openid email profile", nonce="once")
    told = read(google, answer["id_token"])
    now = int(simulator.now())

    assert len(told.pop("at_hash")) == 22
    assert told == {
        "iss": "https://accounts.google.com",
        "azp": CLIENT.client_id,
        "aud": CLIENT.client_id,
        "sub": "108150000000000000002",
        "email": GRACE,
        "email_verified": True,
        "name": "Grace Hooper",
        "given_name": "Grace",
        "family_name": "Hooper",
        "hd": "example.org",
        "nonce": "once",
        "iat": now,
        "exp": now + 3600,
    }


def test_the_id_token_tells_no_more_than_was_asked(google):
    told = read(google, google.connect(ALAN, scope=f"openid {MAIL}")["id_token"])

    assert not {"email", "name", "hd", "nonce"} & told.keys()
    assert told["sub"] == "108150000000000000003"


def test_without_openid_there_is_no_id_token(google):
    assert "id_token" not in google.connect(scope=MAIL)


@pytest.mark.parametrize(
    ("client", "status", "error"),
    [
        ({"client_id": "", "client_secret": ""}, 400, "invalid_request"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_nobody_else_exchanges_a_code(simulator, google, client, status, error):
    code = google.code()
    answer = google.token(status=status, code=code, **CODE_GRANT, **client)

    assert answer["error"] == error
    assert answer["error_description"]
    assert simulator.calls("token")[-1].client_authenticated is False
    assert google.exchange(code)["access_token"]
    assert simulator.calls("token")[-1].client_authenticated is True


@pytest.mark.parametrize(("secret", "status"), [(CLIENT.client_secret, 200), ("wrong", 401)])
def test_a_client_may_authenticate_by_basic_too(google, secret, status):
    answer = requests.post(
        google.endpoints["tokenUrl"],
        data={"code": google.code(), **CODE_GRANT},
        auth=(CLIENT.client_id, secret),
        timeout=5,
    )

    assert answer.status_code == status


def test_a_code_is_good_once(google):
    code = google.code()
    google.exchange(code)

    assert google.exchange(code, status=400) == grant_refused("Bad Request")


def test_of_many_exchanges_at_once_one_wins(google):
    form = IN_FORM | CODE_GRANT | {"code": google.code()}

    def exchange(_: int) -> int:
        return requests.post(google.endpoints["tokenUrl"], data=form, timeout=5).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(exchange, range(8))) == [200] + [400] * 7


def test_a_code_is_good_for_ten_minutes(simulator, google):
    early, late = google.code(), google.code()
    simulator.advance(599)
    google.exchange(early)
    simulator.advance(1)

    assert google.exchange(late, status=400)["error"] == "invalid_grant"


def test_a_code_is_worth_nothing_once_the_grant_is_gone(simulator, google):
    code = google.code()
    simulator.uninstall("google", "ada@example.org")

    assert google.exchange(code, status=400)["error"] == "invalid_grant"


def test_an_invented_code_is_malformed(google):
    assert google.exchange("4/0Ainvented", status=400) == grant_refused("Malformed auth code.")


@pytest.mark.parametrize("uri", ["", f"{REDIRECT_URI}/", REDIRECT_URI.upper()])
def test_the_redirect_uri_must_be_the_same_to_the_letter(google, uri):
    code = google.code()

    assert google.exchange(code, status=400, redirect_uri=uri)["error"] == "redirect_uri_mismatch"
    assert google.exchange(code)


@pytest.mark.parametrize(
    ("challenge", "verifier", "description"),
    [
        (S256, {}, "Missing code verifier."),
        (S256, {"code_verifier": "w" * 43}, "Invalid code verifier."),
        (S256, {"code_verifier": challenge_of(VERIFIER)}, "Invalid code verifier."),
        ({}, {"code_verifier": VERIFIER}, "code_verifier or verifier is not needed."),
        ({"code_challenge": VERIFIER}, {"code_verifier": "w" * 43}, "Invalid code verifier."),
        ({"code_challenge": VERIFIER}, {"code_verifier": "é" * 43}, "Invalid code verifier."),
    ],
)
def test_a_challenge_must_be_proven_and_none_invented(google, challenge, verifier, description):
    code = google.code(**challenge)

    assert google.exchange(code, status=400, **verifier) == grant_refused(description)


@pytest.mark.parametrize("challenge", [S256, {"code_challenge": VERIFIER}])
def test_a_proven_challenge_is_exchanged(google, challenge):
    assert google.exchange(google.code(**challenge), code_verifier=VERIFIER)["access_token"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
    ],
)
def test_a_request_that_says_too_little_is_refused(google, form, error):
    assert google.token(status=400, **form)["error"] == error


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"grant_type": "refresh_token"}', "application/json"),
        (b"nonsense", "application/x-www-form-urlencoded"),
        (b"code=1&code=2", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"", None),
    ],
)
def test_a_body_that_is_no_form_is_an_invalid_request(google, body, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    answer = requests.post(google.endpoints["tokenUrl"], data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_refresh_token_comes_only_with_offline_access(google):
    assert "refresh_token" not in google.connect(access_type="online")
    assert "refresh_token" not in google.connect(access_type=None, prompt=None)


def test_a_second_consent_brings_a_refresh_token_only_when_it_is_forced(google):
    google.connect(GRACE)

    assert "refresh_token" not in google.connect(GRACE, prompt=None)
    assert "refresh_token" not in google.connect(GRACE, prompt="select_account")
    assert google.connect(GRACE, prompt="consent")["refresh_token"]
    assert google.connect(ALAN, prompt=None)["refresh_token"]


def test_the_first_consent_counts_even_if_its_code_was_never_exchanged(google):
    google.code(prompt=None)

    assert "refresh_token" not in google.connect(prompt=None)


def test_after_the_grant_is_gone_the_next_consent_is_a_first_one(simulator, google):
    google.connect(prompt=None)
    simulator.uninstall("google", "ada@example.org")

    assert google.connect(prompt=None)["refresh_token"]


def test_scopes_granted_before_come_along_when_the_app_asks_for_them(google):
    google.connect(scope=MAIL)

    assert google.connect(scope=DRIVE)["scope"] == DRIVE
    together = google.connect(scope=CALENDAR, include_granted_scopes="true")
    assert together["scope"] == f"{CALENDAR} {DRIVE} {MAIL}"


def test_the_log_ties_a_flow_together_without_telling_secrets(simulator, google):
    code = google.code(**S256)
    token = google.exchange(code, code_verifier=VERIFIER)["access_token"]
    asked, consented, exchanged = simulator.log()

    assert asked.fingerprints["redirect_uri"] == exchanged.fingerprints["redirect_uri"]
    assert asked.fingerprints["code_challenge"] == fingerprint(S256["code_challenge"])
    assert consented.fingerprints["code"] == exchanged.fingerprints["code"] == fingerprint(code)
    assert exchanged.fingerprints["code_verifier"] == fingerprint(VERIFIER)
    assert exchanged.fingerprints["token"] == fingerprint(token)
    assert not any(secret in repr(simulator.log()) for secret in (code, token, VERIFIER))
