"""The secrets that verify: what is missing is told from what somebody made up (WH-03)."""

import json
from uuid import uuid4

import boto3
import pytest

from hub.keyrings import Ring
from hub.providers._webhooks import Keyring
from hub.schemes import Verdict, is_chosen
from tests.conftest import forget
from tests.functional.conftest import INGRESS


@pytest.fixture
def ring(configured: None) -> Keyring:
    return Ring("asana")


def configure(**ingress: str) -> None:
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/ingress",
        Value=json.dumps(INGRESS | ingress),
        Type="SecureString",
        Overwrite=True,
    )
    forget()


def test_of_an_unknown_subscription_nothing_verifies(ring: Keyring):
    """And it is no alarm: whoever likes can make up an id."""
    for secrets in (ring.stored(str(uuid4())), ring.stored(None), ring.chosen(None)):
        assert is_chosen("", secrets) is Verdict.INVALID


def test_what_nobody_has_is_made_anew_each_time(ring: Keyring):
    assert len({ring.stored(None), ring.stored(None), ring.chosen(None), ring.chosen(None)}) == 4


@pytest.mark.parametrize("secret", ["", "too short"])
def test_without_an_ingress_secret_nothing_is_configured(ring: Keyring, secret: str):
    configure(secret=secret)

    for secrets in (ring.stored(str(uuid4())), ring.chosen(str(uuid4())), ring.chosen(None)):
        assert is_chosen("", secrets) is Verdict.NOT_CONFIGURED
