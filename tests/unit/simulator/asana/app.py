"""An app registered with Asana, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, S256, VERIFIER, Registered

CLIENT = ClientCredentials("1219000000000042", "asana-client-secret")
REDIRECT_URI = f"{PREFIX}/asana/callback"
SCOPES = "tasks:write tasks:read projects:read workspaces:read users:read"
IN_FORM = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"


class App(Registered):
    provider = "asana"
    client = CLIENT
    account = GRACE
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPES,
        **S256,
    }

    @property
    def api(self) -> str:
        return self.endpoints["apiUrl"]

    def post_form(self, endpoint: str, **form: str) -> requests.Response:
        return requests.post(self.endpoints[endpoint], data=form, timeout=5)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.post_form("tokenUrl", **IN_FORM | form | changes)

    def refresh(self, token: str, **changes: str) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.post_form("tokenUrl", **IN_FORM | form | changes)

    def revoke(self, token: str, **changes: str) -> requests.Response:
        return self.post_form("revocationUrl", **IN_FORM | {"token": token} | changes)

    def introspect(self, token: str) -> requests.Response:
        url = self.endpoints["tokenUrl"].replace("oauth_token", "token_info")
        return requests.post(url, data={"token": token}, timeout=5)

    def connect(self, person: str = GRACE, **query: Any) -> dict[str, Any]:
        answer = self.exchange(self.code(person, **query))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, person: str = GRACE, **query: Any) -> str:
        return self.connect(person, **query)["access_token"]

    def call(self, method: str, path: str, token: str = "", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, f"{self.api}{path}", headers=headers, timeout=5, **options)

    def create(self, token: str, **task: Any) -> requests.Response:
        return self.call("POST", "/tasks", token, json={"data": task})

    def made(self) -> list[dict[str, Any]]:
        return self.state["tasks"]
