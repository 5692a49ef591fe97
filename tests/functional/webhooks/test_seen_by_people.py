"""What people see of an integration's webhooks: subscriptions, their ends, the last deliveries."""

import json
import re

import boto3
import pytest

from hub.store.database import encode
from tests.functional.breakdowns import counting, failing
from tests.functional.conftest import CLIENTS, INGRESS, Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.stored import leaks, rows
from tests.functional.webhooks.heard import deliveries, subscriptions

DAY = 86_400
LATER = User(expires_in=10**9)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def slack(journey: Journey) -> str:
    integration = journey.connect("Globex")
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def google(clock: Clock, journey: Journey) -> str:
    integration = journey.connect("ada@example.org", provider="google")
    assert journey.run_jobs() == []
    return integration


def seen(journey: Journey, integration: str, user: User = LATER):
    reply = journey.gateway.get(f"/api/integrations/{integration}/webhooks", user=user)
    assert reply.status == 200, reply.text
    return reply.json["data"]


def detail(journey: Journey, integration: str):
    return journey.gateway.get(f"/api/integrations/{integration}", user=LATER).json["data"]


def test_where_the_app_has_one_url_there_is_nothing_to_subscribe_to(journey: Journey, slack: str):
    assert seen(journey, slack) == {
        "url": "http://localhost:4500/api/webhooks/slack",
        "subscriptions": [],
        "deliveries": [],
    }


def test_subscriptions_are_shown_with_their_ends(journey: Journey, google: str, clock: Clock):
    shown = seen(journey, google)

    held = {row["whose"].removeprefix("webhook#"): row for row in subscriptions(google)}
    first = shown["subscriptions"][0]
    assert shown["url"] == f"http://localhost:4500/api/webhooks/google?webhook_id={first['id']}"
    assert [each["resource"] for each in shown["subscriptions"]] == [
        "calendar_events",
        "drive_files",
    ]
    assert {each["id"] for each in shown["subscriptions"]} == set(held)
    for each in shown["subscriptions"]:
        assert set(each) == {"id", "resource", "status", "createdAt", "expiresAt"}
        assert each["status"] == "active"
        assert TIME.fullmatch(each["createdAt"])
        assert TIME.fullmatch(each["expiresAt"])
        assert each["createdAt"] < each["expiresAt"]
    assert detail(journey, google)["webhookSubscriptions"] == shown["subscriptions"]


def test_what_has_ended_is_lost_though_nobody_has_looked(
    journey: Journey, google: str, clock: Clock
):
    clock.advance(8 * DAY)

    assert {each["status"] for each in seen(journey, google)["subscriptions"]} == {"lost"}


def test_what_is_being_made_is_pending(journey: Journey, google: str):
    (row, _) = subscriptions(google)
    boto3.client("dynamodb").put_item(
        TableName="webhooks", Item=encode({**row, "state": "pending"})
    )

    states = [each["status"] for each in seen(journey, google)["subscriptions"]]
    assert sorted(states) == ["active", "pending"]


def test_a_subscription_of_an_earlier_grant_is_not_shown(journey: Journey, google: str):
    journey.gateway.delete(f"/api/integrations/{google}")

    assert subscriptions(google) != []  # until the job has run
    assert seen(journey, google)["subscriptions"] == []
    assert detail(journey, google)["webhookSubscriptions"] == []


def days_until(journey: Journey, clock: Clock, integration: str, health: str):
    """Let days pass, with their schedule, until the integration's health is this one."""
    for _ in range(10):
        clock.advance(2 * DAY)
        journey.simulator.advance(2 * DAY)
        journey.gateway.invoke("webhook_dispatcher", {})
        journey.run_jobs()
        shown = detail(journey, integration)
        states = {each["status"] for each in shown["webhookSubscriptions"]}
        assert (shown["healthStatus"] == "healthy") is (states == {"active"})
        if shown["healthStatus"] == health:
            return shown
    raise AssertionError(f"it never became {health}")


def test_a_subscription_that_is_lost_degrades_until_it_is_made_anew(
    journey: Journey, google: str, clock: Clock
):
    journey.simulator.fault("google", "events.watch", "status", value=503, times=8)
    shown = days_until(journey, clock, google, "degraded")

    assert shown["status"] == "active"
    assert shown["problem"]["category"] == "subscription_lost"
    assert shown["problem"]["actor"] == "us"
    states = {each["resource"]: each["status"] for each in shown["webhookSubscriptions"]}
    assert states == {"calendar_events": "lost", "drive_files": "active"}

    shown = days_until(journey, clock, google, "healthy")
    states = {each["resource"]: each["status"] for each in shown["webhookSubscriptions"]}
    assert states == {"calendar_events": "active", "drive_files": "active"}
    assert shown["problem"] is None


def test_the_last_deliveries_are_shown_newest_first(journey: Journey, slack: str):
    for event in ("channel_created", "channel_rename", "user_change"):
        journey.simulator.notify("slack", event, "Globex")
        assert journey.hear() == []

    shown = seen(journey, slack)["deliveries"]
    assert [(each["eventType"], each["resource"]) for each in shown] == [
        ("user_change", "users"),
        ("channel_rename", "channels"),
        ("channel_created", "channels"),
    ]
    for each in shown:
        assert set(each) == {"receivedAt", "verdict", "eventType", "resource", "outcome"}
        assert TIME.fullmatch(each["receivedAt"])
        assert (each["verdict"], each["outcome"]) == ("verified", "applied")


def test_there_are_fifty_at_most_and_none_that_has_expired(
    journey: Journey, slack: str, clock: Clock
):
    journey.simulator.notify("slack", "channel_created", "Globex")
    assert journey.hear() == []
    (row,) = deliveries(slack)
    for n in range(60):
        copy = {**row, "part": f"{row['part']}{n:02}", "eventType": f"copy_{n:02}"}
        boto3.client("dynamodb").put_item(TableName="webhooks", Item=encode(copy))

    assert len(seen(journey, slack)["deliveries"]) == 50
    clock.advance(8 * DAY)  # past what the log keeps; TTL has not come yet (AW-08)
    assert seen(journey, slack)["deliveries"] == []


@pytest.mark.parametrize("role", ["admin", "hr", "manager"])
def test_everybody_with_a_role_may_look(journey: Journey, slack: str, role: str):
    assert seen(journey, slack, User(role=role, id="someone"))["url"]


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (User(role="employee"), (403, "forbidden")),
        (User(expires_in=-1), (401, "unauthenticated")),
        (User(organization="org-b"), (404, "not_found")),
    ],
)
def test_nobody_else_may(journey: Journey, slack: str, user: User, answer: tuple[int, str]):
    reply = journey.gateway.get(f"/api/integrations/{slack}/webhooks", user=user)

    assert (reply.status, reply.error) == answer


def test_what_it_costs(journey: Journey, google: str):
    for url, queries in ((f"/api/integrations/{google}", 1), ("", 2)):
        with counting() as made:
            journey.gateway.get(url or f"/api/integrations/{google}/webhooks", user=LATER)
        assert made == {"dynamodb.BatchGetItem": 2, "dynamodb.Query": queries}


def test_when_the_table_does_not_answer_it_says_so(journey: Journey, slack: str):
    with failing("dynamodb", "Query", table="webhooks") as failed:
        reply = journey.gateway.get(f"/api/integrations/{slack}/webhooks")

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")


def test_no_answer_holds_a_body_a_secret_or_an_account(
    journey: Journey, slack: str, google: str, clock: Clock
):
    details = {"channel": {"id": "C0NEW", "name": "payroll-secrets", "created": 1}}
    journey.simulator.notify("slack", "channel_created", "Globex", **details)
    journey.simulator.notify("google", "calendar", "ada@example.org")
    assert journey.hear() == []

    texts = [json.dumps(seen(journey, each)) for each in (slack, google)]
    texts += [json.dumps(detail(journey, each)) for each in (slack, google)]
    assert '"deliveries": []' not in "".join(texts)
    channels = [each["more"]["resourceId"] for each in subscriptions(google)]
    hidden = [*INGRESS.values(), *channels, "payroll-secrets", "C0NEW", "T0GLOBEX0001"]
    hidden += [client.webhook_secret for client in CLIENTS.values()]
    hidden += [row["dedup"] for each in (slack, google) for row in deliveries(each)]
    hidden += [row["part"] for row in rows("webhooks") if row["part"].startswith("route#")]
    hidden += journey.simulator.issued_secrets()
    for secret in hidden:
        assert not secret or not leaks(secret, texts)
