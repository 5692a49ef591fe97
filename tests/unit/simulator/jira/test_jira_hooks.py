"""The webhooks of the simulated Jira, by the rules that its documentation has."""

import pytest
import requests

from tests.unit.simulator.jira.app import GRACE, SCOPES

HOOK = {"events": ["jira:issue_updated"], "jqlFilter": "project != EMPTY"}
URL = "https://hub.test/api/webhooks/jira"


@pytest.fixture
def call(jira):
    token = jira.connect(scope=f"{SCOPES} manage:jira-webhook")["access_token"]
    (site,) = jira.sites(token)
    base = f"{jira.endpoints['apiUrl']}/ex/jira/{site['id']}/rest/api/3/webhook"

    def call(method, path="", body=None):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{base}{path}", json=body, headers=headers, timeout=5)

    return call


def register(call, *hooks, url=URL):
    return call("POST", "", {"url": url, "webhooks": list(hooks)})


def results(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["webhookRegistrationResult"]


@pytest.mark.parametrize(
    ("filter_", "error"),
    [
        ("", "Empty JQL search not supported"),
        ("project is not EMPTY", "Operator is not is unsupported"),
        ("summary = laptop", "Clause summary = laptop is unsupported"),
    ],
)
def test_what_is_refused_of_one_is_told_with_200(call, filter_, error):
    good, bad = results(register(call, HOOK, {**HOOK, "jqlFilter": filter_}))

    assert (good, bad) == ({"createdWebhookId": 1}, {"errors": [error]})


def test_five_are_enough_for_a_person(call):
    made = results(register(call, *[HOOK] * 6))

    assert [list(each) for each in made] == [["createdWebhookId"]] * 5 + [["errors"]]


def test_an_app_has_one_url(call):
    assert register(call, HOOK).status_code == 200
    assert register(call, HOOK, url=f"{URL}/2").status_code == 400
    assert register(call, HOOK, url=f"{URL}?webhook_id=1").status_code == 400


def test_numbers_that_are_not_known_are_passed_over(call):
    register(call, HOOK)
    assert call("PUT", "/refresh", {"webhookIds": [9]}).json()["expirationDate"].endswith("+0000")
    assert call("DELETE", "", {"webhookIds": [9]}).status_code == 202
    assert [each["id"] for each in call("GET").json()["values"]] == [1]

    assert call("DELETE", "", {"webhookIds": [1]}).status_code == 202
    assert call("GET").json()["values"] == []


def test_without_the_scope_there_are_none(jira):
    token = jira.connect(GRACE)["access_token"]
    (site,) = jira.sites(token)

    assert jira.get(f"/ex/jira/{site['id']}/rest/api/3/webhook", token).status_code == 401
