"""The simulator's own pages in Chromium: every provider's consent page, and the overview."""

import pytest
from playwright.sync_api import expect

from hub import providers
from tests.browser.axe import problems
from tests.e2e.journey import Journey
from tests.providers.sample import sample

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SMALL = {"width": 320, "height": 640}
SCHEMES = ["light", "dark"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_consent_page_says_in_words_what_is_asked_for(stack, new_context, scheme, photograph):
    page = new_context(color_scheme=scheme, viewport=SMALL).new_page()
    journey = Journey(stack)
    for provider in providers.IDS:
        page.goto(journey.start(provider)[0])
        expect(page.get_by_role("button")).to_have_text(["Approve", "Deny"])
        asked = page.get_by_role("group", name="What it asks for").get_by_role("listitem")
        for one in asked.all():
            words, scope = (part.strip() for part in one.inner_text().split("\n"))
            assert words != scope, provider
            assert " " in words, provider
        assert asked.count(), provider
        assert page.evaluate("document.scrollingElement.scrollWidth") == SMALL["width"], provider
        assert problems(page) == [], provider
        photograph(page, f"consent-{provider}-{scheme}")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_overview_shows_what_was_done(stack, new_context, scheme, photograph):
    journey = Journey(stack)
    for provider in ("google", "linear"):
        used = sample(provider)
        integration = journey.connect(provider, used.account)
        journey.act(integration, used.action, used.body)
    page = new_context(color_scheme=scheme, viewport=SMALL).new_page()
    page.goto(stack.simulator.url)
    assert page.get_by_role("table").count() >= 2
    assert page.evaluate("document.scrollingElement.scrollWidth") == SMALL["width"]
    assert problems(page) == []
    photograph(page, f"overview-{scheme}")
