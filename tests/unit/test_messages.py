"""What leaves the hub: messages of its queues, events on the bus, lines of the audit. They have a
version and hold ids; tokens only where they are sealed.
"""

import json
import re

import boto3
import pytest
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from hub import events, jobs, publishing
from hub.audit import EVENT, Audit, person
from hub.errors import InvalidRequest, TemporarilyUnavailable
from hub.jobs import KeysJob, RefreshJob, RevokeJob, StoreJob
from hub.models import Integration, Status
from hub.store import outbox

NOW = 1_800_000_000
ids = st.text(min_size=1)
whole = st.integers(0, 2**53)
STORE = st.builds(
    StoreJob,
    organization_id=ids,
    provider_id=ids,
    integration_id=ids,
    attempt_id=ids,
    generation=whole,
    revision=whole,
    fence=whole,
    sealed=st.binary(),
    scopes=st.none() | st.lists(ids).map(tuple),
    at=whole,
    expires_at=st.none() | whole,
    due_at=st.none() | whole,
)
REVOKE = st.builds(RevokeJob, organization_id=ids, provider_id=ids, revocation_id=ids)
KEYS = st.builds(KeysJob, provider_id=ids)
REFRESH = st.builds(RefreshJob, organization_id=ids, provider_id=ids, integration_id=ids)
INTEGRATION = Integration(
    organization_id="org-a",
    id="int_1",
    provider_id="slack",
    account_name="Ada Byron <ada@example.org>",
    account_hash="hash",
    status=Status.ACTIVE,
    generation=7,
    connected_by="ada@example.org",
    connected_at=NOW,
    scopes_asked=(),
    scopes_granted=(),
    consent_id="consent",
)


@given(STORE | REVOKE | KEYS)
def test_a_job_is_read_as_it_was_written(job):
    assert jobs.read(json.dumps(job.to_item())) == job


@given(REFRESH)
def test_a_refresh_is_read_as_it_was_written_and_holds_ids_only(job):
    item = job.to_item()

    assert jobs.read_refresh(json.dumps(item)) == job
    assert set(item) == {"version", "kind", "organizationId", "providerId", "integrationId"}


@pytest.mark.parametrize("name", ["version", "kind", "organizationId", "sealed", "scopes", "dueAt"])
def test_a_job_that_lacks_something_is_none(name):
    job = StoreJob(
        organization_id="o",
        provider_id="p",
        integration_id="i",
        attempt_id="a",
        generation=1,
        revision=0,
        fence=1,
        sealed=b"sealed",
        scopes=None,
        at=NOW,
        expires_at=None,
        due_at=None,
    )
    item = job.to_item()
    assert jobs.read(json.dumps(item)) == job
    del item[name]

    with pytest.raises(InvalidRequest):
        jobs.read(json.dumps(item))


@pytest.mark.parametrize(
    ("read", "kind"), [(jobs.read, "refresh"), (jobs.read_refresh, "store"), (jobs.read, "other")]
)
def test_a_job_of_another_queue_is_none(read, kind):
    item = RefreshJob(organization_id="o", provider_id="p", integration_id="i").to_item()

    with pytest.raises(InvalidRequest):
        read(json.dumps(item | {"kind": kind}))


@given(st.text() | st.integers().map(str))
def test_anything_else_is_no_job_and_breaks_nothing(body):
    for read in (jobs.read, jobs.read_refresh):
        with pytest.raises(InvalidRequest):
            read(body)


def test_an_event_is_a_row_of_ids_with_a_version_and_an_id_of_its_own():
    one, other = (
        events.event(events.REAUTH_REQUIRED, INTEGRATION, NOW, cause="grant_refused")
        for _ in range(2)
    )
    event = one.item["event"]

    assert event == {
        "version": 1,
        "id": event["id"],
        "type": "integration.reauth_required",
        "organizationId": "org-a",
        "integrationId": "int_1",
        "providerId": "slack",
        "at": NOW,
        "cause": "grant_refused",
    }
    assert re.fullmatch("[0-9a-f]{32}", event["id"])
    assert other.item["event"]["id"] != event["id"]
    assert one.table == outbox.tell("x", {}, NOW).table == "outbox"
    assert "ada" not in json.dumps(one.item)


def some_event(kind=events.CONNECTED):
    return events.event(kind, INTEGRATION, NOW).item["event"]


@pytest.fixture
def bus():
    client = boto3.client("events")
    with Stubber(client) as stub:
        yield client, stub


def test_an_event_is_published_whole_with_its_own_time(bus):
    client, stub = bus
    event = some_event()
    entry = {
        "EventBusName": "bus",
        "Source": "targetym.integrations",
        "DetailType": "integration.connected",
        "Time": ANY,
        "Detail": json.dumps(event, separators=(",", ":")),
    }
    stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": [entry]})
    publishing.publish(client, "bus", event)

    stub.assert_no_pending_responses()
    assert len(entry["Detail"]) < 1000  # of 200 KB


def test_an_entry_that_the_bus_did_not_take_is_a_failure(bus):
    client, stub = bus
    failed = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
    stub.add_response("put_events", failed)

    with pytest.raises(TemporarilyUnavailable):
        publishing.publish(client, "bus", some_event())


def test_people_are_told_only_what_they_must_act_on():
    kinds = (events.CONNECTED, events.DISCONNECTED, events.REAUTH_REQUIRED)
    told = [kind for kind in kinds if publishing.is_for_people(some_event(kind))]

    assert told == ["integration.reauth_required"]


def test_people_are_told_by_ids_alone():
    client, event = boto3.client("sns"), some_event(events.REAUTH_REQUIRED)
    sent = {
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:people",
        "Message": json.dumps(event, separators=(",", ":")),
        "MessageAttributes": {
            "type": {"DataType": "String", "StringValue": "integration.reauth_required"}
        },
    }
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"}, sent)
        publishing.notify(client, sent["TopicArn"], event)

        stub.assert_no_pending_responses()


def test_a_line_of_the_audit_names_no_person_and_holds_no_more_than_it_must():
    lines = []
    audit = Audit(
        by=person("ada@example.org"),
        purpose="refresh",
        write=lambda *line: lines.append(line),
    )
    with audit.opening("org-a", "int_1", "slack"):
        pass

    ((event, fields),) = lines
    assert event == EVENT
    assert set(fields) == {
        "by",
        "purpose",
        "organization",
        "integration_id",
        "provider",
        "outcome",
    }
    assert "@" not in json.dumps(fields)
    assert re.fullmatch("person:[0-9a-f]{16}", fields["by"])


@given(st.text(), st.text())
def test_a_person_is_known_again_and_told_from_others(one, other):
    assert (person(one) == person(other)) is (one == other)
