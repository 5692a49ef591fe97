"""The people of an event subscription that was made by API.

Rules played here:
- It is the app's own: only a token of client credentials is let in.
- Whoever is added must name the account; whoever is in it already, may be added again.

Sources: developers.zoom.us/docs/api/webhooks, /blog/webhook-management-with-zoom-api; @zoom/rivet,
marketplace.d.ts. Not confirmed: statuses, and the query that lists.
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.zoom.errors import TRACKING, ApiRefused
from tests.simulator.providers.zoom.users import USERS
from tests.simulator.wire import Answer, Malformed, Request, last

SUBSCRIPTION = "0ZAaJY4dQ52BbwI9PArBLQ"


class Members:
    def __init__(self, app_tokens: Collection[str]) -> None:
        self._app_tokens = app_tokens
        self.members: set[str] = set()

    def add(self, request: Request, call: Call) -> Answer:
        self._enter(request, call)
        try:
            body = request.json()
        except Malformed:
            body = None
        if not isinstance(body, dict) or request.named["id"] != SUBSCRIPTION:
            raise ApiRefused(300)
        found = [USERS.get(each) for each in body.get("user_ids", [])]
        if not found or any(u is None or u.account_id != body.get("account_id") for u in found):
            raise ApiRefused(1001)
        self.members |= {user.id for user in found if user}
        return Answer(status=HTTPStatus.NO_CONTENT, headers=TRACKING)

    def remove(self, request: Request, call: Call) -> Answer:
        self._enter(request, call)
        person = last(request.query, "user_ids")
        here = last(request.query, "event_subscription_id") == SUBSCRIPTION
        if not here or not last(request.query, "account_id") or person not in self.members:
            raise ApiRefused(1001)
        self.members.discard(person)
        return Answer(status=HTTPStatus.NO_CONTENT, headers=TRACKING)

    def listed(self, request: Request, call: Call) -> Answer:
        self._enter(request, call)
        inside = last(request.query, "user_id") in self.members
        shown: dict[str, Any] = {
            "event_subscription_id": SUBSCRIPTION,
            "events": ["meeting.created"],
            "event_subscription_name": "Targetym",
            "subscription_scope": "user",
            "created_source": "openapi",
        }
        return Answer.json(
            {"page_size": 30, "event_subscriptions": [shown] if inside else []}, headers=TRACKING
        )

    def state(self) -> dict[str, Any]:
        return {"members": sorted(self.members)}

    def _enter(self, request: Request, call: Call) -> None:
        value = request.bearer() or ""
        call.saw("token", value)
        if value not in self._app_tokens:
            raise ApiRefused(124)
