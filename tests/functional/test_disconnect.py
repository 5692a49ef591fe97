"""Disconnecting: by three addresses, once or twice, alone or shared; tokens are gone at once."""

import boto3
import pytest

from hub import assembly, vault
from hub.errors import Unreadable
from hub.runtime import database, key_cache
from hub.store.database import encode
from tests.functional.breakdowns import counting, failing
from tests.functional.gateway import User
from tests.functional.stored import dump, ledger, rows, sealed

OTHER = User(organization="org-b", id="bob")
DONE = {"success": True, "data": None}
FORMS = {
    "DELETE by id": lambda gateway, id_: gateway.delete(f"/api/integrations/{id_}"),
    "POST by id": lambda gateway, id_: gateway.post(f"/api/integrations/{id_}/disconnect"),
    "POST by provider": lambda gateway, _: gateway.post("/api/integrations/slack/disconnect"),
}


@pytest.mark.parametrize("disconnect", FORMS.values(), ids=FORMS.keys())
def test_each_form_disconnects(journey, simulator, disconnect):
    integration = journey.connect("Globex")
    reply = disconnect(journey.gateway, integration)

    assert (reply.status, reply.json) == (200, DONE)
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["healthStatus"]) == ("disconnected", "disconnected")
    assert shown["disconnectedAt"] is not None
    assert shown["revocation"] == "queued"
    assert simulator.calls("apps.uninstall") == []

    assert journey.run_jobs() == []
    assert len(simulator.calls("apps.uninstall")) == 1
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert shown["revocation"] == "revoked"


def test_the_provider_names_its_only_live_integration(journey):
    first, second = journey.connect("Globex"), journey.connect("Initech")
    url = "/api/integrations/slack/disconnect"
    before = dump()

    several = journey.gateway.post(url)
    assert (several.status, several.error) == (409, "conflict")
    assert "id" in several.json["error"]["message"]
    assert dump() == before

    journey.gateway.delete(f"/api/integrations/{first}")
    assert journey.gateway.post(url).status == 200
    statuses = {row["integrationId"]: row["integrationStatus"] for row in rows("integrations")}
    assert statuses == {first: "disconnected", second: "disconnected"}

    none_left = journey.gateway.post(url)
    assert (none_left.status, none_left.error) == (404, "not_found")


def test_a_provider_of_another_organization_is_not_ours_to_disconnect(journey):
    journey.connect("Globex", user=OTHER)
    reply = journey.gateway.post("/api/integrations/slack/disconnect")

    assert (reply.status, reply.error) == (404, "not_found")


@pytest.mark.parametrize("disconnect", list(FORMS.values())[:2], ids=list(FORMS)[:2])
def test_twice_is_no_error_and_does_nothing_more(journey, simulator, disconnect):
    integration = journey.connect("Globex")
    disconnect(journey.gateway, integration)
    before = dump()

    again = disconnect(journey.gateway, integration)

    assert (again.status, again.json) == (200, DONE)
    assert dump() == before
    journey.run_jobs()
    assert (
        disconnect(journey.gateway, integration).status,
        len(simulator.calls("apps.uninstall")),
    ) == (200, 1)


@pytest.mark.parametrize("disconnect", list(FORMS.values())[:2], ids=list(FORMS)[:2])
@pytest.mark.parametrize("role", ["manager", "employee"])
def test_only_those_who_manage_may_disconnect(journey, disconnect, role):
    integration = journey.connect("Globex")
    before = dump()
    journey.gateway.user = User(role=role)
    reply = disconnect(journey.gateway, integration)

    assert (reply.status, reply.error) == (403, "forbidden")
    assert dump() == before


def test_the_sealed_tokens_and_their_salt_are_gone_at_once(journey):
    integration = journey.connect("Globex")
    before = dump()
    journey.gateway.delete(f"/api/integrations/{integration}")

    assert integration not in sealed()
    assert f"salt#{integration}" not in {row["keyId"] for row in rows("keys")}
    assert rows("external-accounts") == []
    (waiting,) = sealed()
    assert waiting.startswith("revocation#")
    assert before["credentials"][0]["sealed"] != rows("credentials")[0]["sealed"]

    journey.run_jobs()
    assert sealed() == set()
    assert not [row for row in rows("keys") if row["keyId"].startswith("salt#revocation#")]


@pytest.mark.parametrize(
    ("kept", "opens"),
    [
        ({"integrations", "credentials", "keys"}, True),
        ({"integrations", "credentials"}, False),
    ],
)
def test_a_restored_row_stays_unreadable_without_its_salt(journey, kept, opens):
    """TS-10; with the salt restored too, the row opens: the negative control."""
    integration = journey.connect("Globex")
    before = dump()
    journey.gateway.delete(f"/api/integrations/{integration}")
    for table in kept:
        for row in before[table]:
            boto3.client("dynamodb").put_item(TableName=table, Item=encode(row))

    found = vault.find(database(), "org-a", integration)
    if opens:
        opened = vault.open_tokens(found, key_cache(), assembly.audit("test", "test"))
        assert opened.tokens.main.access.reveal().startswith("xoxb-")
        return
    with pytest.raises(Unreadable):
        vault.open_tokens(found, key_cache(), assembly.audit("test", "test"))


def test_the_ledger_says_who_withdrew_what(journey):
    integration = journey.connect("Globex")
    function, event = journey.gateway.event(
        "DELETE", f"/api/integrations/{integration}", user=User(role="hr", id="grace")
    )
    journey.gateway.send(function, event)

    (granted,) = ledger("granted")
    (withdrawn,) = ledger("withdrawn")
    assert withdrawn["previous"] == granted["id"]
    assert (withdrawn["subject"], withdrawn["integrationId"]) == ("grace", integration)
    assert withdrawn["requestId"] == event["requestContext"]["requestId"]


def test_a_shared_installation_ends_with_its_last_holder(journey, simulator):
    ours = journey.connect("Globex")
    theirs = journey.connect("Globex", user=OTHER)

    reply = journey.gateway.delete(f"/api/integrations/{ours}")
    assert reply.status == 200
    assert reply.json["data"]["revocation"] == "kept_for_other_integrations"
    assert "org-b" not in reply.text
    assert theirs not in reply.text
    assert journey.run_jobs() == []
    assert simulator.calls("apps.uninstall") == []
    shown = journey.gateway.get(f"/api/integrations/{ours}").json["data"]
    assert shown["revocation"] == "kept_for_other_integrations"
    assert sealed() == {theirs}

    sent = journey.gateway.post(
        f"/api/integrations/{theirs}/actions/send_message",
        {"channel": "#general", "text": "Still here"},
        user=OTHER,
    )
    assert sent.status == 200

    last = journey.gateway.delete(f"/api/integrations/{theirs}", user=OTHER)
    assert last.json == DONE
    assert journey.run_jobs() == []
    assert len(simulator.calls("apps.uninstall")) == 1
    assert simulator.state()["slack"]["installations"] == []


def test_two_that_leave_before_the_worker_comes_end_it_once(journey, simulator):
    ours, theirs = journey.connect("Globex"), journey.connect("Globex", user=OTHER)
    journey.gateway.delete(f"/api/integrations/{ours}")
    journey.gateway.delete(f"/api/integrations/{theirs}", user=OTHER)

    assert journey.run_jobs() == []

    assert simulator.state()["slack"]["installations"] == []
    assert {entry["outcome"] for entry in ledger("revocation_settled")} == {"revoked"}


def test_tokens_that_cannot_be_read_do_not_keep_anyone_connected(journey, simulator, capsys):
    integration = journey.connect("Globex")
    (row,) = rows("credentials")
    boto3.client("dynamodb").put_item(
        TableName="credentials", Item=encode(row | {"sealed": row["sealed"][:-1] + b"\0"})
    )
    reply = journey.gateway.delete(f"/api/integrations/{integration}")

    assert (reply.status, reply.json) == (200, DONE)
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["revocation"]) == ("disconnected", "unreadable")
    assert sealed() == set()
    assert "CredentialsUnreadable" in capsys.readouterr().out
    assert journey.run_jobs() == []
    assert simulator.calls("apps.uninstall") == []


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "Query"),
        ("dynamodb", "TransactWriteItems"),
        ("kms", "Decrypt"),
    ],
)
def test_when_a_part_of_ours_fails_nothing_is_disconnected(journey, cold, service, operation):
    integration = journey.connect("Globex")
    cold()
    before = dump()
    with failing(service, operation) as failed:
        reply = journey.gateway.delete(f"/api/integrations/{integration}")

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert dump() == before
    assert journey.gateway.delete(f"/api/integrations/{integration}").status == 200


def test_a_warm_disconnect_is_three_requests(journey):
    journey.gateway.delete(f"/api/integrations/{journey.connect('Initech')}")
    integration = journey.connect("Globex")
    with counting() as made:
        journey.gateway.delete(f"/api/integrations/{integration}")

    assert made == {
        "dynamodb.BatchGetItem": 1,
        "dynamodb.Query": 1,
        "dynamodb.TransactWriteItems": 1,
    }
