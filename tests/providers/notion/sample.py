"""Notion, for tests of every provider."""

from tests.providers.sample import Sample
from tests.simulator.providers.notion.workspaces import onboarding

SAMPLE = Sample(
    account="Globex (Grace Hooper)",
    other="Ada's Bakery (Ada Byron)",
    action="create_page",
    body={"title": "Welcome", "parentPageId": onboarding("Globex"), "markdown": "# Day 1"},
    words="markdown",
    done=lambda state: state["pages"],
)
