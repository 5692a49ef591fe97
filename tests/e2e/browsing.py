"""The settings page and what opens from it, by clicking."""

from playwright.sync_api import Page, expect

PATH = "/settings/integrations"
# The first call of each function starts a process in the stand-in.
PATIENCE = 30_000


def go_to_consent(page: Page, provider: str = "Slack", account: str | None = None) -> Page:
    """Press Connect, and on; give the provider's window, on which `account` is selected."""
    page.get_by_role("button", name=f"Connect to {provider}").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name=f"Continue to {provider}").click()
    consent = opening.value
    expect(consent.get_by_role("button", name="Approve")).to_be_visible()
    if account:
        consent.get_by_role("combobox").select_option(label=account)
    return consent


def answer(consent: Page, name: str) -> None:
    """Press the button that ends the window."""
    with consent.expect_event("close"):
        consent.get_by_role("button", name=name).click()


def connect(page: Page, provider: str = "Slack", account: str | None = None) -> None:
    answer(go_to_consent(page, provider, account), "Approve")
