"""MSAL, Microsoft's own library for Python, against the simulator: ID tokens and refreshing."""

from collections.abc import Iterator
from typing import Any

import msal
import pytest
import requests

from tests.simulator.person import Person
from tests.unit.simulator.microsoft.app import ADA, CLIENT, LINUS, REDIRECT_URI, App
from tests.unit.simulator.registered import query_of

# Answers in the query are what Targetym is sent.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")

LOGIN = "https://login.microsoftonline.com"
GRAPH = ["User.Read", "Mail.Send", "Calendars.ReadWrite"]


class Redirected:
    """MSAL's way to the network: it only takes Microsoft's addresses, so they change on the way."""

    def __init__(self, app: App) -> None:
        self._here = app.endpoints["tokenUrl"].removesuffix("/organizations/oauth2/v2.0/token")
        self._session = requests.Session()

    def here(self, url: str) -> str:
        assert url.startswith(f"{LOGIN}/")
        return url.replace(LOGIN, self._here, 1)

    def get(self, url: str, **how: Any) -> requests.Response:
        return self._session.get(self.here(url), timeout=5, **how)

    def post(self, url: str, **how: Any) -> requests.Response:
        return self._session.post(self.here(url), timeout=5, **how)

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def network(app: App) -> Iterator[Redirected]:
    network = Redirected(app)
    yield network
    network.close()


@pytest.fixture
def client(network: Redirected) -> msal.ConfidentialClientApplication:
    return registered(network)


def registered(network: Redirected, secret: str = CLIENT.client_secret) -> Any:
    return msal.ConfidentialClientApplication(
        CLIENT.client_id,
        client_credential=secret,
        authority=f"{LOGIN}/organizations",
        http_client=network,
    )


def come_back(network: Redirected, flow: dict[str, Any], person: str = ADA) -> dict[str, str]:
    return query_of(Person().approve(network.here(flow["auth_uri"]), person))


def signed_in(client: Any, network: Redirected) -> dict[str, Any]:
    flow = client.initiate_auth_code_flow(GRAPH, redirect_uri=REDIRECT_URI)
    return client.acquire_token_by_auth_code_flow(flow, come_back(network, flow))


def test_it_signs_a_person_in_with_pkce_and_a_nonce(app, client, network):
    granted = signed_in(client, network)

    claims = granted["id_token_claims"]
    assert (claims["preferred_username"], claims["aud"]) == (ADA, CLIENT.client_id)
    assert claims["iss"] == f"{LOGIN}/{claims['tid']}/v2.0"
    assert set(GRAPH) < set(granted["scope"].split())
    assert app.get("/me", granted["access_token"]).json()["id"] == claims["oid"]


def test_it_recognizes_the_person_and_refreshes_silently(app, client, network):
    granted = signed_in(client, network)
    (account,) = client.get_accounts()
    claims = granted["id_token_claims"]
    assert account["home_account_id"] == f"{claims['oid']}.{claims['tid']}"
    assert account["username"] == ADA

    renewed = client.acquire_token_silent(GRAPH, account, force_refresh=True)
    assert renewed["access_token"] != granted["access_token"]
    assert app.get("/me", renewed["access_token"]).json()["id"] == claims["oid"]


def test_refresh_tokens_are_replaced_and_the_old_one_stays_good(client, network):
    first = signed_in(client, network)["refresh_token"]
    second = client.acquire_token_by_refresh_token(first, GRAPH)["refresh_token"]

    assert second != first
    for token in (first, second):
        assert "access_token" in client.acquire_token_by_refresh_token(token, GRAPH)


def test_a_grant_that_died_asks_for_the_person_again(app, client, network):
    token = signed_in(client, network)["refresh_token"]
    app.simulator.advance(91 * 86_400)

    refused = client.acquire_token_by_refresh_token(token, GRAPH)
    assert refused["error"] == "invalid_grant"
    assert refused["error_description"].startswith("AADSTS")


def test_a_scope_nobody_consented_to_is_refused_as_msal_expects(client, network):
    token = signed_in(client, network)["refresh_token"]

    refused = client.acquire_token_by_refresh_token(token, ["Files.ReadWrite"])
    assert (refused["error"], refused["suberror"]) == ("invalid_grant", "consent_required")


def test_a_code_comes_once(client, network):
    flow = client.initiate_auth_code_flow(GRAPH, redirect_uri=REDIRECT_URI)
    back = come_back(network, flow)
    assert "access_token" in client.acquire_token_by_auth_code_flow(dict(flow), back)

    again = client.acquire_token_by_auth_code_flow(flow, back)
    assert again["error"] == "invalid_grant"


def test_a_wrong_secret_is_refused(app, client, network):
    flow = client.initiate_auth_code_flow(GRAPH, redirect_uri=REDIRECT_URI)
    back = come_back(network, flow)

    refused = registered(network, "wrong").acquire_token_by_auth_code_flow(flow, back)
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [7000215])


def test_the_page_for_administrators_ends_the_flow(app, client, network):
    app.simulator.configure("microsoft", admin_approval=True)
    flow = client.initiate_auth_code_flow(GRAPH, redirect_uri=REDIRECT_URI)
    back = come_back(network, flow)
    refused = client.acquire_token_by_auth_code_flow(flow, back)

    assert back["error_subcode"] == "cancel"
    assert refused["error"] == "access_denied"


def test_a_personal_account_is_not_let_in(client, network):
    flow = client.initiate_auth_code_flow(GRAPH, redirect_uri=REDIRECT_URI)

    refused = client.acquire_token_by_auth_code_flow(flow, come_back(network, flow, LINUS))
    assert refused["error"] == "access_denied"
    assert "AADSTS50020" in refused["error_description"]
