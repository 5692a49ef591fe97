"""A table that takes nothing when the provider has answered: written again to the end of the
invocation, then parked, sealed, in the jobs queue (RF-07).
"""

import json

import boto3
import pytest

from hub import assembly, runtime
from tests.functional.aging import Aging, narrow, told
from tests.functional.breakdowns import failing, losing_the_answer, recording_pauses
from tests.functional.gateway import Context, handler_of
from tests.functional.stored import leaks, rows

pytestmark = pytest.mark.usefixtures("readers")


@pytest.fixture
def at(clock, journey):
    return lambda provider_id: Aging(journey, clock, provider_id)


@pytest.fixture
def quick(monkeypatch, clock):
    """Pauses that pass at once, by our clock."""
    monkeypatch.setattr("time.sleep", clock.advance)
    assembly.means.cache_clear()


def transactions(**options):
    return failing("dynamodb", "TransactWriteItems", **options)


def test_a_write_that_fails_is_made_again(at, quick):
    """RF-07."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with transactions(times=5) as failed:
        assert github.act(integration).status == 200

    assert len(failed) == 5
    assert len(github.refreshes()) == 1


def test_a_write_whose_answer_was_lost_is_known_again(at, quick):
    """RF-09."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with losing_the_answer("dynamodb", "TransactWriteItems"):
        assert github.act(integration).status == 200

    assert len(github.refreshes()) == 1
    assert github.sealed()["revision"] == 1


@pytest.fixture
def parked(at, quick):
    """GitHub has rotated, and nothing could be stored to the end of the invocation."""
    github = at("github")
    integration = github.connect()
    github.until(-10)
    with transactions():
        reply = github.act(integration)
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")  # RF-08
    assert len(github.refreshes()) == 1
    return github, integration


def queued():
    url = runtime.variable("JOBS_QUEUE_URL")
    found = boto3.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [each["Body"] for each in found.get("Messages", [])]


def run(*bodies):
    records = [
        {
            "messageId": f"message-{n}",
            "receiptHandle": f"receipt-{n}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        for n, body in enumerate(bodies)
    ]
    with recording_pauses():
        answer = handler_of("jobs_worker")({"Records": records}, Context())
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_tokens_that_could_not_be_stored_are_parked_sealed_and_stored_once(parked, logs):
    """RF-07."""
    github, integration = parked
    (body,) = queued()
    for secret in github.simulator.issued_secrets():
        assert not leaks(secret, body)
    said = json.loads(body)
    assert said["kind"] == "store"
    assert b"ghu_" not in body.encode()

    assert run(body) == []
    assert github.sealed()["revision"] == 1
    stored = github.sealed()
    assert run(body, body) == []
    assert github.sealed() == stored
    assert github.act(integration).status == 200
    assert len(github.refreshes()) == 1
    assert logs.getvalue().count('"outcome":"stored"') == 1


def test_while_the_table_takes_nothing_the_parked_tokens_wait(parked):
    github, integration = parked
    (body,) = queued()
    with transactions():
        assert run(body) == ["message-0"]

    assert run(body) == []
    assert github.act(integration).status == 200


def test_parked_tokens_bring_back_a_grant_that_was_given_up_meanwhile(parked):
    """Somebody has tried with the spent token: it looks lost, and is not."""
    github, integration = parked
    (body,) = queued()
    github.pass_(31)
    assert github.act(integration).error == "reauth_required"
    assert github.shown(integration)["problem"]["category"] == "lost_rotation"

    assert run(body) == []
    assert github.shown(integration)["status"] == "active"
    assert github.act(integration).status == 200


def test_parked_tokens_of_a_grant_that_is_over_open_for_nobody(parked):
    github, integration = parked
    (body,) = queued()
    github.gateway.delete(f"/api/integrations/{integration}")

    assert run(body) == []
    assert [row for row in rows("credentials") if row["credentialsId"] == integration] == []
    assert github.shown(integration)["status"] == "disconnected"


def test_parked_tokens_never_overwrite_those_of_a_reconnect(parked):
    github, integration = parked
    (body,) = queued()
    github.reconnect(integration)
    stored = github.sealed()

    assert run(body) == []
    assert github.sealed() == stored
    assert github.act(integration).status == 200


def test_parked_tokens_with_fewer_scopes_are_stored_with_fewer_scopes(at, quick, monkeypatch):
    """OA-18: what the answer said is not forgotten on the way."""
    google = at("google")
    integration = google.connect()
    lost = google.provider.required_scopes[-1]
    left = [scope for scope in google.shown(integration)["scopesGranted"] if scope != lost]
    narrow(monkeypatch, left)
    google.until(-10)
    with transactions():
        google.act(integration)
    (body,) = queued()

    assert run(body) == []
    shown = google.shown(integration)
    assert (shown["status"], shown["scopesMissing"]) == ("reauth_required", [lost])
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "insufficient_scope"
