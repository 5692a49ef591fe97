"""The callback when a part of our own fails at any of its steps: nothing is left half-written, and
no token is left both unrecorded and alive.
"""

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.functional.breakdowns import failing, losing_the_answer
from tests.functional.journey import result
from tests.functional.stored import but_for_the_state, dump, followed, ledger, rows, sealed, states

TOKEN = "oauth.v2.access"


def test_a_state_that_cannot_be_taken_can_be_tried_again(journey, flow):
    started, back = flow
    before = dump()
    with failing("dynamodb", "DeleteItem"):
        reply = journey.return_(back, started.cookie)

    assert reply.status == 503
    assert "temporarily" in reply.text
    assert reply.cookies == []
    assert dump() == before
    assert result(journey.return_(back, started.cookie))["status"] == "connected"


BEFORE_THE_CODE_IS_SPENT = {
    "DynamoDB is throttled": ("dynamodb", "BatchGetItem", "ThrottlingException"),
    "DynamoDB is denied": ("dynamodb", "BatchGetItem", "AccessDeniedException"),
    "DynamoDB is gone": ("dynamodb", "BatchGetItem", "InternalServerError"),
    "KMS is throttled": ("kms", "Decrypt", "ThrottlingException"),
    "KMS is denied": ("kms", "Decrypt", "AccessDeniedException"),
    "KMS is gone": ("kms", "Decrypt", "KMSInternalException"),
    "the key is disabled": ("kms", "Decrypt", "DisabledException"),
    "SSM is throttled": ("ssm", "GetParameter", "ThrottlingException"),
}


@pytest.mark.parametrize(
    "failure", BEFORE_THE_CODE_IS_SPENT.values(), ids=BEFORE_THE_CODE_IS_SPENT.keys()
)
def test_what_fails_before_the_exchange_keeps_the_code_unspent(journey, flow, cold, failure):
    started, back = flow
    cold()
    calls = len(journey.simulator.calls(TOKEN))
    before = dump()
    with failing(*failure) as failed:
        reply = journey.return_(back, started.cookie)

    assert failed
    assert result(reply) == {"provider": "slack", "error": "authorization_failed"}
    assert len(journey.simulator.calls(TOKEN)) == calls
    assert dump() == but_for_the_state(before)


@pytest.mark.parametrize(
    ("service", "operation"), [("kms", "GenerateDataKey"), ("dynamodb", "PutItem")]
)
def test_without_keys_of_its_own_an_organization_connects_nothing(journey, service, operation):
    started = journey.start()
    back = journey.consent(started)
    before = dump()
    with failing(service, operation) as failed:
        reply = journey.return_(back, started.cookie)

    assert failed
    assert result(reply)["error"] == "authorization_failed"
    assert dump() == but_for_the_state(before)
    assert journey.simulator.calls(TOKEN) == []


STORING_FAILS = {
    "the read before": ("BatchGetItem", {"skip": 1}),
    "the read before, by its network": ("BatchGetItem", {"skip": 1, "error": "RequestTimeout"}),
    "both writes": ("TransactWriteItems", {"times": 2}),
}


@pytest.mark.parametrize(("operation", "when"), STORING_FAILS.values(), ids=STORING_FAILS.keys())
def test_tokens_that_cannot_be_stored_are_revoked(journey, flow, operation, when):
    started, back = flow
    before = dump()
    with failing("dynamodb", operation, **when) as failed:
        reply = journey.return_(back, started.cookie)

    assert failed
    assert result(reply) == {"provider": "slack", "error": "authorization_failed"}
    after = dump()
    (job,) = after["outbox"]
    assert job["outboxId"].startswith("revocation#")
    for table in ("integrations", "consents", "external-accounts"):
        assert after[table] == before[table]
    assert states() == []

    assert journey.run_jobs() == []
    assert len(journey.simulator.calls("apps.uninstall")) == 1
    assert journey.simulator.state()["slack"]["installations"] == []
    assert ledger("revocation_settled")[0]["outcome"] == "revoked"
    assert sealed() == {row["credentialsId"] for row in before["credentials"]}
    assert rows("keys") == before["keys"]


def test_one_failed_write_is_tried_again(journey, flow):
    with failing("dynamodb", "TransactWriteItems", times=1) as failed:
        reply = journey.return_(flow[1], flow[0].cookie)

    assert failed
    assert result(reply)["status"] == "connected"
    assert followed() == ["integration.connected", "subscribe", "sync"]


def test_a_write_whose_answer_was_lost_is_recognised(journey, flow):
    with losing_the_answer("dynamodb", "TransactWriteItems") as lost:
        reply = journey.return_(flow[1], flow[0].cookie)

    assert lost
    integration = result(reply)["integration"]
    (row,) = [each for each in rows("integrations") if each["integrationId"] == integration]
    assert row["generation"] == 1
    assert len([each for each in ledger("granted") if each["integrationId"] == integration]) == 1
    assert followed() == ["integration.connected", "subscribe", "sync"]


def test_a_grant_that_was_stored_after_all_is_not_revoked(journey, flow):
    """The write took effect, its answer and every read after it were lost."""
    started, back = flow
    with (
        losing_the_answer("dynamodb", "TransactWriteItems"),
        failing("dynamodb", "BatchGetItem", skip=2),
    ):
        reply = journey.return_(back, started.cookie)
    assert result(reply)["error"] == "authorization_failed"

    assert journey.run_jobs() == []
    assert journey.simulator.calls("apps.uninstall") == []
    assert len([row for row in rows("integrations") if row["integrationStatus"] == "active"]) == 1


def test_a_grant_that_can_be_neither_stored_nor_queued_is_shouted_about(journey, flow, logs):
    before = dump()
    with failing("dynamodb", "TransactWriteItems"):
        reply = journey.return_(flow[1], flow[0].cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert dump() == but_for_the_state(before)
    assert '"cause":"Unrecorded"' in logs.getvalue()


@pytest.mark.parametrize("operation", ["DeleteItem", "BatchGetItem"])
def test_a_network_that_is_gone_is_like_a_refusal(journey, flow, operation):
    gone = ConnectTimeoutError(endpoint_url="https://aws.example")
    with failing("dynamodb", operation, gone):
        reply = journey.return_(flow[1], flow[0].cookie)

    assert reply.status in {303, 503}
    assert "status=connected" not in reply.headers.get("location", "")
