"""What Jira sends to webhooks: bodies about a site, proven by a token that says nothing of them.

- A body holds no cloudid: its links lead to the site, and it names the webhooks that matched.
- A retry is the same body with a new token; five are made, five to fifteen minutes apart, and only
  of what may pass.

Sources: developer.atlassian.com/cloud/jira/platform/webhooks (bodies, headers, retries). What the
token claims is documented nowhere: `iat`, `exp` and `iss` here, for three minutes, as for Connect.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.jira.hooks import Hooks
from tests.simulator.providers.jira.people import SEATS, Seat
from tests.simulator.webhooks import Delivered, Sent

RETRIES = (600.0,) * 5
LIFE = 180
_AGAIN = {0, 408, 409, 425, 429}


class Deliveries:
    def __init__(self, context: Context, hooks: Hooks) -> None:
        self._client, self._now, self._hooks = context.client, context.now, hooks

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """Something on the site where a person is, with `issue`, `comment` and other parts of the
        body as wanted.
        """
        seat = next(seat for seat in SEATS.values() if account in {seat.label, seat.id})
        matched = self._hooks.matching(event, seat)
        if not matched:
            return []
        body = self._body(event, seat, details)
        body["matchedWebhookIds"] = [hook.number for hook in matched]
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Atlassian-Webhook-Identifier": uuid4().hex,
            "X-Atlassian-Webhook-Flow": "Primary",
            "User-Agent": "Atlassian HttpClient unknown / JIRA",
        }
        url = matched[0].url
        return [self._signed(Sent(url=url, headers=headers, body=json.dumps(body).encode()))]

    def again(self, sent: Sent, attempt: int) -> Sent:
        retried = self._signed(sent)
        return replace(
            retried, headers={**retried.headers, "X-Atlassian-Webhook-Retry": str(attempt)}
        )

    def _body(self, event: str, seat: Seat, details: Mapping[str, Any]) -> dict[str, Any]:
        api = f"{seat.site.url}/rest/api/2"
        issue = {"id": "10002", "key": "HR-1", **details.get("issue", {})}
        body: dict[str, Any] = {
            "timestamp": int(self._now() * 1000),
            "webhookEvent": event,
            "user": {
                "self": f"{api}/user?accountId={seat.person.id}",
                "accountId": seat.person.id,
                "displayName": seat.person.name,
            },
        }
        if event.startswith("jira:version"):
            version = {"id": "10000", "name": "1.0", "projectId": 10_100}
            return {**body, "version": {"self": f"{api}/version/10000", **version}}
        body["issue"] = {"self": f"{api}/issue/{issue['id']}", **issue}
        if event.startswith("comment"):
            comment = {"id": "20001", "body": "Done.", **details.get("comment", {})}
            link = f"{api}/issue/{issue['id']}/comment/{comment['id']}"
            return {**body, "comment": {"self": link, **comment}}
        return {**body, "issue_event_type_name": "issue_generic"}

    def _signed(self, sent: Sent) -> Sent:
        now = int(self._now())
        claims = {"iss": self._client.client_id, "iat": now, "exp": now + LIFE}
        covered = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        secret = self._client.client_secret.encode()
        mac = hmac.new(secret, covered.encode(), hashlib.sha256).digest()
        token = f"{covered}.{_base64url(mac)}"
        return replace(sent, headers={**sent.headers, "Authorization": f"Bearer {token}"})


def tries_again(answer: Delivered) -> bool:
    return answer.status in _AGAIN or answer.status >= 500


def _part(content: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
