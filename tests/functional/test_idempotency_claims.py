"""What is kept of a request under an Idempotency-Key, and what becomes of it when a part of ours
fails: the key never lets the same thing happen twice, and nobody can read what it was.
"""

import boto3
import pytest

from hub.store.database import Database, encode
from tests.functional.breakdowns import counting, failing
from tests.functional.google import (
    ADA,
    BOB,
    GRACE,
    acting_under_keys,
    api_calls,
    made,
)
from tests.functional.stored import leaks, rows


@pytest.fixture
def connected(journey):
    return journey.connect(GRACE, provider="google")


@pytest.fixture
def act(journey, connected):
    return acting_under_keys(journey, connected)


def told(reply):
    return (reply.status, reply.error)


def test_what_is_stored_names_nobody_and_says_nothing(act, simulator, connected):
    mail = {"to": ADA, "subject": "Canary of the subject", "body": "Canary of the body"}
    key = "Canary-of-the-key"
    assert act(mail, key=key).status == 200

    (row,) = rows("idempotency")
    assert set(row) == {"claimId", "claimant", "fingerprint", "expiresAt", "answer"}
    for secret in (*mail.values(), key, GRACE, connected, "org-a", *simulator.issued_secrets()):
        assert not leaks(secret, row)


def test_equal_requests_of_two_organizations_have_nothing_in_common(journey, act, simulator):
    """The fingerprint is keyed: whoever reads the table cannot try out what a body was."""
    theirs = journey.connect(GRACE, provider="google", user=BOB)
    act()
    act(to=theirs, user=BOB)

    one, other = rows("idempotency")
    assert one["fingerprint"] != other["fingerprint"]
    assert one["claimId"] != other["claimId"]


def test_a_claim_that_cannot_be_made_does_nothing(act, simulator):
    with failing("dynamodb", "PutItem", table="idempotency") as failed:
        reply = act()

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert api_calls(simulator) == []
    assert act().status == 200


def test_an_answer_that_cannot_be_stored_is_given_and_not_produced_again(act, simulator):
    with failing("dynamodb", "UpdateItem", table="idempotency") as failed:
        reply = act()

    assert failed
    assert reply.status == 200
    assert told(act()) == (409, "conflict")
    assert len(made(simulator, "mails")) == 1


def test_a_key_that_cannot_be_given_back_does_not_hide_the_refusal(act, simulator):
    simulator.fault("google", "messages.send", "rate_limited", value=5)
    with failing("dynamodb", "DeleteItem", table="idempotency") as failed:
        reply = act()

    assert failed
    assert (reply.status, reply.headers["retry-after"]) == (429, "5")
    assert told(act()) == (409, "conflict")
    assert made(simulator, "mails") == []


def test_a_claim_whose_acknowledgement_was_lost_is_ours(act, simulator, monkeypatch):
    """The SDK sends the write again, and the condition finds our own."""
    put = Database.put

    def put_twice(database, write):
        if write.table == "idempotency":
            put(database, write)
        put(database, write)

    monkeypatch.setattr(Database, "put", put_twice)

    assert act().status == 200
    assert len(made(simulator, "mails")) == 1


def test_credentials_that_do_not_open_give_the_key_back(act, simulator):
    (row,) = rows("credentials")
    row["sealed"] = row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1])
    boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(row))

    assert act().error == "reauth_required"
    assert (rows("idempotency"), api_calls(simulator)) == ([], [])


def test_an_organization_without_its_key_is_told_to_connect_again(act, simulator):
    for row in rows("keys"):
        place = encode({"organizationId": row["organizationId"], "keyId": row["keyId"]})
        boto3.client("dynamodb").delete_item(TableName="keys", Key=place)

    assert act().error == "reauth_required"
    assert (rows("idempotency"), api_calls(simulator)) == ([], [])


def test_a_warm_action_under_a_key_is_three_requests(act):
    act(key="warm-up")
    with counting() as requests:
        act()

    assert requests == {
        "dynamodb.BatchGetItem": 1,
        "dynamodb.PutItem": 1,
        "dynamodb.UpdateItem": 1,
    }
