"""The main job as a person does it: the deployed page in Chromium, the API behind it, and the
provider's consent page in the window that the page opens. Each test has an organization to itself.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PATH, PATIENCE, answer, go_to_consent

pytestmark = [pytest.mark.stack, pytest.mark.browser]


@pytest.mark.parametrize(
    ("looks", "options"),
    [
        ("light", {"color_scheme": "light"}),
        ("dark", {"color_scheme": "dark"}),
        ("mobile", {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}),
    ],
)
def test_connect_use_disconnect_and_connect_again(open_settings, stack, photograph, looks, options):
    page = open_settings(**options)
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    photograph(page, f"stack-{looks}-1-empty")
    consent = go_to_consent(page)
    photograph(consent, f"stack-{looks}-2-consent")
    answer(consent, "Approve")

    row = page.locator(".connection")
    expect(page.locator(".banner.good h2")).to_contain_text("is connected")
    expect(row.locator(".badge")).to_have_text("Healthy")
    expect(row.locator("time").first).to_have_text("just now")
    photograph(page, f"stack-{looks}-3-connected")

    message = f"Hello from {looks}"
    row.get_by_text("Send a test message").click()
    row.get_by_label("Channel").fill("#general")
    row.get_by_label("Message").fill(message)
    row.get_by_role("button", name="Send message").click()
    expect(row.get_by_text("Sent to #general.")).to_be_visible()
    assert message in str(stack.simulator.state())
    photograph(page, f"stack-{looks}-4-sent")

    row.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.locator(".banner.good h2")).to_contain_text("is disconnected")
    expect(row.locator(".badge")).to_have_text("Disconnected")
    photograph(page, f"stack-{looks}-5-disconnected")

    row.get_by_role("button", name="Reconnect").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Continue to Slack").click()
    answer(opening.value, "Approve")
    expect(row.locator(".badge")).to_have_text("Healthy")
    expect(row).to_have_count(1)


def test_google_is_connected_beside_slack(open_settings, stack, photograph):
    page = open_settings()
    answer(go_to_consent(page), "Approve")
    expect(page.locator(".connection")).to_have_count(1)
    consent = go_to_consent(page, "Google Workspace")
    photograph(consent, "stack-google-1-consent")
    answer(consent, "Approve")

    expect(page.get_by_role("group", name="ada@example.org is connected")).to_be_focused()
    expect(page.locator(".connection")).to_have_count(2)
    photograph(page, "stack-google-2-connected")

    row = page.locator(".connection", has_text="ada@example.org")
    row.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(row.locator(".badge")).to_have_text("Disconnected")
    expect(page.locator(".connection .badge", has_text="Healthy")).to_have_count(1)


def test_denying_at_the_provider_is_explained(open_settings, photograph):
    page = open_settings()
    answer(go_to_consent(page), "Deny")
    expect(page.get_by_role("group", name="Access denied")).to_be_focused()
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    photograph(page, "stack-denied")


def test_a_provider_that_fails_at_the_exchange_is_explained(open_settings, stack):
    page = open_settings()
    consent = go_to_consent(page)
    stack.simulator.fault("slack", "oauth.v2.access", "ok_false", value="invalid_code")
    answer(consent, "Approve")
    banner = page.get_by_role("group", name="Authorization failed")
    expect(banner).to_be_focused()
    expect(banner).to_contain_text("Verify that you have admin access to the workspace.")


def test_two_windows_connect_at_the_same_time(open_settings):
    """One cookie per flow: the second does not take the first one's binding away."""
    page = open_settings()
    first, second = go_to_consent(page), go_to_consent(page)
    answer(first, "Approve")
    expect(page.locator(".banner.good h2")).to_contain_text("is connected")
    expect(second.get_by_role("button", name="Approve")).to_be_visible()
    second.get_by_label("Workspace", exact=True).select_option(label="Globex")
    answer(second, "Approve")
    expect(page.get_by_role("group", name="Globex is connected")).to_be_focused()
    expect(page.locator(".connection")).to_have_count(2)


def test_a_manager_may_not_connect_but_sees_and_sends(open_settings, stack):
    admin = open_settings()
    answer(go_to_consent(admin), "Approve")
    expect(admin.locator(".connection")).to_have_count(1)

    manager = open_settings(role="manager")
    expect(manager.locator(".connection")).to_have_count(1)
    expect(manager.get_by_role("button", name="Disconnect")).to_have_count(0)
    manager.get_by_text("Send a test message").click()
    manager.get_by_label("Channel").fill("#general")
    manager.get_by_label("Message").fill("From a manager")
    manager.get_by_role("button", name="Send message").click()
    expect(manager.get_by_text("Sent to #general.")).to_be_visible()


def test_another_role_is_told_that_it_may_not_look(open_settings):
    page = open_settings(role="employee")
    expect(page.get_by_role("heading", name="Your role cannot see integrations")).to_be_visible()


def test_an_expired_session_says_how_to_go_on(stack, new_context):
    page = new_context().new_page()
    page.goto(f"{stack.url}{PATH}#token=e30.e30.c2ln")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible(
        timeout=PATIENCE
    )
