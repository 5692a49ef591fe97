"""A grant that reaches several accounts, in Chromium: Jira with two sites, of which a person
chooses one on the callback's own page.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import problems
from tests.e2e.browsing import PATIENCE, answer, connect, go_to_consent

pytestmark = [pytest.mark.stack, pytest.mark.browser]

INITECH, GLOBEX = "Ada Byron on Initech", "Ada Byron on Globex"


@pytest.fixture
def alone(stack, new_context, organization):
    """One window for everything, as where a pop-up blocker left a link: it is sent to consent."""

    def opened(provider):
        page = new_context().new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{stack.url}/settings/integrations")
        begun = page.evaluate(
            """([headers, providerId]) => fetch("/api/integrations/connect", {
                method: "POST",
                headers: { ...headers, "content-type": "application/json" },
                body: JSON.stringify({ providerId }),
            }).then((answer) => answer.json())""",
            [stack.bearer(organization=organization), provider],
        )
        page.goto(begun["data"]["url"])
        return page

    return opened


@pytest.fixture
def granted(stack):
    """Ada has granted her first site before, so that every grant of hers reaches it too."""
    yield
    stack.simulator.uninstall("jira", "ada@example.org")


def ask(consent, account=GLOBEX):
    consent.get_by_role("combobox").select_option(label=account)
    consent.get_by_role("button", name="Approve").click()
    expect(consent.get_by_role("heading", name="Which Jira account?")).to_be_visible()
    return consent


def choose(page, site):
    page.get_by_role("radio", name=site).check()
    page.get_by_role("button", name="Connect").click()


def test_the_second_site_is_chosen_and_the_settings_show_it(open_settings, granted, photograph):
    page = open_settings()
    connect(page, "Jira", INITECH)
    expect(page.locator(".connection h3")).to_have_text(
        "Initech (initech.atlassian.net), ada@example.org"
    )
    page.get_by_role("button", name="Connect another Jira account").click()
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Continue to Jira").click()
    window = ask(opening.value)
    photograph(window, "stack-jira-choice")
    assert problems(window) == []
    window.get_by_role("radio", name="Globex").check()
    answer(window, "Connect")

    name = "Globex (globex.atlassian.net), ada@example.org"
    expect(page.get_by_role("group", name=f"{name} is connected")).to_be_focused()
    row = page.locator(".connection", has_text="globex.atlassian.net")
    expect(row.locator(".badge")).to_have_text("Healthy")
    expect(page.locator(".connection")).to_have_count(2)


def test_back_and_reload_after_choosing_give_a_clear_page(
    open_settings, alone, granted, photograph
):
    connect(open_settings(), "Jira", INITECH)
    page = ask(alone("jira"))
    choose(page, "Globex")
    expect(page.get_by_role("heading", name="To go on")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()

    over = page.get_by_role("heading", name="This connection attempt is over")
    page.go_back()
    expect(over).to_be_visible()
    page.reload()
    expect(over).to_be_visible()
    photograph(page, "stack-jira-over")
    assert problems(page) == []
    page.get_by_role("link", name="Go to Settings → Integrations").click()
    expect(page.get_by_role("heading", name="Integrations", level=1)).to_be_visible()

    again = open_settings()
    expect(again.locator(".connection", has_text="Globex")).to_have_count(1)


def test_a_reload_before_choosing_ends_the_attempt_and_says_so(open_settings, alone, granted):
    connect(open_settings(), "Jira", INITECH)
    page = ask(alone("jira"))
    page.reload()
    expect(page.get_by_role("heading", name="This connection attempt is over")).to_be_visible()
    expect(open_settings().locator(".connection")).to_have_count(1)


def test_two_windows_ask_at_the_same_time(open_settings, granted):
    """Each page's answer is bound by a cookie of its own."""
    page = open_settings()
    connect(page, "Jira", INITECH)
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.locator(".banner.good h2")).to_contain_text("is disconnected")

    first, second = (ask(go_to_consent(page, "Jira")) for _ in range(2))
    for window, site in ((first, "Globex"), (second, "Initech")):
        window.get_by_role("radio", name=site).check()
        answer(window, "Connect")
        banner = page.locator(".banner.good h2", has_text=f"{site} (")
        expect(banner).to_contain_text("is connected")
    expect(page.locator(".connection .badge", has_text="Healthy")).to_have_count(2)
