"""An app registered with GitHub, as its developer would drive it by hand."""

from typing import Any, ClassVar, Self

import requests

from tests.simulator.oauth import ClientCredentials
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("Iv23simulated", "github-client-secret")
REDIRECT_URI = f"{PREFIX}/github/callback"
IN_FORM = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
ADA, GRACE = "ada-byron", "grace-hooper"
HANDBOOK = "globex/handbook"


class App(Registered):
    provider = "github"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "repo user:email",
    }

    def configured(self, **changes: Any) -> Self:
        self.simulator.configure("github", **changes)
        return self

    def token(self, *, accept: str = "application/json", **form: str) -> requests.Response:
        return requests.post(
            self.endpoints["tokenUrl"], data=IN_FORM | form, headers={"Accept": accept}, timeout=5
        )

    def exchange(self, code: str, **changes: str) -> requests.Response:
        return self.token(**{"code": code, "redirect_uri": REDIRECT_URI} | changes)

    def refresh(self, token: str, **changes: str) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=token, **changes)

    def connected(self, person: str | None = None, **query: Any) -> dict[str, Any]:
        answer = self.exchange(self.code(person, **query))
        assert answer.status_code == 200
        return answer.json()

    def connect(self, person: str | None = None, **query: Any) -> str:
        """Give the access token alone."""
        return self.connected(person, **query)["access_token"]

    def revoke(
        self,
        token: str | None,
        what: str = "grant",
        auth: tuple[str, str] = (CLIENT.client_id, CLIENT.client_secret),
        client_id: str = CLIENT.client_id,
    ) -> requests.Response:
        return requests.delete(
            f"{self.endpoints['apiUrl']}/applications/{client_id}/{what}",
            json={} if token is None else {"access_token": token},
            auth=auth,
            timeout=5,
        )

    def get(self, path: str, token: str, **headers: str | None) -> requests.Response:
        given = {"Authorization": f"Bearer {token}"} | headers
        return requests.get(f"{self.endpoints['apiUrl']}{path}", headers=given, timeout=5)

    def post(self, path: str, token: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.endpoints['apiUrl']}{path}"
        return requests.post(url, headers=headers, timeout=5, allow_redirects=False, **options)

    def create_issue(
        self, token: str, repository: str = HANDBOOK, **changes: Any
    ) -> requests.Response:
        body = {"title": "Broken link", "body": "On page 3."} | changes
        return self.post(f"/repos/{repository}/issues", token, json=body)

    def refused(self, name: str) -> requests.Response:
        """What the API answers when it is told to refuse in this way."""
        self.simulator.fault("github", "user", "ok_false", value=name)
        return self.get("/user", "ghu_any")

    def issues(self) -> list[dict[str, Any]]:
        return self.state["issues"]
