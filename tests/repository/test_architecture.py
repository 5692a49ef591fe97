"""Rules of the code base that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import providers
from tests.template import ROOT

HUB = ROOT / "layers" / "hub" / "hub"
SOURCES = [*HUB.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]


def literals(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def names_a_provider(source: str) -> set[str]:
    return set(literals(source)) & {provider.id for provider in providers.everything()}


ENGINE = [path for path in SOURCES if not {"providers", "webhooks"} & set(path.parts)]


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_a_providers_own_files_name_it(path: Path):
    assert names_a_provider(path.read_text()) == set()


def test_naming_a_provider_would_be_seen():
    assert names_a_provider('if provider.id == "slack": pass') == {"slack"}


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


APPS = sorted((ROOT / "functions").rglob("*.py"))


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.parent.name)
def test_functions_know_nothing_of_each_other(path: Path):
    assert not [name for name in imported(path.read_text()) if name.startswith("functions")]


def equality_on_digests(source: str) -> list[int]:
    """Lines that compare something that calls itself a digest, hash or signature with ==."""
    words = ("digest", "signature", "binding_hash", "hmac")
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        and any(word in ast.unparse(node).lower() for word in words)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_digests_are_compared_in_constant_time(path: Path):
    assert equality_on_digests(path.read_text()) == []


def test_a_plain_comparison_of_digests_would_be_seen():
    assert equality_on_digests("ok = digest(a) == state.binding_hash") == [1]


def test_stored_answers_are_those_of_actions_and_nothing_that_returns_a_token():
    """TS-14: whoever keeps answers for repetitions would keep a token in clear."""
    users = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if any("idempotency" in name for name in imported(path.read_text()))
        or "import idempotency" in path.read_text()
    }

    assert users == {"layers/hub/hub/actions.py"}
