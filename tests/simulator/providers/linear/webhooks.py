"""Webhooks of a workspace, as they are made by API: one with the scope `admin` makes, sees and
deletes them, for all public teams here.

Source: the schema of @linear/sdk 98.0.0; linear.app/developers/webhooks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.simulator.providers.linear.errors import invalid, not_found, scope_missing
from tests.simulator.providers.linear.issues import UUID
from tests.simulator.providers.linear.workspaces import Person, Workspace

SCOPE = "admin"
TYPES = frozenset(
    {
        "Attachment",
        "Comment",
        "Cycle",
        "Document",
        "Issue",
        "IssueLabel",
        "OAuthAuthorization",
        "Project",
        "ProjectUpdate",
        "Reaction",
        "User",
    }
)


@dataclass(slots=True, kw_only=True)
class Webhook:
    id: str
    workspace: Workspace
    url: str
    secret: str
    types: tuple[str, ...]
    label: str | None
    enabled: bool = True


class Webhooks:
    def __init__(self) -> None:
        self.made: dict[str, Webhook] = {}

    def create(self, person: Person, scopes: tuple[str, ...], given: Mapping[str, Any]) -> Webhook:
        _check_scope(scopes)
        webhook_id, url = given.get("id") or str(uuid4()), given["url"]
        if not UUID.fullmatch(webhook_id) or webhook_id in self.made:
            raise invalid("id", webhook_id, "id must be a UUID that is not taken")
        if urlsplit(url).scheme not in {"http", "https"}:
            raise invalid("url", url, "url must be a URL address")
        if not given["resourceTypes"] or not TYPES.issuperset(given["resourceTypes"]):
            raise invalid("resourceTypes", given["resourceTypes"], "unknown resource type")
        if bool(given.get("allPublicTeams")) == bool(given.get("teamId")):
            raise invalid("teamId", given.get("teamId"), "either a team or all public teams")
        self.made[webhook_id] = webhook = Webhook(
            id=webhook_id,
            workspace=person.workspace,
            url=url,
            secret=given.get("secret") or f"lin_wh_{uuid4().hex}",
            types=tuple(given["resourceTypes"]),
            label=given.get("label"),
        )
        return webhook

    def find(self, person: Person, scopes: tuple[str, ...], webhook_id: str) -> Webhook:
        _check_scope(scopes)
        found = self.made.get(webhook_id)
        if found is None or found.workspace != person.workspace:
            raise not_found("Webhook")
        return found

    def delete(self, person: Person, scopes: tuple[str, ...], webhook_id: str) -> None:
        del self.made[self.find(person, scopes, webhook_id).id]

    def hearing(self, workspace: Workspace, kind: str) -> list[Webhook]:
        return [
            webhook
            for webhook in self.made.values()
            if webhook.workspace == workspace and webhook.enabled and kind in webhook.types
        ]

    def state(self) -> dict[str, Any]:
        return {
            "webhooks": [
                {"id": one.id, "workspace": one.workspace.name, "url": one.url}
                for one in self.made.values()
            ]
        }


def _check_scope(scopes: tuple[str, ...]) -> None:
    if SCOPE not in scopes:
        raise scope_missing(SCOPE)
