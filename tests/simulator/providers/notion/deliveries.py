"""Notion's webhooks as it delivers them: one subscription for the app, signed with the token that
its verification brought.

Rules played here:
- The verification of a new subscription is unsigned, and sent once.
- An event names whoever of the app's people and bots in the workspace reaches the entity; those of
  data sources do not, as in the documented samples.
- Eight tries, the last a day after the first; the steps between them are made up. A retry is the
  same event with another `attempt_number`, so its signature is another, too.

Sources: developers.notion.com/reference/webhooks, /reference/webhooks-events-delivery.
"""

import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.notion.oauth import NotionGrants
from tests.simulator.providers.notion.workspaces import SEATS, Seat, made_up_id, onboarding
from tests.simulator.webhooks import Sent

RETRIES = (60.0, 300.0, 1200.0, 3600.0, 10_800.0, 21_600.0, 48_840.0)
VERIFICATION = "verification"


class Deliveries:
    def __init__(self, context: Context, grants: NotionGrants) -> None:
        self._secret = context.client.webhook_secret
        self._client = context.client.client_id
        self._now, self._grants = context.now, grants
        self._url = context.webhook_url("notion")

    def of(
        self,
        event: str,
        account: str,
        *,
        entity: str = "",
        seats: Collection[str] | None = None,
        **details: Any,
    ) -> list[Sent]:
        """`verification`, or an event of a workspace, named by a seat there. `seats`: the labels of
        those who reach the entity, all who are connected if none are named. `details` are more
        fields, or others.
        """
        if event == VERIFICATION:
            body = {"verification_token": self._secret, **details}
            return [Sent(url=self._url, headers=_headers(), body=json.dumps(body).encode())]
        workspace = next(seat for seat in SEATS.values() if seat.label == account).workspace
        kind = event.partition(".")[0]
        body = {
            "id": str(uuid4()),
            "timestamp": _written(self._now()),
            "workspace_id": made_up_id(workspace),
            "workspace_name": workspace,
            "subscription_id": made_up_id("subscription"),
            "integration_id": self._client,
            "type": event,
            "authors": [{"id": made_up_id("somebody"), "type": "person"}],
            **self._accessible(kind, workspace, seats),
            "attempt_number": 1,
            "entity": {"id": entity or onboarding(workspace), "type": kind},
            "data": {"parent": {"id": made_up_id(workspace), "type": "space"}},
            **details,
        }
        return [self._signed(body)]

    def again(self, sent: Sent, attempt: int) -> Sent:
        body = json.loads(sent.body) | {"attempt_number": attempt + 1}
        return replace(self._signed(body), url=sent.url)

    def _accessible(
        self, kind: str, workspace: str, seats: Collection[str] | None
    ) -> dict[str, Any]:
        if kind == "data_source" and seats is None:
            return {}
        here = [seat for seat in SEATS.values() if seat.workspace == workspace]
        reaching = [s for s in here if seats is None or s.label in seats]
        living = [seat for seat in reaching if self._grants.living(seat.id)]
        return {"accessible_by": [each for seat in living for each in _both(seat)]}

    def _signed(self, body: dict[str, Any]) -> Sent:
        raw = json.dumps(body, separators=(",", ":")).encode()
        mac = hmac.new(self._secret.encode(), raw, hashlib.sha256).hexdigest()
        signature = {"X-Notion-Signature": f"sha256={mac}"}
        return Sent(url=self._url, headers=_headers() | signature, body=raw)


def _both(seat: Seat) -> list[dict[str, str]]:
    return [{"id": seat.person_id, "type": "person"}, {"id": seat.bot_id, "type": "bot"}]


def _headers() -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "notion-webhooks"}


def _written(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"
