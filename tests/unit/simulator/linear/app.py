"""An app registered with Linear, as its developer would drive it by hand."""

from typing import Any, ClassVar

import requests

from tests.simulator.oauth import ClientCredentials
from tests.simulator.providers.linear.workspaces import BAKERY, GLOBEX, person_at, team_at
from tests.unit.simulator.registered import PREFIX, Registered

CLIENT = ClientCredentials("linear-client", "linear-client-secret")
REDIRECT_URI = f"{PREFIX}/linear/callback"
IN_FORM = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
ADA, GRACE = person_at(BAKERY, "ada@example.org"), person_at(GLOBEX, "grace@example.org")
ADA_AT_GLOBEX = person_at(GLOBEX, "ada@example.org")
ENGINEERING, BOARD = team_at(GLOBEX, "ENG"), team_at(GLOBEX, "BRD")
CREATE = """mutation ($input: IssueCreateInput!) {
  issueCreate(input: $input) { success lastSyncId issue { id identifier url title } }
}"""


class App(Registered):
    provider = "linear"
    client = CLIENT
    asked: ClassVar = {
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "read,issues:create",
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

    def connect(self, person: str = GRACE.id, **query: Any) -> dict[str, Any]:
        return self.exchange(self.code(person, **query))

    def revoke(self, **options: Any) -> int:
        return requests.post(self.endpoints["revocationUrl"], timeout=5, **options).status_code

    def ask(self, token: str, query: str, **variables: Any) -> requests.Response:
        return requests.post(
            f"{self.endpoints['apiUrl']}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )

    def create(self, token: str, **changes: Any) -> requests.Response:
        given = {"teamId": ENGINEERING.id, "title": "A laptop for Alan"} | changes
        return self.ask(token, CREATE, input=given)

    def alive(self, token: str) -> bool:
        return self.ask(token, "{ viewer { id } }").status_code == 200
