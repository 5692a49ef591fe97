"""The settings page with the catalogue as it is: every provider's card."""

import re

import pytest
from playwright.sync_api import expect

from hub import providers, registrations, views
from tests.browser.axe import problems
from tests.browser.fake_api import PATH, integration, succeed, token_for

pytestmark = pytest.mark.browser

LONG = (
    "Société Anonyme des Établissements Wolfeschlegelsteinhausenbergerdorff & Filles "
    "(wolfeschlegelsteinhausenbergerdorff.atlassian.net), maximiliana@example.org"
)
CONNECTIONS = [
    ("jira", "Jira", LONG, "active", "healthy"),
    ("jira", "Jira", "Initech", "reauth_required", "disconnected"),
    ("zoom", "Zoom", "ada@example.org", "active", "degraded"),
    ("google", "Google Workspace", "ada@example.org", "disconnected", "disconnected"),
    ("slack", "Slack", "W" * 80, "active", "healthy"),
]


def catalogue(*, unconfigured=()):
    shown = []
    for each in map(providers.get, providers.IDS):
        setup = registrations.how_to_set_up(each) if each.id in unconfigured else None
        shown.append(views.catalogued(each, setup=setup))
    return succeed(shown)


def connections():
    return [
        integration(
            number,
            providerId=provider,
            providerName=name,
            accountName=account,
            status=status,
            healthStatus=health,
        )
        for number, (provider, name, account, status, health) in enumerate(CONNECTIONS)
    ]


def icon(page, name):
    """What is drawn, without what makes it the icon of a card."""
    drawn = page.get_by_role("region", name=name).locator(".provider > svg")
    return drawn.evaluate("icon => icon.innerHTML")


def test_every_provider_has_a_card_with_name_icon_and_connect(open_page, api):
    api.routes["GET /providers"] = catalogue()
    page = open_page()
    names = [providers.get(each).name for each in providers.IDS]
    assert page.locator(".card h2").all_inner_texts() == names
    for name in names:
        card = page.get_by_role("region", name=name, exact=True)
        expect(card.get_by_role("button", name=f"Connect to {name}")).to_have_text("Connect")
        expect(card.get_by_text(f"What Targetym may do in {name}")).to_be_visible()


def test_every_provider_has_an_icon_of_its_own(open_page, api):
    api.routes["GET /providers"] = catalogue()
    page = open_page()
    drawn = {icon(page, providers.get(each).name) for each in providers.IDS}
    assert len(drawn) == len(providers.IDS)
    spare = page.evaluate(
        "document.getElementById('icons').content.querySelector('[data-icon=service]').innerHTML"
    )
    assert spare not in drawn


def test_a_name_and_its_button_share_a_line_where_there_is_room(open_page, api):
    api.routes["GET /providers"] = catalogue()
    api.routes["GET "] = succeed(connections(), nextCursor=None)
    page = open_page()
    for card in page.locator(".provider").all():
        icon_box = card.locator("svg").bounding_box()
        button = card.get_by_role("button").bounding_box()
        assert abs(icon_box["y"] - button["y"]) < 8, card.inner_text()


def test_the_dialog_names_every_permission(open_page, api):
    api.routes["GET /providers"] = catalogue()
    page = open_page()
    for each in map(providers.get, providers.IDS):
        page.get_by_role("button", name=f"Connect to {each.name}").click()
        dialog = page.get_by_role("dialog", name=f"Connect to {each.name}")
        for scope in each.scopes:
            expect(dialog.get_by_text(scope.explanation, exact=True)).to_be_visible()
        page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1100])
def test_in_every_state_nothing_is_cut_off_and_axe_finds_nothing(
    api, new_context, photograph, scheme, width
):
    api.routes["GET /providers"] = catalogue(unconfigured={"google", "notion", "github"})
    api.routes["GET "] = succeed(connections(), nextCursor=None)
    context = new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(f"{api.url}{PATH}#token={token_for()}")
    expect(page.locator(".connection")).to_have_count(len(CONNECTIONS))
    assert page.evaluate("document.scrollingElement.scrollWidth") == width
    for row in page.locator(".connection").all():
        name, facts = row.locator("h3").bounding_box(), row.locator(".facts").bounding_box()
        assert facts["y"] >= name["y"] + name["height"]
    assert problems(page) == []
    photograph(page, f"ten-{scheme}-{width}")


def test_how_to_set_one_up_is_a_sentence_with_what_to_copy_marked(open_page, api):
    api.routes["GET /providers"] = catalogue(unconfigured={"zoom"})
    card = open_page().get_by_role("region", name="Zoom")
    expect(card.locator(".notice")).to_have_text(registrations.how_to_set_up(providers.get("zoom")))
    expect(card.locator(".notice code")).to_have_text(
        ['{"clientId": "…", "clientSecret": "…"}', "/targetym/local/providers/zoom"]
    )
    expect(card.get_by_role("button", name=re.compile("Connect"))).to_have_count(0)
