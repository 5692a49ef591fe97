"""The deployed settings page with every provider, by clicking."""

import pytest
from playwright.sync_api import expect

from hub import providers
from tests.e2e.browsing import connect

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def disconnect(page, account):
    page.get_by_role("button", name=f"Disconnect {account}").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("group", name=f"{account} is disconnected")).to_be_focused()
    expect(page.locator(".connection .badge")).to_have_text("Disconnected")


def test_every_provider_can_be_connected_here(open_settings, photograph):
    page = open_settings()
    names = [providers.get(each).name for each in providers.IDS]
    assert page.locator(".card h2").all_inner_texts() == names
    for name in names:
        card = page.get_by_role("region", name=name, exact=True)
        expect(card.locator(".provider > svg")).to_be_visible()
        expect(card.get_by_role("button", name=f"Connect to {name}")).to_be_enabled()
    photograph(page, "stack-ten")


def test_a_persons_account_is_connected_and_disconnected(open_settings, stack):
    page = open_settings()
    connect(page, "Zoom", "grace@example.org")
    expect(page.get_by_role("group", name="grace@example.org is connected")).to_be_focused()
    expect(page.locator(".connection .badge")).to_have_text("Healthy")

    disconnect(page, "grace@example.org")
    expect(page.locator(".banner.good")).to_contain_text("The tokens are destroyed.")
    expect(page.locator(".connection").get_by_role("button", name="Reconnect")).to_be_visible()


def test_where_a_provider_revokes_nothing_the_page_says_what_is_left_to_do(
    open_settings, photograph
):
    page = open_settings()
    connect(page, "Trello")
    account = page.locator(".connection h3").inner_text()
    photograph(page, "stack-trello-connected")

    disconnect(page, account)
    expect(page.locator(".banner.good")).to_contain_text(providers.get("trello").local_only)
    photograph(page, "stack-trello-disconnected")
