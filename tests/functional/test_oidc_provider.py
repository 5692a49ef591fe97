"""The engine against an authorization server that others wrote (npm: oidc-provider), so that our
simulator and our client cannot be wrong in the same way. The provider is declared here and nowhere
else: what it takes to add an eleventh.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import urlencode, urljoin, urlsplit

import boto3
import pytest
import requests

from hub import oauth, providers, registrations, vault
from hub.errors import GrantRefused, ProviderUnavailable
from hub.models import Account
from hub.providers import _rest
from hub.providers._provider import Provider
from hub.providers._standard import read_claims
from hub.providers._values import (
    Action,
    ActsAs,
    ClientAuthentication,
    Endpoints,
    RefreshRule,
    RevocationScope,
    Scope,
)
from tests.contract.node import serving
from tests.functional.journey import result
from tests.functional.made_up import Note, declare
from tests.functional.stored import rows, sealed

CALLBACK = "http://localhost:4500/api/integrations/eleventh/callback"
ID, SECRET = "client-of-eleventh", "secret:of %eleventh/ that+is=encoded"
BASIC, BODY = ClientAuthentication.BASIC, ClientAuthentication.BODY
METHODS = {BASIC: "client_secret_basic", BODY: "client_secret_post"}
TIMEOUT = 10


class EleventhClient:
    def __init__(self, to):
        self._to = to

    def who(self):
        answer = _rest.get(self._to.send, self._to.token.reveal(), f"{self._to.endpoints.api}/me")
        if refused := _rest.failure(answer):
            raise refused
        return {"email": answer.json()["email"], "account": self._to.account_id}


def identify(answer, access):
    claims = read_claims(answer.body.get("id_token"))
    if (claims.get("aud"), claims.get("iss")) != (access.client.id, access.provider.issuer):
        raise ProviderUnavailable
    return Account(id=claims["sub"], name=claims.get("email", claims["sub"]))


def eleventh(issuer: str, authentication: ClientAuthentication) -> Provider:
    return Provider(
        id="eleventh",
        name="The Eleventh",
        features=("Identity",),
        acts_as=ActsAs.PERSON,
        account="person",
        endpoints=Endpoints(
            authorization=f"{issuer}/auth",
            token=f"{issuer}/token",
            revocation=f"{issuer}/token/revocation",
            api=issuer,
        ),
        scopes=(
            Scope(id="openid", explanation="Recognise you"),
            Scope(id="offline_access", explanation="Stay connected"),
            Scope(id="email", explanation="See your address", required=False),
        ),
        identify=identify,
        revocation_scope=RevocationScope.GRANT,
        make_client=EleventhClient,
        load_actions=lambda: (
            Action(
                id="who",
                explanation="Tell who is connected",
                scope="openid",
                takes=Note,
                perform=lambda client, _: client.who(),
            ),
        ),
        issuer=issuer,
        sends_issuer=True,
        client_authentication=authentication,
        needs_refresh_token=True,
        refresh=RefreshRule(rotates=True, grace=0),
        authorization_parameters={"prompt": "consent"},
    )


class Server:
    def __init__(self, issuer: str, authentication: ClientAuthentication) -> None:
        self.issuer = issuer
        self.provider = eleventh(issuer, authentication)

    def register(self) -> None:
        boto3.client("ssm").put_parameter(
            Name="/targetym/local/providers/eleventh",
            Value=json.dumps({"clientId": ID, "clientSecret": SECRET}),
            Type="SecureString",
        )

    def consent(self, url: str, login: str = "ada", *, abort: bool = False) -> str:
        """Sign in and consent as a browser does; give where the browser is sent at last."""
        browser = requests.Session()
        while not url.startswith(CALLBACK):
            answer = browser.get(url, timeout=TIMEOUT, allow_redirects=False)
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                continue
            assert answer.status_code == 200, answer.text
            if abort:
                url = f"{url}/abort"
                continue
            (prompt,) = re.findall(r'name="prompt" value="(\w+)"', answer.text)
            posted = browser.post(
                url,
                data={"prompt": prompt, "login": login, "password": "any"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            url = urljoin(url, posted.headers["location"])
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    def is_alive(self, token: str) -> bool:
        pair = b64encode(f"{quoted(ID)}:{quoted(SECRET)}".encode()).decode()
        body = {"token": token}
        headers = {"authorization": f"Basic {pair}"}
        if self.provider.client_authentication is BODY:
            headers, body = {}, body | {"client_id": ID, "client_secret": SECRET}
        answer = requests.post(
            f"{self.issuer}/token/introspection", data=body, headers=headers, timeout=TIMEOUT
        )
        return answer.json()["active"]


def quoted(text: str) -> str:
    return urlencode({"": text})[1:]


@pytest.fixture(scope="module", params=[BASIC, BODY])
def running(request) -> Iterator[Server]:
    client = {
        "client_id": ID,
        "client_secret": SECRET,
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": METHODS[request.param],
    }
    with serving("oidc_provider.mjs", client=client) as told:
        yield Server(told["issuer"], request.param)


@pytest.fixture
def server(running: Server, configured, monkeypatch: pytest.MonkeyPatch) -> Server:
    declare(monkeypatch, running.provider)
    running.register()
    return running


@pytest.fixture
def connect(journey, server):
    def connect(login="ada", *, started=None, change=str, scopes=("email",)):
        started = started or journey.start({"providerId": "eleventh", "scopes": list(scopes)})
        back = server.consent(started.url, login)
        return journey.return_(change(back), started.cookie)

    return connect


def held_tokens():
    """The tokens of the one integration, opened as our workers open them."""
    from hub import assembly, runtime

    (row,) = rows("integrations")
    found = vault.find(runtime.database(), row["organizationId"], row["integrationId"])
    audit = assembly.audit("test", "test")
    return vault.open_tokens(found, runtime.key_cache(), audit).tokens


def test_it_connects_acts_and_disconnects(journey, server, connect):
    integration = result(connect())["integration"]

    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["providerName"], shown["accountName"]) == ("The Eleventh", "ada@example.org")
    assert (shown["status"], shown["scopesMissing"]) == ("active", [])
    acted = journey.gateway.post(f"/api/integrations/{integration}/actions/who", {"text": "?"})
    assert acted.json["data"] == {"email": "ada@example.org", "account": "ada"}

    tokens = held_tokens()
    access, refresh = tokens.main.access.reveal(), tokens.main.refresh.reveal()
    assert (server.is_alive(access), server.is_alive(refresh)) == (True, True)
    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()
    assert (server.is_alive(access), server.is_alive(refresh)) == (False, False)
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert shown["revocation"] == "revoked"
    assert sealed() == set()


def test_a_refresh_gives_new_tokens_and_spends_the_old(journey, server, connect):
    connect()
    access, held = registrations.get_access("eleventh"), held_tokens().main
    renewed = oauth.refresh(access, held).tokens.main

    assert renewed.access != held.access
    assert renewed.refresh not in {None, held.refresh}
    with pytest.raises(GrantRefused):
        oauth.refresh(access, held)


def test_a_verifier_that_does_not_fit_connects_nothing(journey, server, connect, monkeypatch):
    """The server insists on PKCE: our flows would not pass without it."""
    started = journey.start({"providerId": "eleventh"})
    other = re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", started.url)
    reply = journey.return_(server.consent(other), started.cookie)

    assert result(reply) == {"provider": "eleventh", "error": "authorization_failed"}
    assert rows("integrations") == []


def test_a_request_without_a_challenge_is_refused_by_the_server(journey, server):
    started = journey.start({"providerId": "eleventh"})
    without = re.sub(r"&code_challenge[^&]*", "", started.url)
    reply = journey.return_(server.consent(without), started.cookie)

    assert result(reply)["error"] == "authorization_failed"


def test_its_issuer_is_compared(journey, server, connect):
    """RFC 9207: this server really sends `iss`."""

    def other(back):
        changed = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)
        assert changed != back
        return changed

    assert connect(change=other).status == 400
    assert connect(change=lambda back: re.sub(r"&iss=[^&]+", "", back)).status == 400
    assert result(connect())["status"] == "connected"


def test_another_person_is_another_account(journey, server, connect):
    integration = result(connect("ada"))["integration"]

    assert result(connect("grace"))["integration"] != integration
    again = journey.reconnect(integration)
    assert result(connect("grace", started=again))["error"] == "account_mismatch"
    again = journey.reconnect(integration)
    assert result(connect("ada", started=again))["integration"] == integration


def test_a_person_who_goes_away_has_denied_it(journey, server):
    started = journey.start({"providerId": "eleventh"})
    reply = journey.return_(server.consent(started.url, abort=True), started.cookie)

    assert result(reply) == {"provider": "eleventh", "error": "access_denied"}


def test_a_code_is_good_once_for_the_server_too(journey, server, connect):
    started = journey.start({"providerId": "eleventh"})
    back = server.consent(started.url)
    assert result(journey.return_(back, started.cookie))["status"] == "connected"
    assert journey.return_(back, started.cookie).status == 400


def test_a_wrong_secret_is_our_configuration(journey, server, connect):
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/providers/eleventh",
        Value=json.dumps({"clientId": ID, "clientSecret": "another"}),
        Type="SecureString",
        Overwrite=True,
    )

    assert result(connect())["error"] == "authorization_failed"
    assert rows("integrations") == []


def test_it_is_in_the_catalogue_like_any_other(journey, server):
    listed = journey.gateway.get("/api/integrations/providers").json["data"]
    (shown,) = (each for each in listed if each["id"] == "eleventh")

    assert (shown["availability"], shown["actsAs"]) == ("active", "person")
    assert [scope["id"] for scope in shown["scopes"]] == ["openid", "offline_access", "email"]
    assert len(listed) == len(providers.IDS)
