"""A Slack app, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("1234.5678", "slack-client-secret")
REDIRECT_URI = f"{PREFIX}/slack/callback"
SCOPES = "channels:read,chat:write,channels:manage,users:read"


class App(Registered):
    provider = "slack"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "scope": SCOPES,
        "redirect_uri": REDIRECT_URI,
    }

    def access(self, auth: tuple[str, str] | None = None, **form: str) -> dict[str, Any]:
        client = (CLIENT.client_id, CLIENT.client_secret) if auth is None else auth
        url = self.endpoints["tokenUrl"]
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
