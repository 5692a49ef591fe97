"""Zoom's events, from the request to the bus, and the end of an authorization with all we hold."""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from typing import Any

import boto3
import pytest

from hub.providers.zoom import webhooks
from tests.conftest import forget
from tests.functional.conftest import CLIENTS, Clock
from tests.functional.journey import Journey
from tests.functional.stored import rows, sealed
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.functional.zoom import ADA, GRACE, LIST_USERS, REQUIRED
from tests.simulator.providers.zoom.members import SUBSCRIPTION
from tests.simulator.providers.zoom.users import find
from tests.simulator.webhooks import Delivered, Sent

DAY = 86_400
SECRET = CLIENTS["zoom"].webhook_secret.encode()
ANY_TEXT = re.compile(".*", re.DOTALL)
PARAMETER = "/targetym/local/providers/zoom"


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    """Grace is connected."""
    return connect(journey)


def connect(journey: Journey, account: str = GRACE) -> str:
    integration = journey.connect(account, provider="zoom")
    assert journey.run_jobs() == []
    return integration


def make(journey: Journey, event: str, account: str = GRACE, **details: Any) -> Sent:
    (sent,) = journey.simulator.notifications("zoom", event, account, **details)
    return sent


def tell(journey: Journey, event: str, account: str = GRACE, **details: Any) -> None:
    sent = make(journey, event, account, **details)
    assert journey.simulator.post("zoom", sent).status == 200
    assert journey.hear() == []


def unsigned(sent: Sent) -> Sent:
    kept = {name: value for name, value in sent.headers.items() if not name.startswith("X-Zm-")}
    return replace(sent, headers=kept)


def post(journey: Journey, sent: Sent) -> Delivered:
    return journey.simulator.post("zoom", sent)


def mac(text: str) -> str:
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


def shown(journey: Journey, integration: str) -> dict[str, Any]:
    found: dict[str, Any] = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    return found


class TestEvents:
    def test_a_meeting_reaches_the_bus_the_log_and_the_sync(
        self, journey: Journey, integration: str
    ):
        tell(journey, "meeting.created")

        (event,) = received()
        (told,) = event["events"]
        assert (told["type"], told["resource"]) == ("meeting.created", "meetings")
        assert told["externalId"].startswith("85")
        (line,) = deliveries(integration)
        assert (line["verdict"], line["outcome"]) == ("verified", "applied")
        assert changes(integration) == {"meetings"}
        assert "Salary" not in json.dumps(rows("outbox") + rows("webhooks"), default=str)

    def test_a_recording_wants_no_sync(self, journey: Journey, integration: str):
        tell(journey, "recording.completed")

        assert len(received()) == 1
        assert changes(integration) == set()

    @pytest.mark.parametrize("event", ["meeting.participant_joined", "user.signed_in", "phone.x"])
    def test_what_changes_nothing_we_read_is_left(
        self, journey: Journey, integration: str, event: str
    ):
        tell(journey, event)

        assert (received(), deliveries(integration)) == ([], [])

    def test_a_meeting_of_another_person_of_the_account_is_unheard(
        self, journey: Journey, integration: str
    ):
        tell(journey, "meeting.created", ADA)

        assert received() == []

    def test_users_are_told_to_who_may_list_them(self, clock: Clock, journey: Journey):
        plain = connect(journey)
        journey.simulator.configure("zoom", granted_scopes=[*REQUIRED, LIST_USERS])
        administers = connect(journey, ADA)
        tell(journey, "user.updated", ADA)

        (event,) = received()
        assert event["integrationId"] == administers
        assert (changes(administers), changes(plain)) == ({"users"}, set())

    def test_a_retry_with_a_new_stamp_is_the_same_event(
        self, clock: Clock, journey: Journey, integration: str
    ):
        sent = make(journey, "meeting.created")
        assert journey.gateway.deliver(sent).status == 200
        clock.advance(300)
        journey.simulator.advance(300)
        again = journey.simulator._engine.provider("zoom").again(sent, 1)
        assert again.headers["X-Zm-Signature"] != sent.headers["X-Zm-Signature"]
        assert journey.gateway.deliver(again).status == 200
        assert journey.hear() == []

        assert len(received()) == 1

    def test_what_has_no_answer_comes_again_on_zooms_schedule(
        self, clock: Clock, journey: Journey, integration: str, monkeypatch: pytest.MonkeyPatch
    ):
        queue = boto3.client("sqs").get_queue_url(QueueName="webhooks")["QueueUrl"]
        monkeypatch.setenv("WEBHOOKS_QUEUE_URL", f"{queue}-away")
        assert post(journey, make(journey, "meeting.created")).status == 503
        monkeypatch.setenv("WEBHOOKS_QUEUE_URL", queue)
        for seconds in (299, 1):
            clock.advance(seconds)
            journey.simulator.advance(seconds)

        assert [answer.status for _, answer in journey.simulator.answers()] == [503, 200]
        assert journey.hear() == []
        assert len(received()) == 1

    def test_what_is_refused_does_not(self, clock: Clock, journey: Journey, integration: str):
        assert post(journey, replace(make(journey, "meeting.created"), body=b"{}")).status == 401
        clock.advance(DAY)
        journey.simulator.advance(DAY)

        assert len(journey.simulator.answers()) == 1


class TestValidation:
    def test_a_signed_one_is_answered_with_the_right_word(self, clock: Clock, journey: Journey):
        word = "qgg8vlvZRS6UYooatFL8Aw"
        answer = post(journey, make(journey, "endpoint.url_validation", plainToken=word))

        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert json.loads(answer.body) == {"plainToken": word, "encryptedToken": mac(word)}

    def test_a_short_word_may_come_unsigned(self, clock: Clock, journey: Journey):
        sent = make(journey, "endpoint.url_validation", plainToken="a-word_7")
        answer = post(journey, unsigned(sent))

        assert json.loads(answer.body)["encryptedToken"] == mac("a-word_7")

    def test_a_wrong_signature_is_worse_than_none(self, clock: Clock, journey: Journey):
        sent = make(journey, "endpoint.url_validation", plainToken="a-word_7")
        for wrong in ("", "v0=", f"v0={mac('another')}", "ü"):
            headers = {**sent.headers, "X-Zm-Signature": wrong}
            assert post(journey, replace(sent, headers=headers)).status == 401

    @pytest.mark.parametrize("signed", [True, False])
    @pytest.mark.parametrize(
        "word",
        [
            'v0:1700000000:{"event":"app_deauthorized"}',
            "v0:1",
            ":",
            "a b",
            "",
            "x" * 65,
            "é",
            "a\n",
            ["a"],
            7,
            None,
        ],
    )
    def test_it_signs_nothing_that_could_be_an_event(
        self, clock: Clock, journey: Journey, word: Any, signed: bool
    ):
        sent = make(journey, "endpoint.url_validation")
        body = {**json.loads(sent.body), "payload": {"plainToken": word}}
        sent = replace(sent, body=json.dumps(body).encode())
        if signed:
            sent = journey.simulator._engine.provider("zoom").again(sent, 1)
        answer = post(journey, sent if signed else unsigned(sent))

        assert answer.status == (400 if signed else 401)
        assert b"encryptedToken" not in answer.body
        assert mac(str(word)).encode() not in answer.body

    @pytest.mark.parametrize("order", [1, -1])
    def test_an_oracle_would_end_a_grant(
        self,
        clock: Clock,
        journey: Journey,
        integration: str,
        monkeypatch: pytest.MonkeyPatch,
        order: int,
    ):
        """Either rule holds by itself; without both, the attack does what it is meant to."""
        rules = [("_PLAIN_WORD", ANY_TEXT), ("_LIKE_SIGNED_TEXT", "-")]
        for name, value in rules[::order]:
            assert forge_by_oracle(journey, clock.now) == 401
            monkeypatch.setattr(webhooks, name, value)

        assert forge_by_oracle(journey, clock.now) == 200
        assert journey.hear() == []
        assert shown(journey, integration)["status"] == "reauth_required"

    def test_nothing_is_answered_before_the_secret_is_there(self, clock: Clock, journey: Journey):
        register(webhookSecret="")
        sent = make(journey, "endpoint.url_validation", plainToken="word")

        assert (post(journey, sent).status, post(journey, unsigned(sent)).status) == (401, 401)

    def test_no_event_rides_along(self, journey: Journey, integration: str):
        body = {
            **json.loads(make(journey, "app_deauthorized").body),
            "event": "endpoint.url_validation",
        }
        body["payload"]["plainToken"] = "word"
        sent = unsigned(make(journey, "app_deauthorized"))

        assert post(journey, replace(sent, body=json.dumps(body).encode())).status == 200
        assert journey.hear() == []
        assert shown(journey, integration)["status"] == "active"

    def test_while_the_secret_changes_each_is_answered_by_its_own(
        self, clock: Clock, journey: Journey
    ):
        register(
            webhookSecret="a-new-secret-token",
            previousWebhookSecret=SECRET.decode(),
            previousWebhookSecretUntil="2126-01-01T00:00:00Z",
        )
        sent = make(journey, "endpoint.url_validation", plainToken="word")

        assert json.loads(post(journey, sent).body)["encryptedToken"] == mac("word")
        new = hmac.new(b"a-new-secret-token", b"word", hashlib.sha256).hexdigest()
        assert json.loads(post(journey, unsigned(sent)).body)["encryptedToken"] == new

    def test_every_72_hours_it_is_passed(self, clock: Clock, journey: Journey, integration: str):
        journey.simulator.configure("zoom", revalidates=True)
        for _ in range(10):
            clock.advance(3 * DAY)
            journey.simulator.advance(3 * DAY)

        state = journey.simulator.state()["zoom"]
        assert (state["failed_validations"], state["sends_events"]) == (0, True)
        assert len(journey.simulator.answers()) == 10

    def test_six_failures_would_end_the_events(self, clock: Clock, journey: Journey):
        register(webhookSecret="")
        journey.simulator.configure("zoom", revalidates=True)
        for _ in range(7):
            clock.advance(3 * DAY)
            journey.simulator.advance(3 * DAY)

        assert journey.simulator.state()["zoom"]["sends_events"] is False
        assert journey.simulator.notifications("zoom", "meeting.created", GRACE) == []


class TestDeauthorization:
    def test_all_we_hold_of_the_person_goes(self, journey: Journey, integration: str):
        journey.simulator.uninstall("zoom", GRACE)
        tell(journey, "app_deauthorized")
        assert journey.run_jobs() == []

        told = shown(journey, integration)
        assert (told["status"], told["problem"]["category"], told["accountName"]) == (
            "reauth_required",
            "revoked_at_provider",
            "",
        )
        assert sealed() == set()
        assert [row for row in rows("keys") if row["keyId"] == f"salt#{integration}"] == []
        assert [row for row in rows("webhooks") if row["whose"].startswith("route#")] == []
        assert GRACE not in json.dumps(rows("integrations"), default=str)

    def test_of_another_person_of_the_account_nothing(self, journey: Journey, integration: str):
        tell(journey, "app_deauthorized", ADA)

        assert shown(journey, integration)["status"] == "active"

    def test_told_late_it_ends_no_newer_authorization(
        self, clock: Clock, journey: Journey, integration: str
    ):
        old = make(journey, "app_deauthorized")
        clock.advance(60)
        journey.simulator.advance(60)
        assert connect(journey) == integration
        assert post(journey, old).status == 200
        assert journey.hear() == []

        assert shown(journey, integration)["status"] == "active"
        assert deliveries(integration)[0]["outcome"] == "stale"

    def test_connecting_again_finds_the_same_integration(self, journey: Journey, integration: str):
        tell(journey, "app_deauthorized")
        assert connect(journey) == integration

        assert shown(journey, integration)["accountName"] == GRACE
        tell(journey, "meeting.created")
        assert changes(integration) == {"meetings"}


class TestByApi:
    @pytest.fixture
    def member(self, clock: Clock, journey: Journey) -> str:
        register(eventSubscriptionId=SUBSCRIPTION)
        journey.simulator.configure("zoom", by_api=True)
        return connect(journey)

    def test_connecting_adds_the_person(self, journey: Journey, member: str):
        user = find(GRACE)
        assert user is not None
        assert members(journey) == [user.id]
        (row,) = subscriptions(member)
        assert (row["state"], row["externalId"]) == ("active", SUBSCRIPTION)
        tell(journey, "meeting.created")
        assert changes(member) == {"meetings"}

    def test_who_was_removed_is_added_anew(self, clock: Clock, journey: Journey, member: str):
        journey.simulator._engine.provider("zoom")._members.members.clear()
        for _ in range(2):
            clock.advance(1.1 * DAY)
            journey.gateway.invoke("webhook_dispatcher", {})
            assert journey.run_jobs() == []

        assert len(members(journey)) == 1
        assert [row["state"] for row in subscriptions(member)] == ["active"]
        assert len(journey.simulator.calls("event_subscription.add")) == 2
        assert changes(member) == {"everything"}

    def test_disconnecting_removes_the_person_before_the_grant(self, journey: Journey, member: str):
        journey.gateway.delete(f"/api/integrations/{member}")
        assert journey.run_jobs() == []

        assert (members(journey), subscriptions(member)) == ([], [])
        operations = [call.operation for call in journey.simulator.log()]
        assert operations[-3:] == ["token", "event_subscription.remove", "revoke"]

    def test_our_registration_refused_is_no_matter_of_the_person(
        self, clock: Clock, journey: Journey
    ):
        register(eventSubscriptionId=SUBSCRIPTION)
        journey.simulator.fault("zoom", "event_subscription.add", "ok_false", value="124")
        integration = journey.connect(GRACE, provider="zoom")

        assert len(journey.run_jobs()) == 1
        assert shown(journey, integration)["status"] == "active"


def members(journey: Journey) -> list[str]:
    found: list[str] = journey.simulator.state()["zoom"]["members"]
    return found


def register(**changes: str) -> None:
    """Change this deployment's registration at Zoom."""
    ssm = boto3.client("ssm")
    found = ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
    value = json.dumps({**json.loads(found["Value"]), **changes})
    ssm.put_parameter(Name=PARAMETER, Value=value, Type="SecureString", Overwrite=True)
    forget()


def forge_by_oracle(journey: Journey, now: float) -> int:
    """Have the text of a signature answered, and sign an event by that (WH-05)."""
    user, stamp = find(GRACE), str(int(now))
    assert user is not None
    payload = {
        "account_id": user.account_id,
        "user_id": user.id,
        "deauthorization_time": "2126-01-01T00:00:00Z",
    }
    event = json.dumps({"event": "app_deauthorized", "payload": payload})
    body = {
        "event": "endpoint.url_validation",
        "payload": {"plainToken": f"v0:{stamp}:{event}"},
    }
    answered = journey.gateway.post("/api/webhooks/zoom", body).json
    headers = {
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": f"v0={answered.get('encryptedToken', '')}",
    }
    return journey.gateway.request(
        "POST", "/api/webhooks/zoom", raw=event.encode(), headers=headers
    ).status
