"""Slack's own SDK for Python against the simulator: what it expects of Slack, it finds here."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation import TokenRotator

from tests.simulator.oauth import ClientCredentials
from tests.simulator.person import Person
from tests.simulator.server import Simulator

CLIENT = ClientCredentials("1234.5678", "slack-client-secret")
REDIRECT_URI = "http://localhost:4500/api/integrations/slack/callback"
SCOPES = ["channels:read", "chat:write", "channels:manage", "users:read"]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"slack": CLIENT}, redirect_prefix=REDIRECT_URI) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def sdk(simulator: Simulator):
    base = f"{simulator.endpoints('slack')['apiUrl']}/api/"
    return lambda token=None: WebClient(token=token, base_url=base)


@pytest.fixture
def install(simulator: Simulator, sdk):
    """Install the app in a workspace as the SDK would, and give Slack's answer."""

    def install(workspace: str = "Initech"):
        page = AuthorizeUrlGenerator(
            client_id=CLIENT.client_id,
            scopes=SCOPES,
            redirect_uri=REDIRECT_URI,
            authorization_url=simulator.endpoints("slack")["authorizationUrl"],
        ).generate("the-state")
        back = parse_qs(urlsplit(Person().approve(page, workspace)).query)
        assert back["state"] == ["the-state"]
        return sdk().oauth_v2_access(
            client_id=CLIENT.client_id,
            client_secret=CLIENT.client_secret,
            code=back["code"][0],
            redirect_uri=REDIRECT_URI,
        )

    return install


def test_it_installs_identifies_and_posts(sdk, install, simulator):
    installed = install()
    client = sdk(installed["access_token"])

    who = client.auth_test()
    assert (who["team"], who["team_id"]) == (installed["team"]["name"], installed["team"]["id"])
    made = client.conversations_create(name="new-hires")["channel"]
    posted = client.chat_postMessage(channel=made["id"], text="Welcome")
    assert posted["message"]["text"] == "Welcome"
    assert [each["text"] for each in simulator.state()["slack"]["messages"]] == ["Welcome"]


def test_it_understands_every_refusal(sdk, install):
    token = install()["access_token"]
    for call, error in [
        (lambda: sdk(token).chat_postMessage(channel="#none", text="x"), "channel_not_found"),
        (lambda: sdk("xoxb-none").auth_test(), "invalid_auth"),
        (lambda: sdk().auth_test(), "not_authed"),
        (lambda: sdk(token).conversations_create(name="x", is_private=True), "missing_scope"),
        (lambda: sdk(token).conversations_create(name="Capital"), "invalid_name_specials"),
    ]:
        with pytest.raises(SlackApiError) as refused:
            call()
        assert refused.value.response["error"] == error


def test_it_reads_a_rate_limit_off_the_answer(sdk, install, simulator):
    token = install()["access_token"]
    simulator.fault("slack", "chat.postMessage", "rate_limited", value=7)

    with pytest.raises(SlackApiError) as refused:
        sdk(token).chat_postMessage(channel="#general", text="x")
    assert (refused.value.response.status_code, refused.value.response["error"]) == (
        429,
        "ratelimited",
    )
    assert refused.value.response.headers["Retry-After"] == "7"


def test_its_rotator_renews_the_token(sdk, install, simulator):
    simulator.configure("slack", rotation=True)
    installed = install()
    rotator = TokenRotator(
        client_id=CLIENT.client_id, client_secret=CLIENT.client_secret, client=sdk()
    )
    before = Installation(
        user_id=installed["authed_user"]["id"],
        bot_token=installed["access_token"],
        bot_refresh_token=installed["refresh_token"],
        bot_token_expires_in=installed["expires_in"],
    )
    after = rotator.perform_token_rotation(
        installation=before, minutes_before_expiration=60 * 24 * 365
    )

    assert after is not None
    assert after.bot_token != before.bot_token
    assert after.bot_refresh_token != before.bot_refresh_token
    assert sdk(after.bot_token).auth_test()["ok"]


def test_it_uninstalls(sdk, install, simulator):
    token = install()["access_token"]
    sdk(token).apps_uninstall(client_id=CLIENT.client_id, client_secret=CLIENT.client_secret)

    with pytest.raises(SlackApiError) as refused:
        sdk(token).auth_test()
    assert refused.value.response["error"] == "account_inactive"
    assert simulator.state()["slack"]["installations"] == []


def test_a_wrong_secret_is_refused(sdk, simulator):
    page = f"{simulator.endpoints('slack')['authorizationUrl']}?" + urlencode(
        {"client_id": CLIENT.client_id, "scope": "chat:write", "redirect_uri": REDIRECT_URI}
    )
    code = parse_qs(urlsplit(Person().approve(page)).query)["code"][0]
    with pytest.raises(SlackApiError) as refused:
        sdk().oauth_v2_access(
            client_id=CLIENT.client_id, client_secret="wrong", code=code, redirect_uri=REDIRECT_URI
        )

    assert refused.value.response["error"] == "bad_client_secret"
