"""A try that failed is followed by the next, without waiting for the schedule if that is soon."""

import json

import boto3
import pytest

from hub import runtime
from tests.functional.aging import Aging, message, work, work_off
from tests.functional.breakdowns import failing, recording

pytestmark = pytest.mark.usefixtures("readers")
WAYS = {
    "an action": Aging.act,
    "a reader": Aging.token,
    "a person": Aging.refresh,
    "the worker": lambda _aging, _integration: work_off(),
}


@pytest.fixture
def jira(clock, journey):
    return Aging(journey, clock, "jira")


def sent_again(sent):
    return [
        entry
        for _, asked in sent
        if asked["QueueUrl"] == runtime.variable("REFRESH_QUEUE_URL")
        for entry in asked["Entries"]
    ]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whoever_failed_sends_the_next_try(jira, way):
    """RF-10: by ids alone (RF-24), held back until it is due."""
    integration = jira.connect()
    jira.until(-10)
    jira.fail("lost_answer")
    with recording("sqs") as sent:
        way(jira, integration)

    entry = sent_again(sent)[-1]
    assert json.loads(entry["MessageBody"]) == json.loads(message(integration, "jira"))
    assert entry["MessageGroupId"] == "jira#org-a"
    due = jira.sealed()["refreshDueAt"]
    assert due <= jira.clock.now + entry["DelaySeconds"] < due + 2
    jira.pass_(entry["DelaySeconds"])
    assert work(entry["MessageBody"]) == []
    assert jira.shown(integration)["refreshProblem"] is None


def test_what_the_schedule_will_find_in_time_is_left_to_it(jira):
    integration = jira.connect()
    jira.until(-10)
    jira.fail("rate_limited", 400)
    with recording("sqs") as sent:
        jira.act(integration)

    assert sent == []
    assert jira.sealed()["refreshDueAt"] >= jira.clock.now + 399


@pytest.mark.parametrize("operation", ["SendMessageBatch", "TransactWriteItems"])
def test_a_try_that_could_not_be_sent_or_noted_is_left_to_the_schedule(jira, operation, logs):
    integration = jira.connect()
    jira.until(-10)
    jira.fail("lost_answer")
    service = "sqs" if operation == "SendMessageBatch" else "dynamodb"
    with failing(service, operation) as failed:
        assert jira.act(integration).error == "provider_unavailable"

    assert failed
    assert ("refresh.unsent" in logs.getvalue()) is (service == "sqs")
    jira.pass_(61)
    assert work_off() == []
    assert jira.shown(integration)["refreshProblem"] is None
    assert [call.outcome for call in jira.refreshes()] == ["ok", "ok"]


def test_nothing_is_sent_while_the_provider_is_left_alone(jira):
    """RF-15: one of its integrations is enough to probe it, and the schedule sends that one."""
    integration = jira.connect()
    jira.until(-10)
    jira.fail("ok_false", "invalid_client")
    jira.act(integration)
    jira.pass_(29)
    boto3.client("dynamodb").update_item(
        TableName="credentials",
        Key={"organizationId": {"S": "org-a"}, "credentialsId": {"S": integration}},
        UpdateExpression="SET refreshDueAt = :now",
        ExpressionAttributeValues={":now": {"N": str(int(jira.clock.now))}},
    )
    with recording("sqs") as sent:
        assert work(message(integration, "jira")) == []

    assert sent == []
    assert len(jira.refreshes()) == 1
