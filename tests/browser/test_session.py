"""Where the token may come from: the window that opened the page, the page that embeds it, and in
stage local the address.
"""

import json

import pytest
from playwright.sync_api import expect

from functions.settings_page import app
from tests.browser.fake_api import PATH, integration, succeed, token_for

pytestmark = pytest.mark.browser

# Answers each message it hears with the next of its tokens.
OPENING = """<!doctype html><title>Targetym</title><button>Settings</button><script>
  const asked = [];
  document.querySelector("button").onclick = () => window.open("SETTINGS");
  addEventListener("message", ({ source, origin, data }) => {
    asked.push([origin, data]);
    const token = TOKENS[asked.length - 1];
    if (token !== undefined) source.postMessage({ type: "targetym:token", token }, origin);
  });
</script>"""
EMBEDDING = """<!doctype html><title>Targetym</title><iframe src="SETTINGS"></iframe><script>
  addEventListener("message", ({ source, origin }) =>
    source.postMessage({ type: "targetym:token", token: "TOKEN" }, origin));
</script>"""


@pytest.fixture
def deployed(api, monkeypatch):
    """Any stage but local; the application at `elsewhere` is on the list."""

    def deploy(allowed):
        monkeypatch.setenv("STAGE", "test")
        monkeypatch.setenv("ALLOWED_ORIGINS", allowed)
        app._page.cache_clear()

    deploy(api.elsewhere)
    api.deploy = deploy
    return api


def open_from(page, api, *tokens):
    source = OPENING.replace("SETTINGS", f"{api.url}{PATH}")
    api.pages["/targetym"] = source.replace("TOKENS", json.dumps(tokens))
    page.goto(f"{api.elsewhere}/targetym")
    with page.expect_popup() as opening:
        page.get_by_role("button").click()
    return opening.value


def embed(page, api):
    source = EMBEDDING.replace("SETTINGS", f"{api.url}{PATH}")
    api.pages["/targetym"] = source.replace("TOKEN", token_for())
    page.goto(f"{api.elsewhere}/targetym")


def authorizations(api):
    return [call["headers"]["authorization"] for call in api.asked("GET ")]


def test_the_window_that_opened_it_is_asked_and_answers(page, deployed):
    settings = open_from(page, deployed, token_for())
    expect(settings.get_by_text("Nothing is connected yet")).to_be_visible()
    assert page.evaluate("asked") == [[deployed.url, {"type": "targetym:ready"}]]
    assert deployed.calls[0]["headers"]["authorization"] == f"Bearer {token_for()}"


def test_an_embedding_page_on_the_list_may_send_a_token(page, deployed):
    embed(page, deployed)
    expect(page.frame_locator("iframe").get_by_text("Nothing is connected yet")).to_be_visible()


def test_a_page_that_is_not_on_the_list_can_not_embed_it(unwatched_page, deployed):
    deployed.deploy("https://app.example.com")
    refusal = unwatched_page.expect_console_message(lambda said: "frame-ancestors" in said.text)
    with refusal:
        embed(unwatched_page, deployed)
    assert deployed.calls == []


def test_a_token_from_another_origin_is_not_taken(unwatched_page, deployed):
    deployed.deploy("https://app.example.com")
    settings = open_from(unwatched_page, deployed, token_for())
    # Not on the list, it was not asked; made to answer all the same, it is not heard.
    settings.evaluate(
        "new Promise(heard => { addEventListener('message', heard, { once: true });"
        "window.opener.postMessage('anything', '*') })"
    )
    assert unwatched_page.evaluate("asked") == [[deployed.url, "anything"]]
    assert deployed.calls == []


def test_waiting_for_a_token_has_an_end(page, deployed):
    page.context.clock.install()
    settings = open_from(page, deployed)
    expect(settings.locator("#content")).to_have_attribute("aria-busy", "true")
    settings.clock.fast_forward(5_000)
    expect(settings.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()


def test_a_listed_origin_that_neither_opened_nor_embeds_it_is_not_heard(page, deployed):
    deployed.deploy(deployed.url)
    page.goto(f"{deployed.url}{PATH}")
    page.evaluate("token => postMessage({ type: 'targetym:token', token }, '*')", token_for())
    expect(page.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()
    assert deployed.calls == []


def test_the_address_brings_no_token_outside_stage_local(page, deployed):
    page.goto(f"{deployed.url}{PATH}#token={token_for()}")
    expect(page.get_by_role("heading", name="Open this page from Targetym")).to_be_visible()
    expect(page.get_by_text("Open Settings → Integrations in Targetym.")).to_be_visible()
    assert page.url == f"{deployed.url}{PATH}"
    assert deployed.calls == []


def end_session(page, api, *tokens):
    """The first token works once; the others must show what they are good for."""
    api.routes["GET "] = lambda call: (
        succeed([integration()], nextCursor=None)
        if call["headers"]["authorization"].endswith(("first", "good"))
        else (401, {"message": "Unauthorized"})
    )
    api.routes[f"DELETE /{integration()['id']}"] = (401, {"message": "Unauthorized"})
    settings = open_from(page, api, *tokens)
    settings.get_by_role("button", name="Disconnect Acme").click()
    settings.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    return settings


def test_an_ended_session_goes_on_with_a_fresh_token(page, deployed):
    settings = end_session(page, deployed, "e30.e30.first", "e30.e30.good")
    page.wait_for_function("asked.length === 2")
    expect(settings.get_by_role("heading", name="Acme Workspace")).to_be_visible()
    assert authorizations(deployed)[-1] == "Bearer e30.e30.good"


@pytest.mark.parametrize("second", ["e30.e30.first", "e30.e30.expired"])
def test_two_pages_do_not_keep_passing_what_is_refused(page, deployed, second):
    settings = end_session(page, deployed, "e30.e30.first", second, "e30.e30.third")
    page.wait_for_function("asked.length === 2")
    expect(settings.get_by_role("heading", name="Your session has ended")).to_be_focused()
    settings.evaluate("window.opener.postMessage('and then', '*')")
    page.wait_for_function("asked.length === 3")
    assert page.evaluate("asked.map(([, data]) => data.type ?? data)") == [
        "targetym:ready",
        "targetym:ready",
        "and then",
    ]


@pytest.mark.parametrize("token", ["", "no-token", "a.b.c d", "a.b.c\n", 7, None, ["a.b.c"]])
def test_what_is_no_token_is_not_sent(page, deployed, token):
    settings = open_from(page, deployed, token)
    page.wait_for_function("asked.length === 1")
    expect(settings.locator("#content")).to_have_attribute("aria-busy", "true")
    assert deployed.calls == []
