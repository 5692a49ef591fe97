"""What the platform hears of a grant that has ended: one event on the bus, and one on the topic for
people, with ids only.
"""

import json
import time

import pytest

from tests.e2e.journey import PATIENCE, Journey
from tests.providers.sample import sample

pytestmark = pytest.mark.stack

KIND = "integration.reauth_required"


class Listener:
    """A queue of the platform."""

    def __init__(self, stack, name):
        self._sqs = stack.aws("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        wanted = {"QueueUrl": self.url, "AttributeNames": ["QueueArn"]}
        self.arn = self._sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
        self.heard = []

    def allow(self, service, source):
        """Let a service of AWS deliver here, as the platform would."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def messages(self):
        found = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        for each in found.get("Messages", []):
            self.heard.append(json.loads(each["Body"]))
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return self.heard

    def until(self, wanted):
        """Wait for a message that is wanted; give all such."""
        deadline = time.monotonic() + PATIENCE
        while not (found := [each for each in self.messages() if wanted(each)]):
            assert time.monotonic() < deadline, "Nothing was heard."
            time.sleep(0.1)
        return found


@pytest.fixture
def bus(stack):
    """The platform's queue behind a rule of the bus."""
    listener, events = Listener(stack, "heard-on-the-bus"), stack.aws("events")
    name = stack.deployment.outputs["EventBusName"]
    pattern = json.dumps({"source": ["targetym.integrations"], "detail-type": [KIND]})
    rule = events.put_rule(Name="ended", EventBusName=name, EventPattern=pattern)["RuleArn"]
    listener.allow("events.amazonaws.com", rule)
    target = {"Id": "queue", "Arn": listener.arn}
    events.put_targets(Rule="ended", EventBusName=name, Targets=[target])
    return listener


@pytest.fixture
def topic(stack):
    """The platform's queue behind the topic for people."""
    listener, arn = Listener(stack, "heard-by-people"), stack.deployment.outputs["PeopleTopicArn"]
    listener.allow("sns.amazonaws.com", arn)
    stack.aws("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=listener.arn)
    return listener


def test_a_grant_that_ended_at_the_provider_is_told_once_on_the_bus_and_to_people(
    stack, bus, topic
):
    stack.simulator.reset()
    journey, account = Journey(stack), sample("asana").account
    integration = journey.connect("asana", account)
    assert stack.simulator.uninstall("asana", account)

    used = sample("asana")
    url = f"/api/integrations/{integration}"
    refused = [
        journey.request("POST", f"{url}/actions/{used.action}", json=dict(used.body)),
        journey.request("POST", f"{url}/refresh"),
    ]

    assert [each.status_code for each in refused] == [409, 409]
    assert {each.json()["error"]["code"] for each in refused} == {"reauth_required"}
    shown = journey.detail(integration)
    assert (shown["status"], shown["problem"]["category"]) == ("reauth_required", "grant_refused")
    (event,) = bus.until(lambda each: each["detail"]["integrationId"] == integration)
    (notice,) = topic.until(lambda each: integration in each["Message"])
    assert (event["source"], event["detail-type"]) == ("targetym.integrations", KIND)
    assert event["detail"] == json.loads(notice["Message"])
    assert event["detail"] == {
        "version": 1,
        "id": event["detail"]["id"],
        "type": KIND,
        "organizationId": journey.organization,
        "integrationId": integration,
        "providerId": "asana",
        "at": event["detail"]["at"],
        "cause": "grant_refused",
    }
    assert notice["MessageAttributes"]["type"]["Value"] == KIND
