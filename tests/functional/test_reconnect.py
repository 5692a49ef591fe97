"""Connecting again: the same account keeps its id, another one changes nothing."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, sealed, states

REQUIRED = ["channels:read", "chat:write", "channels:manage", "users:read"]
OTHER = User(organization="org-b", id="bob")
INITECH, GLOBEX = "T0INITECH0001", "T0GLOBEX0001"


def finish(journey, started, workspace, **options):
    return journey.return_(journey.consent(started, workspace, **options), started.cookie)


def says_hello(journey, integration, user=None):
    return journey.gateway.post(
        f"/api/integrations/{integration}/actions/send_message",
        {"channel": "#general", "text": "Hello"},
        user=user,
    ).status


def installed(simulator):
    return {each["team"] for each in simulator.state()["slack"]["installations"]}


def row_of(table, key, value):
    return next(row for row in rows(table) if row[key] == value)


def test_the_same_account_keeps_its_id_and_gets_new_credentials(journey, clock):
    integration = journey.connect("Globex")
    before = row_of("integrations", "integrationId", integration)
    sealed_before = row_of("credentials", "credentialsId", integration)["sealed"]
    salt_before = row_of("keys", "keyId", f"salt#{integration}")["value"]
    clock.advance(60)

    reply = finish(journey, journey.reconnect(integration), "Globex")

    assert result(reply) == {"integration": integration, "status": "connected"}
    (after,) = rows("integrations")
    assert (before["generation"], after["generation"]) == (1, 2)
    assert after["connectedAt"] == before["connectedAt"]
    assert after["verifiedAt"] == before["verifiedAt"] + 60
    (credentials,) = rows("credentials")
    assert credentials["generation"] == 2
    assert credentials["sealed"] != sealed_before
    assert row_of("keys", "keyId", f"salt#{integration}")["value"] != salt_before
    assert len(rows("external-accounts")) == 1
    assert says_hello(journey, integration) == 200


@pytest.mark.parametrize("way", ["connect", "reconnect"])
def test_each_grant_names_the_one_before(journey, clock, way):
    integration = journey.connect("Globex")
    for _ in range(2):
        clock.advance(60)
        again = journey.start() if way == "connect" else journey.reconnect(integration)
        finish(journey, again, "Globex")

    first, second, third = ledger("granted")
    assert "previous" not in first
    assert (second["previous"], third["previous"]) == (first["id"], second["id"])
    assert rows("integrations")[0]["consentId"] == third["id"]


def test_reconnect_can_ask_for_more_and_never_asks_for_less(journey):
    integration = journey.connect("Globex")
    path = f"/api/integrations/{integration}/reconnect"

    more = journey.start({"scopes": ["groups:write"]}, path=path)
    assert parse_qs(urlsplit(more.url).query)["scope"] == [",".join([*REQUIRED, "groups:write"])]
    finish(journey, more, "Globex")

    again = journey.reconnect(integration)
    assert parse_qs(urlsplit(again.url).query)["scope"] == [",".join([*REQUIRED, "groups:write"])]


def test_a_missing_permission_is_mended_by_reconnecting(journey):
    finish(journey, journey.start(), "Globex", untick=["chat:write"])
    (row,) = rows("integrations")
    integration = row["integrationId"]
    assert says_hello(journey, integration) == 409

    reply = finish(journey, journey.reconnect(integration), "Globex")

    assert result(reply)["status"] == "connected"
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["healthStatus"], shown["problem"]) == ("active", "healthy", None)
    assert says_hello(journey, integration) == 200


@pytest.fixture
def mismatched(journey, simulator):
    """Initech is connected; its reconnect came back with Globex."""
    integration = journey.connect("Initech")
    tables = ("integrations", "credentials", "external-accounts", "consents")
    before = {table: rows(table) for table in tables}
    reply = finish(journey, journey.reconnect(integration), "Globex")
    return integration, before, reply


def test_another_account_changes_nothing(journey, mismatched):
    integration, before, reply = mismatched

    assert result(reply) == {"provider": "slack", "error": "account_mismatch"}
    for table in ("integrations", "external-accounts", "consents"):
        assert rows(table) == before[table]
    assert row_of("credentials", "credentialsId", integration) == before["credentials"][0]
    assert states() == []
    assert says_hello(journey, integration) == 200


def test_the_grant_of_the_other_account_is_revoked(journey, simulator, mismatched):
    assert installed(simulator) == {INITECH, GLOBEX}

    assert journey.run_jobs() == []

    assert installed(simulator) == {INITECH}
    assert len(simulator.calls("apps.uninstall")) == 1
    assert [entry["outcome"] for entry in ledger("revocation_settled")] == ["revoked"]
    assert sealed() == {mismatched[0]}
    assert says_hello(journey, mismatched[0]) == 200


@pytest.mark.parametrize("user", [None, OTHER], ids=["ours", "another organization's"])
def test_the_grant_of_the_other_account_survives_where_somebody_holds_it(journey, simulator, user):
    held = journey.connect("Globex", user=user)
    integration = journey.connect("Initech")

    reply = finish(journey, journey.reconnect(integration), "Globex")
    assert result(reply)["error"] == "account_mismatch"
    assert journey.run_jobs() == []

    assert simulator.calls("apps.uninstall") == []
    assert installed(simulator) == {INITECH, GLOBEX}
    assert ledger("revocation_settled")[0]["outcome"] == "kept_for_other_integrations"
    assert sealed() == {held, integration}
    assert says_hello(journey, held, user) == 200
    assert says_hello(journey, integration) == 200


def test_where_somebody_connects_it_before_the_worker_comes_it_survives(
    journey, simulator, mismatched
):
    held = journey.connect("Globex", user=OTHER)
    assert journey.run_jobs() == []

    assert simulator.calls("apps.uninstall") == []
    assert says_hello(journey, held, OTHER) == 200


@pytest.mark.parametrize("way", ["connect", "reconnect"])
def test_a_disconnected_account_is_revived_under_its_id(journey, simulator, clock, way):
    integration = journey.connect("Globex")
    clock.advance(60)
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    clock.advance(60)

    again = journey.start() if way == "connect" else journey.reconnect(integration)
    assert result(finish(journey, again, "Globex"))["integration"] == integration

    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["disconnectedAt"], shown["revocation"]) == ("active", None, None)
    (row,) = rows("integrations")
    assert row["generation"] == 3
    assert row["connectedAt"] == int(clock())
    assert says_hello(journey, integration) == 200
    granted, withdrawn, granted_again = (
        entry for entry in ledger() if entry["event"] != "revocation_settled"
    )
    assert withdrawn["previous"] == granted_again["previous"] == granted["id"]


def test_a_revival_before_the_worker_comes_is_not_revoked(journey, simulator):
    integration = journey.connect("Globex")
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.connect("Globex") == integration

    assert journey.run_jobs() == []

    assert simulator.calls("apps.uninstall") == []
    assert says_hello(journey, integration) == 200
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["revocation"]) == ("active", None)
    assert sealed() == {integration}


def test_another_person_may_reconnect_and_is_named_then(journey):
    integration = journey.connect("Globex")
    started = journey.reconnect(integration, user=User(role="hr", id="grace"))
    finish(journey, started, "Globex")

    assert rows("integrations")[0]["connectedBy"] == "grace"
    assert {entry["subject"] for entry in ledger()} == {"ada", "grace"}


def test_two_workspaces_are_two_integrations_and_two_organizations_share_nothing(journey):
    ours = {journey.connect("Globex"), journey.connect("Initech")}
    theirs = journey.connect("Globex", user=OTHER)

    assert len(ours | {theirs}) == 3
    listed = journey.gateway.get("/api/integrations").json["data"]
    assert {each["id"] for each in listed} == ours
    hashes = [row["accountHash"] for row in rows("external-accounts")]
    assert (len(hashes), len(set(hashes))) == (3, 2)


def test_a_manager_may_not_reconnect(journey):
    integration = journey.connect("Globex")
    reply = journey.gateway.post(
        f"/api/integrations/{integration}/reconnect", {}, user=User(role="manager")
    )

    assert (reply.status, reply.error) == (403, "forbidden")
    assert states() == []
