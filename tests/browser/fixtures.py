"""Headless Chromium for the suite, a page that fails on anything the console complains about, and
the fake API.
"""

import shutil
from pathlib import Path

import pytest

from functions.settings_page import app
from tests.browser.fake_api import PATH, FakeApi, token_for

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine can be reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "The browser tests need Chromium (Debian: apt-get install chromium)."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_context(browser):
    """Browser contexts in which any complaint on the console fails the test."""
    complaints = []
    contexts = []

    def make(**options):
        context = browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1100, "height": 850}, **options}
        )
        context.set_default_timeout(5_000)
        context.on("console", lambda message: _note(complaints, message))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


EXPECTED = (
    "Failed to load resource",  # every 4xx and 5xx that a test makes the API answer
    "Scripts may close only the windows",  # a returned page that was no pop-up stays, and says so
)


def _note(complaints, message):
    if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED):
        complaints.append(message.text)


@pytest.fixture
def page(new_context):
    return new_context().new_page()


@pytest.fixture
def unwatched_page(browser):
    """A page whose console may complain: the browser reports each refusal there."""
    context = browser.new_context()
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def api(monkeypatch):
    with FakeApi() as fake:
        monkeypatch.setenv("STAGE", "local")
        monkeypatch.setenv("PUBLIC_BASE_URL", fake.url)
        monkeypatch.delenv("ALLOWED_ORIGINS", raising=False)
        monkeypatch.delenv("ROLE_CLAIM", raising=False)
        app._page.cache_clear()
        yield fake
    app._page.cache_clear()


@pytest.fixture
def open_page(page, api):
    """Opens the settings page the way `make run` prints it, and waits until it has settled."""

    def opened(*, role="admin", query="", token=None):
        page.goto(f"{api.url}{PATH}{query}#token={token or token_for(role)}")
        page.locator("#content[aria-busy=false]").wait_for()
        return page

    return opened


@pytest.fixture
def photograph():
    def take(page, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    take.folder = SCREENSHOTS
    return take
