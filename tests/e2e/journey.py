"""The main job over HTTP as a program does it: connect, approve, come back, use, disconnect."""

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.local.stack import LocalStack
from tests.simulator.person import Person

# The first request of each function may start a container.
PATIENCE = 120


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"It did not happen in time: {what}"
        time.sleep(0.1)


class Journey:
    """Of an organization of its own."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.organization = f"org-{secrets.token_hex(4)}"

    def request(self, method: str, path: str, **options) -> requests.Response:
        headers = self.stack.bearer(organization=self.organization) | options.pop("headers", {})
        url = f"{self.stack.url}{path}"
        return requests.request(method, url, headers=headers, timeout=PATIENCE, **options)

    def start(
        self, provider: str = "slack", scopes: Sequence[str] = ()
    ) -> tuple[str, dict[str, str]]:
        """Give the provider's page and the cookie that binds the flow."""
        body = {"providerId": provider, "scopes": list(scopes)}
        answer = self.request("POST", "/api/integrations/connect", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["url"], dict(answer.cookies)

    def come_back(self, url: str, cookies: dict[str, str]) -> requests.Response:
        return requests.get(url, cookies=cookies, allow_redirects=False, timeout=PATIENCE)

    def choose_first(self, url: str, page: requests.Response) -> requests.Response:
        """Answer the page that asks which of several accounts to connect."""
        (state,) = re.findall(r'name="state" value="([^"]+)"', page.text)
        return requests.post(
            url.partition("?")[0],
            data={"state": state, "choice": "0"},
            cookies=dict(page.cookies),
            allow_redirects=False,
            timeout=PATIENCE,
        )

    def connect(
        self, provider: str = "slack", account: str | None = None, scopes: Sequence[str] = ()
    ) -> str:
        """Give the integration's id."""
        url, cookies = self.start(provider, scopes)
        back = Person().approve(url, workspace=account)
        answer = self.come_back(back, cookies)
        if answer.status_code == 200:
            answer = self.choose_first(back, answer)
        assert answer.status_code == 303, answer.text
        landed = urlsplit(answer.headers["location"])
        assert f"{landed.scheme}://{landed.netloc}" == self.stack.url
        found = parse_qs(landed.query)
        assert found["status"] == ["connected"]
        return found["integration"][0]

    def act(self, integration: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give what the provider made of it."""
        url = f"/api/integrations/{integration}/actions/{action}"
        answer = self.request("POST", url, json=dict(body))
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()["data"]
        return made

    def detail(self, integration: str) -> dict[str, Any]:
        answer = self.request("GET", f"/api/integrations/{integration}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()["data"]
        return shown

    def wait_until_settled(self, integration: str) -> str:
        """Give how the revocation ended."""
        deadline = time.monotonic() + PATIENCE
        while (outcome := self.detail(integration)["revocation"]) == "queued":
            assert time.monotonic() < deadline, "The revocation was not settled."
            time.sleep(0.05)
        return str(outcome)

    def send_message(self, integration: str, text: str, **headers: str) -> str:
        """Give Slack's id of the message."""
        answer = self.request(
            "POST",
            f"/api/integrations/{integration}/actions/send_message",
            json={"channel": "#general", "text": text},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["ts"]

    def disconnect(self, integration: str) -> None:
        answer = self.request("DELETE", f"/api/integrations/{integration}")
        assert answer.status_code == 200, answer.text

    def wait_for_revocation(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.stack.simulator.calls("apps.uninstall"):
            assert time.monotonic() < deadline, "The grant was not revoked."
            time.sleep(0.05)
