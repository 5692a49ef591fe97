"""A Trello app with a confidential client, as its developer would drive it by hand."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.simulator.oauth import ClientCredentials, challenge_of
from tests.simulator.person import Person
from tests.simulator.server import Simulator

CLIENT = ClientCredentials("trello-client-id", "trello-client-secret")
PREFIX = "http://localhost:4500/api/integrations"
REDIRECT_URI = f"{PREFIX}/trello/callback"
SCOPES = "read:member:trello read:board:trello write:board:trello offline_access"
VERIFIER = "v" * 43
ADA, GRACE = "adabyron", "gracehooper"
TODO, DRAFTS = "65a1f0c2d4e8b90033cc0001", "65a1f0c2d4e8b90033cc0003"
NOWHERE = "65a1f0c2d4e8b90033ccffff"
LABEL, MEMBER = "65a1f0c2d4e8b90044dd0001", "65a1f0c2d4e8b90011aa0001"
LABELS = {ADA: "Ada Byron (adabyron)", GRACE: "Grace Hooper (gracehooper)"}


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass(frozen=True, slots=True)
class App:
    simulator: Simulator

    @property
    def endpoints(self) -> dict[str, str]:
        return self.simulator.endpoints("trello")

    def authorize_url(self, **changes: str | None) -> str:
        query = {
            "client_id": CLIENT.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPES,
            "state": "the-state",
            "prompt": "consent",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.endpoints['authorizationUrl']}?{urlencode(given)}"

    def back(self, person: str | None = None, **query: Any) -> dict[str, str]:
        account = None if person is None else LABELS[person]
        return query_of(Person().approve(self.authorize_url(**query), account))

    def code(self, person: str | None = None, **query: Any) -> str:
        return self.back(person, **query)["code"]

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
        return self.simulator.state()["trello"]["cards"]
