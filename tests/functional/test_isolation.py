"""OA-19: to one organization, another's integration is exactly as absent as one that never was."""

import json
import secrets

import pytest

from tests.functional.gateway import User, routes
from tests.functional.stored import dump, leaks, rows

THEM = User(organization="org-b", id="bob")
WITH_ID = [route for route in routes() if "{id}" in route.path and not route.by_role]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODIES = {"send_message": {"channel": "#general", "text": "Hello"}}


def unknown():
    return "int_" + "".join(secrets.choice(ALPHABET) for _ in range(26))


def ask(journey, route, id_, **options):
    url = route.path.replace("{id}", id_).replace("{action}", "send_message")
    url = url.replace("{resource}", "channels")
    body = BODIES.get(url.rpartition("/")[2], {}) if route.method in {"POST", "PUT"} else None
    return journey.gateway.request(route.method, url, body=body, **options)


def but_for_the_request(reply):
    """Everything that an answer says, without the id of the request."""
    content = json.loads(reply.text)
    assert len(content["error"].pop("requestId")) == 36
    return reply.status, list(content.items()), sorted(reply.headers.items()), reply.cookies


def test_there_are_endpoints_to_ask():
    assert {f"{route.method} {route.path}" for route in WITH_ID} >= {
        "GET /api/integrations/{id}",
        "DELETE /api/integrations/{id}",
        "POST /api/integrations/{id}/disconnect",
        "POST /api/integrations/{id}/reconnect",
        "POST /api/integrations/{id}/actions/{action}",
        "GET /api/integrations/{id}/webhooks",
        "POST /api/integrations/{id}/webhooks/test",
    }


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_anothers_integration_is_as_absent_as_none(journey, simulator, route):
    theirs = journey.connect("Globex", user=THEM)
    before, calls = dump(), simulator.log()

    for role in ("admin", "hr", "manager"):
        us = User(role=role)
        about_theirs = but_for_the_request(ask(journey, route, theirs, user=us))
        about_nothing = but_for_the_request(ask(journey, route, unknown(), user=us))

        assert about_theirs == about_nothing
        assert about_theirs[0] in ({404, 403} if role == "manager" else {404})
    assert dump() == before
    assert simulator.log() == calls


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_the_same_request_of_its_own_organization_is_answered(journey, route):
    """Negative control: the requests above fail for whom they come from, and for nothing else."""
    theirs = journey.connect("Globex", user=THEM)
    untold = route.path.endswith("/webhooks/test")  # the provider does not notify of it yet

    assert ask(journey, route, theirs, user=THEM).status in ({409} if untold else {200, 202})


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_the_organization_comes_from_the_token_alone(journey, route):
    theirs = journey.connect("Globex", user=THEM)

    for claim in (
        {"x-organization-id": "org-b", "x-tenant": "org-b"},
        {"organization": "org-b", "organizationid": "org-b"},
        {"cookie": "organization=org-b; org=org-b"},
    ):
        assert ask(journey, route, theirs, headers=claim).status == 404


def test_no_list_shows_another_organizations(journey):
    names = ["org", "org-a", "org-a2", "org-b", "ORG-A"]
    users = {name: User(organization=name) for name in names}
    ids = {name: journey.connect("Globex", user=user) for name, user in users.items()}

    assert len(set(ids.values())) == len(names)
    for name, user in users.items():
        listed = journey.gateway.get("/api/integrations", user=user).json["data"]
        assert [each["id"] for each in listed] == [ids[name]]


def test_an_answer_kept_for_one_organization_is_not_given_to_another(journey, simulator):
    ours, theirs = journey.connect("Globex"), journey.connect("Initech", user=THEM)
    key = {"idempotency-key": "the-same"}
    answers = [
        journey.gateway.post(
            f"/api/integrations/{id_}/actions/send_message",
            BODIES["send_message"],
            user=user,
            headers=key,
        )
        for id_, user in ((ours, User()), (theirs, THEM))
    ]

    assert [each.status for each in answers] == [200, 200]
    assert len(simulator.calls("chat.postMessage")) == 2
    assert answers[0].json["data"] != answers[1].json["data"]


def test_everything_stored_of_an_organization_is_under_its_own_key(journey):
    journey.connect("Globex")
    theirs = journey.connect("Globex", user=THEM)
    journey.gateway.delete(f"/api/integrations/{theirs}", user=THEM)

    for table, stored in dump().items():
        for row in stored:
            if table not in {"external-accounts", "outbox", "states"}:
                assert row["organizationId"] in {"org-a", "org-b", "#deployment"}
            if row.get("organizationId") == "org-a":
                assert not leaks("org-b", row)
                assert not leaks(theirs, row)
    assert [row["organizationId"] for row in rows("keys") if row["keyId"] == "key#1"] == [
        "org-a",
        "org-b",
    ]
