"""All providers over HTTP, as a new user would: connect, see it in the list, do one thing with it,
disconnect. One organization, one stack, nothing mocked but the providers themselves.
"""

import pytest

from hub import providers
from hub.providers._values import RevocationScope
from tests.e2e.journey import Journey
from tests.providers.sample import sample

pytestmark = pytest.mark.stack


def test_every_provider_is_connected_used_and_disconnected(stack):
    journey = Journey(stack)
    connected = {each: journey.connect(each, sample(each).account) for each in providers.IDS}

    listed = journey.request("GET", "/api/integrations").json()["data"]
    assert {each["providerId"]: each["id"] for each in listed} == connected
    assert {each["status"] for each in listed} == {"active"}
    assert {each["healthStatus"] for each in listed} <= {"healthy", "syncing"}

    for provider, integration in connected.items():
        used = sample(provider)
        before = len(used.done(stack.simulator.state()[provider]))
        journey.act(integration, used.action, used.body)
        assert len(used.done(stack.simulator.state()[provider])) == before + 1, provider

    for integration in connected.values():
        journey.disconnect(integration)
    for provider, integration in connected.items():
        none = providers.get(provider).revocation_scope is RevocationScope.NONE
        expected = "not_offered_by_provider" if none else "revoked"
        assert journey.wait_until_settled(integration) == expected, provider
        assert journey.detail(integration)["status"] == "disconnected"
