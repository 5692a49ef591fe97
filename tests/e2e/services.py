"""Backend services of the platform: programs that call the internal API by their role."""

import json

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.journey import PATIENCE
from tests.local.aws import REGION
from tests.local.stack import LocalStack


class Service:
    """`role` is the name of the role it runs under; the default may read tokens."""

    def __init__(self, stack: LocalStack, role: str | None = None) -> None:
        self._url = stack.url
        named = {"role": role} if role else {}
        given = stack.service_credentials(**named)
        self.credentials = Credentials(
            given["aws_access_key_id"],
            given["aws_secret_access_key"],
            given["aws_session_token"],
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
        content = json.dumps({"purpose": "payroll"}).encode()
        signed = AWSRequest(
            "POST",
            self._address(organization, integration),
            data=content,
            headers={"content-type": "application/json"},
        )
        SigV4Auth(self.credentials, "execute-api", REGION).add_auth(signed)
        return requests.post(
            self._address(organization, instead or integration),
            data=body_instead or content,
            headers=dict(signed.headers),
            timeout=PATIENCE,
        )

    def token(self, organization: str, integration: str) -> str:
        answer = self.ask(organization, integration)
        assert answer.status_code == 200, answer.text
        given: str = answer.json()["data"]["accessToken"]
        return given

    def _address(self, organization: str, integration: str) -> str:
        return f"{self._url}{path(organization, integration)}"


def path(organization: str, integration: str) -> str:
    return f"/internal/organizations/{organization}/integrations/{integration}/token"
