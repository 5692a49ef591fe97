"""An app registered in Entra ID, as its developer would drive it by hand."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.simulator.oauth import ClientCredentials, challenge_of
from tests.simulator.person import Person
from tests.simulator.server import Simulator

CLIENT = ClientCredentials("6731de76-14a6-49ae-97bc-6eba6914391e", "microsoft-client-secret")
PREFIX = "http://localhost:4500/api/integrations"
REDIRECT_URI = f"{PREFIX}/microsoft/callback"
IN_FORM = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
ADA, GRACE = "ada@contoso.example", "grace@contoso.example"
ALAN, LINUS = "alan@fabrikam.example", "linus@outlook.example"
SCOPES = (
    "openid profile offline_access User.Read Calendars.ReadWrite Mail.Send ChannelMessage.Send "
    "Files.ReadWrite"
)
TEAM = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b"
CHANNEL = "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
VERIFIER = "v" * 43
S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass(frozen=True, slots=True)
class App:
    simulator: Simulator
    tenant: str = "organizations"

    def url(self, endpoint: str) -> str:
        return self.simulator.endpoints("microsoft")[endpoint].replace("{tenant}", self.tenant)

    def authorize_url(self, **changes: str | None) -> str:
        query = {
            "client_id": CLIENT.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "response_mode": "query",
            "scope": SCOPES,
            "state": "the-state",
            **S256,
        } | changes
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.url('authorizationUrl')}?{urlencode(given)}"

    def back(self, person: str = ADA, **query: str | None) -> dict[str, str]:
        """What the browser comes back with."""
        return query_of(Person().approve(self.authorize_url(**query), person))

    def token(self, *, status: int = 200, **form: str) -> dict[str, Any]:
        answer = requests.post(self.url("tokenUrl"), data=IN_FORM | form, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def exchange(self, code: str, *, status: int = 200, **changes: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.token(status=status, **form | changes)

    def refresh(self, token: str, *, status: int = 200, **changes: str) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.token(status=status, **form | changes)

    def connect(self, person: str = ADA, **query: str | None) -> dict[str, Any]:
        return self.exchange(self.back(person, **query)["code"])

    def get(self, path: str, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"{self.url('apiUrl')}/v1.0{path}", headers=headers, timeout=5)

    def post(self, path: str, token: str | None, body: Any) -> requests.Response:
        return requests.post(
            f"{self.url('apiUrl')}/v1.0{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=5,
        )

    def made(self, what: str) -> list[dict[str, Any]]:
        return self.simulator.state()["microsoft"][what]
