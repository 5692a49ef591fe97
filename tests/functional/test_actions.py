"""POST an action: what it takes, who may, on what, and what comes back."""

import pytest

from hub.providers._values import ActsAs
from tests.functional.breakdowns import counting
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import dump, leaks, rows

HELLO = {"channel": "#general", "text": "Hello"}
POST = "chat.postMessage"


@pytest.fixture
def act(journey):
    """Send a message, or do something else, through an integration of Globex."""
    integration = journey.connect("Globex")

    def do(body=HELLO, action="send_message", **options):
        url = f"/api/integrations/{integration}/actions/{action}"
        return journey.gateway.post(url, body, **options)

    do.integration = integration
    return do


def messages(simulator):
    return [(each["channel_name"], each["text"]) for each in simulator.state()["slack"]["messages"]]


def test_a_message_is_sent_once(act, simulator):
    reply = act()

    assert reply.status == 200
    assert set(reply.json) == {"success", "data"}
    assert set(reply.json["data"]) == {"channel", "ts"}
    assert messages(simulator) == [("general", "Hello")]
    assert len(simulator.calls(POST)) == 1


def test_any_text_arrives_as_it_is(act, simulator):
    text = "Grüße 👋 <script>&amp;\n\t*bold* \u202e " + "x" * 3000
    assert act({"channel": "general", "text": text}).status == 200

    assert messages(simulator) == [("general", text)]


def test_a_channel_is_created(act, simulator):
    reply = act({"name": "project-x"}, "create_channel")

    assert reply.status == 200
    assert reply.json["data"]["name"] == "project-x"
    names = [each["name"] for each in simulator.state()["slack"]["channels"]]
    assert "project-x" in names


def test_a_private_channel_needs_a_permission_of_its_own(journey, simulator, act):
    refused = act({"name": "secret", "private": True}, "create_channel")
    assert (refused.status, refused.error) == (409, "insufficient_scope")

    path = f"/api/integrations/{act.integration}/reconnect"
    started = journey.start({"scopes": ["groups:write"]}, path=path)
    journey.return_(journey.consent(started, "Globex"), started.cookie)

    assert act({"name": "secret", "private": True}, "create_channel").status == 200
    channels = simulator.state()["slack"]["channels"]
    assert [each["is_private"] for each in channels if each["name"] == "secret"] == [True]


UNFIT = {
    "nothing": ({}, "invalid_request"),
    "no text": ({"channel": "#general"}, "invalid_request"),
    "no channel": ({"text": "Hello"}, "invalid_request"),
    "an empty channel": ({**HELLO, "channel": ""}, "invalid_request"),
    "a number for a channel": ({**HELLO, "channel": 7}, "invalid_request"),
    "a list for a channel": ({**HELLO, "channel": ["#general"]}, "invalid_request"),
    "a long channel": ({**HELLO, "channel": "x" * 256}, "invalid_request"),
    "an empty text": ({**HELLO, "text": ""}, "invalid_request"),
    "null for a text": ({**HELLO, "text": None}, "invalid_request"),
    "an object for a text": ({**HELLO, "text": {"a": "b"}}, "invalid_request"),
    "a long text": ({**HELLO, "text": "x" * 40_001}, "invalid_request"),
    "a lone surrogate": ({**HELLO, "text": "\ud800"}, "invalid_request"),
    "a number for a thread": ({**HELLO, "thread": 1}, "invalid_request"),
    "a token": ({**HELLO, "token": "xoxb-other"}, "unknown_field"),
    "blocks": ({**HELLO, "blocks": []}, "unknown_field"),
    "a list": ([HELLO], "invalid_request"),
    "text alone": ("text", "invalid_request"),
}


def test_an_input_that_does_not_fit_calls_nobody(act, simulator):
    replies = {name: act(body) for name, (body, _) in UNFIT.items()}

    assert {name: (each.status, each.error) for name, each in replies.items()} == {
        name: (400, code) for name, (_, code) in UNFIT.items()
    }
    assert simulator.calls(POST) == []


def test_a_channel_that_does_not_fit_calls_nobody(act, simulator):
    unfit = {"name": 1}, {"name": "x", "private": "yes"}, {"name": "x" * 81}, {"name": ""}

    assert [act(body, "create_channel").error for body in unfit] == ["invalid_request"] * 4
    assert simulator.calls("conversations.create") == []


@pytest.mark.parametrize(
    "place", [{}, {"street_name": "Elm"}, {"streetName": "Elm", "street_name": "Oak"}, "Elm", None]
)
def test_a_field_within_a_field_is_checked_as_well(journey, server, monkeypatch, place):
    declare(monkeypatch, made_up(), server.url)
    started = journey.start({"providerId": "madeup", "scopes": ["notes:read"]})
    reply = journey.return_(server.approve(started.url), started.cookie)
    url = f"/api/integrations/{result(reply)['integration']}/actions/pin"

    assert journey.gateway.post(url, {"place": place}).status == 400
    assert server.calls() == {"/token": 1}
    assert journey.gateway.post(url, {"place": {"streetName": "Elm"}}).status == 200


@pytest.mark.parametrize("role", ["admin", "hr", "manager"])
def test_everybody_with_a_role_may_act_as_an_app(act, role):
    assert act(user=User(role=role, id="someone")).status == 200


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        (User(role="employee"), (403, "forbidden")),
        (User(expires_in=-1), (401, "unauthenticated")),
        (User(organization="org-b"), (404, "not_found")),
    ],
)
def test_nobody_else_may_act(act, simulator, user, answer):
    reply = act(user=user)

    assert (reply.status, reply.error) == answer
    assert simulator.calls(POST) == []


@pytest.mark.parametrize(
    ("user", "status"),
    [
        (User(role="admin", id="grace"), 200),
        (User(role="hr", id="grace"), 200),
        (User(role="manager", id="ada"), 200),
        (User(role="manager", id="grace"), 403),
        (User(role="manager", id="Ada"), 403),
    ],
)
def test_only_a_person_and_those_who_manage_act_as_that_person(
    journey, server, monkeypatch, user, status
):
    declare(monkeypatch, made_up(acts_as=ActsAs.PERSON), server.url)
    started = journey.start({"providerId": "madeup"}, user=User(id="ada"))
    reply = journey.return_(server.approve(started.url), started.cookie)
    url = f"/api/integrations/{result(reply)['integration']}/actions/note"

    reply = journey.gateway.post(url, {"text": "Hi"}, user=user)

    assert reply.status == status
    assert server.calls()["/note"] == (status == 200)


def test_a_permission_that_was_not_granted_is_missed_before_the_call(journey, server, monkeypatch):
    declare(monkeypatch, made_up(), server.url)
    started = journey.start({"providerId": "madeup"})
    reply = journey.return_(server.approve(started.url), started.cookie)
    url = f"/api/integrations/{result(reply)['integration']}/actions/pin"

    reply = journey.gateway.post(url, {"place": {"streetName": "Elm"}})

    assert (reply.status, reply.error) == (409, "insufficient_scope")
    assert server.calls() == {"/token": 1}


def test_nothing_is_done_through_a_disconnected_integration(journey, act, simulator):
    journey.gateway.delete(f"/api/integrations/{act.integration}")
    reply = act()

    assert (reply.status, reply.error) == (409, "integration_disconnected")
    assert simulator.calls(POST) == []


def test_nothing_is_done_through_one_that_lacks_a_permission(journey, simulator):
    started = journey.start()
    journey.return_(journey.consent(started, "Globex", untick=["users:read"]), started.cookie)
    (row,) = rows("integrations")
    url = f"/api/integrations/{row['integrationId']}/actions/send_message"
    reply = journey.gateway.post(url, HELLO)

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert simulator.calls(POST) == []


@pytest.mark.parametrize("action", ["nothing", "SEND_MESSAGE", "note", "__init__", "x" * 2000])
def test_an_action_the_provider_does_not_have_is_not_found(act, simulator, action):
    reply = act(action=action)

    assert (reply.status, reply.error) == (404, "not_found")
    assert simulator.log()[-1].operation == "oauth.v2.access"


def test_an_action_changes_nothing_here_and_shows_no_token(act, simulator, logs):
    before = dump()
    reply = act()

    assert dump() == before
    for secret in simulator.issued_secrets():
        assert not leaks(secret, [reply.text, reply.headers, logs.getvalue()])
    assert "action.done" in logs.getvalue()


def test_a_warm_action_is_one_request(act):
    act()
    with counting() as made:
        act()

    assert made == {"dynamodb.BatchGetItem": 1}
