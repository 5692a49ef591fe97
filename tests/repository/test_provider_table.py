"""The README's tables say what the declarations say."""

import pytest

from hub import providers
from tests.repository import provider_table


def test_the_readme_has_its_tables_as_they_should_be():
    readme = provider_table.README.read_text(encoding="utf-8")

    assert readme == provider_table.written(readme), "make readme"


def test_a_table_that_is_out_of_date_would_be_seen():
    readme = provider_table.README.read_text(encoding="utf-8")
    stale = readme.replace("| Slack |", "| Slock |")

    assert stale not in {readme, provider_table.written(stale)}


def test_a_readme_without_a_place_for_it_is_refused():
    with pytest.raises(ValueError, match="no place"):
        provider_table.written("# Something else")


def test_every_provider_has_a_row_and_every_action_its_place():
    table = provider_table.table()

    assert len(table.splitlines()) == len(providers.IDS) + 2
    for provider in providers.everything():
        assert all(action.id in table for action in provider.actions)


def test_every_scope_that_may_be_asked_for_is_listed():
    table = provider_table.scopes()

    for provider in providers.everything():
        assert all(f"`{scope.id}`" in table for scope in provider.scopes)
