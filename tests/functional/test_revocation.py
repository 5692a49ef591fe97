"""Revocation at the provider, carried out by the worker: retried to a recorded outcome (OA-21)."""

import boto3
import pytest

from hub.providers._values import RevocationScope
from hub.store.database import encode
from tests.functional.breakdowns import failing, recording_pauses
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import ledger, rows, sealed

UNINSTALL = "apps.uninstall"
FAULTS = {
    "reset": ("reset", None),
    "500": ("status", 500),
    "busy": ("rate_limited", 0),
    "a page": ("html", None),
    "nothing": ("empty", None),
    "its own trouble": ("ok_false", "fatal_error"),
    "a wrong secret": ("ok_false", "bad_client_secret"),
    "a new word": ("ok_false", "never_heard_of"),
    "a redirect": ("redirect", "http://127.0.0.1:1/"),
}


@pytest.fixture
def disconnected(journey):
    integration = journey.connect("Globex")
    journey.gateway.delete(f"/api/integrations/{integration}")
    return integration


def revocation_of(journey, integration):
    return journey.gateway.get(f"/api/integrations/{integration}").json["data"]["revocation"]


@pytest.mark.parametrize(("kind", "value"), FAULTS.values(), ids=FAULTS.keys())
def test_a_provider_that_is_down_is_tried_again_until_it_is_done(
    journey, simulator, disconnected, kind, value
):
    simulator.fault("slack", UNINSTALL, kind, value=value, times=2)
    with recording_pauses() as pauses:
        assert len(journey.run_jobs(received=1)) == 1

        assert len(pauses) == 1
        assert revocation_of(journey, disconnected) == "queued"
        assert len(sealed()) == 1
        assert ledger("revocation_settled") == []

        while journey.run_jobs(received=2):
            assert len(simulator.calls(UNINSTALL)) <= 2

    assert revocation_of(journey, disconnected) == "revoked"
    assert sealed() == set()
    assert simulator.state()["slack"]["installations"] == []
    assert [entry["outcome"] for entry in ledger("revocation_settled")] == ["revoked"]


def test_the_pauses_grow_and_have_jitter_and_an_end(journey, simulator, disconnected):
    simulator.fault("slack", UNINSTALL, "ok_false", value="never_heard_of", times=1000)
    longest = {1: 30, 2: 60, 3: 120, 5: 480, 7: 900}
    with recording_pauses() as pauses:
        for received, most in longest.items():
            for _ in range(4):
                pauses.clear()
                assert len(journey.run_jobs(received=received)) == 1
                assert 1 <= pauses[0] <= most


def test_pauses_are_not_all_the_same(journey, simulator, disconnected):
    simulator.fault("slack", UNINSTALL, "ok_false", value="never_heard_of", times=1000)
    with recording_pauses() as pauses:
        for _ in range(8):
            journey.run_jobs(received=7)

    assert len(set(pauses)) > 1


def test_the_last_try_records_the_failure_and_keeps_the_tokens_sealed(
    journey, simulator, disconnected
):
    simulator.fault("slack", UNINSTALL, "status", value=500, times=2)
    with recording_pauses():
        assert len(journey.run_jobs(received=8)) == 1

        assert revocation_of(journey, disconnected) == "failed"
        assert [entry["outcome"] for entry in ledger("revocation_settled")] == ["failed"]
        assert len(sealed()) == 1

        assert journey.run_jobs(received=1) == []

    assert revocation_of(journey, disconnected) == "revoked"
    outcomes = {entry["outcome"] for entry in ledger("revocation_settled")}
    assert outcomes == {"failed", "revoked"}
    assert sealed() == set()


def test_the_last_try_records_that_nothing_can_be_opened(journey, simulator, disconnected):
    """The organization's key is gone: no try will ever help."""
    for row in rows("keys"):
        if row["keyId"] == "key#1":
            key = {"organizationId": row["organizationId"], "keyId": row["keyId"]}
            boto3.client("dynamodb").delete_item(TableName="keys", Key=encode(key))
    with recording_pauses():
        assert len(journey.run_jobs(received=8)) == 1

    assert revocation_of(journey, disconnected) == "failed"
    assert simulator.calls(UNINSTALL) == []


def test_tokens_that_were_changed_never_reach_the_provider(
    journey, simulator, disconnected, capsys
):
    (row,) = rows("credentials")
    changed = row | {"sealed": row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1])}
    boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(changed))
    with recording_pauses():
        assert len(journey.run_jobs(received=1)) == 1

    assert simulator.calls(UNINSTALL) == []
    assert "CredentialsUnreadable" in capsys.readouterr().out
    assert len(sealed()) == 1


@pytest.mark.parametrize(
    "error", ["token_revoked", "account_inactive", "invalid_auth", "not_authed"]
)
def test_a_token_the_provider_no_longer_knows_counts_as_revoked(
    journey, simulator, disconnected, error
):
    simulator.fault("slack", UNINSTALL, "ok_false", value=error)
    assert journey.run_jobs() == []

    assert revocation_of(journey, disconnected) == "revoked"


def test_an_installation_that_was_removed_at_the_provider_counts_as_revoked(
    journey, simulator, disconnected
):
    simulator.uninstall("slack", "T0GLOBEX0001")
    assert journey.run_jobs() == []

    assert revocation_of(journey, disconnected) == "revoked"


def test_a_job_that_comes_again_does_nothing_more(journey, simulator, disconnected):
    jobs = rows("outbox")
    assert journey.run_jobs() == []
    calls, entries = simulator.log(), ledger()
    for row in jobs:
        boto3.client("dynamodb").put_item(TableName="outbox", Item=encode(row))

    assert journey.run_jobs() == []

    assert simulator.log() == calls
    assert ledger() == entries


@pytest.mark.parametrize("operation", ["BatchGetItem", "Query", "PutItem", "TransactWriteItems"])
def test_a_database_that_fails_the_worker_is_tried_again(
    journey, simulator, disconnected, operation
):
    journey.carry_outbox()
    with recording_pauses():
        with failing("dynamodb", operation):
            assert journey.run_jobs(received=1) != []  # what makes subscriptions fails as well
        assert journey.run_jobs(received=2) == []

    assert revocation_of(journey, disconnected) == "revoked"
    assert simulator.state()["slack"]["installations"] == []


@pytest.mark.parametrize("scope", list(RevocationScope))
def test_the_provider_is_called_where_it_offers_that(journey, server, monkeypatch, scope):
    offered = scope is not RevocationScope.NONE
    declare(monkeypatch, made_up(revocation_scope=scope), server.url)
    started = journey.start({"providerId": "madeup"})
    reply = journey.return_(server.approve(started.url), started.cookie)
    journey.gateway.post("/api/integrations/madeup/disconnect")

    assert journey.run_jobs() == []

    assert len(server.revoked) == offered
    outcome = revocation_of(journey, result(reply)["integration"])
    assert outcome == ("revoked" if offered else "not_offered_by_provider")
    assert sealed() == set()


def test_where_a_token_is_only_itself_it_is_revoked_though_others_hold_the_account(
    journey, server, monkeypatch
):
    declare(monkeypatch, made_up(revocation_scope=RevocationScope.TOKEN), server.url)
    for user in (None, User(organization="org-b")):
        started = journey.start({"providerId": "madeup"}, user=user)
        journey.return_(server.approve(started.url), started.cookie)
    reply = journey.gateway.post("/api/integrations/madeup/disconnect")

    assert reply.json["data"] is None
    assert journey.run_jobs() == []
    assert len(server.revoked) == 1
    assert len(sealed()) == 1
