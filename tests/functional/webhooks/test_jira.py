"""Jira's dynamic webhooks, from the consent to their end."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hub import queue
from hub.errors import TemporarilyUnavailable
from hub.schemes import SignedToken
from tests.functional.conftest import CLIENTS, Clock
from tests.functional.gateway import User
from tests.functional.jira import ADA, ADA_AT_GLOBEX, BOB, GRACE, WEBHOOKS, Page, come_back
from tests.functional.journey import Journey, result
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.webhooks import Sent

DAY = 86_400
UPDATED = "jira:issue_updated"


def connect(journey: Journey, seat: str = GRACE, user: User | None = None) -> str:
    integration = journey.connect(seat, provider="jira", scopes=[WEBHOOKS], user=user)
    assert journey.run_jobs() == []
    return integration


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    return connect(journey)


def hooks(journey: Journey) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = journey.simulator.state()["jira"]["webhooks"]
    return found


def pass_days(clock: Clock, journey: Journey, days: int, at_once: int = 5) -> None:
    for _ in range(0, days, at_once):
        clock.advance(at_once * DAY)
        journey.simulator.advance(at_once * DAY)
        journey.gateway.invoke("webhook_dispatcher", {})
        assert journey.run_jobs() == []


def hearers(journey: Journey, *sent: Sent) -> list[str]:
    """Deliver; give the integrations that heard of it."""
    before = received()
    for each in sent:
        assert journey.gateway.deliver(each).status == 200
        assert journey.hear() == []
    return sorted(event["integrationId"] for event in received() if event not in before)


def test_connecting_asks_for_one_webhook_at_the_one_url_of_the_app(journey, integration):
    (hook,) = hooks(journey)
    assert hook["url"] == "http://localhost:4500/api/webhooks/jira"
    (held,) = subscriptions(integration)
    assert (held["state"], held["resource"], held["externalId"]) == ("active", "issues", "1")


def test_without_the_permission_nothing_is_subscribed(clock, journey):
    integration = journey.connect(GRACE, provider="jira")
    assert journey.run_jobs() == []

    assert (hooks(journey), subscriptions(integration)) == ([], [])
    assert journey.simulator.notifications("jira", UPDATED, GRACE) == []


def test_a_change_reaches_the_bus_the_log_and_the_sync(clock, journey, integration):
    details = {"issue": {"id": "10047", "key": "HR-47", "fields": {"summary": "payroll-secrets"}}}
    (answer,) = journey.simulator.notify("jira", UPDATED, GRACE, **details)
    assert answer.status == 200
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    (told,) = event["events"]
    assert (told["type"], told["resource"], told["externalId"]) == (UPDATED, "issues", "10047")
    assert told["occurredAt"] == pytest.approx(clock.now * 1000, abs=60_000)
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == {"issues"}
    assert "payroll-secrets" not in json.dumps(rows("webhooks"), default=str)


@pytest.mark.parametrize("event", ["comment_created", "comment_deleted"])
def test_a_comment_is_a_change_of_its_issue(journey, integration, event):
    journey.simulator.notify("jira", event, GRACE)
    assert journey.hear() == []

    (told,) = received()[0]["events"]
    assert (told["type"], told["resource"], told["externalId"]) == (event, "issues", "10002")


def test_a_retry_with_a_new_token_and_another_identifier_is_the_same_event(journey, integration):
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [integration]
    journey.simulator.advance(600)
    again = journey.simulator._engine.provider("jira").again(sent, 1)
    headers = {**again.headers, "X-Atlassian-Webhook-Identifier": "another"}
    assert headers["Authorization"] != sent.headers["Authorization"]

    assert hearers(journey, again, replace(again, headers=headers)) == []


def test_jira_tries_again_what_could_not_be_queued(clock, journey, integration, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(queue, "send_many", unavailable)
        (answer,) = journey.simulator.notify("jira", UPDATED, GRACE)
    assert answer.status == 503

    clock.advance(600)
    journey.simulator.advance(600)
    assert journey.hear() == []
    assert len(received()) == 1


def unavailable(*_: Any) -> None:
    raise TemporarilyUnavailable


def test_webhooks_of_two_sites_with_one_number_are_two(journey, integration):
    """WH-13: numbers are unique on a site only."""
    at_globex = connect(journey, ADA_AT_GLOBEX)
    assert {hook["id"] for hook in hooks(journey)} == {1}

    (sent,) = journey.simulator.notifications("jira", UPDATED, ADA_AT_GLOBEX)
    assert hearers(journey, sent) == [at_globex]
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [integration]


def test_only_who_has_a_webhook_that_matched_hears(journey, integration):
    ada = connect(journey, ADA)
    journey.simulator.configure("jira", owner="ada@example.org")

    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [ada]
    journey.simulator.configure("jira", owner="")
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == sorted([ada, integration])


def test_two_organizations_with_one_account_have_a_webhook_each(journey, integration):
    theirs = connect(journey, user=BOB)
    assert len(hooks(journey)) == 2

    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    assert len(hooks(journey)) == 1
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [theirs]


def test_a_webhook_id_in_the_address_moves_nothing(journey, integration):
    """WH-13: Jira's address has none, and the body alone tells whose it is."""
    ours = subscriptions(integration)[0]["whose"].removeprefix("webhook#")
    connect(journey, ADA_AT_GLOBEX, user=BOB)
    (sent,) = journey.simulator.notifications("jira", UPDATED, ADA_AT_GLOBEX)

    assert integration not in hearers(journey, replace(sent, url=f"{sent.url}?webhook_id={ours}"))


def forged(sent: Sent, **changes: Any) -> Sent:
    """Give another body with a token that was meant for the first, which Jira's scheme allows."""
    return replace(sent, body=json.dumps({**json.loads(sent.body), **changes}).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"webhookEvent": 7},
        {"webhookEvent": None},
        {"matchedWebhookIds": None},
        {"matchedWebhookIds": []},
        {"matchedWebhookIds": ["1", True, None]},
        {"matchedWebhookIds": list(range(101))},
        {"issue": None},
        {"issue": {"id": "1"}},
        {"issue": {"self": 7}},
        {"issue": {"self": "https://[::1"}},
        {"issue": {"self": "http://initech.atlassian.net/rest/api/2/issue/1"}},
        {"comment": {"self": "https://globex.atlassian.net/rest/api/2/comment/1"}},
    ],
)
def test_what_names_no_webhook_of_one_site_is_refused(journey, integration, changes):
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)

    assert journey.gateway.deliver(forged(sent, **changes)).status == 400
    assert journey.hear() == []
    assert received() == []


@pytest.mark.parametrize(
    "host",
    ["initech.atlassian.net.evil.test", "ada@initech.atlassian.net", "initech.atlassian.net:444"],
)
def test_a_host_that_is_only_like_a_site_is_nobodys(journey, integration, host):
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)

    assert hearers(journey, forged(sent, issue={"self": f"https://{host}/x"})) == []


def test_a_token_of_another_secret_or_too_long_a_life_is_refused(journey, integration):
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    secret, now = CLIENTS["jira"].client_secret.encode(), journey.simulator.now()
    for claims, key, status in [
        ({"exp": now + 180}, secret, 200),
        ({"exp": now + 180}, CLIENTS["jira"].webhook_secret.encode(), 401),
        ({"exp": now + 2 * DAY}, secret, 401),
        ({"iat": now}, secret, 401),
    ]:
        headers = {**sent.headers, "Authorization": SignedToken().sign(claims, key)}
        assert journey.gateway.deliver(replace(sent, headers=headers)).status == status


def test_a_webhook_lives_on_past_its_end(clock, journey, integration):
    pass_days(clock, journey, 50)

    (hook,) = hooks(journey)
    assert hook["id"] == 1
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [integration]


def test_a_lost_webhook_is_made_anew(clock, journey, integration):
    journey.simulator._engine.provider("jira").hooks.made.clear()
    pass_days(clock, journey, 20)

    (hook,) = hooks(journey)
    assert hook["id"] == 2
    (held,) = subscriptions(integration)
    assert held["externalId"] == "2"
    assert changes(integration) == {"issues"}  # something may have gone unheard
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [integration]
    assert hearers(journey, forged(sent, matchedWebhookIds=[1])) == []


def test_a_lost_webhook_is_made_anew_however_often_that_fails(clock, journey, integration):
    journey.simulator._engine.provider("jira").hooks.made.clear()
    journey.simulator.fault("jira", "webhook.create", "status", value=503)
    clock.advance(20 * DAY)
    journey.simulator.advance(20 * DAY)
    journey.gateway.invoke("webhook_dispatcher", {})
    assert len(journey.run_jobs()) == 1
    assert [row["externalId"] for row in subscriptions(integration)] == ["1"]

    pass_days(clock, journey, 5)
    assert [row["externalId"] for row in subscriptions(integration)] == ["2"]


def test_what_jira_refuses_of_one_webhook_is_no_subscription(clock, journey):
    journey.simulator.fault(
        "jira",
        "webhook.create",
        "body",
        value='{"webhookRegistrationResult": [{"errors": ["Operator is not is unsupported"]}]}',
    )
    integration = journey.connect(GRACE, provider="jira", scopes=[WEBHOOKS])

    assert journey.run_jobs() == []
    assert [row["state"] for row in subscriptions(integration)] == ["refused"]


def test_disconnecting_ends_the_webhook(journey, integration):
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    assert (hooks(journey), subscriptions(integration)) == ([], [])
    assert journey.simulator.calls("webhook.delete", "jira")


def test_connecting_anew_leaves_one_webhook(journey, integration):
    started = journey.reconnect(integration)
    assert result(come_back(journey, started=started))["integration"] == integration
    assert journey.run_jobs() == []

    assert [hook["id"] for hook in hooks(journey)] == [2]
    (sent,) = journey.simulator.notifications("jira", UPDATED, GRACE)
    assert hearers(journey, sent) == [integration]


def test_of_a_grant_that_reaches_two_sites_the_chosen_one_is_subscribed(clock, journey):
    connect(journey, ADA)
    started = journey.start({"providerId": "jira", "scopes": [WEBHOOKS]})
    page = Page(journey, come_back(journey, ADA_AT_GLOBEX, started=started))
    at_globex = result(page.choose("Globex"))["integration"]
    assert journey.run_jobs() == []

    assert [hook["seat"] for hook in hooks(journey)] == [ADA, ADA_AT_GLOBEX]
    (sent,) = journey.simulator.notifications("jira", UPDATED, ADA_AT_GLOBEX)
    assert hearers(journey, sent) == [at_globex]
