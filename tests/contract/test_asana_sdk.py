"""Asana's own SDK and a standard OAuth client against the simulator: were it wrong in the same way
as our client, these would notice. The SDK has no OAuth of its own any more; oauthlib has.
"""

import json

import asana
import pytest
from asana.rest import ApiException
from oauthlib.oauth2 import InvalidClientError, InvalidGrantError, OAuth2Error
from requests_oauthlib import OAuth2Session

from tests.simulator.person import Person
from tests.simulator.providers.asana.world import EXAMPLE, HARBOUR, ONBOARDING, URGENT
from tests.simulator.server import Simulator
from tests.unit.simulator.asana.app import ADA, CLIENT, GRACE, IN_FORM, REDIRECT_URI, SCOPES, App

STATE = "the-state"


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def simulator(app: App) -> Simulator:
    return app.simulator


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # it would speak https alone
    return OAuth2Session(
        CLIENT.client_id, redirect_uri=REDIRECT_URI, scope=SCOPES.split(), pkce="S256"
    )


@pytest.fixture
def fetch(app, session):
    """Consent, come back and exchange the code, with whatever changes a test makes."""

    def fetched(**changes):
        url, _ = session.authorization_url(app.endpoints["authorizationUrl"], state=STATE)
        options = {
            "authorization_response": Person().approve(url, GRACE),
            "client_secret": CLIENT.client_secret,
            "include_client_id": True,
        }
        return session.fetch_token(app.endpoints["tokenUrl"], **options | changes)

    return fetched


@pytest.fixture
def sdk(app):
    """The SDK for a token, pointed at the simulator; it does not wait and try again by itself."""

    def made(token):
        configuration = asana.Configuration()
        configuration.host = app.api
        configuration.access_token = token
        configuration.retry_strategy = False
        return asana.ApiClient(configuration)

    return made


def refusal(raised):
    """Status and text, as the SDK's users read them."""
    (error,) = json.loads(raised.value.body)["errors"]
    return raised.value.status, error["message"]


def test_a_standard_client_gets_tokens_for_a_code(app, simulator, fetch, session):
    token = fetch()

    assert (token["token_type"], token["data"]["email"]) == ("bearer", GRACE)
    (exchange,) = simulator.calls("token")
    assert "code_verifier" in exchange.fingerprints
    assert session.get(f"{app.api}/users/me").json()["data"]["email"] == GRACE


def test_a_standard_client_refreshes_and_keeps_its_refresh_token(app, fetch, session):
    first = dict(fetch())
    second = session.refresh_token(app.endpoints["tokenUrl"], **IN_FORM)

    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]


def test_a_standard_client_understands_that_its_grant_was_revoked(app, fetch, session):
    assert app.revoke(fetch()["refresh_token"]).status_code == 200

    with pytest.raises(InvalidGrantError, match="`refresh_token` provided was invalid"):
        session.refresh_token(app.endpoints["tokenUrl"], **IN_FORM)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, InvalidClientError),
        ({"include_client_id": None}, InvalidClientError),  # by Basic, as it would by itself
        ({"authorization_response": f"{REDIRECT_URI}?code=x&state={STATE}"}, InvalidGrantError),
        (
            {"authorization_response": f"{REDIRECT_URI}?error=access_denied&state={STATE}"},
            OAuth2Error,
        ),
    ],
)
def test_a_standard_client_understands_what_is_refused(fetch, changes, error):
    with pytest.raises(error):
        fetch(**changes)


def test_asana_s_own_client_creates_a_task_and_reads_it_again(app, sdk):
    tasks = asana.TasksApi(sdk(app.token()))
    wanted = {
        "name": "Order a laptop",
        "notes": "With a large screen.",
        "projects": [ONBOARDING],
        "assignee": ADA,
        "due_at": "2026-11-20T09:00:00.000Z",
        "tags": [URGENT],
    }
    made = tasks.create_task({"data": wanted}, {})

    (stored,) = app.made()
    assert made["gid"] == stored["gid"]
    assert made["permalink_url"] == f"https://app.asana.com/1/{EXAMPLE}/task/{stored['gid']}"
    assert made["assignee"]["name"] == "Ada Byron"
    assert tasks.get_task(made["gid"], {}) == made


def test_asana_s_own_client_says_who_and_where_one_is(app, sdk):
    client = sdk(app.token())
    me = asana.UsersApi(client).get_user("me", {})
    workspaces = list(asana.WorkspacesApi(client).get_workspaces({}))

    assert (me["gid"], me["email"]) == ("1210000000000002", GRACE)
    assert [one["gid"] for one in workspaces] == [EXAMPLE, HARBOUR]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"name": "X"}, (400, "You should specify one of workspace, parent, projects")),
        ({"workspace": "7"}, (400, "workspace: Unknown object: 7")),
        (
            {"workspace": EXAMPLE, "assignee": "nobody"},
            (400, "assignee: Not a user in Organization: nobody"),
        ),
    ],
)
def test_asana_s_own_client_understands_what_is_wrong_with_a_task(app, sdk, task, expected):
    with pytest.raises(ApiException) as raised:
        asana.TasksApi(sdk(app.token())).create_task({"data": task}, {})

    assert refusal(raised) == expected
    assert app.made() == []


def test_asana_s_own_client_understands_that_it_may_not(app, sdk):
    task = {"data": {"workspace": EXAMPLE}}
    tokens = app.connect()
    with pytest.raises(ApiException) as narrow:
        asana.TasksApi(sdk(app.token(scope="tasks:read"))).create_task(task, {})
    app.revoke(tokens["refresh_token"])
    with pytest.raises(ApiException) as dead:
        asana.TasksApi(sdk(tokens["access_token"])).create_task(task, {})

    assert (refusal(narrow)[0], refusal(dead)) == (403, (401, "Not Authorized"))


def test_asana_s_own_client_understands_a_limit(app, simulator, sdk):
    simulator.fault("asana", "users.get", "rate_limited", value=30)
    with pytest.raises(ApiException) as raised:
        asana.UsersApi(sdk(app.token())).get_user("me", {})

    assert raised.value.status == 429
    assert raised.value.headers["Retry-After"] == "30"
