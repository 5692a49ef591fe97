"""The callback's own pages in Chromium, under the policy they are served with: the one that asks
which of several accounts to connect, and the one that ends what cannot go on.
"""

import pytest
from playwright.sync_api import expect

from hub import pages
from tests.browser.axe import problems

pytestmark = pytest.mark.browser

HERE = "http://localhost:4500"
CALLBACK = f"{HERE}/api/integrations/jira/callback"
NAMES = (
    "Initech (initech.atlassian.net), ada@example.org",
    "<b>Globex</b> & sons (globex.atlassian.net), ada@example.org",
    "W" * 90,
    "\u05d2\u05dc\u05d5\u05d1\u05e7\u05e1 (globex.atlassian.net)",
)
LOOKS = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 700}}
    for scheme in ("light", "dark")
    for width in (320, 1100)
]


@pytest.fixture
def open_page(new_context):
    """Opens a page of the callback as its answer; `sent` are the forms that came back."""

    def opened(body, *, leads_to=HERE, **options):
        page = new_context(**options).new_page()
        page.sent = []

        def answer(route):
            if route.request.method == "POST":
                page.sent.append((route.request.url, route.request.post_data))
                route.fulfill(status=200, content_type="text/plain", body="Connected")
            else:
                headers = pages.headers(leads_to=leads_to)
                kind = "text/html; charset=utf-8"
                route.fulfill(status=200, content_type=kind, headers=headers, body=body)

        page.route("**/*", answer)
        page.goto(f"{CALLBACK}?code=spent&state=spent")
        return page

    return opened


@pytest.fixture
def ask(open_page):
    return lambda **options: open_page(pages.choice_page("Jira", NAMES, "secret"), **options)


@pytest.mark.parametrize("looks", LOOKS, ids=lambda one: f"{one['color_scheme']}")
def test_axe_finds_nothing_whatever_is_chosen(ask, looks, photograph):
    page = ask(**looks)
    assert problems(page) == []
    page.get_by_role("radio").first.check()
    assert problems(page) == []
    photograph(page, f"choice-{looks['color_scheme']}-{looks['viewport']['width']}")


@pytest.mark.parametrize("looks", LOOKS, ids=lambda one: f"{one['color_scheme']}")
def test_axe_finds_nothing_where_a_flow_ends(open_page, looks, photograph):
    page = open_page(pages.page("It is over", "Nothing was changed.", HERE), **looks)
    assert problems(page) == []
    photograph(page, f"ended-{looks['color_scheme']}-{looks['viewport']['width']}")


def test_each_choice_is_named_as_the_account_in_a_group_with_a_name(ask):
    group = ask().get_by_role("group", name="Jira accounts")
    expect(group.get_by_role("radio")).to_have_count(len(NAMES))
    for name in NAMES:
        expect(group.get_by_role("radio", name=name, exact=True)).to_have_count(1)


def test_by_keyboard_alone(ask):
    page = ask()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio").nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Connect")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Connected")).to_be_visible()
    assert page.sent == [(f"{CALLBACK}?", "state=secret&choice=1")]


def test_where_the_focus_is_can_be_seen(ask):
    page = ask()
    outlined = "node => getComputedStyle(node).outlineStyle"
    first = page.locator("label").first
    assert first.evaluate(outlined) == "none"
    page.keyboard.press("Tab")
    assert first.evaluate(outlined) == "solid"
    page.get_by_role("radio").first.check()
    page.keyboard.press("Tab")
    assert page.get_by_role("button").evaluate(outlined) == "solid"


def test_without_a_choice_nothing_is_sent(ask):
    page = ask()
    page.get_by_role("button", name="Connect").click()
    assert page.get_by_role("radio").first.evaluate("node => node.matches(':invalid')")
    assert page.sent == []


@pytest.mark.parametrize("width", [320, 1100])
def test_targets_are_44_pixels_and_nothing_is_cut_off(ask, width):
    page = ask(viewport={"width": width, "height": 640})
    assert page.evaluate("document.scrollingElement.scrollWidth") == width
    for target in page.locator("label, button").all():
        box = target.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_text_may_be_twice_as_large(ask):
    page = ask(viewport={"width": 640, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 640
