"""An app registered in Entra ID, as its developer would drive it by hand."""

from dataclasses import dataclass
from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, S256, VERIFIER, Registered

CLIENT = ClientCredentials("6731de76-14a6-49ae-97bc-6eba6914391e", "microsoft-client-secret")
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


@dataclass(frozen=True)
class App(Registered):
    tenant: str = "organizations"

    provider = "microsoft"
    client = CLIENT
    account = ADA
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "response_mode": "query",
        "scope": SCOPES,
        **S256,
    }

    @property
    def endpoints(self) -> dict[str, str]:
        found = self.simulator.endpoints("microsoft")
        return {name: url.replace("{tenant}", self.tenant) for name, url in found.items()}

    def token(self, *, status: int = 200, **form: str) -> dict[str, Any]:
        answer = requests.post(self.endpoints["tokenUrl"], data=IN_FORM | form, timeout=5)
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

    def connect(self, person: str | None = None, **query: str | None) -> dict[str, Any]:
        return self.exchange(self.code(person, **query))

    def get(self, path: str, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"{self.endpoints['apiUrl']}/v1.0{path}", headers=headers, timeout=5)

    def post(self, path: str, token: str | None, body: Any) -> requests.Response:
        return requests.post(
            f"{self.endpoints['apiUrl']}/v1.0{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=5,
        )

    def made(self, what: str) -> list[dict[str, Any]]:
        return self.state[what]
