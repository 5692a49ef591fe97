"""What Linear sends to webhooks: to the app's, for every workspace that granted it, and to those
of the workspace. Each is signed over its body by its own secret.

A retry comes after a minute, an hour and six hours; whether it is stamped anew is not known, so
that both can be played. Which header tells it from the first is not known either.

Source: linear.app/developers/webhooks; the payloads of the schema of @linear/sdk 98.0.0.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.linear.oauth import LinearGrants
from tests.simulator.providers.linear.webhooks import Webhook, Webhooks
from tests.simulator.providers.linear.workspaces import PEOPLE, Person, team_at, uuid_of
from tests.simulator.webhooks import Sent

RETRIES = (60.0, 3600.0, 6 * 3600.0)
APP = "OAuthApp"


class Deliveries:
    def __init__(self, context: Context, grants: LinearGrants, webhooks: Webhooks) -> None:
        self._context, self._now = context, context.now
        self._grants, self._webhooks = grants, webhooks
        self._url = context.webhook_url("linear")

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """`<type>.<action>`, such as `Issue.update`, in the workspace of a person, by their label
        or id; `data` and other parts of the body as wanted. The app's webhook comes first.
        """
        person = next(one for one in PEOPLE.values() if account in {one.id, one.label})
        kind, _, action = event.partition(".")
        made = [
            self._sent(self._url, self._app_secret(), self._body(person, kind, action, details))
            for _ in range(self._tells_app(person, kind))
        ]
        for webhook in self._webhooks.hearing(person.workspace, kind):
            body = self._body(person, kind, action, details, webhook)
            made.append(self._sent(webhook.url, webhook.secret, body))
        return made

    def again(self, sent: Sent) -> Sent:
        body = json.loads(sent.body)
        if self._grants.settings.restamps:
            body["webhookTimestamp"] = int(self._now() * 1000)
        own = (one.secret for one in self._webhooks.made.values() if one.url == sent.url)
        return self._sent(sent.url, next(own, self._app_secret()), body)

    def _tells_app(self, person: Person, kind: str) -> bool:
        """Whether the app has a webhook and the workspace has granted it, or has just ended it."""
        granted = any(
            PEOPLE[grant.account].workspace == person.workspace
            for grant in self._grants.grants
            if not grant.ended
        )
        return self._grants.settings.app_webhook and (granted or kind == APP)

    def _app_secret(self) -> str:
        return self._context.client.webhook_secret

    def _body(
        self,
        person: Person,
        kind: str,
        action: str,
        details: dict[str, Any],
        webhook: Webhook | None = None,
    ) -> dict[str, Any]:
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        body: dict[str, Any] = {
            "action": action,
            "type": kind,
            "createdAt": at.replace("+00:00", "Z"),
            "organizationId": person.workspace.id,
            "webhookId": webhook.id if webhook else uuid_of(f"app in {person.workspace.id}"),
            "webhookTimestamp": int(self._now() * 1000),
        }
        if kind == APP:
            return body | {"oauthClientId": uuid_of("our app")} | details
        data = _data(person, kind, body["createdAt"]) | details.get("data", {})
        actor = {"id": person.id, "name": person.name, "email": person.email, "type": "user"}
        more = {"updatedFrom": {"updatedAt": "2026-01-05T09:00:00.000Z"}}
        body |= {"actor": actor, "url": f"https://linear.app/x/{data['id']}"}
        return body | (more if action == "update" else {}) | details | {"data": data}

    def _sent(self, url: str, secret: str, body: dict[str, Any]) -> Sent:
        raw = json.dumps(body).encode()
        return Sent(
            url=url,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Linear-Delivery": str(uuid4()),
                "Linear-Event": body["type"],
                "Linear-Signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest(),
                "Linear-Timestamp": str(body["webhookTimestamp"]),
                "User-Agent": "Linear-Webhook",
            },
            body=raw,
        )


def _data(person: Person, kind: str, at: str) -> dict[str, Any]:
    """What every change tells of its object, and what it belongs to."""
    workspace = person.workspace
    data = {"id": workspace.named("one", kind), "createdAt": at, "updatedAt": at}
    of = {
        "Issue": {"identifier": "ENG-1", "teamId": team_at(workspace, "ENG").id, "title": "Laptop"},
        "Comment": {"issueId": workspace.named("one", "Issue"), "body": "Done."},
        "Attachment": {"issueId": workspace.named("one", "Issue"), "title": "Order"},
        "Reaction": {"issueId": workspace.named("one", "Issue"), "emoji": "tada"},
        "Project": {"name": "New hires"},
        "ProjectUpdate": {"projectId": workspace.named("one", "Project"), "body": "On track."},
    }
    return data | of.get(kind, {})
