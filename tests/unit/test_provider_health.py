"""Leaving a provider alone that is in trouble: how many calls it still gets, how soon it is back.

Functions share what they know through the table only; each `ProviderHealth` here is a container.
"""

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws

from hub.errors import ProviderUnavailable
from hub.provider_health import ProviderHealth
from hub.store import health
from hub.store.database import Database
from hub.store.health import PROBE_SECONDS, WINDOW_SECONDS, Answered, Cause
from tests.tables import create_tables

NOW = 1_800_000_000.0


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def dynamodb():
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        yield client


@pytest.fixture
def database(dynamodb):
    yield Database(dynamodb, {"provider_health": "provider-health"})
    for row in dynamodb.scan(TableName="provider-health")["Items"]:
        key = {name: row[name] for name in ("providerId", "part")}
        dynamodb.delete_item(TableName="provider-health", Key=key)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reports():
    return []


@pytest.fixture
def container(database, clock, reports):
    return lambda: ProviderHealth(database, clock, lambda *report: reports.append(report))


def asks(provider_health, provider_id="google"):
    try:
        provider_health.require_open(provider_id)
    except ProviderUnavailable:
        return False
    return True


def test_a_healthy_provider_is_asked(container):
    one = container()
    for _ in range(50):
        assert asks(one)
        one.count("google", Answered.OK)


@pytest.mark.parametrize(
    ("answered", "least", "cause"),
    [(Answered.FAILED, 10, Cause.FAILING), (Answered.REFUSED, 5, Cause.REFUSING)],
)
def test_so_many_failures_put_up_a_breaker_once(container, reports, answered, least, cause):
    one = container()
    for _ in range(least - 1):
        one.count("google", answered)
    assert (asks(one), reports) == (True, [])
    for _ in range(5):
        one.count("google", answered)

    assert reports == [("google", cause)]
    assert not asks(container())
    assert asks(container(), "slack")


@pytest.mark.parametrize(
    ("answered", "good", "bad"), [(Answered.FAILED, 11, 11), (Answered.REFUSED, 40, 10)]
)
def test_too_small_a_share_does_not(container, reports, answered, good, bad):
    one = container()
    for _ in range(good):
        one.count("google", Answered.OK)
    for _ in range(bad):
        one.count("google", answered)

    assert reports == []
    one.count("google", answered)
    assert len(reports) == 1


def test_who_is_turned_away_is_told_when_the_next_probe_is(container):
    one = container()
    one.stop("google", Cause.FAILING)

    with pytest.raises(ProviderUnavailable) as turned_away:
        one.require_open("google")
    assert turned_away.value.retry_after == PROBE_SECONDS


def test_one_may_probe_in_half_a_minute(container, clock):
    one, other = container(), container()
    one.stop("google", Cause.FAILING)
    allowed = []
    for _ in range(181):
        allowed += [clock.now - NOW for each in (one, other) if asks(each)]
        clock.now += 1

    assert allowed == [30, 60, 90, 120, 150, 180]


def test_a_probe_that_succeeds_takes_the_breaker_away_for_all(container, clock):
    one, other = container(), container()
    one.stop("google", Cause.MISCONFIGURED)
    assert not asks(other)
    clock.now += PROBE_SECONDS
    assert asks(one)
    one.count("google", Answered.OK)

    assert asks(one)
    clock.now += 10.1
    assert all(asks(other) for _ in range(10))


def test_what_happened_long_ago_counts_no_more(container, clock, reports):
    one = container()
    for _ in range(9):
        one.count("google", Answered.FAILED)
    clock.now += 2 * WINDOW_SECONDS
    one.count("google", Answered.FAILED)

    assert reports == []


def test_the_beginning_of_a_window_forgets_nothing(container, clock, reports):
    clock.now -= clock.now % WINDOW_SECONDS - WINDOW_SECONDS + 1
    one = container()
    for _ in range(9):
        one.count("google", Answered.FAILED)
    clock.now += 2
    one.count("google", Answered.FAILED)

    assert reports == [("google", Cause.FAILING)]


def test_two_containers_count_together(container, reports):
    one, other = container(), container()
    for _ in range(5):
        one.count("google", Answered.FAILED)
        other.count("google", Answered.FAILED)

    assert reports == [("google", Cause.FAILING)]


def test_what_cannot_be_counted_is_not_worth_failing_for(clock, reports):
    class Down:
        def update_item(self, **_):
            raise ConnectTimeoutError(endpoint_url="https://aws.example")

    broken = ProviderHealth(
        Database(Down(), {"provider_health": "provider-health"}), clock, reports.append
    )
    broken.count("google", Answered.OK)
    broken.count("google", Answered.FAILED)

    assert reports == []


def test_a_thousand_connections_leave_a_provider_that_is_down_alone(container, clock, reports):
    """RF-15: 100% 5xx for ten minutes. Calls: those that prove it, then the probes; others are
    served as before; half a minute after it answers again it is asked again.
    """
    containers = [container() for _ in range(8)]
    calls, others = 0, 0
    for second in range(600):
        clock.now = NOW + second
        for n in range(5):  # 1,000 connections, each wanted every 200 seconds
            one = containers[(second * 5 + n) % 8]
            if asks(one):
                calls += 1
                one.count("google", Answered.FAILED)
        if second % 20 == 0:
            others += asks(containers[second % 8], "slack")
    print(f"{calls} calls in ten minutes for 3000 asked for")

    assert others == 30
    assert calls <= 10 + 8 + 600 / PROBE_SECONDS
    assert reports == [("google", Cause.FAILING)]
    back = None
    for second in range(600, 680):
        clock.now = NOW + second
        answers = [asks(one) for one in containers]
        for one, asked in zip(containers, answers, strict=True):
            if asked:
                one.count("google", Answered.OK)
        if back is None and any(answers):
            back = second - 600
        if back is not None and second - 600 > back + 11:
            assert all(answers)
    assert back is not None
    assert back <= PROBE_SECONDS


def test_a_provider_that_refuses_in_masses_is_not_believed(container, reports):
    """RF-13: a thousand grants refused at once, and four of them taken for dead at most."""
    containers = [container() for _ in range(8)]
    believed = sum(
        containers[n % 8].may_be_believed("google", Answered.REFUSED) for n in range(200)
    )

    assert believed == 4
    assert reports == [("google", Cause.REFUSING)]


def test_a_few_refusals_among_many_successes_are_believed(container, reports):
    """Negative control: people do take back what they granted."""
    one = container()
    for n in range(300):
        if n % 10 == 9:
            assert one.may_be_believed("google", Answered.REFUSED)
        else:
            one.count("google", Answered.OK)

    assert reports == []


def test_refusals_are_not_believed_either_while_another_breaker_stands(container, reports):
    """RF-13: an incident that began with 5xx: the probes' refusals prove nothing."""
    one = container()
    one.stop("google", Cause.FAILING)
    believed = [one.may_be_believed("google", Answered.REFUSED) for _ in range(10)]

    assert believed == [True] * 4 + [False] * 6


def test_a_success_between_them_does_not_make_refusals_believable(container):
    """It takes the breaker away, and the next refusal puts it up again."""
    one, other = container(), container()
    for _ in range(10):
        one.may_be_believed("google", Answered.REFUSED)
    one.count("google", Answered.OK)

    assert not other.may_be_believed("google", Answered.REFUSED)


def test_the_stopped_providers_are_read_in_one_request(container, database):
    container().stop("zoom", Cause.FAILING)

    assert health.stopped(database, ["google", "slack", "zoom"]) == {"zoom"}
