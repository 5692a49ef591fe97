"""Linear's issues, and what one must be to be created.

Quirk: who may create issues may not choose their state; that needs `write` (linear/linear issue
895). What a person does not see does not exist.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tests.simulator.providers.linear.errors import invalid, not_found, scope_missing
from tests.simulator.providers.linear.workspaces import (
    LABELS,
    PEOPLE,
    PROJECTS,
    STATE_TEAMS,
    TEAMS,
    Person,
    Team,
    uuid_of,
)

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
IDENTIFIER = re.compile(r"[A-Z]{1,7}-\d{1,9}")
IDS = ("id", "teamId", "assigneeId", "projectId", "stateId")
LONGEST_TITLE = 512
PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: str
    number: int
    identifier: str
    url: str
    title: str
    description: str | None
    priority: int
    due_date: str | None
    labels: tuple[str, ...]
    team: str
    state: str
    creator: str
    assignee: str | None
    project: str | None
    parent: str | None
    created_at: str


class Issues:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.issues: dict[str, Issue] = {}

    def create(self, person: Person, scopes: tuple[str, ...], given: Mapping[str, Any]) -> Issue:
        if "write" not in scopes and ("issues:create" not in scopes or given.get("stateId")):
            raise scope_missing("write")
        _check_form(given)
        team = TEAMS.get(given["teamId"])
        if team is None or not team.seen_by(person):
            raise not_found("Team")
        self._check_references(person, team, given)
        number = sum(issue.team == team.id for issue in self.issues.values()) + 1
        identifier = f"{team.key}-{number}"
        slug = re.sub(r"[^a-z0-9]+", "-", given["title"].lower()).strip("-")
        issue = Issue(
            id=given.get("id") or uuid_of(f"issue {identifier} of {team.id}"),
            number=number,
            identifier=identifier,
            url=f"https://linear.app/{team.workspace.url_key}/issue/{identifier}/{slug}",
            title=given["title"],
            description=given.get("description"),
            priority=given.get("priority") or 0,
            due_date=given.get("dueDate"),
            labels=tuple(given.get("labelIds") or ()),
            team=team.id,
            state=given.get("stateId") or team.state_id("Backlog"),
            creator=person.id,
            assignee=given.get("assigneeId"),
            project=given.get("projectId"),
            parent=given.get("parentId"),
            created_at=datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds"),
        )
        self.issues[issue.id] = issue
        return issue

    def find(self, person: Person, reference: str) -> Issue | None:
        for issue in self.issues.values():
            seen = TEAMS[issue.team].seen_by(person)
            if seen and reference in {issue.id, issue.identifier}:
                return issue
        return None

    def _check_references(self, person: Person, team: Team, given: Mapping[str, Any]) -> None:
        assignee = given.get("assigneeId")
        if assignee and assignee not in {
            one.id for one in PEOPLE.values() if one.workspace == person.workspace
        }:
            raise not_found("User")
        if given.get("projectId") and PROJECTS.get(given["projectId"]) != person.workspace:
            raise not_found("Project")
        if given.get("stateId") and STATE_TEAMS.get(given["stateId"], (None, ""))[0] != team:
            raise not_found("WorkflowState")
        if any(LABELS.get(label) != person.workspace for label in given.get("labelIds") or ()):
            raise not_found("IssueLabel")
        if given.get("parentId") and self.find(person, given["parentId"]) is None:
            raise not_found("Issue")
        if given.get("id") in self.issues:
            raise invalid("id", given["id"], "id is taken")

    def state(self) -> dict[str, Any]:
        return {"issues": [asdict(issue) for issue in self.issues.values()]}


def _check_form(given: Mapping[str, Any]) -> None:
    for name in IDS:
        if given.get(name) is not None and not UUID.fullmatch(given[name]):
            raise invalid(name, given[name], f"{name} must be a UUID")
    for label in given.get("labelIds") or ():
        if not UUID.fullmatch(label):
            raise invalid("labelIds", label, "each value in labelIds must be a UUID")
    parent = given.get("parentId")
    if parent is not None and not (UUID.fullmatch(parent) or IDENTIFIER.fullmatch(parent)):
        raise invalid("parentId", parent, "parentId must be a valid UUID or issue identifier")
    title = given.get("title") or ""
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise invalid("title", title, "title is empty or too long")
    if given.get("priority") not in {None, *range(len(PRIORITIES))}:
        raise invalid("priority", given["priority"], "priority must not be greater than 4")
