"""From the outbox to the queue and from the queue to the worker: each by itself, at least once."""

import json

import boto3
import pytest

from hub import jobs, runtime
from hub.store.database import encode
from tests.functional.breakdowns import failing, recording, recording_pauses
from tests.functional.gateway import Context, User, handler_of
from tests.functional.stored import ledger, revocations, rows, sealed

UNINSTALL = "apps.uninstall"


@pytest.fixture
def work(journey):
    """Hand messages to the worker in one batch; give the ids it says failed, in their order."""

    def do(*bodies, received=1):
        records = [
            {
                "messageId": f"message-{n}",
                "receiptHandle": f"receipt-{n}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(received)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for n, body in enumerate(bodies)
        ]
        with recording_pauses():
            answer = handler_of("jobs_worker")({"Records": records}, Context())
        assert set(answer) == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return do


@pytest.fixture
def revoke(journey):
    """Connect and disconnect a workspace; give the message that revokes its grant."""

    def make(workspace, user=None):
        before = revocations()
        integration = journey.connect(workspace, user=user)
        journey.gateway.delete(f"/api/integrations/{integration}", user=user)
        (job,) = (job for job in revocations() if job not in before)
        return json.dumps(job)

    return make


def installed(simulator):
    return {each["team"] for each in simulator.state()["slack"]["installations"]}


def job(**changes):
    ids = {"organizationId": "o", "providerId": "p", "revocationId": "r"}
    said = {"version": 1, "kind": "revoke", **ids, **changes}
    return json.dumps({name: value for name, value in said.items() if value is not None})


POISON = {
    "nothing": "",
    "no JSON": "revoke it",
    "a list": "[]",
    "null": "null",
    "a number": "7",
    "an empty object": "{}",
    "deep": "[" * 100_000,
    "another version": job(version=2),
    "no version": job(version=None),
    "another kind": job(kind="delete"),
    "no revocation": job(revocationId=None),
    "an id that is none": job(revocationId={"a": [1.5]}),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisoned_message_fails_alone(work, revoke, simulator, poison):
    good = revoke("Globex")

    assert work(poison, good, poison) == ["message-0", "message-2"]
    assert installed(simulator) == set()


def test_good_poisoned_failing_and_double_messages_each_get_their_own_end(work, revoke, simulator):
    failing_one, good = revoke("Globex"), revoke("Initech")
    simulator.fault("slack", UNINSTALL, "status", value=500, times=2)

    assert work("poison", failing_one, good, good) == ["message-0", "message-1"]

    assert installed(simulator) == {"T0GLOBEX0001"}
    assert [entry["outcome"] for entry in ledger("revocation_settled")] == ["revoked"]
    assert len(sealed()) == 1
    assert work(failing_one, received=2) == []
    assert installed(simulator) == set()


def test_when_all_fail_all_are_named(work):
    assert work("a", "b", "c") == ["message-0", "message-1", "message-2"]


def test_one_batch_is_none_of_the_next_ones_business(work, revoke):
    assert work("poison") == ["message-0"]
    assert work(revoke("Globex")) == []


def test_a_job_without_its_row_is_done(work, journey):
    gone = jobs.RevokeJob(organization_id="org-a", provider_id="slack", revocation_id="gone")

    assert work(json.dumps(gone.to_item())) == []
    assert rows("consents") == []


def test_an_organization_cannot_have_anothers_grant_revoked_by_its_id(work, revoke, simulator):
    theirs = json.loads(revoke("Globex"))

    assert work(json.dumps(theirs | {"organizationId": "org-b"})) == []
    assert simulator.calls(UNINSTALL) == []
    assert len(sealed()) == 1


def test_a_row_past_its_end_is_absent_though_it_is_still_there(work, revoke, clock, simulator):
    late = revoke("Globex")
    clock.advance(30 * 86_400)

    assert work(late) == []
    assert simulator.calls(UNINSTALL) == []


def test_a_queue_that_cannot_be_told_to_wait_changes_nothing_else(journey, revoke, simulator):
    good = revoke("Globex")
    records = [
        {
            "messageId": name,
            "receiptHandle": "unknown",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
        }
        for name, body in (("poison", "poison"), ("good", good))
    ]
    with failing("sqs", "ChangeMessageVisibility") as failed:
        answer = handler_of("jobs_worker")({"Records": records}, Context())

    assert failed
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert installed(simulator) == set()


def test_messages_hold_ids_and_are_grouped_by_provider_and_organization(journey, revoke):
    revoke("Globex")
    revoke("Initech", User(organization="org-b", id="bob"))
    with recording("sqs") as sent:
        journey.carry_outbox()

    assert {each["MessageGroupId"] for _, each in sent} == {"slack#org-a", "slack#org-b"}
    for _, each in sent:
        said = json.loads(each["MessageBody"])
        if said["kind"] in {"subscribe", "sync"}:
            continue
        assert set(said) == {"version", "kind", "organizationId", "providerId", "revocationId"}
        assert said["revocationId"].startswith("revocation#")


@pytest.fixture
def carry(aws):
    """Hand rows to the outbox function as the stream would; give what it answers."""

    def do(*images):
        records = [
            {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": f"seq-{n}"}}
            for n, image in enumerate(images)
        ]
        return handler_of("outbox")({"Records": records}, Context())

    return do


def image(n, **changes):
    one = jobs.RevokeJob(organization_id="o", provider_id="slack", revocation_id=f"revocation#{n}")
    return encode({"outboxId": str(n), "job": one.to_item(), "expiresAt": 1, **changes})


def queued():
    sqs = boto3.client("sqs")
    url = runtime.variable("JOBS_QUEUE_URL")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(each["Body"])["revocationId"] for each in found]


def test_rows_reach_the_queue(carry):
    assert carry(image(0), image(1)) == {"batchItemFailures": []}
    assert sorted(queued()) == ["revocation#0", "revocation#1"]


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_the_stream_repeats_from_the_first_row_that_failed(carry, fails_at):
    with failing("sqs", "SendMessage", skip=fails_at, times=1):
        answer = carry(image(0), image(1), image(2))

    assert answer == {"batchItemFailures": [{"itemIdentifier": f"seq-{fails_at}"}]}
    assert sorted(queued()) == [f"revocation#{n}" for n in range(fails_at)]


@pytest.mark.parametrize(
    "broken",
    [
        encode({"outboxId": "x"}),
        encode({"outboxId": "x", "job": {}}),
        encode({"outboxId": "x", "job": "text"}),
        {"job": {"UNKNOWN": 1}},
        {},
    ],
)
def test_a_broken_row_is_the_one_that_is_named(carry, broken):
    assert carry(image(0), broken, image(2)) == {"batchItemFailures": [{"itemIdentifier": "seq-1"}]}
    assert queued() == ["revocation#0"]
