"""Sealed tokens that were moved or changed are never used: the integration is taken out of use,
an alarm is raised, the provider hears nothing, and the row stays as evidence (TS-01, 02, 05, 07).
"""

import boto3
import pytest

from hub.store.database import encode
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.stored import dump, rows, states

OTHER = User(organization="org-b", id="bob")
POST = "chat.postMessage"


def put(table, row):
    boto3.client("dynamodb").put_item(TableName=table, Item=encode(row))


def drop(table, **key):
    boto3.client("dynamodb").delete_item(TableName=table, Key=encode(key))


def credentials_of(integration):
    return next(row for row in rows("credentials") if row["credentialsId"] == integration)


@pytest.fixture
def integration(journey):
    return journey.connect("Globex")


def send(journey, integration, user=None):
    url = f"/api/integrations/{integration}/actions/send_message"
    return journey.gateway.post(url, {"channel": "#general", "text": "Hello"}, user=user)


def from_another_workspace(journey, integration):
    return credentials_of(journey.connect("Initech"))["sealed"]


def from_another_organization(journey, integration):
    return credentials_of(journey.connect("Globex", user=OTHER))["sealed"]


def from_an_earlier_generation(journey, integration):
    before = credentials_of(integration)["sealed"]
    journey.connect("Globex")
    return before


def from_a_revocation(journey, integration):
    journey.gateway.delete(f"/api/integrations/{journey.connect('Initech')}")
    (row,) = [row for row in rows("credentials") if row["credentialsId"] != integration]
    return row["sealed"]


def from_a_flow_in_flight(journey, integration):
    journey.start()
    return states()[0]["sealedVerifier"]


def from_the_ledger(journey, integration):
    return rows("consents")[0]["sealedOrigin"]


def flipped(at):
    def flip(journey, integration):
        sealed = bytearray(credentials_of(integration)["sealed"])
        sealed[at] ^= 1
        return bytes(sealed)

    return flip


def cut_to(length):
    return lambda _, integration: credentials_of(integration)["sealed"][:length]


def in_clear(journey, integration):
    return b'{"":["xoxb-planted",null,null]}'


SPOILED = {
    "another workspace's": from_another_workspace,
    "another organization's": from_another_organization,
    "an earlier generation's": from_an_earlier_generation,
    "a revocation's": from_a_revocation,
    "a flow's verifier": from_a_flow_in_flight,
    "a consent's origin": from_the_ledger,
    "a bit of the version": flipped(0),
    "a bit of the key's version": flipped(2),
    "a bit of the nonce": flipped(5),
    "a bit of the text": flipped(40),
    "a bit of the tag": flipped(-1),
    "half": cut_to(60),
    "no tag": cut_to(-16),
    "a byte of tag missing": cut_to(-1),
    "a header alone": cut_to(15),
    "nothing": cut_to(0),
    "tokens in clear": in_clear,
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_tokens_that_are_not_this_ones_are_not_used(journey, simulator, integration, capsys, spoil):
    sealed = spoil(journey, integration)
    planted = credentials_of(integration) | {"sealed": sealed}
    put("credentials", planted)
    before = dump()

    reply = send(journey, integration)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert simulator.calls(POST) == []
    assert '"CredentialsUnreadable":[1.0]' in capsys.readouterr().out
    kept = credentials_of(integration)
    assert {name: kept[name] for name in planted} == planted
    assert set(kept) - set(planted) == {"refreshShard", "refreshDueAt"}  # for a week
    after = dump()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"integrations", "credentials"}
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["status"], shown["healthStatus"]) == ("reauth_required", "disconnected")
    assert shown["problem"]["category"] == "credentials_unreadable"
    assert shown["problem"]["actor"] == "us"

    again = send(journey, integration)
    assert (again.status, again.error) == (409, "reauth_required")
    assert "CredentialsUnreadable" not in capsys.readouterr().out
    assert simulator.calls(POST) == []


def test_untouched_tokens_are_used(journey, simulator, integration):
    """Negative control: putting the row back as it was is no reason to refuse."""
    put("credentials", credentials_of(integration))

    assert send(journey, integration).status == 200
    assert len(simulator.calls(POST)) == 1


KEYS = {
    "the salt is gone": lambda id_: drop("keys", organizationId="org-a", keyId=f"salt#{id_}"),
    "the salt is another": lambda id_: put(
        "keys", {"organizationId": "org-a", "keyId": f"salt#{id_}", "value": b"x" * 32}
    ),
    "the key is gone": lambda _: drop("keys", organizationId="org-a", keyId="key#1"),
    "the credentials are gone": lambda id_: drop(
        "credentials", organizationId="org-a", credentialsId=id_
    ),
}


@pytest.mark.parametrize("spoil", KEYS.values(), ids=KEYS.keys())
def test_without_what_opens_them_nothing_is_used(journey, simulator, integration, spoil):
    spoil(integration)
    reply = send(journey, integration)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert simulator.calls(POST) == []
    assert rows("integrations")[0]["integrationStatus"] == "reauth_required"


@pytest.mark.parametrize(
    "changes", [{"generation": 2}, {"integrationId": "int_" + "A" * 26}], ids=["generation", "id"]
)
def test_tokens_open_only_where_and_when_they_were_sealed(journey, simulator, integration, changes):
    """All else is moved along with them: row, salt, and the integration itself."""
    (row,), credentials = rows("integrations"), credentials_of(integration)
    (salt,) = [each for each in rows("keys") if each["keyId"] == f"salt#{integration}"]
    moved = changes.get("integrationId", integration)
    put("integrations", row | changes)
    put("credentials", credentials | {"credentialsId": moved})
    put("keys", salt | {"keyId": f"salt#{moved}"})

    assert send(journey, moved).error == "reauth_required"
    assert simulator.calls(POST) == []


def test_a_wrapped_key_of_another_organization_opens_nothing(journey, simulator, integration, cold):
    """TS-04: KMS itself refuses it, under this organization's encryption context."""
    journey.connect("Initech", user=OTHER)
    (theirs,) = [
        row for row in rows("keys") if row["keyId"] == "key#1" and row["organizationId"] == "org-b"
    ]
    put("keys", theirs | {"organizationId": "org-a"})
    cold()

    assert send(journey, integration).error == "reauth_required"
    assert simulator.calls(POST) == []


def test_two_integrations_whose_tokens_were_exchanged_are_both_out_of_use(journey, simulator):
    ours, theirs = journey.connect("Globex"), journey.connect("Initech", user=OTHER)
    one, other = credentials_of(ours), credentials_of(theirs)
    one["sealed"], other["sealed"] = other["sealed"], one["sealed"]
    put("credentials", one)
    put("credentials", other)

    assert send(journey, ours).error == "reauth_required"
    assert send(journey, theirs, OTHER).error == "reauth_required"
    assert simulator.calls(POST) == []


def test_only_the_one_that_was_touched_is_out_of_use(journey, integration):
    untouched = journey.connect("Initech")
    put("credentials", credentials_of(integration) | {"sealed": b"\1" * 99})

    assert send(journey, integration).status == 409
    assert send(journey, untouched).status == 200


def test_reconnecting_puts_it_back_into_use(journey, integration):
    put("credentials", credentials_of(integration) | {"sealed": b"\1" * 99})
    send(journey, integration)
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, "Globex"), started.cookie)

    assert result(reply)["status"] == "connected"
    assert send(journey, integration).status == 200


def test_an_older_row_brought_back_whole_opens_nothing_either(journey, simulator, integration):
    """TS-07: the generation stands in the integration too. Where that is brought back as well, the
    tokens open again: a rollback of everything cannot be told from inside.
    """
    before = dump()
    journey.connect("Globex")
    for row in before["credentials"]:
        put("credentials", row)
    assert send(journey, integration).error == "reauth_required"
    assert simulator.calls(POST) == []

    for table in ("integrations", "credentials", "keys"):
        for row in before[table]:
            put(table, row)
    assert send(journey, integration).status == 200
