"""Credentials stay fresh in the deployed stack: on use, by the schedule, and when a person asks.

Our clock cannot be moved here. Tokens that end soon are told so by the simulator (`short_lived`);
tokens that have ended are those after whose end the simulator's clock was moved. Whoever uses a
token may be the job that subscribes to webhooks after connecting: refreshes are counted from before
both.
"""

import time

import pytest

from hub import providers
from tests.e2e.journey import Journey, until
from tests.providers.sample import sample

pytestmark = pytest.mark.stack

DAY = 86_400
USED_UP = 100  # seconds: less than anybody is handed a token for
NEVER_END = {"notion"}


@pytest.fixture
def simulator(stack):
    """Slack's tokens end, as they do where an app has switched rotation on."""
    stack.simulator.reset()
    stack.simulator.configure("slack", rotation=True)
    yield stack.simulator
    stack.simulator.reset()


@pytest.fixture
def journey(stack, simulator):
    """Of an organization that leaves nothing behind that the schedule would find."""
    journey = Journey(stack)
    yield journey
    for each in journey.request("GET", "/api/integrations").json()["data"]:
        journey.disconnect(each["id"])
        journey.wait_until_settled(each["id"])


def connect_all(journey, simulator, lives=None):
    """Connect every provider, with tokens that are said to live so long; give ids by provider."""
    connected = {}
    for provider in providers.IDS:
        if lives is not None and provider not in NEVER_END:
            simulator.fault(provider, sample(provider).token, "short_lived", value=lives)
        connected[provider] = journey.connect(provider, sample(provider).account)
    return connected


def asked(simulator, provider):
    """How often the provider's token endpoint was called."""
    return len(simulator.calls(sample(provider).token, provider))


def test_a_token_that_ends_soon_is_refreshed_once_by_whoever_uses_it(journey, simulator):
    connected = connect_all(journey, simulator, lives=USED_UP)

    for provider, integration in connected.items():
        used = sample(provider)
        journey.act(integration, used.action, used.body)
        journey.act(integration, used.action, used.body)

        if ends := provider not in NEVER_END:
            until(lambda i=integration: journey.detail(i)["lastRefreshAt"], provider)
        assert asked(simulator, provider) == 1 + ends, provider  # the exchange of the code is one
        assert (journey.detail(integration)["lastRefreshAt"] is not None) is ends, provider
        assert len(used.done(simulator.state()[provider])) == 2, provider


def test_a_token_that_has_ended_is_refreshed_once_when_the_provider_refuses_it(journey, simulator):
    connected = connect_all(journey, simulator)
    before = {provider: asked(simulator, provider) for provider in connected}
    simulator.advance(2 * DAY)

    for provider, integration in connected.items():
        used = sample(provider)
        journey.act(integration, used.action, used.body)

        assert asked(simulator, provider) - before[provider] == (provider not in NEVER_END), (
            provider
        )
        assert len(used.done(simulator.state()[provider])) == 1, provider


def test_the_dispatcher_the_queue_and_the_worker_refresh_what_is_due(journey, simulator, stack):
    connected = connect_all(journey, simulator)
    refreshable = {p: each for p, each in connected.items() if p not in NEVER_END}
    before = {provider: asked(simulator, provider) for provider in connected}
    for integration in refreshable.values():
        make_due(stack, journey.organization, integration)

    answer = stack.aws("lambda").invoke(FunctionName=stack.functions()["RefreshDispatcherFunction"])

    assert "FunctionError" not in answer
    for provider, integration in refreshable.items():
        until(lambda i=integration: journey.detail(i)["lastRefreshAt"], provider)
    for provider in connected:
        assert asked(simulator, provider) - before[provider] == (provider in refreshable), provider


def make_due(stack, organization, integration):
    """What time does, only faster."""
    stack.aws("dynamodb").update_item(
        TableName=stack.deployment.resources["CredentialsTable"],
        Key={"organizationId": {"S": organization}, "credentialsId": {"S": integration}},
        UpdateExpression="SET refreshDueAt = :now",
        ConditionExpression="attribute_exists(refreshShard)",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()) - 1)}},
    )


def test_the_schedule_fires(journey, stack):
    """Every minute for this test. All else of the schedule stays as it was deployed."""
    scheduler = stack.aws("scheduler")
    integration = journey.connect("google", sample("google").account)
    make_due(stack, journey.organization, integration)
    name = stack.deployment.resources["RefreshDispatcherFunctionTick"]
    deployed = scheduler.get_schedule(Name=name)
    kept = {key: deployed[key] for key in ("Name", "FlexibleTimeWindow", "Target")}
    assert deployed["ScheduleExpression"] == "rate(5 minutes)"
    scheduler.update_schedule(**kept, ScheduleExpression="rate(1 minute)")
    try:
        until(lambda: journey.detail(integration)["lastRefreshAt"], "the tick")
    finally:
        scheduler.update_schedule(**kept, ScheduleExpression="rate(5 minutes)")


def test_a_person_refreshes_now(journey, simulator):
    integration = journey.connect("zoom", sample("zoom").account)
    until(lambda: journey.detail(integration)["lastSyncAt"], "the first sync")
    before = asked(simulator, "zoom")
    url = f"/api/integrations/{integration}/refresh"

    answer = journey.request("POST", url)

    assert answer.status_code == 200, answer.text
    detail = journey.detail(integration)
    del detail["webhookSubscriptions"], detail["sync"]
    assert answer.json()["data"] == detail
    assert answer.json()["data"]["lastRefreshAt"]
    assert asked(simulator, "zoom") == before + 1
    journey.act(integration, sample("zoom").action, sample("zoom").body)


def test_only_who_manages_integrations_refreshes_and_only_those_of_the_organization(
    journey, simulator, stack
):
    integration = journey.connect("zoom", sample("zoom").account)
    before = asked(simulator, "zoom")
    url = f"/api/integrations/{integration}/refresh"
    manager = stack.bearer(role="manager", organization=journey.organization)

    assert journey.request("POST", url, headers=manager).status_code == 403
    assert Journey(stack).request("POST", url).status_code == 404
    assert asked(simulator, "zoom") == before
