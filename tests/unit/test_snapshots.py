"""A frozen container is restored many times (AW-17), and waits for AWS no longer than it may
(AW-11)."""

import ast
import random
from collections.abc import Callable
from uuid import uuid4

import pytest

from hub import oauth, runtime, sealing
from hub.http_client import HttpClient
from hub.sealing import DataKey, Place
from tests.template import ROOT

PLACE = Place(organization_id="", integration_id="", provider_id="", field="", generation=0)
KEY, CLIENT = DataKey(b"k" * 32), HttpClient({"slack.com"})
DRAWN: dict[str, Callable[[], object]] = {
    "states, verifiers and bindings": oauth.new_secret,
    "salts": sealing.new_salt,
    "nonces": lambda: KEY.seal(b"", PLACE, b"")[3:15],
    "ids": uuid4,
    "pauses": lambda: CLIENT._jitter(0, 1),
}


def drawn_by_restored_snapshots(draw: Callable[[], object]) -> set[object]:
    frozen = random.getstate()
    drawn = set()
    for _ in range(8):
        random.setstate(frozen)
        drawn.add(draw())
    return drawn


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_eight_restored_snapshots_never_draw_the_same(draw: Callable[[], object]):
    assert len(drawn_by_restored_snapshots(draw)) == 8


def test_what_draws_from_the_snapshot_would_be_caught():
    assert len(drawn_by_restored_snapshots(random.random)) == 1


def calls_of(source: str) -> list[str]:
    """Every call that makes an AWS client or session, as it is written."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    made = {"client", "resource", "Session", "get_session", "create_client"}
    return [
        ast.unparse(node)
        for node in found
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in made
        and ast.unparse(node.func.value) in {"boto3", "boto3.session", "botocore.session"}
    ]


def test_aws_clients_are_made_in_one_place_with_the_short_timeouts():
    sources = [*(ROOT / "layers/hub/hub").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    made = {
        path.name: calls
        for path in sources
        if (calls := calls_of(path.read_text(encoding="utf-8")))
    }

    assert made == {
        "runtime.py": [
            "boto3.client(service, config=HASTY_CONFIG if optional('HASTY') else AWS_CONFIG)"
        ]
    }


@pytest.mark.parametrize(
    "source", ["boto3.client('s3')", "x = boto3.session.Session().client('s3')"]
)
def test_a_client_made_elsewhere_would_be_caught(source: str):
    assert calls_of(source)


@pytest.mark.parametrize("service", ["dynamodb", "kms", "sqs", "ssm"])
def test_every_client_waits_as_long_as_it_may_and_is_made_once(service: str):
    config = runtime.aws(service).meta.config

    assert config.connect_timeout <= 2
    assert config.read_timeout <= 5
    assert config.retries["total_max_attempts"] <= 3
    assert runtime.aws(service) is runtime.aws(service)
