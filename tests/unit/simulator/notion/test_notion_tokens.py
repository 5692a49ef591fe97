"""Notion's endpoints for OAuth clients: who may call them and how, what tokens are good for."""

import pytest
import requests

from tests.simulator.person import NoConsentAsked, Person
from tests.unit.simulator.notion.app import BAKERY, BASIC, CLIENT, GRACE, HANK, REDIRECT_URI
from tests.unit.simulator.registered import query_of

IN_BODY = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}


def error(answer: requests.Response) -> tuple[int, str]:
    """The form of these endpoints: an error, and the id of the request once more in a header."""
    content = answer.json()
    assert content["request_id"] == answer.headers["x-notion-request-id"]
    return answer.status_code, content["error"]


def test_a_person_is_asked_and_sent_back_with_a_code(notion):
    back = query_of(Person().approve(notion.authorize_url(), GRACE))

    assert back.keys() == {"code", "state"}
    assert back["state"] == "the-state"


def test_a_no_is_told_with_the_state(notion):
    back = query_of(Person().deny(notion.authorize_url()))

    assert back == {"error": "access_denied", "state": "the-state"}


@pytest.mark.parametrize(
    "changes", [{"client_id": "another"}, {"redirect_uri": "https://evil.example/callback"}]
)
def test_a_stranger_gets_a_page_and_nobody_is_sent_anywhere(notion, changes):
    with pytest.raises(NoConsentAsked):
        Person().approve(notion.authorize_url(**changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": None}, "invalid_request"),
        ({"owner": "workspace"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_request_that_is_wrong_is_told_so_in_the_redirect(notion, changes, told):
    assert query_of(Person().approve(notion.authorize_url(**changes)))["error"] == told


def test_a_grant_is_one_person_s_in_one_workspace(notion):
    bakery, grace, hank = (notion.connect(seat) for seat in (BAKERY, GRACE, HANK))

    assert grace["workspace_id"] == hank["workspace_id"] != bakery["workspace_id"]
    assert len({one["bot_id"] for one in (bakery, grace, hank)}) == 3
    assert notion.connect(GRACE)["bot_id"] == grace["bot_id"]


def test_the_answer_has_notion_s_shape(notion):
    answer = notion.connect(GRACE)

    assert answer["token_type"] == "bearer"
    assert answer["access_token"].startswith("ntn_")
    assert answer["refresh_token"].startswith("nrt_")
    assert answer["owner"]["user"]["person"] == {"email": "grace@example.org"}
    assert not answer.keys() & {"expires_in", "scope"}


@pytest.mark.parametrize("endpoint", ["token", "revocation"])
@pytest.mark.parametrize(
    "options",
    [
        {"auth": None},
        {"auth": (CLIENT.client_id, "wrong")},
        {"auth": ("another", CLIENT.client_secret)},
        {"auth": None, "json": IN_BODY},
        {"auth": None, "headers": {"Authorization": "Bearer ntn_invented"}},
        {"auth": None, "headers": {}},
        {"auth": None, "json": None, "data": IN_BODY},
    ],
)
def test_a_client_that_does_not_prove_itself_by_basic_is_refused_first(
    simulator, notion, endpoint, options
):
    answer = notion.call(endpoint, {"grant_type": "nonsense"}, **options)

    assert error(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="OAuth"'
    assert simulator.log()[-1].client_authenticated is False


@pytest.mark.parametrize("endpoint", ["token", "revocation"])
@pytest.mark.parametrize("version", [None, "", "2024-01-01", "2099-01-01"])
def test_a_version_that_notion_does_not_publish_is_refused(notion, endpoint, version):
    headers = {} if version is None else {"Notion-Version": version}

    assert error(notion.call(endpoint, {}, headers=headers)) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ["token", "revocation"])
def test_a_form_is_no_body_for_notion(notion, endpoint):
    form = {"grant_type": "refresh_token", "refresh_token": "nrt_x", "token": "ntn_x"}
    answer = notion.call(endpoint, json=None, data=form)

    assert error(answer) == (400, "invalid_request")


def test_a_code_is_good_once_for_ten_minutes_and_for_its_address_alone(simulator, notion):
    code, late = notion.code(), notion.code()

    assert error(notion.exchange(code, redirect_uri=f"{REDIRECT_URI}/")) == (400, "invalid_grant")
    assert notion.exchange(code).status_code == 200
    assert error(notion.exchange(code)) == (400, "invalid_grant")
    assert error(notion.exchange("03invented")) == (400, "invalid_grant")
    simulator.advance(600)
    assert error(notion.exchange(late)) == (400, "invalid_grant")


def test_an_unknown_kind_of_grant_is_refused(notion):
    answer = notion.call("token", {"grant_type": "client_credentials"})

    assert error(answer) == (400, "unsupported_grant_type")


def test_an_access_token_does_not_expire(simulator, notion, token):
    simulator.advance(10 * 365 * 86_400)

    assert notion.who(token).status_code == 200


def test_a_refresh_gives_a_new_pair_and_ends_the_one_before(notion):
    first = notion.connect(GRACE)
    second = notion.refresh(first["refresh_token"]).json()

    assert second["bot_id"] == first["bot_id"]
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert notion.who(first["access_token"]).status_code == 401
    assert notion.who(second["access_token"]).status_code == 200
    assert error(notion.refresh(first["refresh_token"])) == (400, "invalid_grant")


def test_a_refresh_token_may_be_null(simulator, notion):
    simulator.configure("notion", refresh_tokens=False)

    assert notion.connect()["refresh_token"] is None


def test_every_authorization_has_tokens_of_its_own(notion):
    first, second = notion.connect(GRACE), notion.connect(GRACE)
    notion.revoke(first["access_token"])

    assert notion.who(first["access_token"]).status_code == 401
    assert notion.who(second["access_token"]).status_code == 200


def test_with_an_older_registration_a_person_s_authorizations_share_their_tokens(simulator, notion):
    simulator.configure("notion", shares_tokens=True)
    first, second, other = notion.connect(GRACE), notion.connect(GRACE), notion.connect(HANK)

    names = ("access_token", "refresh_token")
    assert [first[name] for name in names] == [second[name] for name in names]
    assert other["access_token"] != first["access_token"]
    notion.revoke(second["access_token"])
    assert notion.who(first["access_token"]).status_code == 401
    assert notion.who(other["access_token"]).status_code == 200
    assert notion.connect(GRACE)["access_token"] != first["access_token"]


def test_revoking_ends_the_grant_with_its_refresh_token(notion):
    connected = notion.connect()
    answer = notion.revoke(connected["access_token"])

    assert (answer.status_code, answer.json().keys()) == (200, {"request_id"})
    assert notion.who(connected["access_token"]).status_code == 401
    assert error(notion.refresh(connected["refresh_token"])) == (400, "invalid_grant")


def test_only_a_living_access_token_can_be_revoked(notion):
    connected = notion.connect()

    assert error(notion.revoke(connected["refresh_token"])) == (400, "invalid_grant")
    assert error(notion.revoke("ntn_invented")) == (400, "invalid_grant")
    assert error(notion.call("revocation", {})) == (400, "invalid_request")
    assert notion.who(connected["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [("invalid_grant", 400), ("invalid_client", 401), ("unauthorized_client", 400)],
)
def test_the_token_endpoint_refuses_on_order(simulator, notion, name, status):
    simulator.fault("notion", "token", "ok_false", value=name)

    assert error(notion.exchange("any")) == (status, name)


def test_no_answer_tells_a_secret(simulator, notion, control):
    connected = notion.connect()
    notion.refresh(connected["refresh_token"])
    pages = [control("GET", page).text for page in ("log", "state")]
    told = "".join([*pages, requests.get(simulator.url, timeout=5).text])

    assert connected["access_token"] in simulator.issued_secrets()
    assert not [one for one in simulator.issued_secrets() | {BASIC[1]} if one in told]
