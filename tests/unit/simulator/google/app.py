"""An app registered with Google, as its developer would drive it by hand."""

import base64
from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("5678.apps.example.com", "google-client-secret")
REDIRECT_URI = f"{PREFIX}/google/callback"
AUTH = "https://www.googleapis.com/auth/"
CALENDAR, MAIL, DRIVE = f"{AUTH}calendar.events", f"{AUTH}gmail.send", f"{AUTH}drive.file"
EMAIL = f"{AUTH}userinfo.email"
SCOPES = f"openid email {CALENDAR} {MAIL} {DRIVE}"
IN_FORM = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
ADA, GRACE, ALAN = "ada@example.org", "grace@example.org", "alan@example.net"


class App(Registered):
    provider = "google"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPES,
        "access_type": "offline",
        "prompt": "consent",
    }

    def token(self, *, status: int = 200, **form: str) -> dict[str, Any]:
        answer = requests.post(self.endpoints["tokenUrl"], data=IN_FORM | form, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def exchange(self, code: str, *, status: int = 200, **changes: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.token(status=status, **form | changes)

    def refresh(self, token: str, *, status: int = 200, **changes: str) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.token(status=status, **form | changes)

    def connect(self, person: str | None = None, **query: Any) -> dict[str, Any]:
        return self.exchange(self.code(person, **query))

    def revoke(self, token: str) -> requests.Response:
        return requests.post(self.endpoints["revocationUrl"], data={"token": token}, timeout=5)

    def who(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.endpoints['apiUrl']}/v1/userinfo", headers=headers, timeout=5)

    def post(
        self, path: str, token: str | None = None, body: Any = None, **query: Any
    ) -> requests.Response:
        return requests.post(
            f"{self.endpoints['apiUrl']}{path}",
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=5,
        )

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.endpoints['apiUrl']}{path}", timeout=5)

    def add_event(self, token: str, body: Any, **query: Any) -> requests.Response:
        return self.post("/calendar/v3/calendars/primary/events", token, body, **query)

    def send(self, token: str, message: bytes, **more: str) -> requests.Response:
        raw = base64.urlsafe_b64encode(message).decode()
        return self.post("/gmail/v1/users/me/messages/send", token, {"raw": raw, **more})

    def share(self, token: str, file: str, body: Any, **query: Any) -> requests.Response:
        return self.post(f"/drive/v3/files/{file}/permissions", token, body, **query)

    def made(self, what: str) -> list[dict[str, Any]]:
        return self.state[what]
