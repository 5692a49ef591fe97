"""Gmail's `watch` and `stop`, and the Pub/Sub push that carries what it tells.

Rules played here:
- One watch for each mailbox of the app's project, for seven days; watching again lets it live on.
- The topic must be of the project that asks, and `stop` ends the watch whoever made it.
- A push has an ID token of the service account that was given to the push subscription, signed by
  a key that Google publishes, good for an hour; its body is the message, base64url, not signed.
- That an account has no mailbox is `failedPrecondition` (`no_mailbox`).
- Not played: whether a new watch is followed by a notification at once.

Sources: developers.google.com/workspace/gmail/api/guides/push,
docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions, /pubsub/docs/push.
"""

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.google.door import Door, json_object
from tests.simulator.providers.google.errors import named
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.providers.google.scopes import AUTH, GMAIL_MODIFY, MAIL
from tests.simulator.standard.keys import signed
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request

LIFE = 7 * 86_400
TOKEN_LIFE = 3600
TOPIC = "projects/targetym-demo/topics/gmail"
SUBSCRIPTION = "projects/targetym-demo/subscriptions/gmail-push"
AUDIENCE = "gmail-of-targetym-demo"
SERVICE_ACCOUNT = "gmail-push@targetym-demo.iam.gserviceaccount.com"
SETTINGS = {
    "pubsubTopic": TOPIC,
    "pubsubAudience": AUDIENCE,
    "pubsubServiceAccount": SERVICE_ACCOUNT,
}
_TOPIC_NAME = re.compile(r"projects/[a-z0-9-]+/topics/[A-Za-z0-9._~+%-]+")
_SCOPES = frozenset({MAIL, GMAIL_MODIFY, f"{AUTH}gmail.readonly", f"{AUTH}gmail.metadata"})


@dataclass(slots=True, kw_only=True)
class Watch:
    sub: str
    ends_at: float
    history: int = 1000


class Watches:
    def __init__(self, context: Context, grants: Grants) -> None:
        self._now, self._grants = context.now, grants
        self._url = context.webhook_url("google")
        self._door = Door(grants, "gmail.googleapis.com", "Watch", _SCOPES)
        self.watches: dict[str, Watch] = {}
        self.renamed: dict[str, str] = {}
        self._messages = 0

    def profile(self, request: Request, call: Call) -> Answer:
        sub = self._enter(request, call)
        told = {"emailAddress": self._address(sub), "messagesTotal": 7, "threadsTotal": 5}
        return Answer.json({**told, "historyId": "1000"})

    def watch(self, request: Request, call: Call) -> Answer:
        sub = self._enter(request, call)
        topic = json_object(request).get("topicName")
        if not isinstance(topic, str) or not _TOPIC_NAME.fullmatch(topic):
            message = "Invalid topicName does not match projects/{project}/topics/*"
            raise named(HTTPStatus.BAD_REQUEST, "invalidArgument", message)
        if topic.partition("/topics/")[0] != TOPIC.partition("/topics/")[0]:
            message = f"Invalid topicName does not match {TOPIC.partition('/topics/')[0]}/topics/*"
            raise named(HTTPStatus.BAD_REQUEST, "invalidArgument", message)
        watch = self.watches.setdefault(sub, Watch(sub=sub, ends_at=0))
        watch.ends_at = self._now() + LIFE
        ends_at = str(int(watch.ends_at * 1000))
        return Answer.json({"historyId": str(watch.history), "expiration": ends_at})

    def stop(self, request: Request, call: Call) -> Answer:
        self.watches.pop(self._enter(request, call), None)
        return Answer(status=HTTPStatus.NO_CONTENT)

    def rename(self, sub: str, address: str) -> None:
        """What an administrator of Google Workspace may do to a person's address."""
        self.renamed[sub] = address

    def of(self, account: str) -> list[Sent]:
        """A person's mailbox has changed; somebody hears of it if it is watched."""
        person = next(p for p in PEOPLE.values() if account in {p.email, p.sub, p.name})
        watch = self.watches.get(person.sub)
        if watch is None or self._now() >= watch.ends_at or person.sub not in self._grants.grants:
            return []
        watch.history += 7
        self._messages += 1
        told = {"emailAddress": self._address(person.sub), "historyId": watch.history}
        return [self._push(json.dumps(told).encode())]

    def state(self) -> dict[str, Any]:
        return {
            "watches": [
                {"sub": watch.sub, "live": self._now() < watch.ends_at}
                for watch in self.watches.values()
            ]
        }

    def _enter(self, request: Request, call: Call) -> str:
        sub = self._door.enter(request, call).sub
        if self._grants.settings.no_mailbox:
            raise named(HTTPStatus.BAD_REQUEST, "failedPrecondition", "Mail service not enabled")
        return sub

    def _address(self, sub: str) -> str:
        return self.renamed.get(sub, PEOPLE[sub].email)

    def _push(self, data: bytes) -> Sent:
        number = f"{2_070_443_601_311_000 + self._messages}"
        published = datetime.fromtimestamp(self._now(), UTC).replace(tzinfo=None)
        at = published.isoformat(timespec="milliseconds") + "Z"
        message = {
            "data": base64.urlsafe_b64encode(data).decode(),
            "messageId": number,
            "message_id": number,
            "publishTime": at,
            "publish_time": at,
        }
        body = {"message": message, "subscription": SUBSCRIPTION}
        return Sent(
            url=self._url,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
                "Authorization": f"Bearer {self.token()}",
            },
            body=json.dumps(body).encode(),
        )

    def token(self, **changes: Any) -> str:
        """The ID token that a push has, with other claims where a test wants them."""
        now = int(self._now())
        claims = {
            "aud": AUDIENCE,
            "azp": "113774264463038321964",
            "email": SERVICE_ACCOUNT,
            "sub": "113774264463038321964",
            "email_verified": True,
            "exp": now + TOKEN_LIFE,
            "iat": now,
            "iss": "https://accounts.google.com",
            **changes,
        }
        return signed({name: value for name, value in claims.items() if value is not None})
