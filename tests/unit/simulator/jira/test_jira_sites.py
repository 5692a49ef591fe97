"""Which sites a token reaches: one grant per person, which grows with each consent."""

import pytest

from tests.simulator.providers.jira.people import GLOBEX, INITECH, WIKI
from tests.unit.simulator.jira.app import ADA, ADA_AT_GLOBEX, GRACE, SCOPES, USERS, WORK, WRITE

NOT_INSTALLED = {"code": 403, "message": "The app is not installed on this instance"}
WRONG_SCOPE = {"code": 401, "message": "Unauthorized; scope does not match"}


def names(jira, tokens):
    return [site["name"] for site in jira.sites(tokens["access_token"])]


def test_a_site_has_the_documented_fields(jira, token):
    (site,) = jira.sites(token)

    assert site.pop("avatarUrl").startswith("https://")
    assert site == {
        "id": INITECH.id,
        "url": "https://initech.atlassian.net",
        "name": "Initech",
        "scopes": [WORK, WRITE, USERS],
    }


def test_a_further_site_joins_the_grant_and_old_tokens_reach_it_too(jira):
    before = jira.connect(ADA)
    assert names(jira, before) == ["Initech"]
    after = jira.connect(ADA_AT_GLOBEX)

    for tokens in (before, after):
        assert names(jira, tokens) == ["Initech", "Globex"]
        assert jira.create(tokens["access_token"], GLOBEX).status_code == 201


def test_another_person_s_grant_is_another_grant(jira):
    grace = jira.connect(GRACE)
    jira.connect(ADA_AT_GLOBEX)

    assert names(jira, grace) == ["Initech"]


def test_the_scopes_of_the_last_consent_are_those_of_the_whole_grant(jira):
    before = jira.connect(ADA)
    jira.connect(ADA_AT_GLOBEX, scope=f"read:me {WORK}")

    assert {tuple(site["scopes"]) for site in jira.sites(before["access_token"])} == {(WORK,)}
    assert jira.create(before["access_token"]).json() == WRONG_SCOPE


def test_a_site_restricted_grant_reaches_its_own_site_alone(simulator, jira):
    simulator.configure("jira", site_restricted=True)
    first, second = jira.connect(ADA), jira.connect(ADA_AT_GLOBEX)

    assert names(jira, first) == ["Initech"]
    assert names(jira, second) == ["Globex"]
    assert jira.create(first["access_token"], GLOBEX).json() == NOT_INSTALLED


@pytest.mark.parametrize("reference", ["Initech", INITECH.id])
def test_an_uninstalled_app_has_its_grant_and_lacks_the_site(simulator, jira, token, reference):
    assert simulator.uninstall("jira", reference)

    assert jira.sites(token) == []
    assert jira.get("/me", token).status_code == 200
    answer = jira.create(token)
    assert (answer.status_code, answer.json()) == (403, NOT_INSTALLED)
    assert not simulator.uninstall("jira", reference)
    jira.connect()
    assert len(jira.sites(token)) == 1


def test_with_confluence_an_id_comes_twice_and_a_site_without_jira_comes_too(
    simulator, jira, token
):
    simulator.configure("jira", confluence=True)
    found = [(site["id"], "confluence" in str(site["scopes"])) for site in jira.sites(token)]

    assert found == [(INITECH.id, True), (WIKI.id, True), (INITECH.id, False)]


def test_without_a_scope_of_jira_no_site_is_reached(jira):
    assert jira.sites(jira.connect(scope="read:me")["access_token"]) == []


def test_the_person_is_told_to_who_may_know(jira, token):
    told = jira.get("/me", token).json()

    assert told.keys() >= {"account_type", "account_status", "picture", "locale", "zoneinfo"}
    assert (told["email"], told["name"]) == ("grace@example.org", "Grace Hooper")
    mine = jira.myself(token).json()
    assert (mine["accountId"], mine["displayName"]) == (told["account_id"], told["name"])
    answer = jira.get("/me", jira.connect(scope=WORK)["access_token"])
    assert (answer.status_code, answer.json()) == (401, WRONG_SCOPE)


@pytest.mark.parametrize("path", ["/me", "/oauth/token/accessible-resources"])
@pytest.mark.parametrize("token", [None, "", "invented"])
def test_nobody_is_told_anything(jira, path, token):
    answer = jira.get(path, token)

    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Unauthorized"})


def test_the_state_tells_who_granted_what(simulator, jira):
    jira.connect(ADA)
    state = simulator.state()["jira"]

    assert state["grants"] == [{"account": "ada@example.org@initech", "scopes": SCOPES.split()}]
    assert [token["account"] for token in state["tokens"]] == ["ada@example.org@initech"]
    assert len(state["refresh_tokens"]) == 1
    assert state["issues"] == []


@pytest.mark.parametrize(
    "order", [{"site_restricted": 1}, {"confluence": "yes"}, {"granted_scopes": "read:me"}]
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(simulator, control, order):
    answer = control("POST", "settings", json=order)

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10
