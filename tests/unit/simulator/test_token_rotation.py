"""Token rotation: short-lived tokens, single-use refresh tokens, and what revoking leaves."""

import pytest

HALF_A_DAY = 43_200
MONTH = 30 * 86_400
DEAD = {"ok": False, "error": "invalid_refresh_token"}


@pytest.fixture
def rotating(simulator, slack):
    simulator.configure("slack", rotation=True)
    return slack


def test_each_part_carries_its_own_expiry_and_refresh_token(rotating):
    bot = rotating.install(scope="chat:write", user_scope="chat:write")
    user = bot["authed_user"]

    assert bot["access_token"].startswith("xoxe.xoxb-1-")
    assert user["access_token"].startswith("xoxe.xoxp-1-")
    assert bot["expires_in"] == user["expires_in"] == HALF_A_DAY
    assert bot["refresh_token"].startswith("xoxe-1-")
    assert user["refresh_token"].startswith("xoxe-1-")
    assert bot["refresh_token"] != user["refresh_token"]


def test_a_token_expires_after_half_a_day(simulator, rotating):
    token = rotating.install()["access_token"]
    simulator.advance(HALF_A_DAY - 1)
    in_time = rotating.call("auth.test", token)
    simulator.advance(1)

    assert in_time["ok"]
    assert rotating.call("auth.test", token) == {"ok": False, "error": "token_expired"}


def test_a_bot_token_is_refreshed(simulator, rotating):
    first = rotating.install()
    simulator.advance(HALF_A_DAY)
    second = rotating.refresh(first["refresh_token"])

    assert second["token_type"] == "bot"
    assert second["expires_in"] == HALF_A_DAY
    assert second["bot_user_id"] == first["bot_user_id"]
    assert second["scope"] == first["scope"]
    assert second["team"] == first["team"]
    assert second["refresh_token"] != first["refresh_token"]
    assert rotating.call("auth.test", second["access_token"])["ok"]


def test_a_refreshed_user_token_comes_at_the_top(rotating):
    user = rotating.install(scope="chat:write", user_scope="users:read")["authed_user"]
    second = rotating.refresh(user["refresh_token"])

    assert second["access_token"].startswith("xoxe.xoxp-1-")
    assert (second["token_type"], second["user_id"]) == ("user", "U0ADA0001")
    assert second["scope"] == "users:read"


def test_refreshing_leaves_the_current_token_alive(rotating):
    first = rotating.install()
    rotating.refresh(first["refresh_token"])

    assert rotating.call("auth.test", first["access_token"])["ok"]


def test_at_most_two_tokens_live(rotating):
    first = rotating.install()
    second = rotating.refresh(first["refresh_token"])
    third = rotating.refresh(second["refresh_token"])

    assert rotating.call("auth.test", first["access_token"])["error"] == "token_revoked"
    assert rotating.call("auth.test", second["access_token"])["ok"]
    assert rotating.call("auth.test", third["access_token"])["ok"]


def test_bot_and_user_tokens_are_counted_apart(rotating):
    first = rotating.install(scope="chat:write", user_scope="chat:write")
    rotating.refresh(first["authed_user"]["refresh_token"])

    assert rotating.call("auth.test", first["access_token"])["ok"]
    assert rotating.call("auth.test", first["authed_user"]["access_token"])["ok"]


def test_a_refresh_token_is_good_once_and_for_a_short_grace(simulator, rotating):
    refresh_token = rotating.install()["refresh_token"]
    assert rotating.refresh(refresh_token)["ok"]
    simulator.advance(60)
    within = rotating.refresh(refresh_token)
    simulator.advance(1)

    assert within["ok"]
    assert rotating.refresh(refresh_token) == DEAD


def test_the_grace_can_be_taken_away(simulator, rotating):
    simulator.configure("slack", refresh_grace=0)
    refresh_token = rotating.install()["refresh_token"]
    assert rotating.refresh(refresh_token)["ok"]
    simulator.advance(0.001)

    assert rotating.refresh(refresh_token) == DEAD


@pytest.mark.parametrize(("pkce", "answer"), [(False, True), (True, False)])
def test_refresh_tokens_of_public_clients_alone_end_after_a_month(
    simulator, rotating, pkce, answer
):
    simulator.configure("slack", pkce=pkce)
    refresh_token = rotating.install()["refresh_token"]
    simulator.advance(MONTH)

    assert rotating.refresh(refresh_token)["ok"] is answer


def test_an_invented_refresh_token_is_invalid(rotating):
    assert rotating.refresh("xoxe-1-invented") == DEAD


def test_refreshing_needs_the_client(rotating):
    answer = rotating.access(
        auth=("1234.5678", "wrong"),
        grant_type="refresh_token",
        refresh_token=rotating.install()["refresh_token"],
    )

    assert answer == {"ok": False, "error": "bad_client_secret"}


def test_without_rotation_there_is_nothing_to_refresh(slack):
    assert not {"refresh_token", "expires_in"} & slack.install().keys()


def test_revoking_kills_one_token_and_leaves_the_refresh_token(simulator, rotating):
    installed = rotating.install()

    assert rotating.call("auth.revoke", installed["access_token"])["revoked"]
    assert rotating.call("auth.test", installed["access_token"])["error"] == "token_revoked"
    assert len(simulator.state()["slack"]["installations"]) == 1
    assert rotating.refresh(installed["refresh_token"])["ok"]


def test_uninstalling_kills_tokens_and_refresh_tokens(simulator, rotating):
    installed = rotating.install()
    simulator.uninstall("slack", "T0ADA0001")

    assert rotating.call("auth.test", installed["access_token"])["error"] == "account_inactive"
    assert rotating.refresh(installed["refresh_token"]) == DEAD
    assert simulator.state()["slack"]["tokens"] == []
