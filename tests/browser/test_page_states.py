"""What the page shows for each answer of the API."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.fake_api import PATH, SLACK, fail, integration, succeed, token_for

pytestmark = pytest.mark.browser


def test_nothing_connected_invites_to_connect(open_page, photograph):
    page = open_page()
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    expect(page.get_by_role("button", name="Connect to Slack")).to_be_enabled()
    photograph(page, "empty")


def test_the_token_leaves_the_address_bar_and_is_kept_nowhere(open_page, api):
    page = open_page()
    assert page.url == f"{api.url}{PATH}"
    assert api.calls[0]["headers"]["authorization"].startswith("Bearer e30.")
    kept = page.evaluate(
        "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"
    )
    assert kept == [[], [], ""]
    page.reload()
    expect(page.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()


def test_a_connection_shows_its_account_health_and_age(open_page, api):
    api.routes["GET "] = succeed([integration()], nextCursor=None)
    page = open_page()
    row = page.locator(".connection")
    expect(row.get_by_role("heading", name="Acme Workspace")).to_be_visible()
    expect(row.locator(".badge")).to_have_text("Healthy")
    expect(row.locator(".badge svg")).to_have_attribute("data-icon", "healthy")
    expect(row.locator("time")).to_have_attribute("datetime", "2026-01-01T00:00:00Z")
    expect(row.locator("time")).to_have_text(re.compile(r"ago|last|yesterday"))
    expect(page.get_by_role("button", name="Connect another Slack account")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "health", "label", "buttons"),
    [
        ("active", "healthy", "Healthy", ["Disconnect"]),
        ("active", "syncing", "Syncing", ["Disconnect"]),
        ("active", "degraded", "Degraded", ["Reconnect", "Disconnect"]),
        ("reauth_required", "disconnected", "Disconnected", ["Reconnect", "Disconnect"]),
        ("disconnected", "disconnected", "Disconnected", ["Reconnect"]),
    ],
)
def test_status_decides_badge_and_buttons(open_page, api, *, status, health, label, buttons):
    api.routes["GET "] = succeed([integration(status=status, healthStatus=health)], nextCursor=None)
    row = open_page().locator(".connection")
    expect(row.locator(".badge")).to_have_text(label)
    expect(row.locator(".choices button")).to_have_text(buttons)


@pytest.mark.parametrize(
    ("role", "way"),
    [
        ("admin", "Use Reconnect to go on."),
        ("manager", "Ask someone with the Admin or HR role to reconnect it."),
    ],
)
def test_a_lost_authorization_says_what_to_do_whatever_its_cause(open_page, api, role, way):
    lost = integration(status="reauth_required", healthStatus="disconnected")
    api.routes["GET "] = succeed([lost], nextCursor=None)
    row = open_page(role=role).locator(".connection")
    expect(row).to_contain_text(f"Slack must be authorized again. {way}")


def test_several_accounts_of_one_provider_stand_in_one_card(open_page, api, photograph):
    api.routes["GET "] = succeed(
        [
            integration(1),
            integration(2, accountName="Beta GmbH", healthStatus="degraded"),
            integration(
                3, accountName="Gamma", status="reauth_required", healthStatus="disconnected"
            ),
        ],
        nextCursor=None,
    )
    page = open_page()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".connection")).to_have_count(3)
    photograph(page, "several-accounts")


def test_every_page_of_the_list_is_fetched(open_page, api):
    pages = {
        None: succeed([integration(1, accountName="First")], nextCursor="two/=?"),
        "two/=?": succeed([integration(2, accountName="Second")], nextCursor=None),
    }
    api.routes["GET "] = lambda call: pages[call["query"].get("cursor", [None])[0]]
    page = open_page()
    expect(page.locator(".connection h3")).to_have_text(["First", "Second"])


def test_a_list_without_end_is_cut_off_and_says_so(open_page, api):
    api.routes["GET "] = lambda _: succeed([integration(len(api.calls))], nextCursor="again")
    page = open_page()
    expect(page.get_by_text("Only the first 20 connections are shown")).to_be_visible()


@pytest.mark.parametrize("field", ["accountName", "providerName"])
def test_markup_in_a_name_stays_text(open_page, api, field):
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    provider = {**SLACK, "name": attack, "features": [attack], "icon": attack}
    api.routes["GET /providers"] = succeed([provider])
    api.routes["GET "] = succeed([integration(**{field: attack})], nextCursor=None)
    page = open_page()
    expect(page.locator("img")).to_have_count(0)
    assert "owned" not in page.title()
    expect(page.get_by_role("heading", name=attack).first).to_be_visible()


def test_an_unconfigured_provider_names_the_parameter(open_page, api, photograph):
    setup = "Slack is not set up. Store it in /targetym/local/providers/slack."
    api.routes["GET /providers"] = succeed(
        [{**SLACK, "availability": "unconfigured", "setup": setup}]
    )
    page = open_page()
    expect(page.get_by_text("/targetym/local/providers/slack")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Connect"))).to_have_count(0)
    photograph(page, "unconfigured")


def test_a_provider_that_left_the_catalogue_can_still_be_disconnected(open_page, api):
    api.routes["GET /providers"] = succeed([])
    api.routes["GET "] = succeed([integration()], nextCursor=None)
    page = open_page()
    expect(page.get_by_role("button", name="Disconnect Acme")).to_be_visible()


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"message": "Unauthorized"}),
        (403, {"message": "Forbidden"}),
        fail(401, "unauthenticated"),
    ],
    ids=["gateway 401", "gateway 403", "our 401"],
)
def test_a_session_that_ended_says_how_to_go_on(open_page, api, photograph, answer):
    api.routes["GET "] = answer
    page = open_page()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_focused()
    expect(page.get_by_text("make -s token")).to_be_visible()
    photograph(page, "session-ended")


def test_pasting_a_fresh_link_into_the_same_tab_goes_on(open_page, api):
    api.routes["GET "] = (401, {"message": "Unauthorized"})
    page = open_page()
    api.routes["GET "] = succeed([integration()], nextCursor=None)
    page.evaluate("location.hash = '#token=e30.e30.fresh'")
    expect(page.get_by_role("heading", name="Acme Workspace")).to_be_visible()
    assert "token" not in page.url


def test_a_role_that_may_not_look_is_told(open_page, api):
    api.routes["GET "] = fail(403, "forbidden", "Ask an administrator.")
    page = open_page(role="employee")
    expect(page.get_by_role("heading", name="Your role cannot see integrations")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_manager_sees_and_uses_but_does_not_manage(open_page, api, photograph):
    api.routes["GET "] = succeed([integration()], nextCursor=None)
    page = open_page(role="manager")
    expect(page.get_by_text("need the Admin or HR role")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("onnect"))).to_have_count(0)
    expect(page.get_by_text("Send a test message")).to_be_visible()
    photograph(page, "manager")


def test_a_refusal_teaches_the_page_a_role_it_could_not_read(open_page, api):
    api.routes["GET "] = succeed([integration()], nextCursor=None)
    api.routes[f"DELETE /{integration()['id']}"] = fail(403, "forbidden", "Ask an administrator.")
    page = open_page(token="e30.e30.opaque")
    page.get_by_role("button", name="Disconnect Acme").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("group", name="Your role does not allow this")).to_be_focused()
    expect(page.get_by_role("button", name="Disconnect Acme")).to_have_count(0)


def test_a_failure_shows_what_to_do_and_its_reference(open_page, api, photograph):
    api.routes["GET "] = fail(503, "temporarily_unavailable", "Try again in a moment.")
    page = open_page()
    expect(page.get_by_role("heading", name="Not available at the moment")).to_be_focused()
    expect(page.get_by_text("Try again in a moment.")).to_be_visible()
    expect(page.get_by_text("req-42")).to_be_visible()
    photograph(page, "failure")
    api.routes["GET "] = succeed([], nextCursor=None)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()


@pytest.mark.parametrize("code", ["no_such_code", "constructor", "__proto__"])
def test_an_unknown_code_reads_as_our_fault(open_page, api, code):
    api.routes["GET "] = fail(500, code)
    page = open_page()
    expect(page.get_by_role("heading", name="Something went wrong on our side")).to_be_visible()


def test_without_network_it_offers_to_try_again(open_page, page):
    page.route("**/api/integrations/**", lambda route: route.abort("internetdisconnected"))
    page.route("**/api/integrations?*", lambda route: route.abort("internetdisconnected"))
    open_page()
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()


def test_another_address_than_the_public_one_leads_there(page, api):
    page.goto(api.url.replace("localhost", "127.0.0.1") + PATH)
    link = page.get_by_role("link", name=f"{api.url}{PATH}")
    expect(link).to_have_attribute("href", f"{api.url}{PATH}")
    assert api.calls == []


def test_a_fault_of_the_page_itself_is_admitted(unwatched_page, api):
    api.routes["GET /providers"] = succeed([{"id": "slack", "name": "Slack"}])
    unwatched_page.goto(f"{api.url}{PATH}#token={token_for()}")
    fault = unwatched_page.get_by_role("group", name="Something went wrong in this page")
    expect(fault).to_be_visible()


def test_help_carries_the_guides_checklists(open_page, api):
    page = open_page()
    page.get_by_text("Help with connecting").click()
    help_section = page.get_by_role("region", name="Help")
    expect(help_section.get_by_role("heading")).to_have_text(
        [
            "Authorization failed",
            "The service shows “Invalid redirect URI”",
            "Access denied",
            "A connection shows “Degraded”",
        ]
    )
    expect(help_section).to_contain_text("Check that pop-up blockers are disabled")
    expect(help_section).to_contain_text(f"{api.url}/api/integrations/<service>/callback")
    expect(help_section).to_contain_text("Try reconnecting the integration.")
    assert "[object" not in page.locator("body").inner_text()


def test_while_loading_it_shows_where_things_will_be(page, api):
    seen = []

    def look_and_go_on(route):
        content = page.locator("#content")
        seen.append((content.get_attribute("aria-busy"), content.locator(".skeleton").count()))
        route.continue_()

    page.route("**/api/integrations/providers", look_and_go_on)
    page.goto(f"{api.url}{PATH}#token={token_for()}")
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    expect(page.locator("#content")).to_have_attribute("aria-busy", "false")
    assert seen == [("true", 2)]


def test_the_code_for_too_many_requests_says_when(open_page, api):
    api.routes["GET "] = fail(429, "rate_limited", "Slow down.", {"retry-after": "30"})
    page = open_page()
    expect(page.get_by_text("Slow down. Try again in 30 seconds.")).to_be_visible()


def test_an_answer_that_is_no_json_reads_as_our_fault(open_page, page):
    page.route("**/api/integrations/providers", lambda route: route.fulfill(status=502, body="<"))
    open_page()
    expect(page.get_by_role("heading", name="Something went wrong on our side")).to_be_visible()
