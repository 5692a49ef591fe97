"""Linear's webhooks: the app's, and those of a workspace."""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from hub import queue
from hub.errors import TemporarilyUnavailable
from tests.functional.conftest import CLIENTS, Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.linear import ADA, ADA_AT_GLOBEX, BOB, GRACE
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.providers.linear.workspaces import BAKERY, GLOBEX
from tests.simulator.webhooks import Sent

HOUR, DAY = 3600, 86_400
UPDATED = "Issue.update"


def connect(
    journey: Journey, person: str = GRACE.id, user: User | None = None, *scopes: str
) -> str:
    integration = journey.connect(person, provider="linear", user=user, scopes=scopes)
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    """Grace is connected, and hears by the app's webhook."""
    return connect(journey)


@pytest.fixture
def administrator(clock: Clock, journey: Journey) -> str:
    """Grace is connected, and her workspace has a webhook of its own; the app has none."""
    integration = connect(journey, GRACE.id, None, "admin")
    journey.simulator.configure("linear", app_webhook=False)
    return integration


def linear(journey: Journey) -> Any:
    return journey.simulator._engine.provider("linear")


def hooks(journey: Journey) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = journey.simulator.state()["linear"]["webhooks"]
    return found


def of(journey: Journey, event: str = UPDATED, person: str = GRACE.id, **details: Any) -> Sent:
    (sent,) = journey.simulator.notifications("linear", event, person, **details)
    return sent


def hearers(journey: Journey, *sent: Sent) -> list[str]:
    """Deliver; give the integrations that heard of it."""
    before = received()
    for each in sent:
        assert journey.gateway.deliver(each).status == 200
        assert journey.hear() == []
    return sorted(event["integrationId"] for event in received() if event not in before)


def signed(sent: Sent, secret: str, **changes: Any) -> Sent:
    body = json.dumps({**json.loads(sent.body), **changes}).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return replace(sent, body=body, headers={**sent.headers, "Linear-Signature": mac})


def test_a_change_reaches_the_bus_the_log_and_the_sync(clock, journey, integration):
    data = {"id": "8ffc1d2e-0000-4000-8000-000000000001", "title": "payroll-secrets"}
    (answer,) = journey.simulator.notify("linear", UPDATED, GRACE.id, data=data)
    assert answer.status == 200
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    (told,) = event["events"]
    assert (told["type"], told["resource"]) == (UPDATED, "issues")
    assert told["externalId"] == data["id"]
    assert told["occurredAt"] == pytest.approx(clock.now * 1000, abs=60_000)
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == {"issues"}
    assert "payroll-secrets" not in json.dumps(rows("webhooks"), default=str)


@pytest.mark.parametrize(
    ("event", "resource", "of_what"),
    [
        ("Comment.create", "issues", "Issue"),
        ("Attachment.create", "issues", "Issue"),
        ("Reaction.remove", "issues", "Issue"),
        ("IssueLabel.update", "issues", None),
        ("Project.remove", "projects", "Project"),
        ("ProjectUpdate.create", "projects", "Project"),
        ("Cycle.update", None, None),
    ],
)
def test_a_change_is_of_what_is_synced(journey, integration, event, resource, of_what):
    assert hearers(journey, of(journey, event)) == [integration]

    (told,) = received()[0]["events"]
    expected = GLOBEX.named("one", of_what) if of_what else None
    assert (told.get("resource"), told.get("externalId")) == (resource, expected)
    assert changes(integration) == ({resource} if resource else set())


def test_everybody_of_the_workspace_hears_and_nobody_else(journey, integration):
    ada = connect(journey, ADA_AT_GLOBEX.id, BOB)
    connect(journey, ADA.id)

    assert hearers(journey, of(journey)) == sorted([integration, ada])


def test_a_retry_with_a_new_stamp_and_delivery_id_is_the_same_event(clock, journey, integration):
    sent = of(journey)
    assert hearers(journey, sent) == [integration]
    clock.advance(60)
    journey.simulator.advance(60)
    again = linear(journey).again(sent, 1)
    assert again.headers["Linear-Signature"] != sent.headers["Linear-Signature"]
    assert again.headers["Linear-Delivery"] != sent.headers["Linear-Delivery"]

    assert hearers(journey, again) == []


def test_two_changes_of_one_issue_are_two(clock, journey, integration):
    first = of(journey)
    clock.advance(1)
    journey.simulator.advance(1)

    assert hearers(journey, first, of(journey)) == [integration, integration]


def test_linear_tries_again_what_could_not_be_queued(clock, journey, integration, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(queue, "send_many", unavailable)
        (answer,) = journey.simulator.notify("linear", UPDATED, GRACE.id)
        assert answer.status == 503
        pass_time(clock, journey, 60)
    pass_time(clock, journey, HOUR)
    assert journey.hear() == []

    assert [reply.status for _, reply in journey.simulator.answers()] == [503, 503, 200]
    assert len(received()) == 1


def test_a_retry_that_is_not_stamped_anew_is_too_late(clock, journey, integration, monkeypatch):
    journey.simulator.configure("linear", restamps=False)
    with monkeypatch.context() as broken:
        broken.setattr(queue, "send_many", unavailable)
        journey.simulator.notify("linear", UPDATED, GRACE.id)
    for seconds in (300, HOUR, 6 * HOUR):
        pass_time(clock, journey, seconds)

    assert [reply.status for _, reply in journey.simulator.answers()] == [503, 401, 401, 401]


def unavailable(*_: Any) -> None:
    raise TemporarilyUnavailable


def pass_time(clock: Clock, journey: Journey, seconds: float) -> None:
    clock.advance(seconds)
    journey.simulator.advance(seconds)


def test_a_workspace_that_removes_the_app_asks_everybody_to_connect_anew(journey, integration):
    ada = connect(journey, ADA_AT_GLOBEX.id)
    journey.simulator.notify("linear", "OAuthApp.revoked", GRACE.id)
    assert journey.hear() == []

    for each in (integration, ada):
        shown = journey.gateway.get(f"/api/integrations/{each}").json["data"]
        assert shown["status"] == "reauth_required"
        assert shown["problem"]["category"] == "revoked_at_provider"


def test_what_was_revoked_before_the_present_grant_ends_nothing(clock, journey, integration):
    sent = of(journey, "OAuthApp.revoked")
    pass_time(clock, journey, 30)
    started = journey.reconnect(integration)
    journey.return_(journey.consent(started, GRACE.id), started.cookie)
    assert journey.run_jobs() == []
    assert hearers(journey, sent) == []

    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert shown["status"] == "active"
    assert [line["outcome"] for line in deliveries(integration)] == ["stale"]


@pytest.mark.parametrize("name", ["type", "action", "organizationId"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_what_cannot_be_read_is_refused(journey, integration, name, value):
    sent = signed(of(journey), CLIENTS["linear"].webhook_secret, **{name: value})

    assert journey.gateway.deliver(sent).status == 400
    assert journey.hear() == []


def test_without_the_permission_no_webhook_is_made(journey, integration):
    assert (hooks(journey), subscriptions(integration)) == ([], [])


def test_an_administrators_workspace_gets_a_webhook_of_its_own(journey, administrator):
    (hook,), (held,) = hooks(journey), subscriptions(administrator)
    webhook_id = held["whose"].removeprefix("webhook#")

    assert hook == {
        "id": webhook_id,
        "workspace": "Globex",
        "url": f"http://localhost:4500/api/webhooks/linear?webhook_id={webhook_id}",
    }
    assert hearers(journey, of(journey)) == [administrator]


def test_a_workspaces_webhook_is_heard_by_its_integration_alone(journey, administrator):
    connect(journey, ADA_AT_GLOBEX.id)

    assert hearers(journey, of(journey)) == [administrator]


def test_a_workspaces_webhook_speaks_for_its_own_workspace_alone(journey, administrator):
    """WH-13: who administers a workspace can read its secret in Linear."""
    connect(journey, ADA.id, BOB)
    secret = linear(journey).webhooks.made[hooks(journey)[0]["id"]].secret
    sent = of(journey)

    assert hearers(journey, signed(sent, secret, organizationId=BAKERY.id)) == []
    plain = replace(signed(sent, secret), url=sent.url.partition("?")[0])
    assert journey.gateway.deliver(plain).status == 401
    ends = signed(sent, secret, type="OAuthApp", action="revoked")
    assert hearers(journey, ends) == [administrator]
    shown = journey.gateway.get(f"/api/integrations/{administrator}").json["data"]
    assert shown["status"] == "active"


def test_the_apps_secret_proves_nothing_at_a_workspaces_address(journey, administrator):
    sent = signed(of(journey), CLIENTS["linear"].webhook_secret)

    assert journey.gateway.deliver(sent).status == 401


def test_a_webhook_that_still_is_stays(clock, journey, administrator):
    before = hooks(journey)
    look_after(clock, journey)

    assert hooks(journey) == before
    assert changes(administrator) == set()


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_a_webhook_that_is_not_in_use_any_more_is_made_anew(clock, journey, administrator, how):
    (before,) = hooks(journey)
    made = linear(journey).webhooks.made
    if how == "deleted":
        made.clear()
    else:
        made[before["id"]].enabled = False
    look_after(clock, journey)

    (hook,), (held,) = hooks(journey), subscriptions(administrator)
    assert before["id"] != hook["id"] == held["externalId"]
    assert changes(administrator) == {"everything"}
    assert hearers(journey, of(journey)) == [administrator]


def look_after(clock: Clock, journey: Journey) -> None:
    pass_time(clock, journey, 2 * DAY)
    journey.gateway.invoke("webhook_dispatcher", {})
    assert journey.run_jobs() == []


def test_disconnecting_deletes_the_webhook_before_the_grant_ends(journey, administrator):
    journey.gateway.delete(f"/api/integrations/{administrator}")
    assert journey.run_jobs() == []

    assert (hooks(journey), subscriptions(administrator)) == ([], [])
    operations = [call.operation for call in journey.simulator.log()]
    assert operations[-3:] == ["graphql", "revoke", "revoke"]
