"""What the README says holds: its examples run, its paths exist, no provider is left out."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub import providers
from hub.http_client import HttpClient
from tests.local import configuration
from tests.providers.sample import fixture
from tests.template import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERY = {provider.id: provider for provider in providers.everything()}
IDS = dict.fromkeys(("page_id", "project_id", "team_id", "channel_id", "list_id"), "1")
GIVEN = IDS | {"token": "a-token", "cloud_id": "a-site"}


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    (found,) = re.findall(
        rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", README, re.MULTILINE | re.DOTALL
    )
    return found


def first_cells(text: str) -> list[str]:
    return [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("|")]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The providers that clients call, with a real client's limits; they answer by their book."""
    called: list[str] = []

    def send(client, request, **_):
        client._check(request.url)
        host = urlsplit(request.url).netloc
        (provider,) = (each for each in EVERY.values() if _reaches(each, host))
        called.append(provider.id)
        return fixture(provider.id, "action")

    monkeypatch.setattr(HttpClient, "send", send)
    return called


def _reaches(provider, host):
    """By the API alone: Jira and Trello share a host for tokens."""
    apis = (provider.endpoints.api, *provider.endpoints.apis.values())
    return host in {urlsplit(api).netloc for api in apis}


def test_the_clients_of_all_providers_do_what_the_example_says(called: list[str]):
    (example,) = re.findall(r"```python\n(.*?)```", section("From Python"), re.DOTALL)

    exec(compile(example, "README.md", "exec"), dict(GIVEN))  # noqa: S102  # our own example
    assert called == list(dict.fromkeys(called))
    assert set(called) == set(EVERY)


@pytest.mark.parametrize("provider_id", EVERY)
def test_a_client_has_a_method_for_each_action(provider_id: str):
    (client,) = re.findall(rf"from hub\.providers\.{provider_id}\.client import (\w+)", README)
    module = __import__(f"hub.providers.{provider_id}.client", fromlist=[client])

    for action in EVERY[provider_id].actions:
        assert callable(getattr(getattr(module, client), action.id))


def test_every_provider_s_app_is_described():
    setup = section("What each provider's app must be set up with")
    names = [provider.name for provider in EVERY.values()]

    assert first_cells(setup) == ["provider", "---", *names] * 3


def test_what_the_readme_says_of_revocation_and_choices_is_what_is_declared():
    above = README.partition("## Run it")[0]
    (without,) = re.findall(r"- ([\w, ]+) offer no revocation", above)
    named = re.findall(r"\w+", without.replace(" and ", ", "))

    assert {each.name.split()[0] for each in EVERY.values() if each.local_only} == set(named)
    exclusive = [provider.name for provider in EVERY.values() if provider.exclusive]
    assert exclusive == ["Zoom"]


def test_the_variables_of_env_local_are_understood(tmp_path: Path):
    text = section("With a real provider")
    names = set(re.findall(r"`([A-Z]+)`", text)) & {each.upper() for each in EVERY}
    suffixes = re.findall(r"(?:<PROVIDER>|`)(_[A-Z]+_(?:ID|SECRET|URL))`", text)
    assert (len(names), len(set(suffixes))) == (len(EVERY), 6)

    values = {"_CLIENT_ID": "id", "_CLIENT_SECRET": "secret"}
    lines = [
        f"{name}{suffix}={values.get(suffix, 'https://host.example/x')}"
        for name in names
        for suffix in dict.fromkeys(suffixes)
    ]
    file = tmp_path / ".env.local"
    file.write_text("\n".join([*lines, "MICROSOFT_TENANT=contoso"]), encoding="utf-8")
    read = configuration.read({}, file).providers

    assert set(read) == set(EVERY)
    assert all(len(app.endpoints) == 4 for app in read.values())
    assert read["microsoft"].settings == {"tenant": "contoso"}


def test_the_variables_that_one_provider_alone_has_are_named():
    text = section("With a real provider")

    assert [
        name for own in configuration._SETTINGS.values() for name in own if f"`{name}`" not in text
    ] == []


def test_every_path_it_names_is_there():
    named = re.findall(r"[`(]((?:tests|layers|functions|docs|events)/[\w./-]+)[`)]", README)
    missing = [path for path in named if not (ROOT / path).exists()]

    assert missing == []
    assert len(named) > 15


def test_every_make_target_it_names_is_there():
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(re.findall(r"make (?:-s )?([a-z-]+)[` \n]", README)) <= set(targets)
