"""What can be measured of accessibility: names, reflow, motion, and what axe-core finds.

https://www.w3.org/TR/WCAG22/
"""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import problems
from tests.browser.fake_api import PATH, SLACK, integration, succeed, token_for

pytestmark = pytest.mark.browser

ASANA = {**SLACK, "id": "asana", "name": "Asana", "icon": "asana", "availability": "unconfigured"}


@pytest.fixture
def full(api, new_context):
    """The page with something of everything, in a context of one's own."""
    api.routes["GET /providers"] = succeed([SLACK, ASANA])
    api.routes["GET "] = succeed(
        [
            integration(1),
            integration(2, accountName="B" * 70, healthStatus="degraded"),
            integration(3, status="disconnected", healthStatus="disconnected"),
            integration(4, healthStatus="syncing", lastSyncAt="2026-01-01T00:00:00Z"),
        ],
        nextCursor=None,
    )

    def opened(query="", **options):
        page = new_context(**options).new_page()
        page.goto(f"{api.url}{PATH}{query}#token={token_for()}")
        expect(page.locator(".connection")).to_have_count(4)
        for summary in page.locator("summary").all():
            summary.click()
        return page

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_full_page(full, scheme, photograph):
    page = full("?error=access_denied&provider=slack", color_scheme=scheme)
    assert problems(page) == []
    photograph(page, f"full-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialogs(full, scheme, photograph):
    page = full(color_scheme=scheme)
    page.get_by_role("button", name="Connect another Slack account").click()
    assert problems(page) == []
    photograph(page, f"permissions-{scheme}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Disconnect Acme").first.click()
    assert problems(page) == []


def test_axe_finds_nothing_when_signed_out(page, api):
    page.goto(f"{api.url}{PATH}")
    expect(page.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()
    assert problems(page) == []


def test_at_320_pixels_nothing_is_cut_off(full, photograph):
    page = full("?error=access_denied&provider=slack", viewport={"width": 320, "height": 640})
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    photograph(page, "mobile-320")
    page.get_by_role("button", name="Connect another Slack account").click()
    dialog = page.get_by_role("dialog").bounding_box()
    assert dialog["x"] >= 0
    assert dialog["x"] + dialog["width"] <= 320
    page.screenshot(path=photograph.folder / "mobile-320-dialog.png")


def test_text_may_be_twice_as_large(full):
    page = full(viewport={"width": 640, "height": 640})
    # What a person's own style may do; the page's policy does not hold for them.
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 640


def test_every_target_is_large_enough(full):
    page = full(viewport={"width": 320, "height": 640})
    for control in page.locator("button, summary, input, a").all():
        box = control.bounding_box()
        assert box["height"] >= 24, control
        assert box["width"] >= 24, control


@pytest.mark.parametrize(
    ("motion", "animation"), [("reduce", "none"), ("no-preference", "breathe")]
)
def test_nothing_moves_for_those_who_asked_for_it(new_context, api, motion, animation):
    page = new_context(reduced_motion=motion).new_page()
    seen = []

    def look_and_go_on(route):
        bar = page.locator(".skeleton span").first
        seen.append(bar.evaluate("bar => getComputedStyle(bar).animationName"))
        route.continue_()

    page.route("**/api/integrations/providers", look_and_go_on)
    page.goto(f"{api.url}{PATH}#token={token_for()}")
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    assert seen == [animation]


def test_language_title_and_landmarks_are_there(page, api):
    page.goto(f"{api.url}{PATH}")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_title("Integrations · Settings · Targetym")
    for landmark in ("banner", "main", "navigation"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
