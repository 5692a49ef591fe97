"""The webhooks of the simulated Linear: who may make one, and what it is told."""

import json

import pytest

from tests.simulator.providers.linear.workspaces import uuid_of
from tests.unit.simulator.linear.app import ADA, GRACE

CREATE = """mutation ($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { success webhook { id url enabled resourceTypes } }
}"""
DELETE = "mutation ($id: String!) { webhookDelete(id: $id) { success entityId } }"
HOOK = {
    "id": uuid_of("a webhook"),
    "url": "https://hub.test/hook",
    "resourceTypes": ["Issue"],
    "allPublicTeams": True,
    "secret": "ours",
}


@pytest.fixture
def admin(linear):
    return linear.connect(scope="read,issues:create,admin")["access_token"]


def make(linear, token, **changes):
    return linear.ask(token, CREATE, input={**HOOK, **changes}).json()


def code(answer):
    return answer["errors"][0]["extensions"]["code"]


def told(linear, event="Issue.update", person=GRACE):
    return linear.simulator.notifications("linear", event, person.id)


def test_a_webhook_is_told_of_its_types_in_its_workspace(linear, admin):
    made = make(linear, admin)["data"]["webhookCreate"]["webhook"]

    assert made == {name: HOOK[name] for name in ("id", "url", "resourceTypes")} | {"enabled": True}
    app, own = told(linear)
    assert (app.url.rpartition("/")[2], own.url) == ("linear", HOOK["url"])
    assert json.loads(own.body)["webhookId"] == HOOK["id"]
    assert len(told(linear, "Project.update")) == 1
    assert told(linear, person=ADA) == []


def test_an_administrator_deletes_their_own_workspaces_alone(linear, admin):
    make(linear, admin)
    stranger = linear.connect(ADA.id, scope="read,issues:create,admin")["access_token"]

    assert code(linear.ask(stranger, DELETE, id=HOOK["id"]).json()) == "INPUT_ERROR"
    done = linear.ask(admin, DELETE, id=HOOK["id"]).json()["data"]["webhookDelete"]
    assert done == {"success": True, "entityId": HOOK["id"]}
    assert code(linear.ask(admin, DELETE, id=HOOK["id"]).json()) == "INPUT_ERROR"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"url": "hub.test"},
        {"resourceTypes": []},
        {"resourceTypes": ["OAuthApp"]},
        {"allPublicTeams": False},
        {"teamId": uuid_of("a team")},
    ],
)
def test_what_is_no_webhook_is_refused(linear, admin, changes):
    assert code(make(linear, admin, **changes)) == "INVALID_INPUT"


def test_a_member_makes_none(linear):
    token = linear.connect()["access_token"]

    assert code(make(linear, token)) == "FORBIDDEN"
