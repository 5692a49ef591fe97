"""A Slack app, as its developer would drive it by hand."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.simulator.oauth import ClientCredentials
from tests.simulator.person import Person
from tests.simulator.server import Simulator

CLIENT = ClientCredentials("1234.5678", "slack-client-secret")
PREFIX = "http://localhost:4500/api/integrations"
REDIRECT_URI = f"{PREFIX}/slack/callback"
SCOPES = "channels:read,chat:write,channels:manage,users:read"


@dataclass(slots=True)
class Clock:
    """Stands still until the simulator is told to advance."""

    time: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.time


@dataclass(frozen=True, slots=True)
class App:
    simulator: Simulator

    def authorize_url(self, **changes: str | None) -> str:
        query = {
            "client_id": CLIENT.client_id,
            "scope": SCOPES,
            "redirect_uri": REDIRECT_URI,
            "state": "the-state",
        } | changes
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.simulator.endpoints('slack')['authorizationUrl']}?{urlencode(given)}"

    def code(self, workspace: str | None = None, untick: tuple[str, ...] = (), **query: Any) -> str:
        callback = Person().approve(self.authorize_url(**query), workspace, untick)
        return parse_qs(urlsplit(callback).query)["code"][0]

    def access(self, auth: tuple[str, str] | None = None, **form: str) -> dict[str, Any]:
        client = (CLIENT.client_id, CLIENT.client_secret) if auth is None else auth
        url = self.simulator.endpoints("slack")["tokenUrl"]
        answer = requests.post(url, data=form, auth=client or None, timeout=5)
        assert answer.status_code == 200
        return answer.json()

    def exchange(self, code: str, **changes: str) -> dict[str, Any]:
        return self.access(**{"code": code, "redirect_uri": REDIRECT_URI} | changes)

    def refresh(self, token: str) -> dict[str, Any]:
        return self.access(grant_type="refresh_token", refresh_token=token)

    def install(self, workspace: str | None = None, **query: Any) -> dict[str, Any]:
        return self.exchange(self.code(workspace, **query))

    def call(self, method: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
        answer = self.post(method, token, **arguments)
        assert answer.status_code == 200
        return answer.json()

    def post(self, method: str, token: str | None = None, **arguments: Any) -> requests.Response:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self.simulator.endpoints('slack')['apiUrl']}/api/{method}"
        return requests.post(url, json=arguments, headers=headers, timeout=5)
