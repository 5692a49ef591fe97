"""What webhooks keep sealed without KMS opens where it belongs, and nowhere else."""

import pytest

from hub.errors import Unreadable
from hub.store.subscriptions import Target
from hub.webhook_secrets import open_account, seal_account

KEY = b"a-routing-secret-of-this-test-of-32-bytes"
WHOSE = Target(organization_id="org-a", integration_id="int_A")
SEALED = seal_account(WHOSE, "slack", "a-hash", "T0GLOBEX0001", KEY)
ANOTHERS = Target(organization_id="org-b", integration_id="int_A")
ANOTHER = Target(organization_id="org-a", integration_id="int_B")


def test_an_account_opens_in_its_place():
    assert open_account(WHOSE, "slack", "a-hash", SEALED, KEY) == "T0GLOBEX0001"
    assert b"GLOBEX" not in SEALED


@pytest.mark.parametrize(
    ("target", "provider", "route", "key"),
    [
        (ANOTHERS, "slack", "a-hash", KEY),
        (ANOTHER, "slack", "a-hash", KEY),
        (WHOSE, "zoom", "a-hash", KEY),
        (WHOSE, "slack", "another-hash", KEY),
        (WHOSE, "slack", "a-hash", KEY + b"!"),
    ],
)
def test_it_does_not_open_anywhere_else(target: Target, provider: str, route: str, key: bytes):
    with pytest.raises(Unreadable):
        open_account(target, provider, route, SEALED, key)
