"""The catalogue of providers, and what this deployment has set up."""

from hub import providers
from tests.functional.breakdowns import failing, recording
from tests.functional.made_up import declare, made_up

CATALOGUE = "/api/integrations/providers"


def test_the_catalogue_says_what_is_set_up_here(journey, monkeypatch):
    declare(monkeypatch, made_up())
    shown = {each["id"]: each for each in journey.gateway.get(CATALOGUE).json["data"]}

    assert set(shown) == {each.id for each in providers.everything()}
    assert shown["slack"]["availability"] == "active"
    assert shown["madeup"]["availability"] == "unconfigured"
    slack = shown["slack"]
    assert (slack["name"], slack["icon"], slack["actsAs"]) == ("Slack", "slack", "app")
    assert {
        "id": "channels:read",
        "required": True,
        "explanation": "View your workspace channels",
    } in slack["scopes"]
    assert [action["id"] for action in slack["actions"]] == ["send_message", "create_channel"]
    assert slack["actions"][0]["fields"] == [
        {"name": "channel", "required": True},
        {"name": "text", "required": True},
        {"name": "thread", "required": False},
    ]
    channels, users = slack["syncResources"]
    assert channels == {
        "id": "channels",
        "kind": "channel",
        "explanation": "Channels, archived ones included",
        "scopes": ["channels:read", "groups:read"],
        "filters": ["types"],
    }
    assert (users["id"], users["filters"]) == ("users", [])


def test_the_catalogue_names_what_each_provider_may_tell(journey):
    shown = {each["id"]: each for each in journey.gateway.get(CATALOGUE).json["data"]}

    assert {"message.channels", "channel_created", "member_joined_channel"} <= set(
        shown["slack"]["webhookEvents"]
    )
    for each in providers.everything():
        assert shown[each.id]["webhookEvents"] == list(each.load_webhooks().events) != []


def test_the_catalogue_reads_no_secret(journey):
    with recording("ssm") as asked:
        reply = journey.gateway.get(CATALOGUE)

    assert [(name, each["WithDecryption"]) for name, each in asked] == [("GetParameters", False)]
    assert "secret-of-this-test-Zq81" not in reply.text


def test_without_the_parameters_at_hand_it_says_so(journey):
    with failing("ssm", "GetParameters") as failed:
        reply = journey.gateway.get(CATALOGUE)

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
