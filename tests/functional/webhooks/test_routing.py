"""Whom a verified delivery reaches, where neither an account nor a subscription's own URL tells."""

from copy import replace

import pytest

from hub import keyrings, runtime
from hub.envelopes import Envelope, account_hash
from hub.hearing import Hearing, Told
from hub.providers._webhooks import Event
from hub.providers.google import webhooks
from tests.functional.conftest import Clock
from tests.functional.journey import Journey
from tests.functional.webhooks.heard import subscriptions

PROVIDER, SOMEBODY = "google", "ada@example.org"


@pytest.fixture
def named_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's notifications name a channel, as if they had no word of their own."""
    declared = webhooks.WEBHOOKS
    assert declared.subscribing is not None
    subscribing = replace(declared.subscribing, names=lambda held: (held.external_id,))
    monkeypatch.setattr(
        webhooks, "WEBHOOKS", replace(declared, subscribing=subscribing, routes=lambda _: ("ada",))
    )


@pytest.fixture
def integration(journey: Journey, named_by_id: None) -> str:
    integration = journey.connect(SOMEBODY, provider=PROVIDER)
    assert journey.run_jobs() == []
    return integration


def hear(clock: Clock, *accounts: str, webhook_id: str | None = None) -> list[Told]:
    key = keyrings.routing_secret()
    envelope = Envelope(
        provider_id=PROVIDER,
        webhook_id=webhook_id,
        accounts=tuple(account_hash(key, PROVIDER, each) for each in accounts),
        dedup="once",
        received_at=int(clock.now * 1000),
        events=(Event(type="exists", resource="calendar_events"),),
    )
    return Hearing(runtime.database(), clock).hear(envelope)


def test_the_name_of_a_subscription_reaches_its_integration(clock, integration):
    held = subscriptions(integration)
    assert len(held) == 2
    for row in held:
        (told,) = hear(clock, row["externalId"])
        assert told.target.integration_id == integration
    assert hear(clock, "a-name-of-nobody") == []


def test_a_subscription_of_another_account_than_the_body_names_hears_nothing(clock, integration):
    """WH-13."""
    webhook_id = subscriptions(integration)[0]["whose"].removeprefix("webhook#")

    assert hear(clock, "grace", webhook_id=webhook_id) == []
    (told,) = hear(clock, "grace", "ada", webhook_id=webhook_id)
    assert told.target.integration_id == integration


def test_names_come_and_go_with_their_subscription(clock, journey, integration):
    before = {row["externalId"] for row in subscriptions(integration)}
    back = journey.consent(started := journey.reconnect(integration), SOMEBODY)
    journey.return_(back, started.cookie)
    assert journey.run_jobs() == []

    after = {row["externalId"] for row in subscriptions(integration)}
    assert len(after) == 2
    assert after.isdisjoint(before)
    assert [told for name in before for told in hear(clock, name)] == []
    assert len([told for name in after for told in hear(clock, name)]) == 2


def test_after_the_end_no_name_reaches_it(clock, journey, integration):
    names = [row["externalId"] for row in subscriptions(integration)]
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []

    assert [told for name in names for told in hear(clock, name)] == []
