"""Slack's Events API as it delivers: signed requests, tried again after nothing, a minute and five.

A retry has a new timestamp, the same event id, and says which it is.
Sources: docs.slack.dev/apis/events-api, /authentication/verifying-requests-from-slack.
"""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.slack.conversations import APP_ID, WORKSPACES
from tests.simulator.webhooks import Sent

RETRIES = (0.0, 60.0, 300.0)


class Deliveries:
    def __init__(self, context: Context) -> None:
        self._secret = context.client.webhook_secret
        self._now = context.now
        self._url = context.webhook_url("slack")

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """`url_verification`, or an event of a workspace, by its name or id, with more fields."""
        if event == "url_verification":
            body = {"type": event, "challenge": details["challenge"], "token": "deprecated"}
            return [self._signed(body)]
        team = next(w for w in WORKSPACES.values() if account in {w.name, w.id})
        told = {"type": event, "event_ts": f"{self._now():.6f}", **details}
        return [
            self._signed(
                {
                    "token": "deprecated",
                    "team_id": team.id,
                    "api_app_id": APP_ID,
                    "event": told,
                    "type": "event_callback",
                    "event_id": f"Ev{uuid4().hex[:10].upper()}",
                    "event_time": int(self._now()),
                    "authorizations": [
                        {
                            "enterprise_id": None,
                            "team_id": team.id,
                            "user_id": team.bot_user,
                            "is_bot": True,
                            "is_enterprise_install": False,
                        }
                    ],
                    "is_ext_shared_channel": False,
                }
            )
        ]

    def again(self, sent: Sent, attempt: int) -> Sent:
        resigned = self._signed(json.loads(sent.body))
        more = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": "http_error"}
        return replace(resigned, headers={**resigned.headers, **more})

    def _signed(self, body: dict[str, Any]) -> Sent:
        raw, stamp = json.dumps(body).encode(), str(int(self._now()))
        mac = hmac.new(self._secret.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256)
        return Sent(
            url=self._url,
            headers={
                "Content-Type": "application/json",
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": f"v0={mac.hexdigest()}",
                "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            },
            body=raw,
        )
