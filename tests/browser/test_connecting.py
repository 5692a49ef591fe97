"""Connecting, seen from the page: the window for the provider, the way back, and every detour.

The provider is a page of another origin that leads to where the callback would send the browser.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.fake_api import PATH, SLACK, fail, integration, succeed, token_for

pytestmark = pytest.mark.browser

FLOW_ERRORS = {
    "access_denied": "Access denied",
    "approval_required": "An administrator must approve first",
    "authorization_failed": "Authorization failed",
    "invalid_flow": "This authorization is not valid here",
    "expired_flow": "The authorization took too long",
    "account_mismatch": "That was another account",
    "account_in_use": "This account is already in use",
    "insufficient_scope": "Permissions are missing",
    "provider_error": "Slack reported an error",
    "provider_unavailable": "Slack cannot be reached",
}


@pytest.fixture
def provider(api):
    """Slack's consent page; `approved` is what the callback does to the list."""
    returned = f"{api.url}{PATH}"
    connected = integration()

    def begin(_call):
        return succeed({"url": f"{api.elsewhere}/consent", "state": "s"})

    api.routes["POST /connect"] = begin
    api.routes[f"POST /{connected['id']}/reconnect"] = begin
    api.routes["GET "] = lambda _: succeed(
        [connected] if "/approved" in api.fetched else [], nextCursor=None
    )
    good = f"{returned}?integration={connected['id']}&status=connected"
    refused = f"{returned}?error=access_denied&provider=slack"
    api.pages["/consent"] = (
        "<!doctype html><title>Consent</title>"
        "<p><a href='/approved'>Approve</a> <a href='/denied'>Deny</a>"
    )
    api.pages["/approved"] = f"<meta http-equiv=refresh content='0; url={good}'>"
    api.pages["/denied"] = f"<meta http-equiv=refresh content='0; url={refused}'>"
    return api


def start_connecting(page):
    page.get_by_role("button", name="Connect to Slack").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Continue to Slack").click()
    popup = opening.value
    expect(popup.get_by_text("Approve")).to_be_visible()
    return popup


def wait_until_closed(window):
    if not window.is_closed():
        window.wait_for_event("close")


def test_approving_comes_back_to_the_page_that_asked(open_page, provider, photograph):
    page = open_page()
    popup = start_connecting(page)
    expect(page.get_by_role("group", name="Finish in the Slack window")).to_be_focused()
    photograph(page, "waiting")
    with popup.expect_event("close"):
        popup.get_by_text("Approve").click()
    expect(page.get_by_role("group", name="Acme Workspace is connected")).to_be_focused()
    expect(page.locator(".badge")).to_have_text("Healthy")
    photograph(page, "connected-light")


def test_denying_explains_and_changes_nothing(open_page, provider, photograph):
    page = open_page()
    popup = start_connecting(page)
    with popup.expect_event("close"):
        popup.get_by_text("Deny").click()
    banner = page.get_by_role("group", name="Access denied")
    expect(banner).to_be_focused()
    expect(banner).to_contain_text("Connect again and grant all the required permissions.")
    photograph(page, "denied")
    banner.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="Slack")).to_be_focused()


def test_the_provider_gets_neither_an_opener_nor_a_referrer(open_page, provider):
    popup = start_connecting(open_page())
    assert popup.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_exactly_the_ticked_permissions_are_asked_for(open_page, provider, photograph):
    page = open_page()
    page.get_by_role("button", name="Connect to Slack").click()
    dialog = page.get_by_role("dialog", name="Connect to Slack")
    for scope in SLACK["scopes"]:
        expect(dialog.get_by_text(scope["explanation"])).to_be_visible()
    boxes = dialog.get_by_role("checkbox")
    expect(boxes).to_have_count(1)
    photograph(page, "permissions")
    boxes.uncheck()
    with page.expect_popup():
        dialog.get_by_role("button", name="Continue to Slack").click()
    expect(page.get_by_role("group", name="Finish in the Slack window")).to_be_visible()
    (call,) = provider.asked("POST /connect")
    assert call["body"] == {"providerId": "slack", "scopes": ["channels:read", "chat:write"]}


def test_reconnecting_is_bound_to_the_integration(open_page, provider):
    lost = integration(status="reauth_required", healthStatus="disconnected")
    provider.routes["GET "] = succeed([lost], nextCursor=None)
    page = open_page()
    page.get_by_role("button", name="Reconnect Acme").click()
    with page.expect_popup():
        page.get_by_role("button", name="Continue to Slack").click()
    expect(page.get_by_role("group", name="Finish in the Slack window")).to_be_visible()
    (call,) = provider.asked(f"POST /{lost['id']}/reconnect")
    assert call["body"] == {"scopes": ["channels:read", "chat:write", "chat:write.public"]}


def test_a_refused_start_closes_the_window_again(open_page, provider):
    provider.routes["POST /connect"] = fail(429, "too_many_flows", "Wait a few minutes.")
    page = open_page()
    page.get_by_role("button", name="Connect to Slack").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Continue to Slack").click()
    banner = page.get_by_role("group", name="Too many authorizations are open")
    expect(banner).to_contain_text("Wait a few minutes.")
    expect(banner).to_contain_text("req-42")
    wait_until_closed(opening.value)


@pytest.mark.parametrize(
    "url", ["javascript:document.title='owned'", "data:text/html,x", "nowhere"]
)
def test_only_web_addresses_are_opened(open_page, provider, url):
    provider.routes["POST /connect"] = succeed({"url": url, "state": "s"})
    page = open_page()
    page.get_by_role("button", name="Connect to Slack").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Continue to Slack").click()
    expect(page.get_by_role("group", name="Slack reported an error")).to_be_visible()
    wait_until_closed(opening.value)


def test_a_blocked_window_becomes_a_link(page, open_page, provider, photograph):
    page.add_init_script("window.open = () => null")
    open_page()
    page.get_by_role("button", name="Connect to Slack").click()
    page.get_by_role("button", name="Continue to Slack").click()
    expect(
        page.get_by_role("group", name=re.compile("kept the Slack window closed"))
    ).to_be_focused()
    photograph(page, "blocked")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="Open Slack").click()
    tab = opening.value
    with tab.expect_event("close"):
        tab.get_by_text("Approve").click()
    expect(page.get_by_role("group", name="Acme Workspace is connected")).to_be_visible()


@pytest.mark.parametrize(("code", "title"), FLOW_ERRORS.items())
def test_every_error_of_the_callback_is_explained(open_page, api, code, title):
    page = open_page(query=f"?error={code}&provider=slack")
    banner = page.get_by_role("group", name=title)
    expect(banner).to_be_focused()
    assert banner.locator("li").count() >= 1
    assert "{" not in banner.inner_text()
    assert page.url == f"{api.url}{PATH}"


@pytest.mark.parametrize("code", ["<img src=x onerror=alert(1)>", "constructor", "no_such"])
def test_an_unlisted_error_is_never_repeated(open_page, api, code):
    page = open_page(query=f"?error={code}&provider=<b>x</b>")
    expect(page.get_by_role("group", name="Authorization failed")).to_be_visible()
    assert code not in page.locator("body").inner_text()


@pytest.mark.parametrize(
    "query",
    [
        f"?integration={integration()['id']}&status=connected",
        "?integration=int_1&status=connected",
        "?status=connected",
        "?x=1",
    ],
)
def test_a_made_up_success_is_not_believed(open_page, query):
    page = open_page(query=query)
    expect(page.locator(".banner")).to_have_count(0)


def test_coming_back_in_the_same_tab_shows_the_result_and_how_to_go_on(page, api, photograph):
    page.goto(f"{api.url}{PATH}?integration={integration()['id']}&status=connected")
    expect(page.get_by_role("group", name="Connected")).to_be_focused()
    expect(page.get_by_text("make -s token")).to_be_visible()
    assert page.url == f"{api.url}{PATH}"
    photograph(page, "returned-without-session")
    page.evaluate(f"location.hash = '#token={token_for()}'")
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()


def test_a_result_wakes_only_pages_that_have_a_session(page, open_page, api):
    open_page()
    signed_out = page.context.new_page()
    signed_out.goto(f"{api.url}{PATH}")
    returned = page.context.new_page()
    returned.goto(f"{api.url}{PATH}?error=expired_flow&provider=slack")
    expect(page.get_by_role("group", name="The authorization took too long")).to_be_visible()
    expect(returned.get_by_role("heading", name="You can close this window")).to_be_visible()
    expect(signed_out.locator(".banner")).to_have_count(0)


def test_coming_back_to_the_window_looks_at_the_list_again(open_page, provider):
    page = open_page()
    start_connecting(page)
    provider.routes["GET "] = succeed([integration()], nextCursor=None)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("heading", name="Acme Workspace")).to_be_visible()


def test_it_works_with_the_keyboard_alone(open_page, provider):
    page = open_page()
    button = page.get_by_role("button", name="Connect to Slack")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Connect to Slack")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(dialog.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_popup() as opening:
        page.keyboard.press("Enter")
    with opening.value.expect_event("close"):
        opening.value.get_by_text("Approve").click()
    expect(page.get_by_role("group", name="Acme Workspace is connected")).to_be_focused()
