"""axe-core, fetched by tests/local/install.sh, on a page."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / ".local" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def problems(page: Page) -> list[tuple[str, list[str]]]:
    """Give what it finds by the rules of WCAG 2.2 AA and by its own: the rule, and where."""
    assert AXE.is_file(), "axe-core is missing: run tests/local/install.sh"
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run({ runOnly: tags })", STANDARDS)
    return [
        (violation["id"], node["target"])
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
