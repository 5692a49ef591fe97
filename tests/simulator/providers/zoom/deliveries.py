"""Zoom's events as it sends them, and how it makes sure of the URL that they go to.

Rules played here:
- What had no answer or a 5xx is tried again after 5, 20 and 60 minutes, with a new timestamp.
- The URL is validated every 72 hours; after six failures in a row nothing more is sent.

Sources: developers.zoom.us/docs/api/webhooks, /docs/api/meetings/events, /docs/api/users/events;
zoom/skills, oauth (app_deauthorized). Not confirmed: the new timestamp of a retry.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.zoom.members import Members
from tests.simulator.providers.zoom.rules import Settings
from tests.simulator.providers.zoom.users import User, find
from tests.simulator.webhooks import Delivered, Sent

RETRIES = (300.0, 1_200.0, 3_600.0)
EVERY = 72 * 3_600
MOST_FAILURES = 6
VALIDATION = "endpoint.url_validation"
_SERVER_ERRORS = 500


class Deliveries:
    def __init__(
        self, context: Context, settings: Callable[[], Settings], members: Members
    ) -> None:
        self._secret, self._now = context.client.webhook_secret.encode(), context.now
        self._call, self._settings, self._members = context.call, settings, members
        self._client_id = context.client.client_id
        self._url = context.webhook_url("zoom")
        self._validated_at = context.now()
        self._failures = 0
        self._made = 0

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """An event of a person, by address or id, with more fields of its object; `plainToken` of
        a validation.
        """
        if event == VALIDATION:
            return [self._validation(details.get("plainToken") or uuid4().hex)]
        user = find(account)
        if user is None:
            raise LookupError(account)
        told = not self._settings().by_api or user.id in self._members.members
        if self._failures >= MOST_FAILURES or not told:
            return []
        at = int(self._now() * 1000)
        payload = self._payload(event, user, details)
        return [self._signed({"event": event, "payload": payload, "event_ts": at})]

    def again(self, sent: Sent) -> Sent:
        return self._signed(json.loads(sent.body))

    def revalidate(self) -> None:
        while self._settings().revalidates and self._now() >= self._validated_at + EVERY:
            self._validated_at += EVERY
            if self._failures < MOST_FAILURES:
                self._validate()

    def state(self) -> dict[str, Any]:
        return {
            "failed_validations": self._failures,
            "sends_events": self._failures < MOST_FAILURES,
        }

    def _validate(self) -> None:
        word = uuid4().hex
        answer = self._call(self._validation(word))
        wanted = {"plainToken": word, "encryptedToken": self._hex(word.encode())}
        try:
            right = answer.taken and json.loads(answer.body) == wanted
        except ValueError:
            right = False
        self._failures = 0 if right else self._failures + 1

    def _validation(self, word: str) -> Sent:
        at = int(self._now() * 1000)
        return self._signed({"payload": {"plainToken": word}, "event_ts": at, "event": VALIDATION})

    def _payload(self, event: str, user: User, details: dict[str, Any]) -> dict[str, Any]:
        if event == "app_deauthorized":
            at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
            return {
                "account_id": user.account_id,
                "user_id": user.id,
                "signature": "827edc3452044f0bc86bdd5684afb7d1",
                "deauthorization_time": at.replace("+00:00", "Z"),
                "client_id": self._client_id,
            }
        thing = user_object(user) if event.startswith("user.") else self._meeting(user)
        return {
            "account_id": user.account_id,
            "operator": user.email,
            "operator_id": user.id,
            "object": {**thing, **details},
        }

    def _meeting(self, user: User) -> dict[str, Any]:
        self._made += 1
        return {
            "uuid": f"uu/d{self._made}AAAAAA+==",
            "id": 85_000_000_000 + self._made,
            "host_id": user.id,
            "topic": "Salary review",
            "type": 2,
            "start_time": "2026-12-01T09:00:00Z",
            "duration": 60,
            "timezone": "Europe/Paris",
        }

    def _signed(self, body: dict[str, Any]) -> Sent:
        raw, stamp = json.dumps(body).encode(), str(int(self._now()))
        return Sent(
            url=self._url,
            headers={
                "Authorization": "deprecated",
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Zoom Marketplace/1.0a",
                "X-Zm-Request-Timestamp": stamp,
                "X-Zm-Signature": f"v0={self._hex(f'v0:{stamp}:'.encode() + raw)}",
                "X-Zm-TrackingId": f"v=2.0;clid=sim;rid={uuid4().hex}",
            },
            body=raw,
        )

    def _hex(self, covered: bytes) -> str:
        return hmac.new(self._secret, covered, hashlib.sha256).hexdigest()


def user_object(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "type": 2,
    }


def tries_again(answer: Delivered) -> bool:
    return answer.status == 0 or answer.status >= _SERVER_ERRORS
