"""Trello's webhooks, from the consent to their end."""

import json
from copy import replace
from typing import Any

import boto3
import pytest

from tests.conftest import forget
from tests.functional.conftest import CLIENTS, Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.trello import ADA, GRACE
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions
from tests.simulator.providers.trello.boards import ADA as ADA_ID
from tests.simulator.providers.trello.boards import BOARDS
from tests.simulator.providers.trello.boards import GRACE as GRACE_ID
from tests.simulator.providers.trello.hooks import MONTH, RETRIES
from tests.simulator.webhooks import Delivered, Sent

ONBOARDING = BOARDS[0].id
CARD = "65a1f0c2d4e8b90088ab0001"
NEW = "65a1f0c2d4e8b90022bb0009"


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    integration = journey.connect(GRACE, provider="trello")
    assert journey.run_jobs() == []
    return integration


def hooks(journey: Journey) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = journey.simulator.state()["trello"]["webhooks"]
    return [hook for hook in found if hook["member"] == GRACE_ID]


def watched(journey: Journey) -> list[str]:
    return sorted(hook["idModel"] for hook in hooks(journey))


def pass_a_day(journey: Journey, clock: Clock) -> list[dict[str, str]]:
    """Let time go by until webhooks are looked at again; give what failed."""
    clock.advance(27 * 3600)
    journey.simulator.advance(27 * 3600)
    journey.gateway.invoke("webhook_dispatcher", {})
    return journey.run_jobs()


def test_connecting_watches_the_member_and_their_boards(journey: Journey, integration: str):
    assert watched(journey) == sorted([GRACE_ID, ONBOARDING])
    assert {(row["key"], row["resource"], row["state"]) for row in subscriptions(integration)} == {
        (f"member/{GRACE_ID}", "boards", "active"),
        (f"board/{ONBOARDING}", "cards", "active"),
    }
    heads = [(sent.method, answer.status) for sent, answer in journey.simulator.answers()]
    assert heads == [("HEAD", 200)] * 2


def test_an_action_reaches_the_bus_the_log_and_the_sync_once(journey: Journey, integration: str):
    """It comes from the member's webhook and from the board's."""
    answers = journey.simulator.notify("trello", "updateCard", GRACE, card=CARD, old={"due": None})
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"")] * 2
    assert journey.hear() == []

    (event,) = received()
    assert event["integrationId"] == integration
    (told,) = event["events"]
    assert (told["type"], told["resource"], told["externalId"]) == ("updateCard", "cards", CARD)
    assert abs(told["occurredAt"] / 1000 - journey.simulator.now()) < 60
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == {"cards"}
    kept = json.dumps([rows("webhooks"), rows("outbox")], default=str)
    assert "Grace" not in kept
    assert "Onboarding" not in kept


def test_what_others_do_on_a_board_is_told_too(journey: Journey, integration: str):
    (answer,) = journey.simulator.notify("trello", "createCard", GRACE, by=ADA_ID, card=CARD)
    assert answer.status == 200
    assert journey.hear() == []

    assert changes(integration) == {"cards"}


def test_a_list_that_goes_to_another_board_takes_its_cards(journey: Journey, integration: str):
    journey.simulator.notify("trello", "moveListToBoard", GRACE, list=CARD)
    assert journey.hear() == []

    assert changes(integration) == {"boards", "cards"}


def test_a_repetition_is_the_same_action(journey: Journey, integration: str):
    fail = [Delivered(status=500)]
    journey.simulator.deliver_by(lambda sent: fail.pop() if fail else journey.gateway.deliver(sent))
    (sent,) = journey.simulator.notifications("trello", "createCard", GRACE, by=ADA_ID, card=CARD)
    assert journey.simulator.post("trello", sent).status == 500
    journey.simulator.advance(RETRIES[0])
    assert journey.simulator.post("trello", sent).status == 200
    assert journey.hear() == []

    assert len(received()) == 1


class TestSignature:
    def test_it_covers_the_address(self, journey: Journey, integration: str):
        """WH-13: a delivery is good for the webhook that it was made for, and for no other."""
        other = journey.connect(ADA, provider="trello", user=User(organization="org-b", id="bob"))
        assert journey.run_jobs() == []
        (sent,) = journey.simulator.notifications("trello", "createCard", GRACE, by=ADA_ID)
        bare, _, own = sent.url.partition("?webhook_id=")
        others = [row["whose"].removeprefix("webhook#") for row in subscriptions(other)]
        for url in (bare, *(f"{bare}?webhook_id={each}" for each in others)):
            assert journey.gateway.deliver(replace(sent, url=url)).status == 401

        assert own not in others
        assert journey.gateway.deliver(sent).status == 200
        assert journey.hear() == []
        assert [event["integrationId"] for event in received()] == [integration]

    def test_the_clients_secret_signs_where_there_is_no_other(
        self, clock: Clock, journey: Journey, integration: str
    ):
        (sent,) = journey.simulator.notifications("trello", "createCard", GRACE, by=ADA_ID)
        client = CLIENTS["trello"]
        registration = {
            "clientId": client.client_id,
            "clientSecret": client.webhook_secret,
            **journey.simulator.endpoints("trello"),
        }
        assert journey.gateway.deliver(sent).status == 200
        for without, status in (({}, 200), ({"clientSecret": ""}, 401)):
            boto3.client("ssm").put_parameter(
                Name="/targetym/local/providers/trello",
                Value=json.dumps(registration | without),
                Type="SecureString",
                Overwrite=True,
            )
            forget()
            assert journey.gateway.deliver(sent).status == status

    def test_a_head_is_answered_and_a_get_is_not_routed(self, journey: Journey):
        assert journey.gateway.request("HEAD", "/api/webhooks/trello").status == 200
        with pytest.raises(LookupError):
            journey.gateway.get("/api/webhooks/trello")


class TestAfterwards:
    def test_a_new_board_is_watched_from_then_on(self, journey: Journey, integration: str):
        journey.simulator.notify("trello", "createBoard", GRACE, board=NEW)
        assert journey.hear() == []
        assert changes(integration) == {"boards"}
        assert journey.run_jobs() == []

        assert watched(journey) == sorted([GRACE_ID, ONBOARDING, NEW])
        assert len(subscriptions(integration)) == 3

    def test_a_closed_one_no_more(self, journey: Journey, integration: str):
        journey.simulator.notify("trello", "updateBoard", GRACE, old={"closed": False})
        assert journey.hear() == []
        assert changes(integration) == {"boards"}
        assert journey.run_jobs() == []

        assert watched(journey) == [GRACE_ID]
        assert [row["key"] for row in subscriptions(integration)] == [f"member/{GRACE_ID}"]

    def test_one_that_lives_stays(self, clock: Clock, journey: Journey, integration: str):
        before = hooks(journey), subscriptions(integration)
        assert pass_a_day(journey, clock) == pass_a_day(journey, clock) == []

        assert hooks(journey) == before[0]
        assert len(journey.simulator.calls("webhooks.create")) == 2
        assert len(journey.simulator.calls("webhooks.get")) == 4
        later = {row["whose"]: row["renewDueAt"] for row in subscriptions(integration)}
        assert all(later[row["whose"]] > row["renewDueAt"] for row in before[1])

    def test_one_that_trello_switched_off_is_made_anew(
        self, clock: Clock, journey: Journey, integration: str
    ):
        """A month without an answer does that; what it did not tell is read by a sync."""
        journey.simulator.deliver_by(lambda _: Delivered(status=500))
        (sent,) = journey.simulator.notifications("trello", "createCard", GRACE, by=ADA_ID)
        for _ in range(2):
            journey.simulator.post("trello", sent)
            for wait in RETRIES:
                journey.simulator.advance(wait)
            journey.simulator.advance(MONTH)
        assert [hook["active"] for hook in hooks(journey)] == [True, False]

        journey.simulator.deliver_by(journey.gateway.deliver)
        assert pass_a_day(journey, clock) == []
        assert watched(journey) == sorted([GRACE_ID, ONBOARDING])
        assert all(hook["active"] for hook in hooks(journey))
        assert len(subscriptions(integration)) == 2
        assert changes(integration) == {"cards"}

    @pytest.mark.parametrize("spoil", ["gone", "sent elsewhere"])
    def test_so_is_one_that_tells_us_nothing(
        self, clock: Clock, journey: Journey, integration: str, spoil: str
    ):
        played = journey.simulator._engine.provider("trello")._hooks  # type: ignore[attr-defined]
        (hook,) = (each for each in played.hooks.values() if each.model == ONBOARDING)
        if spoil == "gone":
            del played.hooks[hook.id]
        else:
            hook.url = "https://elsewhere.example/api/webhooks/trello"
        assert pass_a_day(journey, clock) == []

        assert watched(journey) == sorted([GRACE_ID, ONBOARDING])
        assert hook.id not in {each["id"] for each in hooks(journey)}

    def test_disconnecting_deletes_them(self, journey: Journey, integration: str):
        journey.gateway.delete(f"/api/integrations/{integration}")
        assert journey.run_jobs() == []

        assert hooks(journey) == subscriptions(integration) == []
        assert len(journey.simulator.calls("webhooks.delete")) == 2


def test_an_address_that_does_not_answer_has_no_webhook(clock: Clock, journey: Journey):
    journey.simulator.deliver_by(lambda _: Delivered(status=404))
    integration = journey.connect(GRACE, provider="trello")

    assert journey.run_jobs() == []
    assert hooks(journey) == []
    assert {row["state"] for row in subscriptions(integration)} == {"refused"}


def test_a_board_that_is_refused_keeps_no_other_from_being_watched(clock: Clock, journey: Journey):
    def first_only(sent: Sent) -> Delivered:
        journey.simulator.deliver_by(lambda _: Delivered(status=404))
        return journey.gateway.deliver(sent)

    journey.simulator.deliver_by(first_only)
    journey.connect(GRACE, provider="trello")

    assert journey.run_jobs() == []
    assert watched(journey) == [GRACE_ID]
