"""Disconnecting and using a connection from its row."""

import pytest
from playwright.sync_api import expect

from tests.browser.fake_api import fail, integration, succeed

pytestmark = pytest.mark.browser

ACME = integration()
SEND = f"/{ACME['id']}/actions/send_message"


@pytest.fixture
def connected(api, open_page):
    gone = {**ACME, "status": "disconnected", "healthStatus": "disconnected"}
    api.routes["GET "] = lambda _: succeed(
        [gone if api.asked(f"DELETE /{ACME['id']}") else ACME], nextCursor=None
    )
    api.routes[f"DELETE /{ACME['id']}"] = succeed(None)
    api.routes[f"POST {SEND}"] = succeed({"id": "1"})
    return open_page()


def ask_to_disconnect(page):
    page.get_by_role("button", name="Disconnect Acme").click()
    return page.get_by_role("dialog", name="Disconnect Acme Workspace?")


def test_disconnecting_says_what_it_will_do_and_does_it(connected, api, photograph):
    dialog = ask_to_disconnect(connected)
    for line in (
        "OAuth tokens are destroyed, and revoked where Slack offers that",
        "Webhooks are disabled",
        "Sync jobs are stopped",
        "Historical data is retained (unless you request deletion)",
    ):
        expect(dialog.get_by_text(line)).to_be_visible()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    photograph(connected, "disconnecting")
    dialog.get_by_role("button", name="Disconnect").click()
    expect(connected.get_by_role("group", name="Acme Workspace is disconnected")).to_be_focused()
    expect(connected.locator(".badge")).to_have_text("Disconnected")
    assert len(api.asked(f"DELETE /{ACME['id']}")) == 1
    photograph(connected, "disconnected")


def test_what_stays_at_the_provider_is_said(connected, api):
    api.routes[f"DELETE /{ACME['id']}"] = succeed({"message": "The installation stays."})
    ask_to_disconnect(connected).get_by_role("button", name="Disconnect").click()
    expect(connected.get_by_text("The installation stays.")).to_be_visible()


def test_cancelling_disconnects_nothing(connected, api):
    ask_to_disconnect(connected).get_by_role("button", name="Cancel").click()
    expect(connected.get_by_role("button", name="Disconnect Acme")).to_be_focused()
    assert api.asked(f"DELETE /{ACME['id']}") == []


def test_a_failed_disconnect_leaves_the_row_and_says_why(connected, api):
    api.routes[f"DELETE /{ACME['id']}"] = fail(503, "temporarily_unavailable", "Try again soon.")
    api.routes["GET "] = succeed([ACME], nextCursor=None)
    ask_to_disconnect(connected).get_by_role("button", name="Disconnect").click()
    expect(connected.get_by_text("Try again soon.")).to_be_visible()
    expect(connected.locator(".badge")).to_have_text("Healthy")


def write_message(page, text="Hello"):
    page.get_by_text("Send a test message").click()
    page.get_by_label("Channel").fill("#general")
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send message").click()


def test_a_message_is_sent_from_the_page(connected, api, photograph):
    write_message(connected)
    expect(connected.get_by_text("Sent to #general.")).to_be_visible()
    (call,) = api.asked(f"POST {SEND}")
    assert call["body"] == {"channel": "#general", "text": "Hello"}
    expect(connected.get_by_label("Message")).to_have_value("")
    photograph(connected, "message-sent")


def test_a_message_that_was_not_sent_says_why_beside_the_form(connected, api):
    api.routes[f"POST {SEND}"] = fail(409, "insufficient_scope", "Reconnect and grant it.")
    write_message(connected)
    result = connected.get_by_role("status").filter(has_text="Not sent.")
    expect(result).to_contain_text("Permissions are missing. Reconnect and grant it.")
    expect(result).to_contain_text("req-42")
    expect(connected.get_by_label("Message")).to_have_value("Hello")


def test_pressing_send_again_repeats_the_same_message_and_not_a_second_one(connected, api):
    api.routes[f"POST {SEND}"] = fail(503, "timeout", "Check there first.")
    write_message(connected)
    expect(connected.get_by_text("Check there first.")).to_be_visible()
    api.routes[f"POST {SEND}"] = succeed({"id": "1"})
    connected.get_by_role("button", name="Send message").click()
    expect(connected.get_by_text("Sent to #general.")).to_be_visible()
    connected.get_by_label("Message").fill("Another")
    connected.get_by_role("button", name="Send message").click()
    expect(connected.get_by_label("Message")).to_have_value("")
    first, again, another = (c["headers"]["idempotency-key"] for c in api.asked(f"POST {SEND}"))
    assert first == again != another


def test_an_ended_session_is_noticed_while_sending(connected, api):
    api.routes[f"POST {SEND}"] = (401, {"message": "Unauthorized"})
    write_message(connected)
    expect(connected.get_by_role("heading", name="Your session has ended")).to_be_focused()


def test_an_empty_message_is_not_sent(connected, api):
    connected.get_by_text("Send a test message").click()
    connected.get_by_role("button", name="Send message").click()
    assert connected.evaluate("document.activeElement.name") == "channel"
    assert api.asked(f"POST {SEND}") == []
