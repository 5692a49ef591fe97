"""The stack that `make run` starts, once for all tests that ask for it, on a free port."""

import os
import secrets
import subprocess

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PATH, PATIENCE
from tests.local.configuration import Configuration
from tests.local.stack import ROOT, LocalStack


@pytest.fixture(scope="session")
def built():
    """What is deployed is what is in the tree: `make build` does nothing where nothing changed."""
    inherited = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    subprocess.run(["make", "-s", "build"], cwd=ROOT, env=inherited, check=True)


@pytest.fixture(scope="session")
def stack(built):
    with LocalStack(Configuration(port=0), log="tests.log") as running:
        yield running


@pytest.fixture
def organization():
    return f"org-{secrets.token_hex(4)}"


@pytest.fixture
def open_settings(stack, new_context, organization):
    """Opens the settings page of an organization that the test has to itself."""

    def opened(role="admin", **options):
        context = new_context(**options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        token = stack.token(role=role, organization=organization)
        page.goto(f"{stack.url}{PATH}#token={token}")
        page.locator("#content[aria-busy=false]").wait_for()
        return page

    expect.set_options(timeout=PATIENCE)
    yield opened
    expect.set_options(timeout=5_000)
