"""A Trello app with a confidential client, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, S256, VERIFIER, Registered

CLIENT = ClientCredentials("trello-client-id", "trello-client-secret")
REDIRECT_URI = f"{PREFIX}/trello/callback"
SCOPES = "read:member:trello read:board:trello write:board:trello offline_access"
ADA, GRACE = "adabyron", "gracehooper"
TODO, DRAFTS = "65a1f0c2d4e8b90033cc0001", "65a1f0c2d4e8b90033cc0003"
NOWHERE = "65a1f0c2d4e8b90033ccffff"
LABEL, MEMBER = "65a1f0c2d4e8b90044dd0001", "65a1f0c2d4e8b90011aa0001"
LABELS = {ADA: "Ada Byron (adabyron)", GRACE: "Grace Hooper (gracehooper)"}


class App(Registered):
    provider = "trello"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPES,
        "prompt": "consent",
        **S256,
    }

    def come_back(self, account: str | None = None, *untick: Any, **query: Any) -> dict[str, str]:
        return super().come_back(LABELS[account] if account else None, *untick, **query)

    def ask_token(self, **fields: Any) -> requests.Response:
        client = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
        return requests.post(self.endpoints["tokenUrl"], json=client | fields, timeout=5)

    def exchange(self, code: str, /, **changes: Any) -> requests.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.ask_token(**fields | changes)

    def refresh(self, token: str) -> requests.Response:
        return self.ask_token(grant_type="refresh_token", refresh_token=token)

    def connect(self, person: str | None = None, **query: Any) -> dict[str, Any]:
        answer = self.exchange(self.code(person, **query))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.endpoints['apiUrl']}/1/{path}"
        return requests.request(method, url, headers=headers, timeout=5, **options)

    def create(self, token: str | None, **card: Any) -> requests.Response:
        return self.call("POST", "cards", token, json={"idList": TODO, "name": "Laptop"} | card)

    def cards(self) -> list[dict[str, Any]]:
        return self.state["cards"]
