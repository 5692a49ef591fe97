"""Backend services of the platform: programs that call the internal API by their role."""

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

from tests.e2e.journey import PATIENCE
from tests.local.aws import REGION
from tests.local.stack import LocalStack


class Signed(AuthBase):
    """Signature Version 4, as the gateway expects it."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        SigV4Auth(self.credentials, "execute-api", REGION).add_auth(signed)
        request.headers.update(signed.headers.items())
        return request


class Service:
    """`role` is the name of the role it runs under; the default may read tokens."""

    def __init__(self, stack: LocalStack, role: str | None = None) -> None:
        self._url = stack.url
        named = {"role": role} if role else {}
        given = stack.service_credentials(**named)
        self.auth = Signed(
            Credentials(
                given["aws_access_key_id"],
                given["aws_secret_access_key"],
                given["aws_session_token"],
            )
        )

    def ask(
        self,
        organization: str,
        integration: str,
        *,
        instead: str | None = None,
        body_instead: bytes | None = None,
    ) -> requests.Response:
        """Ask for a token. What is sent `instead` was not signed."""
        request = requests.Request(
            "POST",
            f"{self._url}{path(organization, integration)}",
            json={"purpose": "payroll"},
            auth=self.auth,
        ).prepare()
        if instead:
            request.url = f"{self._url}{path(organization, instead)}"
        if body_instead:
            request.prepare_body(body_instead, None)
        with requests.Session() as session:
            return session.send(request, timeout=PATIENCE)

    def token(self, organization: str, integration: str) -> str:
        answer = self.ask(organization, integration)
        assert answer.status_code == 200, answer.text
        given: str = answer.json()["data"]["accessToken"]
        return given


def path(organization: str, integration: str) -> str:
    return f"/internal/organizations/{organization}/integrations/{integration}/token"
