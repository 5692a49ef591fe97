"""Slack's quirks: its answers read, its errors mapped, whatever it sends."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import (
    ClientRefused,
    GrantRefused,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer
from hub.models import Secret
from hub.providers import get
from hub.providers._provider import Access
from hub.providers._values import Client
from hub.providers.slack.client import SlackClient

SLACK = get("slack")
TEAM = {"id": "T1", "name": "Globex"}


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=raw, sent_at=1_000.0)


def client(said, status=200, **headers):
    sent = []

    def send(request, **limits):
        sent.append((request, limits))
        return answer(said, status, **headers)

    return SlackClient("xoxb-1", send), sent


def test_a_message_is_posted_once_as_slack_wants_it():
    slack, sent = client({"ok": True, "channel": "C1", "ts": "1.2"})

    assert slack.send_message("#general", "Grüße") == {"channel": "C1", "ts": "1.2"}
    ((request, limits),) = sent
    assert request.url == "https://slack.com/api/chat.postMessage"
    assert request.json == {"channel": "#general", "text": "Grüße"}
    assert request.headers["authorization"] == "Bearer xoxb-1"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert "attempts" not in limits


def test_a_channel_is_created_private_on_request():
    slack, sent = client({"ok": True, "channel": {"id": "C2", "name": "board"}})

    assert slack.create_channel("board", private=True) == {"id": "C2", "name": "board"}
    assert sent[0][0].json == {"name": "board", "is_private": True}


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        ({"ok": False, "error": "channel_not_found"}, 200, InvalidRequest),
        ({"ok": False, "error": "name_taken"}, 200, InvalidRequest),
        ({"ok": False, "error": "token_revoked"}, 200, ReauthRequired),
        ({"ok": False, "error": "account_inactive"}, 200, ReauthRequired),
        ({"ok": False, "error": "missing_scope"}, 200, InsufficientScope),
        ({"ok": False, "error": "ratelimited"}, 200, RateLimited),
        ({"ok": False, "error": "fatal_error"}, 200, ProviderUnavailable),
        ({"ok": False, "error": "made_up"}, 200, ProviderError),
        ({"ok": False, "error": "made_up"}, 503, ProviderUnavailable),
        ({"ok": False}, 200, ProviderError),
        ({"ok": "true", "channel": "C1", "ts": "1"}, 200, ProviderError),
        ({}, 200, ProviderError),
        ({"ok": True}, 200, ProviderUnavailable),
        ({"ok": True, "channel": 5, "ts": None}, 200, ProviderUnavailable),
        (b"<html>", 200, ProviderUnavailable),
        (b"", 429, RateLimited),
    ],
)
def test_every_failure_has_its_meaning_and_never_slacks_words(said, status, expected):
    slack, _ = client(said, status)

    with pytest.raises(expected) as failed:
        slack.send_message("#general", "Hello")

    assert type(failed.value) is expected
    assert "made_up" not in failed.value.message


@pytest.mark.parametrize("channel", [None, "C1", {}, {"id": 1, "name": "x"}])
def test_a_channel_without_its_id_is_no_answer(channel):
    slack, _ = client({"ok": True, "channel": channel})

    with pytest.raises(ProviderUnavailable):
        slack.create_channel("board")


def test_a_limit_says_when_to_come_back():
    slack, _ = client(b"", 429, retry_after="30")

    with pytest.raises(RateLimited) as failed:
        slack.send_message("#general", "Hello")

    assert failed.value.retry_after == 30


def grant(**changes):
    return {
        "ok": True,
        "access_token": "xoxb-1",
        "token_type": "bot",
        "scope": "chat:write,channels:read",
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U1"},
        **changes,
    }


def test_a_bot_token_that_does_not_rotate_has_no_end():
    read = SLACK.read_tokens(answer(grant()))

    assert read.tokens.main.access == Secret("xoxb-1")
    assert (read.tokens.main.refresh, read.tokens.expires_at) == (None, None)
    assert read.scopes == {"chat:write", "channels:read"}
    assert read.tokens.extra == {}


def test_a_persons_token_is_kept_beside_with_its_own_end():
    person = {"id": "U1", "access_token": "xoxp-1", "refresh_token": "xoxe-p", "expires_in": 100}
    read = SLACK.read_tokens(
        answer(grant(expires_in=43_200, refresh_token="xoxe-b", authed_user=person))
    )

    assert read.tokens.main.refresh == Secret("xoxe-b")
    assert read.tokens.main.expires_at == 44_200
    assert read.tokens.extra["person"].refresh == Secret("xoxe-p")
    assert read.tokens.expires_at == 1_100


def identify(**changes):
    read = SLACK.read_tokens(answer(grant(**changes)))
    access = Access(
        provider=SLACK,
        client=Client(id="i", secret=Secret("s"), endpoints=SLACK.endpoints),
        send=lambda *a, **k: pytest.fail("no call is needed"),
    )
    return SLACK.identify(read, access)


def test_the_account_is_the_workspace_or_the_whole_organization():
    organization = {"id": "E1", "name": "Globex Group"}

    assert identify().id == "T1"
    assert identify(enterprise=organization, is_enterprise_install=True).id == "E1"
    assert identify(enterprise=organization).id == "T1"
    assert identify(team={"id": "T1"}).name == "T1"


@pytest.mark.parametrize("team", [None, {}, {"id": 5}, "T1", []])
def test_an_answer_without_a_workspace_is_no_grant(team):
    with pytest.raises(ProviderUnavailable):
        identify(team=team)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("invalid_code", GrantRefused),
        ("code_already_used", GrantRefused),
        ("invalid_refresh_token", GrantRefused),
        ("bad_client_secret", ClientRefused),
        ("invalid_client_id", ClientRefused),
        ("pkce_not_allowed", ClientRefused),
        ("ratelimited", ProviderUnavailable),
        ("internal_error", ProviderUnavailable),
        ("made_up", ProviderError),
    ],
)
def test_the_token_endpoints_errors_come_with_http_200(error, expected):
    assert type(SLACK.refusal(answer({"ok": False, "error": error}))) is expected
    assert SLACK.refusal(answer({"ok": True})) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = ["ok", "error", "access_token", "scope", "team", "authed_user", "expires_in", "enterprise"]


@given(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=8) | json_values)
def test_no_answer_breaks_us(said):
    received = answer(said)
    for read in (SLACK.refusal, SLACK.read_tokens, identify_answer):
        try:
            read(received)
        except HubError:
            continue


def identify_answer(received):
    return SLACK.identify(SLACK.read_tokens(received), None)
