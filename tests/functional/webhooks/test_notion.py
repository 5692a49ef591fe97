"""Notion's events, from the request to the bus."""

import json
import os
from typing import Any

import pytest

from hub.keyrings import Ring
from hub.providers._webhooks import Example
from hub.providers.notion.webhooks import WEBHOOKS
from tests.functional.journey import Journey
from tests.functional.notion import BAKERY, BOB, GRACE, HANK
from tests.functional.stored import rows
from tests.functional.webhooks.heard import changes, deliveries, received
from tests.functional.webhooks.notion import EVENT, URL, post, queued, signed
from tests.simulator.providers.notion.workspaces import SEATS
from tests.simulator.webhooks import Sent

SEAT = next(seat for seat in SEATS.values() if seat.label == GRACE)


@pytest.fixture
def integration(journey: Journey) -> str:
    """Globex is connected by Grace, and routed."""
    integration = journey.connect(GRACE, provider="notion")
    assert journey.run_jobs() == []
    return integration


def made(journey: Journey, event: str = "page.content_updated", **details: Any) -> Sent:
    (sent,) = journey.simulator.notifications("notion", event, GRACE, **details)
    return sent


# Events


@pytest.mark.parametrize(
    ("event", "resource"),
    [
        ("page.content_updated", "pages"),
        ("data_source.schema_updated", "data_sources"),
        ("database.moved", "data_sources"),
        ("comment.created", None),
        ("file_upload.created", None),
    ],
)
def test_an_event_reaches_the_bus_the_log_and_the_sync(
    journey: Journey, integration: str, event: str, resource: str | None
):
    sent = made(journey, event, entity="0ef104cd-477e-80e1-8571-cfd10e92339a")
    assert journey.gateway.deliver(sent).status == 200
    assert "Globex" not in queued()
    assert journey.hear() == []

    (told,) = received()
    assert told["integrationId"] == integration
    (heard,) = told["events"]
    assert (heard["type"], heard.get("resource")) == (event, resource)
    assert heard["externalId"] == "0ef104cd-477e-80e1-8571-cfd10e92339a"
    (line,) = deliveries(integration)
    assert (line["verdict"], line["outcome"]) == ("verified", "applied")
    assert changes(integration) == ({resource} if resource else set())


def test_the_documented_event_is_read(journey: Journey, integration: str):
    body = EVENT | {
        "workspace_id": SEAT.workspace_id,
        "accessible_by": [{"id": SEAT.bot_id, "type": "bot"}],
    }
    assert post(journey, **signed(body)).status == 200
    assert journey.hear() == []

    (told,) = received()
    assert told["events"] == [
        {
            "type": "page.created",
            "resource": "pages",
            "externalId": "153104cd-477e-809d-8dc4-ff2d96ae3090",
            "occurredAt": 1_733_442_934_285,
        }
    ]


def test_a_retry_with_another_attempt_number_is_the_same_event(journey: Journey, integration: str):
    sent = made(journey)
    again = journey.simulator._engine.provider("notion").again(sent, 1)
    assert again.body != sent.body
    assert [journey.gateway.deliver(each).status for each in (sent, again)] == [200, 200]
    assert journey.hear() == []

    assert len(received()) == 1


def test_it_is_tried_again_until_the_queue_takes_it(
    journey: Journey, integration: str, monkeypatch: pytest.MonkeyPatch
):
    url = os.environ["WEBHOOKS_QUEUE_URL"]
    monkeypatch.setenv("WEBHOOKS_QUEUE_URL", url + "-elsewhere")
    assert journey.simulator.post("notion", made(journey)).status == 503
    monkeypatch.setenv("WEBHOOKS_QUEUE_URL", url)
    journey.simulator.advance(60)
    assert journey.hear() == []

    assert len(received()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-notion-signature": ""},
        {"x-notion-signature": "sha256="},
        {"x-notion-signature": "sha256=é"},
        {"x-notion-signature": signed(EVENT, "another")["headers"]["x-notion-signature"]},
        {"x-notion-signature": signed(EVENT)["headers"]["x-notion-signature"].upper()},
    ],
)
def test_what_notion_did_not_sign_is_refused(journey: Journey, headers: dict[str, str]):
    reply = post(journey, raw=json.dumps(EVENT).encode(), headers=headers)

    assert (reply.status, reply.error) == (401, "unauthenticated")
    assert queued() == "[]"


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": 7},
        {"type": None},
        {"workspace_id": ""},
        {"workspace_id": ["a"]},
        {"verification_token": "secret_tMrlL1qK5vuQAh1b6cZG"},
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(journey: Journey, change: dict[str, Any]):
    assert post(journey, **signed(EVENT | change)).status == 400
    assert queued() == "[]"


# Whose event it is


def test_only_the_grant_whose_bot_reaches_the_page_hears_of_it(journey: Journey, integration: str):
    hanks = journey.connect(HANK, provider="notion", user=BOB)
    assert journey.run_jobs() == []
    journey.gateway.deliver(made(journey, seats=[HANK]))
    journey.gateway.deliver(made(journey, "data_source.created"))
    assert journey.hear() == []

    heard = [(told["integrationId"], told["events"][0]["type"]) for told in received()]
    assert sorted(heard) == sorted(
        [
            (hanks, "page.content_updated"),
            (hanks, "data_source.created"),
            (integration, "data_source.created"),
        ]
    )


def test_nobody_hears_of_a_workspace_that_nobody_connected(journey: Journey, integration: str):
    journey.simulator.notify("notion", "data_source.created", BAKERY)
    assert journey.hear() == []

    assert received() == []


def test_after_a_reconnect_by_somebody_else_their_pages_count(journey: Journey, integration: str):
    started = journey.reconnect(integration)
    journey.return_(journey.consent(started, HANK), started.cookie)
    assert journey.run_jobs() == []
    journey.gateway.deliver(made(journey, seats=[GRACE]))
    assert journey.hear() == []
    assert received() == []

    journey.gateway.deliver(made(journey, seats=[HANK]))
    assert journey.hear() == []
    assert len(received()) == 1


def test_after_disconnecting_nothing_is_heard(journey: Journey, integration: str):
    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    assert not [row for row in rows("webhooks") if row["part"].startswith("route#")]

    journey.gateway.deliver(made(journey, "data_source.created"))
    assert journey.hear() == []
    assert received() == []


def test_an_example_is_what_notion_would_send(journey: Journey, integration: str):
    for number, account in enumerate((SEAT.workspace_id, f"{SEAT.workspace_id}/{SEAT.bot_id}")):
        of = Example(account_id=account, held=None, url=URL, at=1_794_000_000.5, id=f"t{number}")
        example = WEBHOOKS.example(of, Ring("notion"))
        assert post(journey, raw=example.body, headers=dict(example.headers)).status == 200
    assert journey.hear() == []

    assert [told["integrationId"] for told in received()] == [integration] * 2
