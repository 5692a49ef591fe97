"""The methods of the Web API, each with its refusals. All of them are HTTP 200."""

import pytest
import requests

from tests.unit.simulator.app import CLIENT, SCOPES

SECRET = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
METHODS = [
    "auth.test",
    "auth.revoke",
    "apps.uninstall",
    "chat.postMessage",
    "conversations.create",
]


@pytest.fixture
def token(slack):
    return slack.install()["access_token"]


def refused(error: str) -> dict[str, object]:
    return {"ok": False, "error": error}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_wants_a_live_token(simulator, slack, token, method):
    assert slack.call(method) == refused("not_authed")
    assert slack.call(method, "xoxb-invented") == refused("invalid_auth")
    simulator.uninstall("slack", "T0ADA0001")
    assert slack.call(method, token) == refused("account_inactive")


def test_a_revoked_user_token_is_token_revoked(simulator, slack):
    user = slack.install(scope=None, user_scope="users:read")["authed_user"]["access_token"]
    simulator.uninstall("slack", "T0ADA0001")

    assert slack.call("auth.test", user) == refused("token_revoked")


def test_a_token_may_be_a_form_field_but_not_in_json_nor_in_the_url(simulator, slack, token):
    url = f"{simulator.endpoints('slack')['apiUrl']}/api/auth.test"

    assert requests.post(url, data={"token": token}, timeout=5).json()["ok"]
    assert requests.post(url, json={"token": token}, timeout=5).json()["error"] == "not_authed"
    assert requests.post(f"{url}?token={token}", timeout=5).json() == refused("not_authed")


def test_auth_test_tells_who_the_token_is(slack, token):
    assert slack.call("auth.test", token) == {
        "ok": True,
        "url": "https://adas-bakery.slack.com/",
        "team": "Ada's Bakery",
        "user": "targetym",
        "team_id": "T0ADA0001",
        "user_id": "U0ADA0BOT",
        "bot_id": "B0ADA0BOT",
        "is_enterprise_install": False,
    }


def test_auth_test_of_a_user_token_names_no_bot(slack):
    token = slack.install(scope=None, user_scope="users:read")["authed_user"]["access_token"]
    answer = slack.call("auth.test", token)

    assert answer["user_id"] == "U0ADA0001"
    assert "bot_id" not in answer


def test_answers_tell_the_scopes_and_warn_about_the_charset(simulator, slack, token):
    url = f"{simulator.endpoints('slack')['apiUrl']}/api/auth.test"
    bearer = {"Authorization": f"Bearer {token}"}
    bare = requests.post(url, json={"a": 1}, headers=bearer, timeout=5)
    form = bearer | {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    too_much = requests.post(url, data="a=1", headers=form, timeout=5)

    assert slack.post("auth.test", token).headers["x-oauth-scopes"] == SCOPES
    assert "warning" not in slack.call("auth.test", token)
    assert bare.json()["response_metadata"] == {"warnings": ["missing_charset"]}
    assert too_much.json()["warning"] == "superfluous_charset"


def test_an_unknown_method_is_told_so(slack, token):
    assert slack.call("chat.shout", token) == refused("unknown_method")


# auth.revoke


def test_revoking_the_last_token_uninstalls_where_tokens_do_not_rotate(simulator, slack, token):
    assert slack.call("auth.revoke", token) == {"ok": True, "revoked": True}
    assert slack.call("auth.test", token) == refused("token_revoked")
    assert simulator.state()["slack"]["installations"] == []


def test_revoking_one_of_two_tokens_leaves_the_app_installed(simulator, slack):
    installed = slack.install(scope="chat:write", user_scope="chat:write")
    slack.call("auth.revoke", installed["access_token"])

    assert slack.call("auth.test", installed["authed_user"]["access_token"])["ok"]
    assert len(simulator.state()["slack"]["installations"]) == 1


def test_a_trial_revocation_revokes_nothing(slack, token):
    assert slack.call("auth.revoke", token, test=True) == {"ok": True, "revoked": False}
    assert slack.call("auth.test", token)["ok"]


# apps.uninstall


def test_uninstalling_removes_every_token_of_that_workspace_alone(simulator, slack, token):
    other = slack.install("Globex", scope="chat:write")["access_token"]

    assert slack.call("apps.uninstall", token, **SECRET) == {"ok": True}
    assert slack.call("auth.test", token) == refused("account_inactive")
    assert slack.call("auth.test", other)["ok"]
    assert simulator.calls("apps.uninstall")[0].client_authenticated is True


@pytest.mark.parametrize(
    ("secret", "error"),
    [
        ({}, "invalid_client_id"),
        ({**SECRET, "client_id": "another"}, "invalid_client_id"),
        ({**SECRET, "client_secret": "wrong"}, "bad_client_secret"),
    ],
)
def test_uninstalling_needs_the_client(simulator, slack, token, secret, error):
    assert slack.call("apps.uninstall", token, **secret) == refused(error)
    assert slack.call("auth.test", token)["ok"]
    assert simulator.calls("apps.uninstall")[0].client_authenticated is False


def test_installing_after_uninstalling_starts_without_the_old_scopes(slack, token):
    slack.call("apps.uninstall", token, **SECRET)

    assert slack.install(scope="users:read")["scope"] == "users:read"


# chat.postMessage


def test_a_message_is_kept_and_acknowledged(simulator, slack, token):
    first = slack.call("chat.postMessage", token, channel="C0ADA0001", text="Hello")
    second = slack.call("chat.postMessage", token, channel="#general", text="Again")
    messages = simulator.state()["slack"]["messages"]

    assert first["channel"] == second["channel"] == "C0ADA0001"
    assert first["message"]["text"] == "Hello"
    assert first["message"]["bot_id"] == "B0ADA0BOT"
    assert first["ts"] == first["message"]["ts"] < second["ts"]
    assert [(m["team"], m["channel_name"], m["text"]) for m in messages] == [
        ("T0ADA0001", "general", "Hello"),
        ("T0ADA0001", "general", "Again"),
    ]


def test_a_message_may_be_sent_as_a_form(simulator, token):
    answer = requests.post(
        f"{simulator.endpoints('slack')['apiUrl']}/api/chat.postMessage",
        data={"channel": "general", "text": "Hëllo"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    ).json()

    assert answer["message"]["text"] == "Hëllo"


def test_blocks_alone_are_a_message(slack, token):
    assert slack.call("chat.postMessage", token, channel="general", blocks=[{"type": "x"}])["ok"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "x"}, "channel_not_found"),
        ({"channel": "nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": ["general"], "text": "x"}, "channel_not_found"),
        ({"channel": "board", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GLOBEX0001", "text": "x"}, "channel_not_found"),
        ({"channel": "old-news", "text": "x"}, "is_archived"),
        ({"channel": "random", "text": "x"}, "not_in_channel"),
        ({"channel": "general"}, "no_text"),
        ({"channel": "general", "text": ""}, "no_text"),
        ({"channel": "general", "text": "x" * 40_001}, "msg_too_long"),
    ],
)
def test_a_message_slack_would_not_take_is_refused(simulator, slack, token, arguments, error):
    assert slack.call("chat.postMessage", token, **arguments) == refused(error)
    assert simulator.state()["slack"]["messages"] == []


def test_a_public_channel_can_be_written_to_from_outside_with_the_scope_for_it(slack):
    token = slack.install(scope="chat:write,chat:write.public")["access_token"]

    assert slack.call("chat.postMessage", token, channel="random", text="x")["ok"]


def test_a_missing_scope_is_named(slack):
    token = slack.install(scope="channels:read,users:read")["access_token"]

    assert slack.call("chat.postMessage", token, channel="general", text="x") == {
        "ok": False,
        "error": "missing_scope",
        "needed": "chat:write",
        "provided": "channels:read,users:read",
    }


# conversations.create


def test_a_channel_is_created_and_can_be_written_to(slack, token):
    channel = slack.call("conversations.create", token, name="team-düsseldorf_2")["channel"]

    assert channel["id"].startswith("C0ADA")
    assert channel["name"] == "team-düsseldorf_2"
    assert (channel["is_private"], channel["is_member"]) == (False, True)
    assert slack.call("chat.postMessage", token, channel=channel["id"], text="First")["ok"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (None, "invalid_name_required"),
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Team", "invalid_name_specials"),
        ("a team", "invalid_name_specials"),
        ("a.team", "invalid_name_specials"),
        ("#team", "invalid_name_specials"),
        ("-_-", "invalid_name_punctuation"),
        ("general", "name_taken"),
        ("board", "name_taken"),
    ],
)
def test_a_name_slack_would_not_take_is_refused(slack, token, name, error):
    assert slack.call("conversations.create", token, name=name) == refused(error)


def test_a_name_of_eighty_characters_is_taken(slack, token):
    assert slack.call("conversations.create", token, name="x" * 80)["ok"]


def test_the_same_name_is_free_in_another_workspace(slack, token):
    elsewhere = slack.install("Globex")["access_token"]
    slack.call("conversations.create", token, name="team")

    assert slack.call("conversations.create", elsewhere, name="team")["ok"]


@pytest.mark.parametrize(
    ("query", "private", "needed"),
    [
        ({"scope": "chat:write"}, False, "channels:manage"),
        ({"scope": "channels:manage"}, True, "groups:write"),
    ],
)
def test_creating_needs_the_scope_for_that_kind(slack, query, private, needed):
    token = slack.install(**query)["access_token"]
    answer = slack.call("conversations.create", token, name="team", is_private=private)

    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)


def test_a_private_channel_and_a_channel_of_a_person(slack):
    installed = slack.install(scope="groups:write", user_scope="channels:write")
    private = slack.call(
        "conversations.create", installed["access_token"], name="secret", is_private=True
    )
    personal = slack.call(
        "conversations.create", installed["authed_user"]["access_token"], name="mine"
    )

    assert private["channel"]["is_private"] is True
    assert private["channel"]["is_group"] is True
    assert personal["channel"]["creator"] == "U0ADA0001"
