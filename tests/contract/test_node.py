"""What runs the clients of others fails where it cannot, and says why; no test goes around it."""

import json
from pathlib import Path

import pytest

from tests.contract import node

TESTS = sorted(node.SCRIPTS.glob("*.py"))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A script that tells what it was given, and whether it may find packages."""
    monkeypatch.setattr(node, "SCRIPTS", tmp_path)
    (tmp_path / "echo.mjs").write_text("""
        import { createRequire } from "node:module";
        const packages = createRequire(process.env.PACKAGES);
        const asked = JSON.parse(process.argv[2]);
        if (asked.wrong) throw new Error(`not ${asked.wrong}`);
        console.log(JSON.stringify({ asked, found: packages.resolve("jira.js/package.json") }));
        if (asked.stays) setInterval(() => {}, 1000);
    """)
    return "echo.mjs"


def test_a_script_is_given_json_and_packages_and_gives_json(script: str):
    told = node.run(script, text='"ü" \n', number=7)

    assert told["asked"] == {"text": '"ü" \n', "number": 7}
    assert Path(told["found"]).is_relative_to(node.INSTALLED.resolve())


def test_a_server_is_kept_while_it_is_wanted(script: str):
    with node.serving(script, stays=True) as told:
        assert told["asked"] == {"stays": True}


def test_a_script_that_fails_says_why(script: str):
    with pytest.raises(AssertionError, match="not this"):
        node.run(script, wrong="this")
    with pytest.raises(AssertionError, match="not this"), node.serving(script, wrong="this"):
        pytest.fail("A failed script went unnoticed.")


def test_without_node_a_test_fails(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(node, "INSTALLED", tmp_path)

    with pytest.raises(AssertionError, match="make test"):
        node.run(script)
    with pytest.raises(AssertionError, match="make test"), node.serving(script):
        pytest.fail("A missing node went unnoticed.")


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_nothing_else_runs_node_or_skips(path: Path):
    text = path.read_text(encoding="utf-8")
    words = () if path.samefile(node.__file__) else ("subprocess", "shutil.which")

    assert path.samefile(__file__) or not {
        word for word in (*words, "pytest.skip", "mark.skip", "importorskip") if word in text
    }


def test_every_package_that_is_installed_is_used():
    wanted = json.loads((node.SCRIPTS / "package.json").read_text(encoding="utf-8"))
    scripts = "".join(path.read_text(encoding="utf-8") for path in node.SCRIPTS.glob("*.mjs"))

    assert {package for package in wanted["dependencies"] if package not in scripts} == set()
