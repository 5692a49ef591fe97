"""Microsoft Graph's change notifications, from the request to the bus."""

import json
from dataclasses import replace

import pytest

from tests.functional.breakdowns import failing
from tests.functional.conftest import Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey, result
from tests.functional.microsoft import ADA, GRACE, MICROSOFT
from tests.functional.stored import rows
from tests.functional.webhooks.graph import (
    EVERYTHING,
    connect,
    hear,
    items_of,
    live,
    notice,
    notify,
    pass_time,
    with_items,
)
from tests.functional.webhooks.heard import changes, deliveries, received, subscriptions

BOB = User(organization="org-b", id="bob")
SOMEBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def integration(clock: Clock, journey: Journey) -> str:
    """Grace is connected, with her calendar subscribed to."""
    return connect(journey)


def test_a_change_reaches_the_bus_the_log_and_the_sync(journey: Journey, integration: str):
    notify(journey, "event.updated", id="AAMkAGI1TESTAAA=")

    (event,) = received()
    assert event["integrationId"] == integration
    assert event["events"] == [
        {"type": "updated", "resource": "calendar_events", "externalId": "AAMkAGI1TESTAAA="}
    ]
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == {"calendar_events"}


def test_files_and_people_are_told_of_where_that_was_permitted(clock: Clock, journey: Journey):
    integration = connect(journey, EVERYTHING)
    notify(journey, "drive.updated")
    notify(journey, "user.deleted", id=SOMEBODY)

    assert changes(integration) == {"drive_items", "users"}
    told = {event["events"][0]["resource"]: event["events"][0] for event in received()}
    assert told["drive_items"] == {"type": "updated", "resource": "drive_items"}
    assert (told["users"]["type"], told["users"]["externalId"]) == ("deleted", SOMEBODY)
    assert abs(told["users"]["occurredAt"] / 1000 - clock.now) < 60


def test_each_notice_of_a_request_is_told_by_itself(journey: Journey, integration: str):
    notify(journey, "event.created", count=3)
    assert len(received()) == 3


def test_very_many_are_told_at_once_and_once(journey: Journey, integration: str):
    sent = notice(journey, "event.created", count=300)
    hear(journey, sent)
    hear(journey, sent)

    (event,) = received()
    assert [told["type"] for told in event["events"]] == ["many"]
    assert changes(integration) == {"calendar_events"}


@pytest.mark.parametrize("bare", [False, True])
def test_a_notice_that_comes_again_counts_once(
    clock: Clock, journey: Journey, integration: str, bare: bool
):
    """… whether it has an id or an etag alone."""
    sent = notice(journey, "event.updated", bare=bare)
    hear(journey, sent)
    pass_time(clock, journey, 90)
    hear(journey, sent)

    assert len(received()) == 1


def test_what_looks_the_same_may_be_two_changes_of_a_drive(clock: Clock, journey: Journey):
    connect(journey, EVERYTHING)
    first, second = (notice(journey, "drive.updated") for _ in range(2))
    assert first == second
    hear(journey, first)
    pass_time(clock, journey, 90)
    hear(journey, second)

    assert len(received()) == 2


def test_one_forged_notice_among_good_ones_spoils_the_request(journey: Journey, integration: str):
    sent = notice(journey, "event.updated", count=2)
    good, bad = items_of(sent)
    mixed = with_items(sent, [good, {**bad, "clientState": "guessed"}])

    assert journey.gateway.deliver(mixed).status == 401
    assert journey.hear() == []
    assert received() == []


def test_a_secret_is_good_at_its_own_address_alone(journey: Journey, integration: str):
    """… not at that of another organization's subscription, nor at none (WH-13)."""
    started = journey.start(MICROSOFT, user=BOB)
    other = result(journey.return_(journey.consent(started, ADA), started.cookie))["integration"]
    assert journey.run_jobs() == []
    (theirs,) = subscriptions(other)
    sent = notice(journey, "event.updated")
    address = sent.url.partition("?")[0]
    others = theirs["whose"].removeprefix("webhook#")

    for url in (address, f"{address}?webhook_id={others}", f"{address}?webhook_id={'0' * 36}"):
        assert journey.gateway.deliver(replace(sent, url=url)).status == 401
    assert journey.hear() == []
    assert received() == []


def test_an_address_is_proven_only_while_its_subscription_is_made(
    journey: Journey, integration: str
):
    challenge, answer = journey.simulator.answers()[0]
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"

    assert journey.gateway.deliver(challenge).status == 401
    without = replace(challenge, url=challenge.url.replace("webhook_id", "another"))
    assert journey.gateway.deliver(without).status == 401


def test_a_word_to_repeat_does_not_bring_a_notice_along(journey: Journey, integration: str):
    sent = notice(journey, "event.updated")
    both = replace(sent, url=f"{sent.url}&validationToken=word")

    assert journey.gateway.deliver(both).status == 401
    assert journey.hear() == []
    assert received() == []


def test_missed_notices_have_the_resource_read_each_time(
    clock: Clock, journey: Journey, integration: str
):
    for _ in range(2):
        notify(journey, "missed")
        pass_time(clock, journey, 90)

    assert changes(integration) == {"calendar_events"}
    assert len(received()) == 2


def test_a_notice_that_could_not_be_queued_is_sent_again(journey: Journey, integration: str):
    sent = notice(journey, "event.updated")
    with failing("sqs", "SendMessageBatch"):
        assert journey.simulator.post("microsoft", sent).status == 503

    journey.simulator.advance(10)
    assert journey.hear() == []
    assert changes(integration) == {"calendar_events"}


def test_no_secret_and_no_name_is_on_record(journey: Journey, integration: str):
    sent = notice(journey, "event.updated")
    hear(journey, sent)
    (item,) = items_of(sent)

    stored = json.dumps(rows("webhooks"), default=str)
    assert live(journey)
    assert item["clientState"] not in stored
    assert GRACE not in stored
