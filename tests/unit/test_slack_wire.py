"""Slack's client by itself, and what a grant looks like, both against the simulator."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub import oauth, providers
from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.models import Secret, Tokens
from hub.providers._provider import Access
from hub.providers._values import Client, Endpoints, TokenAnswer
from hub.providers.slack.client import SlackClient
from tests.simulator.oauth import ClientCredentials
from tests.simulator.person import Person
from tests.simulator.server import Simulator

SLACK = providers.get("slack")
REGISTERED = ClientCredentials("1234.5678", "slack-client-secret")
REDIRECT_URI = "http://localhost:4500/api/integrations/slack/callback"
SCOPES = "channels:read,chat:write,channels:manage,users:read"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"slack": REGISTERED}, redirect_prefix=REDIRECT_URI) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


def install(simulator: Simulator, **query: str) -> TokenAnswer:
    """A grant as our own code gets it."""
    urls = simulator.endpoints("slack")
    asked = {"client_id": REGISTERED.client_id, "redirect_uri": REDIRECT_URI, "scope": SCOPES}
    page = f"{urls['authorizationUrl']}?{urlencode(asked | query)}"
    code = parse_qs(urlsplit(Person().approve(page)).query)["code"][0]
    endpoints = Endpoints(
        authorization=urls["authorizationUrl"],
        token=urls["tokenUrl"],
        revocation=urls["revocationUrl"],
        api=urls["apiUrl"],
    )
    client = Client(
        id=REGISTERED.client_id, secret=Secret(REGISTERED.client_secret), endpoints=endpoints
    )
    send = HttpClient(endpoints.called_hosts).send
    access = Access(provider=SLACK, client=client, send=send)
    return oauth.exchange(
        access, code=Secret(code), redirect_uri=REDIRECT_URI, verifier=Secret("v" * 43)
    )


@pytest.fixture
def slack(simulator: Simulator) -> SlackClient:
    token = install(simulator).tokens.main.access.reveal()
    return SlackClient(token, api=simulator.endpoints("slack")["apiUrl"])


def test_a_token_is_all_that_is_needed_to_post(slack: SlackClient, simulator: Simulator):
    sent = slack.send_message("#general", "Grüße & <more>")

    (message,) = simulator.state()["slack"]["messages"]
    assert message["text"] == "Grüße & <more>"
    assert (message["channel"], message["ts"]) == (sent["channel"], sent["ts"])


def test_a_channel_is_created_and_posted_to(slack: SlackClient):
    made = slack.create_channel("new-hires")

    assert made["name"] == "new-hires"
    assert slack.send_message(made["id"], "Welcome")["channel"] == made["id"]


def test_a_client_by_itself_calls_slack_and_nobody_else():
    assert SlackClient("xoxb-1")._send.__self__._allowed == {"slack.com"}
    assert SlackClient("t", api="https://slack-gov.com")._send.__self__._allowed == {
        "slack-gov.com"
    }


def test_a_client_does_not_show_its_token():
    assert "xoxb-1" not in repr(SlackClient("xoxb-1"))


@pytest.mark.parametrize(
    ("channel", "text"),
    [("#nowhere", "x"), ("#board", "x"), ("#random", "x"), ("#old-news", "x"), ("#general", "")],
)
def test_what_people_can_mend_is_explained_to_them(slack: SlackClient, channel: str, text: str):
    with pytest.raises(InvalidRequest) as refused:
        slack.send_message(channel, text)

    assert refused.type is InvalidRequest
    assert refused.value.message != InvalidRequest.message


@pytest.mark.parametrize("name", ["general", "", "Capital", "a b", "-_-", "n" * 81])
def test_a_channel_name_slack_does_not_take_is_explained(slack: SlackClient, name: str):
    with pytest.raises(InvalidRequest) as refused:
        slack.create_channel(name)

    assert refused.value.message != InvalidRequest.message


def test_a_scope_that_was_not_granted_is_told(slack: SlackClient):
    with pytest.raises(InsufficientScope):
        slack.create_channel("secret", private=True)


def test_an_app_that_was_removed_must_be_connected_again(slack: SlackClient, simulator: Simulator):
    assert simulator.uninstall("slack", "T0ADA0001")

    with pytest.raises(ReauthRequired):
        slack.send_message("#general", "x")


FAULTS = [
    ("status", 500, ProviderUnavailable),
    ("status", 404, ProviderError),
    ("html", None, ProviderUnavailable),
    ("empty", None, ProviderUnavailable),
    ("body", "[1]", ProviderUnavailable),
    ("body", '{"ok":true}', ProviderUnavailable),
    ("reset", None, ProviderUnavailable),
    ("lost_answer", None, ProviderUnavailable),
    ("truncated", None, ProviderUnavailable),
    ("redirect", "http://localhost:1/", ProviderUnavailable),
    ("ok_false", "some_new_error", ProviderError),
    ("ok_false", "fatal_error", ProviderUnavailable),
    ("ok_false", "token_expired", ReauthRequired),
    ("rate_limited", 30, RateLimited),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FAULTS)
def test_a_message_is_sent_once_and_its_failure_has_a_name(
    slack: SlackClient,
    simulator: Simulator,
    kind: str,
    value: object,
    expected: type[HubError],
):
    simulator.fault("slack", "chat.postMessage", kind, value=value)

    with pytest.raises(HubError) as failure:
        slack.send_message("#general", "x")

    assert failure.type is expected
    assert failure.value.retry_after == (30 if kind == "rate_limited" else None)
    assert len(simulator.calls("chat.postMessage")) == 1


def shape(tokens: Tokens) -> dict[str, tuple[str, bool, bool]]:
    """Whose token, of what kind, whether it can be refreshed and whether it ends."""
    named = {"bot": tokens.main, **tokens.extra}
    return {
        name: (
            token.access.reveal().rpartition("-")[0],
            token.refresh is not None,
            token.expires_at is not None,
        )
        for name, token in named.items()
    }


@pytest.mark.parametrize(
    ("rotation", "user_scope", "expected"),
    [
        (False, "", {"bot": ("xoxb", False, False)}),
        (True, "", {"bot": ("xoxe.xoxb-1", True, True)}),
        (False, "users:read", {"bot": ("xoxb", False, False), "person": ("xoxp", False, False)}),
        (
            True,
            "users:read",
            {"bot": ("xoxe.xoxb-1", True, True), "person": ("xoxe.xoxp-1", True, True)},
        ),
    ],
)
def test_tokens_are_read_in_every_shape_slack_gives_them(
    simulator: Simulator, rotation: bool, user_scope: str, expected: dict
):
    simulator.configure("slack", rotation=rotation)
    grant = install(simulator, user_scope=user_scope)

    assert shape(grant.tokens) == expected
    assert grant.scopes == set(SCOPES.split(","))
    assert SLACK.identify(grant, None).id == "T0ADA0001"


def test_a_grant_to_a_person_alone_is_not_what_was_asked_for(simulator: Simulator):
    with pytest.raises(ProviderUnavailable):
        install(simulator, scope="", user_scope="users:read")
