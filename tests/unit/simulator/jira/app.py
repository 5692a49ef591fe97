"""An app registered with Atlassian, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.simulator.providers.jira.people import INITECH, Site
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("atlassian-client", "atlassian-client-secret")
REDIRECT_URI = f"{PREFIX}/jira/callback"
WORK, WRITE, USERS = "read:jira-work", "write:jira-work", "read:jira-user"
SCOPES = f"read:me {WORK} {WRITE} {USERS} offline_access"
IN_BODY = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
GRACE, ADA, ADA_AT_GLOBEX = (
    "Grace Hooper on Initech",
    "Ada Byron on Initech",
    "Ada Byron on Globex",
)
TASK = {"project": {"key": "HR"}, "issuetype": {"name": "Task"}, "summary": "Prepare a laptop"}


class App(Registered):
    provider = "jira"
    client = CLIENT
    account = GRACE
    asked: ClassVar = {
        "audience": "api.atlassian.com",
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPES,
        "prompt": "consent",
    }

    def token(self, *, status: int = 200, **fields: Any) -> dict[str, Any]:
        answer = requests.post(self.endpoints["tokenUrl"], json=IN_BODY | fields, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def exchange(self, code: str, *, status: int = 200, **changes: Any) -> dict[str, Any]:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.token(status=status, **fields | changes)

    def refresh(self, token: str, *, status: int = 200) -> dict[str, Any]:
        return self.token(status=status, grant_type="refresh_token", refresh_token=token)

    def connect(self, seat: str = GRACE, **query: Any) -> dict[str, Any]:
        return self.exchange(self.code(seat, **query))

    def get(self, path: str, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"{self.endpoints['apiUrl']}{path}", headers=headers, timeout=5)

    def sites(self, token: str) -> list[dict[str, Any]]:
        answer = self.get("/oauth/token/accessible-resources", token)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def myself(self, token: str, site: Site = INITECH) -> requests.Response:
        return self.get(f"/ex/jira/{site.id}/rest/api/3/myself", token)

    def create(
        self, token: str | None, site: Site = INITECH, body: Any = None, **changes: Any
    ) -> requests.Response:
        """Create a task, with other fields; or send another body altogether."""
        fields = {name: value for name, value in (TASK | changes).items() if value is not None}
        return requests.post(
            f"{self.endpoints['apiUrl']}/ex/jira/{site.id}/rest/api/3/issue",
            json={"fields": fields} if body is None else body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=5,
        )

    def issues(self) -> list[dict[str, Any]]:
        return self.state["issues"]
