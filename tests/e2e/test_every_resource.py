"""Every resource of every provider over the local stack, with roles enforced: everything is there
after connecting, and looking again where nothing has changed costs what the provider's way of
telling changes needs, and no write to a record.
"""

import pytest

from hub import providers
from tests.e2e.journey import Journey, until
from tests.functional.syncs.accounts import ACCOUNTS, OPTIONAL

pytestmark = pytest.mark.stack

# Calls of a run that finds nothing new.
CALLS = {
    "slack": 2,  # channels, users
    "google": 3,  # a sync token each for events, changes of files, and contacts
    "microsoft": 2,  # a delta link each for events and files
    "asana": 6,  # workspaces and projects, twice, and the tasks of two projects
    "notion": 2,  # a search each for pages and data sources
    "linear": 2,  # issues, projects
    "jira": 2,  # issues, projects
    "github": 2,  # repositories, issues
    "zoom": 1,  # meetings; people are for administrators
    "trello": 2,  # boards, and what has happened on them
}


@pytest.fixture(scope="module")
def journey(stack):
    return Journey(stack)


def get(journey, integration, path):
    answer = journey.request("GET", f"/api/integrations/{integration}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def logs(journey, integration):
    return {each["id"]: each for each in get(journey, integration, "/sync-logs")}


def run_now(journey, integration):
    """Ask until no other run is under way; give the log's line of the one that was asked for."""
    found = {}

    def asked():
        answer = journey.request("POST", f"/api/integrations/{integration}/sync")
        assert answer.status_code == 202, answer.text
        found.update(answer.json()["data"])
        return found["status"] == "requested"

    until(asked, "nothing else is running")
    until(lambda: found["runId"] in logs(journey, integration), "the run has ended")
    return logs(journey, integration)[found["runId"]]


@pytest.mark.parametrize("provider", providers.IDS)
def test_every_resource_is_synced_end_to_end(stack, journey, provider):
    resources = [
        each.id
        for each in providers.get(provider).load_sync().resources
        if (provider, each.id) not in {*OPTIONAL, ("zoom", "users")}
    ]
    for resource in set(resources) - {"projects"}:  # each has tasks of its own to ask for
        stack.simulator.change(provider, ACCOUNTS[provider], resource, "create", count=3)

    integration = journey.connect(provider)
    until(lambda: logs(journey, integration), "the first sync has ended")

    assert {each["outcome"] for each in logs(journey, integration).values()} == {"succeeded"}
    before = {each: get(journey, integration, f"/records/{each}") for each in resources}
    assert all(before.values())
    again = run_now(journey, integration)
    assert again["outcome"] == "succeeded"
    assert again["calls"] == CALLS[provider]
    changed = [
        each[name] for each in again["resources"] for name in ("created", "updated", "deleted")
    ]
    assert not any(changed)
    assert {each: get(journey, integration, f"/records/{each}") for each in resources} == before
    journey.disconnect(integration)
