"""A provider is complete or it is not declared: what every one must have beside its value."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from hub import bodies, providers
from hub.errors import GrantRefused
from hub.providers._provider import Provider
from hub.providers._values import RevocationScope
from hub.providers._webhooks import SILENT
from tests.functional.made_up import made_up
from tests.functional.webhooks.proofs import PROOFS
from tests.providers.sample import FOLDER, fixture, fixtures, sample
from tests.providers.told import told
from tests.simulator.registry import PROVIDERS as PLAYED
from tests.template import ROOT

FIXTURES = {"token", "token_error", "account", "action", "api_error", "rate_limited"}
IMPORT_CONTRACTS = 2  # that only the registry names it, and that it knows no other
CONTRACTS = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
ICONS = (ROOT / "functions/settings_page/index.html").read_text(encoding="utf-8")


def lacks(provider: Provider, docstring: str, played: set[str], folder: Path) -> Iterator[str]:
    """Name whatever a provider has not."""
    if not re.search(r"https://\S+", docstring) or "\nQuirks\n" not in docstring:
        yield "a docstring with the documentation's address and the quirks"
    yield from _unexplained(provider)
    yield from _unclassified(provider)
    if provider.id not in played:
        yield "a simulator"
    if f'data-icon="{provider.id}"' not in ICONS:
        yield "an icon"
    if CONTRACTS.count(f'"hub.providers.{provider.id}"') != IMPORT_CONTRACTS:
        yield "its place in the import contracts"
    found = {path.stem for path in (folder / provider.id / "fixtures").glob("*.json")}
    yield from sorted(f"the fixture {name}" for name in FIXTURES - found)
    if not (folder / provider.id / "sample.py").is_file():
        yield "a sample"
    if not (folder / provider.id / "told.py").is_file():
        yield "what it tells by webhook"
    if provider.id not in PROOFS:
        yield "a second reading of how it proves a delivery"


def _unexplained(provider: Provider) -> Iterator[str]:
    for scope in provider.scopes:
        if len(scope.explanation.split()) < 2 or not scope.explanation[0].isupper():
            yield f"a plain explanation of {scope.id}"
    if not provider.required_scopes:
        yield "a scope that it cannot do without"
    known = {None, *(scope.id for scope in provider.scopes)}
    for action in provider.actions:
        if len(action.explanation.split()) < 2:
            yield f"a plain explanation of {action.id}"
        if action.scope not in known:
            yield f"the scope that {action.id} needs"
    if not provider.actions:
        yield "an action"


def _unclassified(provider: Provider) -> Iterator[str]:
    if not provider.errors:
        yield "an error table"
    if (provider.revocation_scope is RevocationScope.NONE) is not bool(provider.local_only):
        yield "a sentence for where it revokes nothing, and there alone"
    if (provider.revocation_scope is RevocationScope.NONE) is bool(provider.endpoints.revocation):
        yield "an endpoint for what it revokes, and for nothing else"


@pytest.mark.parametrize("provider_id", providers.IDS)
def test_a_declared_provider_is_complete(provider_id: str):
    module = import_module(f"hub.providers.{provider_id}")
    docstring = module.__doc__ or ""

    assert list(lacks(module.PROVIDER, docstring, set(PLAYED), FOLDER)) == []


def test_whatever_is_missing_is_named(tmp_path: Path):
    bare = made_up(id="bare", scopes=(), load_actions=tuple)

    assert list(lacks(bare, "", set(PLAYED), tmp_path)) == [
        "a docstring with the documentation's address and the quirks",
        "a scope that it cannot do without",
        "an action",
        "an error table",
        "a simulator",
        "an icon",
        "its place in the import contracts",
        *(f"the fixture {name}" for name in sorted(FIXTURES)),
        "a sample",
        "what it tells by webhook",
        "a second reading of how it proves a delivery",
    ]


def test_every_folder_of_samples_is_of_a_declared_provider():
    folders = {path.name for path in FOLDER.iterdir() if (path / "sample.py").is_file()}

    assert folders == set(providers.IDS) == set(PLAYED)


@pytest.mark.parametrize("provider_id", providers.IDS)
def test_a_provider_tells_what_it_says_it_tells(provider_id: str):
    """All attacks on webhooks are tried on what `told` names (tests/functional/webhooks)."""
    webhooks, known = providers.get(provider_id).load_webhooks(), told(provider_id)
    scopes = {scope.id for scope in providers.get(provider_id).scopes}

    assert webhooks is not SILENT
    assert known.signed_by in {"webhook", "client", "chosen", "stored"}
    assert set(known.scopes) <= scopes
    assert webhooks.events


@pytest.mark.parametrize("provider_id", providers.IDS)
def test_every_fixture_says_where_it_is_from(provider_id: str):
    for name in fixtures(provider_id):
        path = FOLDER / provider_id / "fixtures" / f"{name}.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        assert (
            {"source", "status", "body"} <= told.keys() <= {"source", "status", "body", "headers"}
        )
        assert len(told["source"]) > 10


@pytest.mark.parametrize("provider_id", providers.IDS)
def test_documented_answers_are_read_as_what_they_are(provider_id: str):
    provider = providers.get(provider_id)
    answer = fixture(provider_id, "token")

    assert provider.refusal(answer) is None
    assert provider.read_tokens(answer).tokens.main.access.reveal() in answer.body.decode()
    assert isinstance(provider.refusal(fixture(provider_id, "token_error")), GrantRefused)


@pytest.mark.parametrize("provider_id", providers.IDS)
def test_the_sample_is_an_action_it_has(provider_id: str):
    provider, used = providers.get(provider_id), sample(provider_id)
    action = provider.action(used.action)

    assert action is not None
    assert bodies.read_dataclass(action.takes, json.dumps(dict(used.body)).encode())
    assert used.account != used.other
