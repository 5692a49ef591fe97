"""Atlassian's authorization server: what it is asked with, what it takes, how its tokens rotate."""

import pytest
import requests

from tests.simulator.person import NoConsentAsked, Person
from tests.unit.simulator.jira.app import (
    ADA,
    ADA_AT_GLOBEX,
    CLIENT,
    GRACE,
    IN_BODY,
    REDIRECT_URI,
    SCOPES,
    WORK,
)
from tests.unit.simulator.registered import query_of

DAY = 86_400
DEAD_CODE = {"error": "invalid_request", "error_description": "authorization_code is invalid"}
DEAD_REFRESH_TOKEN = {
    "error": "invalid_grant",
    "error_description": "Unknown or invalid refresh token.",
}
UNKNOWN_CLIENT = {"error": "access_denied", "error_description": "Unauthorized"}


def test_the_answer_has_atlassians_shape(jira):
    answer = jira.connect()

    assert answer.pop("access_token").startswith("eyJ")
    assert answer.pop("refresh_token").startswith("eyJ")
    assert answer == {"expires_in": 3600, "token_type": "Bearer", "scope": SCOPES}


def test_without_offline_access_there_is_no_refresh_token(jira):
    answer = jira.connect(scope=f"read:me {WORK}")

    assert "refresh_token" not in answer
    assert answer["scope"] == f"read:me {WORK}"


@pytest.mark.parametrize("name", ["audience", "prompt"])
@pytest.mark.parametrize("value", [None, "", "none"])
def test_what_the_documentation_calls_required_is(jira, name, value):
    back = query_of(_asked(jira, **{name: value}))

    assert back == {"error": "invalid_request", "state": "the-state"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "read:jira-work,write:jira-work"}, "invalid_scope"),
        ({"scope": "read:nothing"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_is_told_to_the_app(jira, changes, error):
    assert query_of(_asked(jira, **changes))["error"] == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
    ],
)
def test_an_unknown_app_or_address_gets_a_page_and_no_way_back(jira, changes):
    with pytest.raises(NoConsentAsked):
        Person().approve(jira.authorize_url(**changes))


def _asked(jira, **changes):
    shown = requests.get(jira.authorize_url(**changes), timeout=5, allow_redirects=False)
    return shown.headers["Location"]


def test_a_no_is_told_with_words(jira):
    back = query_of(Person().deny(jira.authorize_url()))

    assert back == {
        "error": "access_denied",
        "error_description": "User did not authorize the request",
        "state": "the-state",
    }


def test_nobody_unticks_a_permission_at_atlassian(jira):
    page = requests.get(jira.authorize_url(), timeout=5).text

    assert "checkbox" not in page
    assert [seat for seat in (GRACE, ADA, ADA_AT_GLOBEX) if seat in page] == [
        GRACE,
        ADA,
        ADA_AT_GLOBEX,
    ]


def test_a_challenge_means_nothing_here(jira):
    code = jira.code(code_challenge="c" * 43, code_challenge_method="S256")

    assert jira.exchange(code)["access_token"]


def test_a_code_is_good_once_and_for_ten_minutes(simulator, jira):
    spent, late = jira.code(), jira.code()
    tokens = jira.exchange(spent)
    assert jira.exchange(spent, status=400) == DEAD_CODE
    simulator.advance(600)

    assert jira.exchange(late, status=400) == DEAD_CODE
    assert jira.exchange("invented", status=400) == DEAD_CODE
    assert jira.get("/me", tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("uri", [f"{REDIRECT_URI}/", REDIRECT_URI.upper(), ""])
def test_the_redirect_uri_must_be_the_same_to_the_letter(jira, uri):
    code = jira.code()

    assert jira.exchange(code, status=400, redirect_uri=uri) == DEAD_CODE
    assert jira.exchange(code)


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"client_secret": ""}, {"client_id": "another"}]
)
def test_a_client_that_does_not_prove_itself_is_refused(simulator, jira, changes):
    assert jira.exchange(jira.code(), status=401, **changes) == UNKNOWN_CLIENT
    assert simulator.calls("token")[0].client_authenticated is False


def test_the_secret_does_not_count_in_a_header(jira):
    fields = {"grant_type": "authorization_code", "code": jira.code(), "redirect_uri": REDIRECT_URI}
    pair = (CLIENT.client_id, CLIENT.client_secret)
    answer = requests.post(jira.endpoints["tokenUrl"], json=fields, auth=pair, timeout=5)

    assert (answer.status_code, answer.json()) == (401, UNKNOWN_CLIENT)


def test_a_form_is_not_read(jira):
    form = {
        **IN_BODY,
        "grant_type": "authorization_code",
        "code": jira.code(),
        "redirect_uri": REDIRECT_URI,
    }
    answer = requests.post(jira.endpoints["tokenUrl"], data=form, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json() != DEAD_CODE


@pytest.mark.parametrize("grant_type", [None, "password", "client_credentials"])
def test_other_grants_are_not_offered(jira, grant_type):
    answer = jira.token(status=400, grant_type=grant_type)

    assert answer["error"] == "unsupported_grant_type"


def test_a_refresh_gives_a_new_pair_and_the_old_access_token_lives_on(jira):
    before = jira.connect()
    after = jira.refresh(before["refresh_token"])

    assert after.keys() == before.keys()
    assert after["refresh_token"] != before["refresh_token"]
    for tokens in (before, after):
        assert jira.get("/me", tokens["access_token"]).status_code == 200


def test_a_spent_refresh_token_is_taken_for_ten_minutes_more(simulator, jira):
    spent = jira.connect()["refresh_token"]
    jira.refresh(spent)
    simulator.advance(599)
    newest = jira.refresh(spent)["refresh_token"]
    simulator.advance(1)

    assert jira.refresh(spent, status=403) == DEAD_REFRESH_TOKEN
    assert jira.refresh(newest, status=403) == DEAD_REFRESH_TOKEN  # a breach, it is feared


def test_a_refresh_token_dies_of_ninety_days_without_use(simulator, jira):
    token = jira.connect()["refresh_token"]
    for _ in range(5):
        simulator.advance(89 * DAY)
        token = jira.refresh(token)["refresh_token"]
    simulator.advance(90 * DAY)

    assert jira.refresh(token, status=403) == DEAD_REFRESH_TOKEN


def test_an_access_token_lives_an_hour(simulator, jira, token):
    simulator.advance(3599)
    assert jira.get("/me", token).status_code == 200
    simulator.advance(1)

    assert jira.get("/me", token).json() == {"code": 401, "message": "Unauthorized"}


def test_there_is_no_revocation(jira, token):
    assert "revocationUrl" not in jira.endpoints
    url = f"{jira.endpoints['apiUrl']}/oauth/revoke"

    assert requests.post(url, json={"token": token, **IN_BODY}, timeout=5).status_code == 404
    assert jira.get("/me", token).status_code == 200


@pytest.mark.parametrize("reference", ["grace@example.org", GRACE, "grace@example.org@initech"])
def test_a_person_takes_the_whole_grant_back(simulator, jira, reference):
    tokens = jira.connect()

    assert simulator.uninstall("jira", reference)
    assert jira.get("/me", tokens["access_token"]).status_code == 401
    assert jira.refresh(tokens["refresh_token"], status=403) == DEAD_REFRESH_TOKEN
    assert not simulator.uninstall("jira", reference)
    assert not simulator.uninstall("jira", "nobody@example.org")


def test_the_log_ties_a_flow_together_without_telling_secrets(simulator, jira):
    code = jira.code()
    tokens = jira.exchange(code)
    asked, consented, exchanged = simulator.log()

    assert [call.operation for call in simulator.log()] == ["authorize", "consent", "token"]
    assert asked.fingerprints["redirect_uri"] == exchanged.fingerprints["redirect_uri"]
    assert consented.fingerprints["code"] == exchanged.fingerprints["code"]
    secrets = (code, tokens["access_token"], tokens["refresh_token"])
    assert set(secrets) < simulator.issued_secrets()
    assert not [secret for secret in secrets if secret in repr(simulator.log())]
