"""A provider where a second grant of an account ends the first one's tokens: one live integration
may hold an account, over all organizations.
"""

import pytest

from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import rows, sealed

BOB = User(organization="org-b", id="bob")


@pytest.fixture
def connect(journey, server, monkeypatch):
    declare(monkeypatch, made_up(exclusive=True), server.url)

    def connect(account="acct-1", user=None):
        started = journey.start({"providerId": "madeup"}, user=user)
        return result(journey.return_(server.approve(started.url, account), started.cookie))

    return connect


def test_an_account_that_another_organization_holds_is_in_use(journey, server, connect):
    first = connect()["integration"]

    assert connect(user=BOB) == {"provider": "madeup", "error": "account_in_use"}
    assert [row["organizationId"] for row in rows("integrations")] == ["org-a"]
    held = [row["integrationId"] for row in rows("external-accounts")]
    assert held == [first]


def test_the_tokens_that_cannot_be_used_are_revoked(journey, server, connect):
    connect()
    connect(user=BOB)
    assert len(sealed()) == 2

    journey.run_jobs()
    assert (len(server.revoked), len(sealed())) == (1, 1)


def test_two_accounts_do_not_know_of_each_other(connect):
    assert connect("acct-1")["status"] == connect("acct-2", user=BOB)["status"] == "connected"


def test_the_same_organization_renews_what_it_holds(connect):
    first = connect()

    assert connect() == first
    assert len(rows("external-accounts")) == 1


def test_what_was_disconnected_is_free_for_another(journey, connect):
    first = connect()["integration"]
    assert journey.gateway.delete(f"/api/integrations/{first}").status == 200
    assert rows("external-accounts") == []

    assert connect(user=BOB)["status"] == "connected"
    assert connect()["error"] == "account_in_use"


def test_without_being_declared_exclusive_both_may_hold_it(journey, server, monkeypatch):
    """Negative control: it is the trait that refuses, not something else."""
    declare(monkeypatch, made_up(), server.url)
    for user in (None, BOB):
        started = journey.start({"providerId": "madeup"}, user=user)
        back = journey.return_(server.approve(started.url), started.cookie)
        assert result(back)["status"] == "connected"

    assert len(rows("external-accounts")) == 2
