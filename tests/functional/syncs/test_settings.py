"""GET and PUT settings: what is kept, what is refused, and what follows."""

import pytest

from tests.functional.gateway import User
from tests.functional.syncs.held import integration, logs, records

TEAM = "Ada's Bakery"


@pytest.fixture
def connected(journey, clock):
    connected = journey.connect(TEAM, scopes=["groups:read"])
    journey.sync()
    return connected


@pytest.fixture
def put(gateway, connected):
    def put(body, **options):
        return gateway.put(f"/api/integrations/{connected}/settings", body, **options)

    return put


def shown(reply, resource):
    return next(e for e in reply.json["data"]["resources"] if e["resource"] == resource)


def test_settings_say_what_is_in_force_and_what_could_be_set(gateway, connected):
    reply = gateway.get(f"/api/integrations/{connected}/settings")

    channels = shown(reply, "channels")
    assert (channels["enabled"], channels["interval"], channels["granted"]) == (True, 900, True)
    assert channels["filters"] == [
        {
            "id": "types",
            "explanation": "Which kinds of channels",
            "takes": "choices",
            "choices": ["public_channel", "private_channel"],
            "default": ["public_channel"],
            "value": ["public_channel"],
        }
    ]
    assert reply.json["data"]["roles"] == []


def test_what_is_not_named_stays(put):
    put({"resources": {"users": {"interval": 3600}}})
    reply = put({"resources": {"channels": {"interval": 300}}})

    assert shown(reply, "users")["interval"] == 3600
    assert shown(reply, "channels")["interval"] == 300


def test_an_interval_holds_from_the_next_run_on(put, journey, clock, connected):
    put({"resources": {"users": {"interval": 86_400}}})
    journey.sync()
    clock.advance(900)
    journey.tick()
    journey.sync()
    clock.advance(900)
    journey.tick()
    journey.sync()

    assert set(logs()[-1]["resources"]) == {"channels"}


def test_a_wider_filter_brings_more_and_a_narrower_one_removes_it(
    put, journey, simulator, connected
):
    simulator.change("slack", TEAM, "channels", "create", fields={"name": "hr", "is_private": True})
    wide = {"types": ["public_channel", "private_channel"]}

    put({"resources": {"channels": {"filters": wide}}})
    journey.sync()
    assert "hr" in {row["title"] for row in records("channels").values()}
    put({"resources": {"channels": {"filters": {"types": None}}}})
    journey.sync()

    assert "hr" not in {row["title"] for row in records("channels").values()}
    assert len(records("channels", deleted=True)) == 1
    assert integration(connected).sync_settings == {}


def test_what_is_switched_off_is_removed_and_comes_back(put, journey):
    put({"resources": {"users": {"enabled": False}}})
    journey.sync()
    assert records("users") == {}
    assert len(records("users", deleted=True)) == 3

    put({"resources": {"users": {"enabled": True}}})
    journey.sync()

    assert len(records("users")) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"resources": {"nonsense": {}}}, "unknown_field"),
        ({"resources": {"users": {"filters": {"types": []}}}}, "unknown_field"),
        ({"resources": {"channels": {"filters": {"types": ["dm"]}}}}, "invalid_request"),
        ({"resources": {"channels": {"filters": {"types": "public_channel"}}}}, "invalid_request"),
        ({"resources": {"channels": {"interval": 60}}}, "invalid_request"),
        ({"resources": {"channels": {"interval": True}}}, "invalid_request"),
        ({"resources": {"channels": {"often": 1}}}, "invalid_request"),
        ({"roles": ["manager"]}, "invalid_request"),  # Slack's grant is the app's
        ({"anything": 1}, "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(put, connected, body, code):
    reply = put(body)

    assert (reply.status, reply.error) == (400, code)
    assert integration(connected).sync_settings == {}


def test_those_who_manage_set_and_others_look(gateway, put, connected):
    assert put({}, user=User(role="manager")).status == 403
    look = gateway.get(f"/api/integrations/{connected}/settings", user=User(role="manager"))
    assert look.status == 200
    assert put({}, user=User(organization="org-b")).status == 404


def test_settings_outlive_a_new_consent(put, journey, connected):
    put({"resources": {"users": {"interval": 3600}}})

    journey.connect(TEAM)

    assert integration(connected).sync_settings == {"users": {"interval": 3600}}


def test_roles_are_let_in_to_what_is_a_persons(journey, gateway):
    theirs = journey.connect(provider="google")
    manager = User(role="manager", id="somebody-else")
    url = f"/api/integrations/{theirs}"
    body = {"to": "a@example.org", "subject": "x", "body": "y"}
    action = f"{url}/actions/send_email"
    assert gateway.post(action, body, user=manager).status == 403

    reply = gateway.put(f"{url}/settings", {"roles": ["manager"]})

    assert reply.json["data"]["roles"] == ["manager"]
    assert gateway.post(action, body, user=manager).status == 200
