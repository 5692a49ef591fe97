"""RF-05, RF-07, RF-09: AWS fails the way it really does, on the wire, and the SDK repeats what it
would repeat, while credentials are refreshed at a provider that gives nothing twice.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest

from hub import assembly
from hub.runtime import AWS_CONFIG
from tests.conftest import forget
from tests.functional.gateway import Reply
from tests.races import microburst
from tests.races.cloud import dynamodb
from tests.races.microburst import Microburst
from tests.races.world import NEARLY_OVER, STRICT, World

_make_client = boto3.client


@pytest.fixture(scope="module")
def running_proxy(endpoint: str) -> Iterator[Microburst]:
    with microburst.before(endpoint) as proxy:
        yield proxy


@pytest.fixture
def proxy(running_proxy: Microburst) -> Microburst:
    running_proxy.clear()
    return running_proxy


@pytest.fixture
def connected(world: World, proxy: Microburst, monkeypatch: pytest.MonkeyPatch) -> str:
    """An integration whose token is nearly over, in a world behind the proxy. Waiting takes no
    time there.
    """
    integration_id = world.connect(provider=STRICT)
    world.settle()
    world.pass_time(NEARLY_OVER)
    world.cloud.dynamodb = dynamodb(proxy.url)
    wait_by(world.pass_time, monkeypatch)
    forget()
    return integration_id


def wait_by(wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    for waiting in (assembly, botocore.endpoint):
        monkeypatch.setattr(waiting, "time", SimpleNamespace(sleep=wait))


def refresh(world: World, integration_id: str) -> Reply:
    return world.gateway.post(f"/api/integrations/{integration_id}/refresh")


def assert_refreshed_once(world: World, proxy: Microburst) -> None:
    proxy.clear()
    world.recover()
    (integration,) = world.check().live.values()
    assert world.refreshes(STRICT) == ["ok"]
    assert integration.status == "active"


def test_without_the_key_nobody_is_asked(world: World, proxy: Microburst, connected: str):
    ours, theirs = world.cloud.kms, _make_client("kms", endpoint_url=proxy.url, config=AWS_CONFIG)
    proxy.rule(service="kms", error={"code": "KMSInternalException", "status": 500})
    world.cloud.kms = theirs
    forget()

    assert refresh(world, connected).status == 503
    world.tick()
    world.refresh_due()
    assert world.refreshes(STRICT) == []

    world.cloud.kms = ours
    forget()
    assert_refreshed_once(world, proxy)


@pytest.mark.parametrize(
    "fault",
    [
        {"error": {"code": "ProvisionedThroughputExceededException"}},
        {"error": {"code": "InternalServerError", "status": 500}},
        {"reset": True},
    ],
    ids=["throttled", "broken", "reset"],
)
def test_without_the_journal_nobody_is_asked(
    world: World, proxy: Microburst, connected: str, fault: dict[str, object]
):
    proxy.rule(service="dynamodb", operation="UpdateItem", **fault)

    assert refresh(world, connected).status == 503
    world.tick()
    world.refresh_due()
    assert world.refreshes(STRICT) == []

    assert_refreshed_once(world, proxy)


def test_throttling_of_twenty_seconds_is_waited_out(
    world: World, proxy: Microburst, connected: str, monkeypatch: pytest.MonkeyPatch
):
    ends = world.clock() + 20

    def wait(seconds: float) -> None:
        world.pass_time(seconds)
        if world.clock() >= ends:
            proxy.clear()

    wait_by(wait, monkeypatch)
    proxy.rule(
        service="dynamodb", operation="TransactWriteItems", error={"code": "ThrottlingException"}
    )

    assert refresh(world, connected).status == 200
    assert world.clock() >= ends
    assert_refreshed_once(world, proxy)


def test_throttling_that_does_not_end_parks_the_tokens_sealed(
    world: World, proxy: Microburst, connected: str
):
    proxy.rule(
        service="dynamodb", operation="TransactWriteItems", error={"code": "ThrottlingException"}
    )

    reply = refresh(world, connected)

    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    (body,) = world.cloud.sqs.waiting
    issued = world.simulator.issued_secrets()
    assert not [secret for secret in issued if secret in body]
    assert_refreshed_once(world, proxy)


@pytest.mark.parametrize("operation", ["UpdateItem", "TransactWriteItems"])
def test_a_write_whose_acknowledgement_is_lost_is_known_again(
    world: World, proxy: Microburst, connected: str, operation: str
):
    begun = world.later
    proxy.rule(service="dynamodb", operation=operation, response={"abort_bytes": 0}, times=1)

    assert refresh(world, connected).status == 200
    assert proxy.fired() == 1
    assert world.later - begun < 5, "it waited for itself"
    assert_refreshed_once(world, proxy)


def test_lost_acknowledgements_that_the_sdk_gives_up_on(
    world: World, proxy: Microburst, connected: str
):
    proxy.rule(
        service="dynamodb", operation="TransactWriteItems", response={"abort_bytes": 0}, times=3
    )

    assert refresh(world, connected).status == 200
    assert proxy.fired() == 3
    assert_refreshed_once(world, proxy)
