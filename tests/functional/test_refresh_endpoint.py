"""POST refresh: renewing now, because a person who manages integrations asks for it."""

import json

import pytest

from tests.functional.aging import Aging
from tests.functional.breakdowns import counting
from tests.functional.gateway import User
from tests.functional.stored import dump


@pytest.fixture
def google(clock, journey):
    return Aging(journey, clock, "google")


@pytest.mark.parametrize(
    ("user", "status"),
    [
        (User(role="admin", expires_in=10**9), 200),
        (User(role="hr", id="henry", expires_in=10**9), 200),
        (User(role="manager", expires_in=10**9), 403),
        (User(role="employee", expires_in=10**9), 403),
        (User(role="", expires_in=10**9), 403),
        (User(role="admin", organization="org-b", expires_in=10**9), 404),
    ],
    ids=lambda each: each.role if isinstance(each, User) else str(each),
)
def test_those_who_manage_may_and_nobody_else(google, user, status):
    integration = google.connect()
    before = dump()

    assert google.refresh(integration, user=user).status == status
    assert len(google.refreshes()) == (status == 200)
    assert (dump() == before) is (status != 200)


def test_anothers_is_as_absent_as_none(google):
    """OA-19."""
    integration = google.connect()
    them = User(organization="org-b", id="bob", expires_in=10**9)
    theirs, none = (
        google.refresh(each, user=them) for each in (integration, "int_00000000000000000000000000")
    )

    for reply in (theirs, none):
        assert len(reply.json["error"].pop("requestId")) == 36
    assert (theirs.status, theirs.json["error"]["code"]) == (404, "not_found")
    assert theirs.headers == none.headers
    assert google.refreshes() == []


def test_it_is_renewed_though_it_was_fresh_and_the_new_end_is_shown(google):
    integration = google.connect()
    google.pass_(1000)
    shown = google.refresh(integration).json["data"]

    assert shown["tokenExpiresAt"] == google.shown(integration)["tokenExpiresAt"]
    assert google.ends() - google.clock.now > 3500
    assert shown["lastRefreshAt"] == shown["lastVerifiedAt"] > shown["connectedAt"]
    assert google.act(integration).status == 200


def test_a_person_need_not_wait_for_the_next_try(google):
    integration = google.connect()
    google.fail("status", 503)
    assert google.refresh(integration).error == "provider_unavailable"

    assert google.refresh(integration).status == 200
    assert len(google.refreshes()) == 2


def test_a_disconnected_one_is_told_apart(google):
    integration = google.connect()
    google.gateway.delete(f"/api/integrations/{integration}")

    assert google.refresh(integration).error == "integration_disconnected"
    assert google.refreshes() == []


def test_it_costs_few_requests(google):
    """Spec section 8: a refresh is 4 requests at most; what counts providers' health is beside."""
    integration = google.connect()
    google.refresh(integration)
    with counting() as made:
        google.refresh(integration)

    assert made["dynamodb.TransactWriteItems"] == 1
    assert sum(n for name, n in made.items() if name.startswith("dynamodb.")) <= 4
    assert not [name for name in made if name.startswith("kms.")]


def test_no_answer_or_log_holds_a_token(google, logs):
    integration = google.connect()
    replies = [google.refresh(integration).text, json.dumps(google.shown(integration))]

    for secret in google.simulator.issued_secrets():
        assert not [text for text in (*replies, logs.getvalue()) if secret in text]
