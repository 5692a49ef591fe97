"""Asana's webhooks: made with a handshake, sent signed, and deleted after a day of failures.

Rules played here:
- The handshake comes while the call that makes a webhook is open, and must be answered with its
  own word, which is the secret; it comes again with the call's answer, and never after.
- A webhook on a workspace must have filters, and only those on a list; it does not hear of tasks.
- An event goes to every webhook whose filters it passes. Heartbeats have no events.
- What is not taken is tried again for 24 hours, with longer pauses each time. Then the webhook is
  gone, as it is when its project is deleted or the grant has ended.

Where the sources say nothing: the pauses, the body of the handshake, words and status of a limit
that was reached.

Sources: developers.asana.com/docs/webhooks-guide, /reference/createwebhook; Asana/openapi; thread
463270 of forum.asana.com (filters).
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.oauth import Context
from tests.simulator.providers.asana.consent import Settings
from tests.simulator.providers.asana.errors import ApiError, invalid
from tests.simulator.providers.asana.fields import content, gid, listed, text
from tests.simulator.providers.asana.projects import Projects
from tests.simulator.providers.asana.world import PROJECTS, WORKSPACES, Person, find
from tests.simulator.standard.grants import Grants
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request

DAY = 86_400.0
_DOUBLING = tuple(60.0 * 2**n for n in range(10))
RETRIES = (*_DOUBLING, DAY - sum(_DOUBLING))
HEARTBEAT = "heartbeat"
OF_A_WORKSPACE = {("project", "added"), ("project", "changed")}
ANSWERS = {HTTPStatus.OK, HTTPStatus.NO_CONTENT}


@dataclass(slots=True, kw_only=True)
class Hook:
    gid: str
    person: str
    resource: str
    target: str
    filters: tuple[tuple[str, str | None], ...]
    secret: str
    active: bool = True

    def passes(self, kind: str, action: str) -> bool:
        wanted = any(of == kind and each in {None, action} for of, each in self.filters)
        return wanted or not self.filters


class Hooks:
    def __init__(self, context: Context, grants: Grants[Settings], projects: Projects) -> None:
        self._context, self._grants, self._projects = context, grants, projects
        self.hooks: dict[str, Hook] = {}
        self._made = 0

    def create(self, request: Request, person: Person) -> Answer:
        given = content(request)
        resource, target = gid("resource", given.get("resource")), text(given, "target")
        if not target:
            raise invalid("target: Missing input")
        self._look(resource, person)
        self._made += 1
        hook = Hook(
            gid=str(1_230_000_000_000_000 + self._made),
            person=person.gid,
            resource=resource,
            target=target,
            filters=_filters(given, resource),
            secret=self._context.mint.issue("", size=32),
        )
        self._shake_hands(hook)
        self.hooks[hook.gid] = hook
        made = {"data": {**self._shown(hook), "active": False}, "X-Hook-Secret": hook.secret}
        return Answer.json(made, status=HTTPStatus.CREATED)

    def get(self, request: Request, person: Person) -> Answer:
        return Answer.json({"data": self._shown(self._own(request, person))})

    def delete(self, request: Request, person: Person) -> Answer:
        del self.hooks[self._own(request, person).gid]
        return Answer.json({"data": {}})

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """`heartbeat`, or `<type>.<action>` of a thing in a project of a person's, the first one
        where `project` names none; `gid`, `parent` and `change` as an event has them.
        """
        person = find(account)
        if person is None:
            return []
        if event == HEARTBEAT:
            return [self._sent(hook, []) for hook in self._living(person)]
        kind, _, action = event.partition(".")
        first = next(iter(self._projects.visible(person)))
        project = details.pop("project", first.gid)
        if kind == "project" and action == "added":
            self._projects.add(project, details.pop("workspace", first.workspace))
        where = {project, self._projects.known[project].workspace}
        told = self._event(person, kind, action, gid=details.pop("gid", project), **details)
        sent = [
            self._sent(hook, [told])
            for hook in self._living(person)
            if hook.resource in where and hook.passes(kind, action)
        ]
        if (kind, action) == ("project", "deleted"):
            del self._projects.known[project]
            self._end(lambda hook: hook.resource == project)
        return sent

    def settled(self, sent: Sent, answer: Delivered) -> None:
        if not answer.taken:
            self._end(lambda hook: hook.target == sent.url)

    def state(self) -> list[dict[str, Any]]:
        return [{"person": each.person, **self._shown(each)} for each in self.hooks.values()]

    def _look(self, resource: str, person: Person) -> None:
        visible = {each.gid for each in self._projects.visible(person)} | set(person.workspaces)
        if resource not in visible:
            if resource in WORKSPACES or resource in PROJECTS:
                raise ApiError("forbidden", "You do not have access to this resource.")
            raise invalid(f"resource: Unknown object: {resource}")
        here = [hook for hook in self.hooks.values() if hook.resource == resource]
        if len(here) >= self._grants.settings.most_webhooks:
            raise ApiError("forbidden", "This resource has reached its limit of webhooks.")

    def _shake_hands(self, hook: Hook) -> None:
        word = {"X-Hook-Secret": hook.secret, "Content-Type": "application/json"}
        answer = self._context.call(Sent(url=hook.target, headers=word, body=b"{}"))
        if answer.status not in ANSWERS:
            words = "responded with an incorrect HTTP status code"
            raise invalid(f"The remote server which is intended to receive the webhook {words}")
        if answer.headers.get("x-hook-secret") != hook.secret:
            raise invalid("The remote server did not respond with the handshake secret.")

    def _living(self, person: Person) -> list[Hook]:
        if not self._grants.living(person.gid):
            return []
        return [each for each in self.hooks.values() if each.person == person.gid and each.active]

    def _own(self, request: Request, person: Person) -> Hook:
        hook = self.hooks.get(request.named["webhook"])
        if hook is None or hook.person != person.gid:
            raise ApiError("not_found", f"webhook: Unknown object: {request.named['webhook']}")
        return hook

    def _end(self, which: Any) -> None:
        self.hooks = {each.gid: each for each in self.hooks.values() if not which(each)}

    def _event(self, person: Person, kind: str, action: str, **details: Any) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self._context.now(), UTC).isoformat(timespec="milliseconds")
        return {
            "user": {"gid": person.gid, "resource_type": "user"},
            "created_at": moment.replace("+00:00", "Z"),
            "action": action,
            "resource": {"gid": details.pop("gid"), "resource_type": kind},
            "parent": None,
            **details,
        }

    def _sent(self, hook: Hook, events: list[dict[str, Any]]) -> Sent:
        raw = json.dumps({"events": events}).encode()
        mac = hmac.new(hook.secret.encode(), raw, hashlib.sha256)
        headers = {"Content-Type": "application/json", "X-Hook-Signature": mac.hexdigest()}
        return Sent(url=hook.target, headers=headers, body=raw)

    def _shown(self, hook: Hook) -> dict[str, Any]:
        kind = "workspace" if hook.resource in WORKSPACES else "project"
        return {
            "gid": hook.gid,
            "resource_type": "webhook",
            "active": hook.active,
            "resource": {"gid": hook.resource, "resource_type": kind},
            "target": hook.target,
            "filters": [{"resource_type": of, "action": action} for of, action in hook.filters],
        }


def _filters(given: Any, resource: str) -> tuple[tuple[str, str | None], ...]:
    found = tuple(
        (each.get("resource_type"), each.get("action")) for _, each in listed(given, "filters")
    )
    if resource in WORKSPACES and not (found and set(found) <= OF_A_WORKSPACE):
        raise invalid(
            "Webhooks for larger scoped resources must have at least one filter and all filters "
            "must be in our whitelist."
        )
    return found
