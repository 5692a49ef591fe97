"""The consent record (GD-01): what it holds, that it is written with the grant, that it is only
ever added to (GD-03), and that where a person was is readable through sealing alone."""

import json

import boto3
import pytest

from hub import runtime
from hub.grant_records import NOTICE_VERSION
from hub.sealing import Place, Purpose
from hub.store import keys
from hub.store.consents import append
from hub.store.database import Contested
from tests.functional import stored
from tests.functional.gateway import User
from tests.functional.journey import Journey


def origin_of(record, organization="org-a", user="ada"):
    """Open the sealed origin the way an export would."""
    database = runtime.database()
    wrapped, salt = database.get_many(
        [keys.organization_key(organization), keys.person_salt(organization, user)]
    )
    key = runtime.key_cache().unwrap(wrapped["value"], organization, Purpose.CREDENTIALS)
    place = Place(
        organization_id=organization,
        integration_id=record["integrationId"],
        provider_id=record["providerId"],
        field=f"consent#{record['id']}",
        generation=1,
    )
    return json.loads(key.open(record["sealedOrigin"], place, salt["value"]))


def test_the_record_says_who_granted_what_when_how_and_under_which_notice(journey: Journey, clock):
    integration = journey.connect("Globex")

    (record,) = stored.ledger("granted")
    (row,) = stored.rows("integrations")
    assert record["integrationId"] == integration
    assert (record["organizationId"], record["providerId"]) == ("org-a", "slack")
    assert (record["subject"], record["at"]) == ("ada", int(clock()))
    assert record["scopesAsked"] == row["scopesAsked"]
    assert set(record["scopesGranted"]) == set(row["scopesGranted"]) != set()
    assert record["noticeVersion"] == NOTICE_VERSION
    assert len(record["noticeHash"]) == 64
    assert record["method"] == "oauth2_authorization_code"
    assert record["requestId"]
    assert record["id"] == row["consentId"]


def test_where_the_person_was_is_sealed_and_opens_in_its_place_only(journey: Journey):
    journey.connect("Globex")

    (record,) = stored.ledger("granted")
    assert not stored.leaks("203.0.113.7", stored.dump())
    assert not stored.leaks("test-agent/1.0", stored.dump())
    assert origin_of(record) == ["203.0.113.7", "test-agent/1.0"]


def test_without_the_persons_salt_nobody_learns_where_the_person_was(journey: Journey):
    from hub.errors import Unreadable

    journey.connect("Globex")
    (record,) = stored.ledger("granted")
    place = keys.person_salt("org-a", "ada")
    boto3.client("dynamodb").put_item(
        TableName="keys",
        Item={
            "organizationId": {"S": "org-a"},
            "keyId": {"S": place[1]["keyId"]},
            "value": {"B": b"another salt, made after an erasure"},
        },
    )

    with pytest.raises(Unreadable):
        origin_of(record)


def test_a_new_grant_adds_a_record_that_points_to_the_one_before(journey: Journey, clock):
    integration = journey.connect("Globex")
    clock.advance(60)
    started = journey.reconnect(integration)
    journey.return_(journey.consent(started, "Globex"), started.cookie)

    first, second = stored.ledger("granted")
    assert second["previous"] == first["id"]
    assert "previous" not in first


def test_disconnecting_adds_a_withdrawal_by_whoever_asked(journey: Journey, clock):
    integration = journey.connect("Globex")
    clock.advance(60)
    journey.gateway.delete(f"/api/integrations/{integration}", user=User(role="hr", id="grace"))

    granted, withdrawn = stored.ledger()
    assert (withdrawn["event"], withdrawn["subject"]) == ("withdrawn", "grace")
    assert withdrawn["previous"] == granted["id"]


def test_a_record_is_never_replaced(journey: Journey):
    from hub.models import Consent

    record = Consent(
        organization_id="org-a",
        id="1",
        integration_id="int_X",
        provider_id="slack",
        event="granted",
        subject="ada",
        at=1,
    )
    runtime.database().put(append(record))

    with pytest.raises(Contested):
        runtime.database().put(append(record))
