"""What is made once stays one when many make it first: keys, salts, the integration itself."""

from collections import Counter

import pytest

from hub.models import Integration
from tests.functional.gateway import Reply, User
from tests.functional.journey import result
from tests.races.containers import Containers
from tests.races.world import World

WORKSPACES = ("Globex", "Initech", "Ada's Bakery")
ORGANIZATIONS = ("org-a", "org-b", "org-c", "org-d")
MOST_AT_ONCE = 6  # as often as a grant is written anew when others were first


def connected(reply: Reply) -> str:
    assert result(reply)["status"] == "connected"
    return result(reply)["integration"]


def test_an_organizations_first_connects_share_one_key(world: World, containers: Containers):
    flows = [world.consented(workspace) for workspace in WORKSPACES]
    replies = containers.together([flow.task for flow in flows])

    ids = {connected(reply) for reply in replies}
    assert len(ids) == len(WORKSPACES)
    held = world.check("the key that stands opens what each sealed")
    made = Counter(key_id.partition("#int_")[0] for _, key_id in held.keys)
    assert made == {"key#1": 1, "external-accounts#1": 1, "salt#person#ada": 1, "salt": 3}
    assert all(world.send_message(each).status == 200 for each in ids)


def test_first_connects_of_organizations_share_the_index_key(world: World, containers: Containers):
    users = [User(organization=each) for each in ORGANIZATIONS]
    flows = [world.consented(user=user) for user in users]
    replies = containers.together([flow.task for flow in flows])

    ids = [connected(reply) for reply in replies]
    assert len(set(ids)) == len(ids), "an id tells nothing of the account"
    held = world.check()
    assert {each.account_hash for each in held.live.values()} == {
        row["accountHash"] for row in held.tables["external_accounts"]
    }
    assert len({row["accountHash"] for row in held.tables["external_accounts"]}) == 1
    assert sum(key_id.startswith("key#") for _, key_id in held.keys) == len(ORGANIZATIONS)
    for user, each in zip(users, ids, strict=True):
        assert world.send_message(each, user=user).status == 200


@pytest.mark.parametrize("rotation", [False, True], ids=["one token", "a token for each"])
def test_one_account_connected_by_many_is_one_integration(
    world: World, containers: Containers, rotation: bool
):
    world.simulator.configure("slack", rotation=rotation)
    users = [User(id=f"user-{n}") for n in range(MOST_AT_ONCE)]
    flows = [world.consented(user=user) for user in users]
    replies = containers.together([flow.task for flow in flows])

    ids = {connected(reply) for reply in replies}
    assert len(ids) == 1
    held = world.check()
    (integration,) = held.live.values()
    assert integration.generation == MOST_AT_ONCE, "each of them was written, one after the other"
    assert granted_to(world, integration) == {user.id for user in users}
    last = next(row for row in held.tables["consents"] if row["id"] == integration.consent_id)
    assert integration.connected_by == last["subject"]
    world.settle()
    assert world.simulator.calls("apps.uninstall") == []


def granted_to(world: World, integration: Integration) -> set[str]:
    rows = world.tables()["consents"]
    return {row["subject"] for row in rows if row["integrationId"] == integration.id}


def test_whoever_comes_too_often_second_leaves_nothing_behind(world: World, containers: Containers):
    """With more at once than a grant is tried, some may lose; none may lose halfway."""
    flows = [world.consented(user=User(id=f"user-{n}")) for n in range(3 * MOST_AT_ONCE)]
    replies = containers.together([flow.task for flow in flows])

    won = [reply for reply in replies if "integration" in result(reply)]
    lost = [result(reply) for reply in replies if "integration" not in result(reply)]
    assert lost == [{"provider": "slack", "error": "authorization_failed"}] * len(lost)
    held = world.check()
    (integration,) = held.live.values()
    assert integration.generation == len(won)
    world.settle()
    held = world.check()
    assert set(held.credentials) == {(integration.organization_id, integration.id)}
    assert world.simulator.calls("apps.uninstall") == [], "the account is still held"
    assert world.send_message(integration.id).status == 200
