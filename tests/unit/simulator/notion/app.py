"""An app registered with Notion, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("5a0c6c1e-made-up", "notion-client-secret")
REDIRECT_URI = f"{PREFIX}/notion/callback"
VERSION = "2026-03-11"
BASIC = (CLIENT.client_id, CLIENT.client_secret)
BAKERY, GRACE, HANK = "Ada's Bakery (Ada Byron)", "Globex (Grace Hooper)", "Globex (Hank Scorpio)"


class App(Registered):
    provider = "notion"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "owner": "user",
    }

    def call(self, endpoint: str, body: Any = None, **options: Any) -> requests.Response:
        """`token` or `revocation`, as a client that proves who it is."""
        sent = {"json": body, "auth": BASIC, "headers": {"Notion-Version": VERSION}} | options
        return requests.post(self.endpoints[f"{endpoint}Url"], timeout=5, **sent)

    def exchange(self, code: str, **changes: Any) -> requests.Response:
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.call("token", body | changes)

    def refresh(self, token: str) -> requests.Response:
        return self.call("token", {"grant_type": "refresh_token", "refresh_token": token})

    def revoke(self, token: str) -> requests.Response:
        return self.call("revocation", {"token": token})

    def connect(self, seat: str | None = None) -> dict[str, Any]:
        answer = self.exchange(self.code(seat))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(
        self, method: str, path: str, token: str | None, body: Any = None, **headers: str
    ) -> requests.Response:
        sent = {"Notion-Version": VERSION} | ({"Authorization": f"Bearer {token}"} if token else {})
        return requests.request(
            method,
            f"{self.endpoints['apiUrl']}{path}",
            json=body,
            headers=sent | headers,
            timeout=5,
        )

    def who(self, token: str) -> requests.Response:
        return self.ask("GET", "/users/me", token)

    def add(self, token: str, body: Any) -> requests.Response:
        return self.ask("POST", "/pages", token, body)

    @property
    def pages(self) -> list[dict[str, Any]]:
        return self.state["pages"]
