"""The schedule: what is due is sent on in time, by ids alone, and each message does what is still
to do when it comes.
"""

import json

import boto3
import pytest

from hub.http_client import HttpClient
from hub.store import health
from hub.store.database import encode
from hub.store.health import Cause
from tests.functional.aging import ADA, Aging, message, tick, told, work, work_off
from tests.functional.breakdowns import failing, recording
from tests.functional.gateway import Context, User
from tests.functional.stored import leaks, rows

DEAD = "integration.reauth_required"


@pytest.fixture
def google(clock, journey):
    return Aging(journey, clock, "google")


@pytest.fixture
def plant(google, clock):
    """Put so many copies of connected credentials into the table, each with its moment."""

    def put(moments, provider_id="google"):
        google.connect()
        row = google.sealed()
        google.change_sealed(refreshDueAt=int(clock.now) + 10**6)
        for n, due in enumerate(moments):
            copy = row | {
                "credentialsId": f"int_{n:026}",
                "providerId": provider_id,
                "refreshShard": f"refresh#{n % 8}",
                "refreshDueAt": int(clock.now + due),
            }
            boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(copy))

    return put


def ids(sent):
    return [json.loads(body)["integrationId"] for body, _ in sent]


def test_what_is_due_until_the_next_tick_is_sent_for_its_own_moment(plant, clock):
    plant([-5, 0, 10, 150, 299, 300, 301, 5000])
    answer, sent = tick()

    assert answer == {"sent": 6, "late": 0}
    delays = {int(id_[4:]): delay for id_, (_, delay) in zip(ids(sent), sent, strict=True)}
    for n, seconds in {2: 10, 3: 150, 4: 299, 5: 300}.items():
        due = int(clock.now + seconds)
        assert due <= clock.now + delays[n] < due + 1  # a queue knows whole seconds
    assert all(delay < 5 for n, delay in delays.items() if n in (0, 1))


def test_a_backlog_is_spread_and_not_sent_at_once(plant):
    """RF-17: what an outage of an hour has left behind."""
    plant([-1000 - n for n in range(400)])
    answer, sent = tick()

    assert answer == {"sent": 400, "late": 400}
    assert len(set(ids(sent))) == 400
    delays = [delay for _, delay in sent]
    assert 15 <= max(delays) < 20
    assert max(map(delays.count, set(delays))) <= 3 * 400 / 20


def test_what_has_been_due_for_long_is_counted_as_late(plant, capsys, logs):
    plant([-901, -900, -899, -10])
    answer, _ = tick()

    assert answer == {"sent": 4, "late": 2}
    assert '"RefreshesLate":[2.0]' in capsys.readouterr().out


def test_of_a_provider_that_is_stopped_one_is_sent_to_probe_and_none_is_late(google, plant):
    from hub import runtime

    plant([-2000, -2000, -2000, -10, 100], "zoom")
    health.open_breaker(runtime.database(), "zoom", Cause.FAILING, google.clock.now)
    answer, sent = tick()

    assert answer == {"sent": 1, "late": 0}
    assert len(sent) == 1


def test_messages_hold_ids_alone_and_are_grouped_by_provider_and_organization(google):
    """RF-24: no token and no generation that somebody could take for the truth."""
    google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    with recording("sqs") as sent:
        tick()

    ((operation, batch),) = sent
    (entry,) = batch["Entries"]
    assert operation == "SendMessageBatch"
    assert entry["MessageGroupId"] == "google#org-a"
    assert set(json.loads(entry["MessageBody"])) == {
        "version",
        "kind",
        "organizationId",
        "providerId",
        "integrationId",
    }
    for secret in google.simulator.issued_secrets():
        assert not leaks(secret, batch)


def test_a_queue_that_takes_nothing_fails_the_tick_and_the_next_one_sends_it(google):
    """AW-06."""
    google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    with failing("sqs", "SendMessageBatch") as failed, pytest.raises(Exception, match=r".*"):
        tick()

    assert failed
    assert work_off() == []
    assert len(google.refreshes()) == 1


def test_a_tick_that_comes_twice_does_the_work_once(google):
    """AW-05, AW-02: in whatever order, and together in one batch."""
    google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    bodies = [body for _ in range(3) for body, _ in tick()[1]]

    assert len(bodies) == 3
    assert work(*bodies) == []
    assert work(*bodies) == []
    assert len(google.refreshes()) == 1


POISON = {
    "nothing": "",
    "no JSON": "refresh it",
    "a list": "[]",
    "null": "null",
    "deep": "[" * 100_000,
    "another version": json.dumps(json.loads(message("int_x")) | {"version": 2}),
    "another kind": json.dumps(json.loads(message("int_x")) | {"kind": "revoke"}),
    "no integration": json.dumps(
        {"version": 1, "kind": "refresh", "organizationId": "o", "providerId": "p"}
    ),
    "an id that is none": json.dumps(json.loads(message("int_x")) | {"integrationId": [1.5]}),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisoned_message_fails_alone(google, poison):
    """AW-03."""
    google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    ((good, _),) = tick()[1]

    assert work(poison, good, poison) == ["message-0", "message-2"]
    assert len(google.refreshes()) == 1


def test_exactly_those_come_again_that_could_not_be_written_down(google, monkeypatch):
    """AW-01: exceptions, bad JSON and our own faults; never the provider's."""
    names = ("grace@example.org", "ada@example.org")
    integrations = [google.connect(name) for name in names]
    google.pass_(3600)
    bodies = sorted(body for body, _ in tick()[1])
    broken = json.loads(bodies[0])["integrationId"]
    send, failed = HttpClient.send, []

    def crash(client, request, **options):
        if not failed:
            failed.append(request)
            raise RuntimeError("nobody expected this")
        return send(client, request, **options)

    monkeypatch.setattr(HttpClient, "send", crash)

    assert work(bodies[0], "poison", bodies[1]) == ["message-0", "message-1"]
    assert set(integrations) == {json.loads(body)["integrationId"] for body in bodies}
    assert len(google.refreshes()) == 1
    google.pass_(31)
    assert work(bodies[0]) == []
    assert len(google.refreshes()) == 2
    assert google.shown(broken)["status"] == "active"


def test_when_all_fail_all_are_named(google):
    assert work("a", "b", "c") == ["message-0", "message-1", "message-2"]
    assert work(message("int_00000000000000000000000000")) == []


def test_a_provider_that_fails_is_no_failure_of_the_message(google, logs):
    """The queue is no second layer of tries: the index says when the next one is."""
    integration = google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    google.fail("status", 503, times=3)
    ((body, _),) = tick()[1]

    assert work(body) == []
    first = google.sealed()
    assert (first["failures"], first["refreshDueAt"] > google.clock.now) == (1, True)
    assert work(body) == []
    assert len(google.refreshes()) == 1
    google.pass_(first["refreshDueAt"] - google.clock.now)
    assert work_off() == []
    assert google.sealed()["failures"] == 2
    assert len(google.refreshes()) == 2
    assert google.shown(integration)["status"] == "active"
    assert logs.getvalue().count('"outcome":"ProviderUnavailable"') == 2


def test_what_is_not_due_any_more_is_left_alone(google):
    """AW-07: the index is behind, the item is not."""
    integration = google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    ((stale, _),) = tick()[1]
    google.refresh(integration)

    assert work(stale) == []
    assert len(google.refreshes()) == 1


@pytest.mark.parametrize("ended", ["disconnected", "of another organization", "unknown"])
def test_what_is_gone_is_left_alone(google, ended):
    integration = google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    ((body, _),) = tick()[1]
    if ended == "disconnected":
        google.gateway.delete(f"/api/integrations/{integration}")
    elif ended == "unknown":
        body = message("int_00000000000000000000000000")
    else:
        body = message(integration, organization="org-b")

    assert work(body) == []
    assert google.refreshes() == []
    assert tick()[1] == [] or ended != "disconnected"


def test_a_grant_that_is_dead_is_not_asked_for_by_the_schedule(google):
    """RF-14: not even where the credentials' own item does not know."""
    integration = google.connect()
    row = google.sealed()
    google.change_sealed(sealed=row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))
    google.pass_(row["refreshDueAt"] - google.clock.now)
    assert google.act(integration).error == "reauth_required"
    google.change_sealed(refreshDueAt=int(google.clock.now))
    ((body, _),) = tick()[1]

    assert work(body) == []
    assert google.sealed()["refreshDueAt"] == int(google.clock.now) + 7 * 86_400
    google.pass_(3600)
    assert tick() == ({"sent": 0, "late": 0}, [])
    assert google.refreshes() == []


def test_a_worker_without_time_begins_nothing_and_hands_the_message_back(google):
    """RF-19."""

    class Late(Context):
        def get_remaining_time_in_millis(self):
            return 11_900

    integration = google.connect()
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    ((body, _),) = tick()[1]

    assert work(body, context=Late()) == ["message-0"]
    assert google.refreshes() == []
    assert google.sealed().get("fence") is None
    assert google.shown(integration)["refreshProblem"] is None
    assert work(body) == []
    assert len(google.refreshes()) == 1


def test_a_dead_grant_is_told_on_the_bus_and_to_people_once(google, simulator, journey):
    """RF-14."""
    integration = google.connect()
    journey.carry_outbox()
    google.until(-10)
    google.simulator.uninstall("google", google.simulator.state()["google"]["grants"][0]["sub"])
    for _ in range(3):
        assert work_off() == []
        assert google.act(integration).error == "reauth_required"
    (event,) = told(DEAD)
    with recording("events") as put, recording("sns") as published:
        journey.carry_outbox()
        journey.carry_outbox()

    ((_, on_the_bus),) = put
    (entry,) = on_the_bus["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("targetym.integrations", DEAD)
    assert entry["EventBusName"] == "targetym-integrations"
    assert json.loads(entry["Detail"]) == event
    ((_, to_people),) = published
    assert json.loads(to_people["Message"]) == event
    assert event == {
        "version": 1,
        "id": event["id"],
        "type": DEAD,
        "organizationId": "org-a",
        "integrationId": integration,
        "providerId": "google",
        "at": event["at"],
        "cause": "grant_refused",
    }
    assert [row["outcome"] for row in rows("consents") if row["event"] == "reauth_required"] == [
        "grant_refused"
    ]


def test_connecting_and_disconnecting_are_told_on_the_bus_and_not_to_people(google, journey):
    integration = google.connect()
    google.gateway.delete(f"/api/integrations/{integration}")
    with recording("events") as put, recording("sns") as published:
        journey.carry_outbox()

    kinds = [entry["DetailType"] for _, each in put for entry in each["Entries"]]
    assert sorted(kinds) == ["integration.connected", "integration.disconnected"]
    assert published == []


@pytest.mark.parametrize("fails", [("events", "PutEvents"), ("sns", "Publish")])
def test_an_event_that_could_not_be_carried_comes_again(google, fails):
    integration = google.connect()
    google.until(-10)
    google.simulator.uninstall("google", google.simulator.state()["google"]["grants"][0]["sub"])
    google.act(integration)
    (row,) = (row for row in rows("outbox") if row.get("event", {}).get("type") == DEAD)
    record = {
        "eventName": "INSERT",
        "dynamodb": {"NewImage": encode(row), "SequenceNumber": "seq-1"},
    }
    with failing(*fails):
        answer = google.gateway.invoke("outbox", {"Records": [record]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "seq-1"}]}
    assert google.gateway.invoke("outbox", {"Records": [record]}) == {"batchItemFailures": []}


def test_one_organizations_schedule_is_none_of_anothers_business(clock, journey):
    ours = Aging(journey, clock, "google")
    integration = ours.connect()
    ours.gateway.user = User(organization="org-b", id="bob", expires_in=10**9)
    theirs = ours.connect("ada@example.org")
    ours.gateway.user = ADA
    ours.pass_(3600)

    assert work_off() == []
    assert len(ours.refreshes()) == 2
    assert ours.act(integration).status == 200
    assert ours.act(theirs).error == "not_found"
