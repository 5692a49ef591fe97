"""Linear's OAuth endpoints: what they insist on, and every way in which tokens die."""

import pytest
import requests

from tests.simulator.oauth import challenge_of
from tests.simulator.person import NoConsentAsked, Person
from tests.unit.simulator.linear.app import ADA, CLIENT, GRACE, IN_FORM, REDIRECT_URI
from tests.unit.simulator.registered import VERIFIER, query_of

S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
CODE_GRANT = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}


def refused(error, description):
    return {"error": error, "error_description": description}


DEAD_CODE = refused("invalid_grant", "Invalid grant: authorization code is invalid")
DEAD_TOKEN = refused("invalid_grant", "Invalid grant: refresh token is invalid")
NO_CLIENT = refused("invalid_client", "Invalid client: cannot retrieve client credentials")


def test_the_answer_has_linears_shape(linear):
    answer = linear.connect()

    assert answer.pop("access_token").startswith("lin_oauth_")
    assert answer.pop("refresh_token")
    assert answer == {"token_type": "Bearer", "expires_in": 86_399, "scope": "read issues:create"}


def test_scopes_come_as_a_list_to_old_apps_and_short_where_write_covers_them(simulator, linear):
    everything = "read,write,issues:create,admin"
    assert linear.connect(scope=everything)["scope"] == "read write issues:create admin"

    simulator.configure("linear", scope_short=True)
    assert linear.connect(scope=everything)["scope"] == "write admin"
    simulator.configure("linear", scope_short=False, scope_list=True)
    assert linear.connect(scope="read,write")["scope"] == ["read", "write"]


def test_read_is_granted_whether_it_is_asked_for_or_not(linear):
    assert linear.connect(scope="issues:create")["scope"] == "read issues:create"


@pytest.mark.parametrize("scope", ["read issues:create", "read,everything", ""])
def test_scopes_that_are_no_list_with_commas_are_told_in_the_redirect(linear, scope):
    back = Person().approve(linear.authorize_url(scope=scope))

    assert query_of(back) == {"error": "invalid_scope", "state": "the-state"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_redirect_uri"),
    ],
)
def test_an_unknown_app_or_address_gets_a_page_and_nothing_is_told(linear, changes, error):
    with pytest.raises(NoConsentAsked, match=error):
        Person().approve(linear.authorize_url(**changes))


def test_who_says_no_is_sent_back_with_it(linear):
    back = query_of(Person().deny(linear.authorize_url()))

    assert back == {"error": "access_denied", "state": "the-state"}


def test_who_granted_it_all_before_sees_no_page_unless_asked_for_consent(linear):
    linear.connect(ADA.id)
    page = requests.get(linear.authorize_url(), timeout=5, allow_redirects=False)
    silent = requests.get(linear.authorize_url(prompt=None), timeout=5, allow_redirects=False)
    more = linear.authorize_url(prompt=None, scope="read,write")
    asked = requests.get(more, timeout=5, allow_redirects=False)

    assert [page.status_code, silent.status_code, asked.status_code] == [200, 302, 200]
    answer = linear.exchange(query_of(silent.headers["Location"])["code"])
    told = linear.ask(answer["access_token"], "{ viewer { id } }").json()
    assert told["data"]["viewer"]["id"] == ADA.id


def test_a_body_that_is_no_form_holds_no_credentials(simulator, linear):
    body = {**IN_FORM, **CODE_GRANT, "code": linear.code()}
    answer = requests.post(linear.endpoints["tokenUrl"], json=body, timeout=5)

    assert (answer.status_code, answer.json()) == (400, NO_CLIENT)
    assert simulator.calls("token")[-1].client_authenticated is False


@pytest.mark.parametrize(
    ("client", "description"),
    [
        ({"client_id": ""}, "client is invalid"),
        ({"client_id": "another"}, "client is invalid"),
        ({"client_secret": "wrong"}, "client is invalid"),
        ({"client_secret": ""}, "cannot retrieve client credentials"),
    ],
)
def test_nobody_else_exchanges_a_code(linear, client, description):
    code = linear.code()
    answer = linear.exchange(code, status=400, **client)

    assert answer == refused("invalid_client", f"Invalid client: {description}")
    assert linear.exchange(code)["access_token"]


@pytest.mark.parametrize(("secret", "status"), [(CLIENT.client_secret, 200), ("wrong", 401)])
def test_a_client_may_authenticate_by_basic_too(linear, secret, status):
    answer = requests.post(
        linear.endpoints["tokenUrl"],
        data={**CODE_GRANT, "code": linear.code()},
        auth=(CLIENT.client_id, secret),
        timeout=5,
    )

    assert answer.status_code == status


def test_a_verifier_stands_for_the_secret_and_so_does_a_grant_made_with_one(linear):
    code = linear.code(**S256)
    proven = linear.exchange(code, client_secret="", code_verifier=VERIFIER)

    assert linear.refresh(proven["refresh_token"], client_secret="")["access_token"]
    other = linear.exchange(linear.code(**S256), code_verifier=VERIFIER)["refresh_token"]
    answer = linear.refresh(other, status=400, client_secret="", client_id="another")
    assert answer["error"] == "invalid_client"
    plain = linear.connect()["refresh_token"]
    assert linear.refresh(plain, status=400, client_secret="") == NO_CLIENT


@pytest.mark.parametrize(
    ("challenge", "verifier"),
    [
        (S256, {}),
        (S256, {"code_verifier": "w" * 43}),
        (S256, {"code_verifier": challenge_of(VERIFIER)}),
        ({}, {"code_verifier": VERIFIER}),
    ],
)
def test_a_challenge_must_be_proven_and_none_invented(linear, challenge, verifier):
    answer = linear.exchange(linear.code(**challenge), status=400, **verifier)

    assert answer["error"] == "invalid_grant"


def test_a_plain_challenge_is_told_in_the_redirect(linear):
    url = linear.authorize_url(code_challenge=VERIFIER, code_challenge_method="plain")

    assert query_of(Person().approve(url))["error"] == "invalid_request"


def test_a_code_is_good_once_and_for_ten_minutes(simulator, linear):
    code, late = linear.code(), linear.code()
    linear.exchange(code)
    simulator.advance(600)

    assert linear.exchange(code, status=400) == DEAD_CODE
    assert linear.exchange(late, status=400) == DEAD_CODE
    assert linear.exchange("invented", status=400) == DEAD_CODE


def test_the_redirect_uri_must_be_the_same_to_the_letter(linear):
    answer = linear.exchange(linear.code(), status=400, redirect_uri=f"{REDIRECT_URI}/")

    assert answer == refused("invalid_request", "Invalid request: `redirect_uri` is invalid")


def test_only_codes_and_refresh_tokens_are_exchanged(linear):
    answer = linear.token(status=400, grant_type="password")

    assert answer["error"] == "unsupported_grant_type"
    assert linear.token(status=400)["error"] == "unsupported_grant_type"


def test_a_refresh_gives_a_new_pair_and_ends_the_access_token_before(linear):
    first = linear.connect()
    second = linear.refresh(first["refresh_token"])

    assert first.keys() == second.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert not linear.alive(first["access_token"])
    assert linear.alive(second["access_token"])


def test_a_spent_refresh_token_gets_the_same_pair_again_for_half_an_hour(simulator, linear):
    first = linear.connect()["refresh_token"]
    second = linear.refresh(first)
    simulator.advance(1799)
    assert linear.refresh(first) == second

    simulator.advance(1)
    assert linear.refresh(first, status=400) == DEAD_TOKEN
    assert linear.refresh(second["refresh_token"])["access_token"]


def test_an_access_token_lives_a_day(simulator, linear, token):
    simulator.advance(86_398)
    assert linear.alive(token)
    simulator.advance(1)

    assert not linear.alive(token)


def test_what_a_person_revokes_at_linear_is_dead(simulator, linear):
    connected = linear.connect()
    assert simulator.uninstall("linear", GRACE.id)

    assert not simulator.uninstall("linear", GRACE.id)
    assert not linear.alive(connected["access_token"])
    assert linear.refresh(connected["refresh_token"], status=400) == DEAD_TOKEN


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_ends_one_token_and_leaves_its_companion_and_other_grants(linear, kind):
    connected, other = linear.connect(), linear.connect()
    form = {"token": connected[kind], "token_type_hint": kind}

    assert linear.revoke(data=form) == 200
    assert linear.revoke(data=form) == 400
    assert linear.alive(connected["access_token"]) is (kind != "access_token")
    status = 400 if kind == "refresh_token" else 200
    linear.refresh(connected["refresh_token"], status=status)
    assert linear.alive(other["access_token"])


def test_a_grant_is_gone_with_its_last_token(simulator, linear):
    connected = linear.connect()
    for kind in ("refresh_token", "access_token"):
        assert len(simulator.state()["linear"]["grants"]) == 1
        assert linear.revoke(data={"token": connected[kind]}) == 200

    assert simulator.state()["linear"]["grants"] == []


@pytest.mark.parametrize("where", ["access_token", "refresh_token", "header"])
def test_the_older_places_of_a_revoked_token_are_read_but_not_beside_the_new_one(linear, where):
    value = linear.connect()["access_token"]
    header = {"headers": {"Authorization": f"Bearer {value}"}} if where == "header" else {}
    older = {} if where == "header" else {where: value}

    assert linear.revoke(data={"token": value, **older}, **header) == 400
    assert linear.alive(value)
    assert linear.revoke(data=older, **header) == 200


def test_what_is_not_known_cannot_be_revoked(linear):
    assert linear.revoke(data={"token": "invented"}) == 401
    assert linear.revoke(data={}) == 401
    assert linear.revoke(json={"token": linear.connect()["access_token"]}) == 401
