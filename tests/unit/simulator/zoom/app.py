"""An app registered with Zoom, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, S256, VERIFIER, Registered

CLIENT = ClientCredentials("zoomClientId12345", "zoom-client-secret")
REDIRECT_URI = f"{PREFIX}/zoom/callback"
AUTH = (CLIENT.client_id, CLIENT.client_secret)
ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"
MEETING = {"type": 2, "topic": "Interview", "start_time": "2026-12-01T09:00:00Z", "duration": 45}


class App(Registered):
    provider = "zoom"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        **S256,
    }

    def token(
        self, *, status: int = 200, auth: tuple[str, str] | None = AUTH, **form: str
    ) -> dict[str, Any]:
        answer = requests.post(self.endpoints["tokenUrl"], data=form, auth=auth, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def exchange(self, code: str, **changes: Any) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.token(**form | changes)

    def refresh(self, token: str, **changes: Any) -> dict[str, Any]:
        return self.token(**{"grant_type": "refresh_token", "refresh_token": token} | changes)

    def connect(self, person: str | None = None, **options: Any) -> dict[str, Any]:
        return self.exchange(self.code(person, **options))

    def revoke(self, token: str, **options: Any) -> requests.Response:
        sent: dict[str, Any] = {"data": {"token": token}, "auth": AUTH} | options
        return requests.post(self.endpoints["revocationUrl"], timeout=5, **sent)

    def get(self, token: str | None, user: str = "me", **query: str) -> requests.Response:
        return requests.get(
            f"{self.endpoints['apiUrl']}/users/{user}",
            params=query,
            headers=_bearer(token),
            timeout=5,
        )

    def create(self, token: str | None, body: Any = MEETING, user: str = "me") -> requests.Response:
        url = f"{self.endpoints['apiUrl']}/users/{user}/meetings"
        return requests.post(url, json=body, headers=_bearer(token), timeout=5)

    def meetings(self) -> list[dict[str, Any]]:
        return self.state["meetings"]


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
