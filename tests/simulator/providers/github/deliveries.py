"""What GitHub sends: to the GitHub App's one webhook, or to the hooks that an OAuth App made.

Quirks: signed over the body alone, without a time; never tried again; an installation is whole in
its own events, and its id in others; times of installations are seconds.

Sources: docs.github.com/webhooks/webhook-events-and-payloads, /webhooks/using-webhooks/
validating-webhook-deliveries; octokit/webhooks, payload-examples/api.github.com; github/
rest-api-description, webhook-github-app-authorization-revoked (there is no example of that).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from tests.simulator.oauth import Context
from tests.simulator.providers.github.api import simple_user
from tests.simulator.providers.github.hooks import Hook, Hooks
from tests.simulator.providers.github.issues import Issues
from tests.simulator.providers.github.people import (
    INSTALLATIONS,
    REPOSITORIES,
    Installation,
    Person,
    Repository,
    find,
)
from tests.simulator.providers.github.rules import Settings
from tests.simulator.webhooks import Sent

type Body = dict[str, Any]
ACTIONS = {
    "issues": "opened",
    "issue_comment": "created",
    "label": "created",
    "pull_request": "opened",
    "repository": "edited",
    "installation": "deleted",
    "installation_repositories": "added",
    "github_app_authorization": "revoked",
    "meta": "deleted",
}
OF_THE_APP = {"installation", "installation_repositories", "github_app_authorization"}


class Deliveries:
    def __init__(self, context: Context, settings: Callable[[], Settings], issues: Issues) -> None:
        self._secret, self._now = context.client.webhook_secret, context.now
        self._call, self._settings, self._issues = context.call, settings, issues
        self._url = context.webhook_url("github")
        self._numbers = count(1)
        self.hooks = Hooks(self._greet)

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """An event that a person causes, in the person's own account if the app is installed there;
        `action`, `repository` and `installation` (its id) say where it is another one. What happens
        to an installation or a hook, happens to it.
        """
        person = find(account)
        if person is None:
            raise LookupError(account)
        installation = _installation(person, details.get("installation"))
        name = details.get("repository") or next(
            one.full_name for one in REPOSITORIES.values() if one.owner == installation.account
        )
        repository = REPOSITORIES[name]
        action = details.get("action", ACTIONS.get(event))
        about = self._about(event, action, repository, installation)
        body = {
            **({"action": action} if action else {}),
            **about,
            "sender": simple_user(person.login),
        }
        if self._settings().oauth_app:
            return self._to_hooks(event, person, repository, body)
        return self._to_app(event, action, installation, body)

    def _to_app(
        self, event: str, action: str | None, installation: Installation, body: Body
    ) -> list[Sent]:
        if event == "meta":
            return []
        if event == "installation":
            gone = self._issues.uninstalled
            gone.add(installation.id) if action == "deleted" else gone.discard(installation.id)
        elif event not in OF_THE_APP:
            body["installation"] = {"id": installation.id, "node_id": f"I_{installation.id}"}
        return [self._signed(event, body, self._url, self._secret)]

    def _to_hooks(
        self, event: str, person: Person, repository: Repository, body: Body
    ) -> list[Sent]:
        if event in OF_THE_APP:
            return []
        places = {f"repos/{repository.full_name}", f"orgs/{repository.owner}"}
        heard = self.hooks.heard_by(event, places)
        if event == "meta":
            for hook in heard:
                del self.hooks.hooks[hook.id]
        return [
            self._signed(event, {**body, **self._of_hook(event, hook)}, hook.url, hook.secret)
            for hook in heard
        ]

    def _of_hook(self, event: str, hook: Hook) -> Body:
        return {"hook_id": hook.id, "hook": hook.shown()} if event in {"meta", "ping"} else {}

    def _greet(self, hook: Hook) -> None:
        body = {"zen": "Keep it logically awesome.", **self._of_hook("ping", hook)}
        self._call(self._signed("ping", body, hook.url, hook.secret))

    def _about(
        self, event: str, action: str | None, repository: Repository, installation: Installation
    ) -> Body:
        whole = _whole(installation, int(self._now()))
        short = {"id": repository.id, "full_name": repository.full_name}
        match event:
            case "installation":
                return {"installation": whole, "repositories": [short], "requester": None}
            case "installation_repositories":
                added = action == "added"
                return {
                    "installation": whole,
                    "repository_selection": "selected",
                    "repositories_added": [short] if added else [],
                    "repositories_removed": [] if added else [short],
                    "requester": None,
                }
            case "github_app_authorization":
                return {}
            case "ping":
                return {"zen": "Non-blocking is better than blocking.", "hook_id": 7, "hook": {}}
        shown = {**short, "name": repository.name, "updated_at": self._time(), "private": True}
        return {**self._thing(event), "repository": {**shown, "owner": {"login": repository.owner}}}

    def _thing(self, event: str) -> Body:
        number, at = next(self._numbers), self._time()
        issue = {"id": 3_200_000_000 + number, "number": number, "updated_at": at, "title": "Pay"}
        things: Mapping[str, Body] = {
            "issues": {"issue": issue},
            "issue_comment": {
                "issue": issue,
                "comment": {"id": 9_000 + number, "body": "Who earns that?", "updated_at": at},
            },
            "label": {"label": {"id": 8_000 + number, "name": "payroll"}},
            "pull_request": {"number": number, "pull_request": {**issue, "id": 7_000 + number}},
            "repository": {"changes": {}},
            "push": {"ref": "refs/heads/main", "commits": [], "pusher": {"name": "ada-byron"}},
        }
        return things.get(event, {})

    def _time(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _signed(self, event: str, body: Body, url: str, secret: str) -> Sent:
        raw, key = json.dumps(body).encode(), secret.encode()
        return Sent(
            url=url,
            headers={
                "Accept": "*/*",
                "Content-Type": "application/json",
                "User-Agent": "GitHub-Hookshot/f05835d",
                "X-GitHub-Delivery": str(uuid4()),
                "X-GitHub-Event": event,
                "X-GitHub-Hook-ID": str(body.get("hook_id", 1)),
                "X-Hub-Signature": f"sha1={hmac.new(key, raw, hashlib.sha1).hexdigest()}",
                "X-Hub-Signature-256": f"sha256={hmac.new(key, raw, hashlib.sha256).hexdigest()}",
            },
            body=raw,
        )


def _installation(person: Person, number: int | None) -> Installation:
    wanted = [each for each in INSTALLATIONS if number in {each.id, None}]
    own = [each for each in wanted if each.account == person.login]
    return (own or wanted)[0]


def _whole(installation: Installation, now: int) -> Body:
    return {
        "id": installation.id,
        "account": simple_user(installation.account),
        "repository_selection": "selected",
        "app_id": 4_711,
        "target_id": 2_001,
        "target_type": installation.kind,
        "permissions": dict(installation.permissions),
        "events": ["issues"],
        "created_at": now - 86_400,
        "updated_at": now,
        "suspended_at": None,
        "suspended_by": None,
    }
