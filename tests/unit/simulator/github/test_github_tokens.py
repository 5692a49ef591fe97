"""GitHub's tokens: who gets them, in what form, how long they live and how they end."""

from urllib.parse import parse_qs

import pytest
import requests

from tests.simulator.oauth import challenge_of
from tests.unit.simulator.github.app import ADA, CLIENT, GRACE, IN_FORM, REDIRECT_URI
from tests.unit.simulator.registered import PREFIX

VERIFIER = "v" * 43
S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


def alive(github, token: str) -> bool:
    return github.get("/user", token).status_code == 200


def error(answer: requests.Response) -> str:
    """Errors come with HTTP 200."""
    assert answer.status_code == 200
    return answer.json()["error"]


def test_a_github_app_gets_tokens_that_expire(github):
    answer = github.connected()

    assert answer.pop("access_token").startswith("ghu_")
    assert answer.pop("refresh_token").startswith("ghr_")
    assert answer == {
        "expires_in": 28_800,
        "refresh_token_expires_in": 15_811_200,
        "scope": "",
        "token_type": "bearer",
    }


def test_without_expiry_there_is_no_refresh_token(simulator, github):
    answer = github.configured(expiring=False).connected()
    simulator.advance(400 * 86_400)

    assert answer.keys() == {"access_token", "scope", "token_type"}
    assert alive(github, answer["access_token"])


def test_an_oauth_app_gets_one_token_with_its_scopes(github):
    answer = github.configured(oauth_app=True).connected()

    assert answer.pop("access_token").startswith("gho_")
    assert answer == {"scope": "repo,user:email", "token_type": "bearer"}


def test_the_answer_is_a_form_unless_json_is_asked_for(github):
    answer = github.exchange(github.code(), accept="*/*")

    assert answer.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"
    told = parse_qs(answer.text, keep_blank_values=True)
    assert told["token_type"] == ["bearer"]
    assert told["scope"] == [""]
    assert told["access_token"][0].startswith("ghu_")


def test_errors_are_a_form_too(github):
    answer = github.exchange("invented", accept="*/*")

    assert answer.status_code == 200
    assert parse_qs(answer.text)["error"] == ["bad_verification_code"]


def test_parameters_may_stand_in_the_query_or_in_json(github):
    url, headers = github.endpoints["tokenUrl"], {"Accept": "application/json"}
    for send in ({"params": IN_FORM}, {"json": IN_FORM}):
        (place, fields) = next(iter(send.items()))
        sent = {place: {**fields, "code": github.code()}}
        answer = requests.post(url, headers=headers, timeout=5, **sent)

        assert answer.json()["access_token"].startswith("ghu_")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"code": 7}'])
def test_a_body_that_cannot_be_read_holds_nothing(github, body):
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = requests.post(github.endpoints["tokenUrl"], data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


def test_nobody_else_exchanges_a_code(simulator, github):
    code = github.code()
    unknown = github.exchange(code, client_id="another")
    wrong = github.exchange(code, client_secret="wrong")

    assert (unknown.status_code, unknown.json()) == (404, {"error": "Not Found"})
    assert error(wrong) == "incorrect_client_credentials"
    assert wrong.json()["error_uri"].startswith("https://docs.github.com/")
    assert simulator.calls("token")[-1].client_authenticated is False
    assert github.exchange(code).json()["access_token"]
    assert simulator.calls("token")[-1].client_authenticated is True


def test_basic_is_no_proof_here(github):
    answer = requests.post(
        github.endpoints["tokenUrl"],
        data={"code": github.code()},
        auth=(CLIENT.client_id, CLIENT.client_secret),
        headers={"Accept": "application/json"},
        timeout=5,
    )

    assert answer.status_code == 404


def test_a_code_is_good_once_and_for_ten_minutes(simulator, github):
    used, late = github.code(), github.code()
    github.exchange(used)
    simulator.advance(599)
    assert github.exchange(github.code()).json()["access_token"]
    simulator.advance(1)

    assert error(github.exchange(used)) == "bad_verification_code"
    assert error(github.exchange(late)) == "bad_verification_code"


def test_a_redirect_uri_may_be_left_out_but_not_be_another(github):
    code = github.code()

    assert error(github.exchange(code, redirect_uri=f"{PREFIX}/other")) == "redirect_uri_mismatch"
    assert github.token(code=code).json()["access_token"]


@pytest.mark.parametrize(
    ("asked", "verifier"),
    [(S256, {}), (S256, {"code_verifier": "w" * 43}), ({}, {"code_verifier": VERIFIER})],
)
def test_a_code_needs_the_verifier_that_fits_its_challenge(github, asked, verifier):
    code = github.code(**asked)

    assert error(github.exchange(code, **verifier)) == "bad_verification_code"


def test_the_right_verifier_is_taken(github):
    code = github.code(**S256)

    assert github.exchange(code, code_verifier=VERIFIER).json()["access_token"]


def test_another_grant_type_is_refused(github):
    assert error(github.token(grant_type="password")) == "unsupported_grant_type"


def test_a_refresh_ends_both_tokens_before_it_at_once(github):
    before = github.connected()
    after = github.refresh(before["refresh_token"]).json()

    assert after.keys() == before.keys()
    assert not alive(github, before["access_token"])
    assert alive(github, after["access_token"])
    assert error(github.refresh(before["refresh_token"])) == "bad_refresh_token"
    assert alive(github, after["access_token"])
    assert github.refresh(after["refresh_token"]).json()["access_token"]


def test_lives_end_when_they_must(simulator, github):
    connected = github.connected()
    simulator.advance(28_799)
    assert alive(github, connected["access_token"])
    simulator.advance(1)
    assert not alive(github, connected["access_token"])
    simulator.advance(15_811_200 - 28_800)

    assert error(github.refresh(connected["refresh_token"])) == "bad_refresh_token"


def test_a_refresh_token_is_of_no_use_to_another_client(github):
    token = github.connected()["refresh_token"]

    assert error(github.refresh(token, client_secret="wrong")) == "incorrect_client_credentials"
    assert github.refresh(token).json()["access_token"]


def test_of_more_than_ten_tokens_of_an_oauth_app_the_oldest_dies(github):
    github.configured(oauth_app=True)
    first, other, less = github.connect(), github.connect(GRACE), github.connect(scope="repo")
    others = [github.connect() for _ in range(10)]

    assert not alive(github, first)
    assert all(alive(github, token) for token in (other, less, *others))


def test_ending_the_grant_ends_all_tokens_of_that_person(github):
    older, newer, other = github.connected(ADA), github.connected(ADA), github.connect(GRACE)
    answer = github.revoke(newer["access_token"])

    assert (answer.status_code, answer.content) == (204, b"")
    assert not any(alive(github, one["access_token"]) for one in (older, newer))
    assert error(github.refresh(older["refresh_token"])) == "bad_refresh_token"
    assert alive(github, other)


def test_ending_a_token_ends_that_one(github):
    one, other = github.connected(ADA), github.connected(ADA)

    assert github.revoke(one["access_token"], "token").status_code == 204
    assert not alive(github, one["access_token"])
    assert alive(github, other["access_token"])
    assert github.refresh(one["refresh_token"]).json()["access_token"]


@pytest.mark.parametrize("what", ["grant", "token"])
def test_what_is_not_alive_is_not_found(simulator, github, what):
    connected = github.connected()
    simulator.advance(28_800)
    tokens = ("ghu_invented", connected["access_token"], connected["refresh_token"])

    assert [github.revoke(token, what).status_code for token in tokens] == [404, 404, 404]
    assert github.refresh(connected["refresh_token"]).json()["access_token"]


def test_only_the_app_itself_ends_what_it_was_granted(github):
    token = github.connect()
    secret = CLIENT.client_secret

    assert github.revoke(token, auth=(CLIENT.client_id, "wrong")).status_code == 401
    assert github.revoke(token, auth=("another", secret)).status_code == 401
    assert github.revoke(token, client_id="another").status_code == 404
    assert github.revoke(None).status_code == 422
    assert alive(github, token)


@pytest.mark.parametrize("reference", [ADA, "1001"])
def test_a_person_takes_the_grant_back(simulator, github, reference):
    connected = github.connected(ADA)

    assert simulator.uninstall("github", reference)
    assert not alive(github, connected["access_token"])
    assert error(github.refresh(connected["refresh_token"])) == "bad_refresh_token"
    assert not simulator.uninstall("github", reference)
    assert not simulator.uninstall("github", "nobody")


def test_every_host_is_below_one_base(simulator, github):
    base = f"{simulator.url}/github"

    assert github.endpoints == {
        "authorizationUrl": f"{base}/login/oauth/authorize",
        "tokenUrl": f"{base}/login/oauth/access_token",
        "revocationUrl": f"{base}/applications/{{client_id}}/grant",
        "apiUrl": base,
    }
    assert f"{PREFIX}/github/callback" == REDIRECT_URI
