"""Asana's tasks: what a new one may say, and what is said of it.

Sources: developers.asana.com/reference/createtask, the schemas TaskRequest and TaskBase of
Asana/openapi, and for the words of refusals forum.asana.com threads 19570 (ids), 44096 (no place),
60069 and 852848 (people), 67666 (no access), 69643 (days), 72142 (unknown), 77626 (no such field),
808508 (two due dates). Words of the other refusals are formed like these.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final

from tests.simulator.providers.asana.errors import ApiError, invalid
from tests.simulator.providers.asana.fields import (
    Given,
    gid,
    known_project,
    known_workspace,
    listed,
    text,
)
from tests.simulator.providers.asana.world import PEOPLE, PROJECTS, TAGS, WORKSPACES, Person, find

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    gid: str
    by: str
    created_at: float
    name: str
    notes: str
    workspace: str
    projects: tuple[str, ...]
    parent: str | None
    assignee: str | None
    due_on: str | None
    due_at: str | None
    start_on: str | None
    start_at: str | None
    followers: tuple[str, ...]
    tags: tuple[str, ...]
    custom_fields: dict[str, Any]


FIELDS: Final = frozenset(each.name for each in fields(Task)) - {"gid", "by", "created_at"}


class Tasks:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.made: dict[str, Task] = {}

    def create(self, given: Given, person: Person) -> Task:
        for name in given:
            if name not in FIELDS:
                raise invalid(f"{name}: Cannot write this property")
        parent = self._parent(given, person)
        projects = tuple(known_project(one, n, person) for n, one in listed(given, "projects"))
        workspace = _workspace(given, person, projects, parent)
        followers = [
            _member(f"followers: [{n}]", one, workspace, person)
            for n, one in listed(given, "followers")
        ]
        task = Task(
            gid=str(1_220_000_000_000_000 + len(self.made) + 1),
            by=person.gid,
            created_at=self._now(),
            name=text(given, "name") or "",
            notes=text(given, "notes") or "",
            workspace=workspace,
            projects=projects,
            parent=parent.gid if parent else None,
            assignee=_assignee(given, workspace, person),
            followers=tuple(dict.fromkeys((person.gid, *followers))),
            tags=tuple(_tag(n, one) for n, one in listed(given, "tags")),
            custom_fields=_custom_fields(given, projects),
            **_dates(given),
        )
        self.made[task.gid] = task
        return task

    def find(self, task_gid: str, person: Person) -> Task:
        task = self.made.get(gid("task", task_gid))
        if task is None:
            raise ApiError("not_found", f"task: Unknown object: {task_gid}")
        if task.workspace not in person.workspaces:
            raise ApiError("forbidden", "You do not have access to this task.")
        return task

    def _parent(self, given: Given, person: Person) -> Task | None:
        if given.get("parent") is None:
            return None
        reference = gid("parent", given["parent"])
        if reference not in self.made:
            raise invalid(f"parent: Unknown object: {reference}")
        return self.find(reference, person)

    def record(self, task: Task) -> dict[str, Any]:
        """The full record, as far as our tasks have it."""
        moment = datetime.fromtimestamp(task.created_at, UTC).isoformat(timespec="milliseconds")
        created = moment.replace("+00:00", "Z")
        return {
            "gid": task.gid,
            "resource_type": "task",
            "resource_subtype": "default_task",
            "name": task.name,
            "notes": task.notes,
            "completed": False,
            "completed_at": None,
            "created_at": created,
            "modified_at": created,
            "due_on": task.due_on,
            "due_at": task.due_at,
            "start_on": task.start_on,
            "start_at": task.start_at,
            "assignee": _compact(task.assignee) if task.assignee else None,
            "assignee_status": "upcoming" if task.assignee else "inbox",
            "followers": [_compact(one) for one in task.followers],
            "memberships": [
                {"project": _named(one, "project", PROJECTS[one].name)} for one in task.projects
            ],
            "projects": [_named(one, "project", PROJECTS[one].name) for one in task.projects],
            "tags": [_named(one, "tag", TAGS[one].name) for one in task.tags],
            "custom_fields": [
                {"gid": field, "resource_type": "custom_field", "display_value": str(value)}
                for field, value in task.custom_fields.items()
            ],
            "parent": _named(task.parent, "task", self.made[task.parent].name)
            if task.parent
            else None,
            "workspace": _named(task.workspace, "workspace", WORKSPACES[task.workspace].name),
            "permalink_url": f"https://app.asana.com/1/{task.workspace}/task/{task.gid}",
        }


def _named(gid_: str, kind: str, name: str) -> dict[str, str]:
    return {"gid": gid_, "resource_type": kind, "name": name}


def _compact(person: str) -> dict[str, str]:
    return _named(person, "user", PEOPLE[person].name)


def _workspace(given: Given, person: Person, projects: tuple[str, ...], parent: Task | None) -> str:
    """Where the task is: the one place that all of them name."""
    named = given.get("workspace")
    places = {PROJECTS[one].workspace for one in projects}
    places |= {known_workspace(named, person)} if named is not None else set()
    places |= {parent.workspace} if parent else set()
    if not places:
        raise invalid("You should specify one of workspace, parent, projects")
    if len(places) > 1:
        raise invalid("projects: The projects and the task must be in the same workspace")
    return places.pop()


def _assignee(given: Given, workspace: str, person: Person) -> str | None:
    reference = given.get("assignee")
    return None if reference is None else _member("assignee", reference, workspace, person)


def _member(field: str, reference: Any, workspace: str, person: Person) -> str:
    if not isinstance(reference, str):
        raise invalid(f"{field}: Not a valid GID type: {type(reference).__name__}")
    found = person if reference == "me" else find(reference)
    if found is None or workspace not in found.workspaces:
        organization = WORKSPACES[workspace].organization
        where = f"Organization: {reference}" if organization else f"Workspace: {workspace}"
        raise invalid(f"{field}: Not a user in {where}")
    return found.gid


def _tag(number: int, reference: Any) -> str:
    tag = gid(f"tags: [{number}]", reference)
    if tag not in TAGS:
        raise invalid(f"tags: [{number}]: Unknown object: {tag}")
    return tag


def _custom_fields(given: Given, projects: tuple[str, ...]) -> dict[str, Any]:
    values = given.get("custom_fields", {})
    if not isinstance(values, dict):
        raise invalid(f"custom_fields: Value is not a JSON object: {values}")
    here = {field for project in projects for field in PROJECTS[project].custom_fields}
    for field in values:
        if field not in here:
            raise invalid(f"Custom field with ID {field} is not on given object")
    return values


def _dates(given: Given) -> dict[str, str | None]:
    for word in ("due", "start"):
        if given.get(f"{word}_on") is not None and given.get(f"{word}_at") is not None:
            raise invalid(f"You may only provide one of {word}_on or {word}_at!")
    dates = dict(_read_dates(given))
    if dates["start_on"] and not (dates["due_on"] or dates["due_at"]):
        raise invalid("start_on: due_on or due_at must be present")
    if dates["start_at"] and not dates["due_at"]:
        raise invalid("start_at: due_at must be present")
    for word in ("due", "start"):
        if moment := dates[f"{word}_at"]:
            dates[f"{word}_on"] = moment[:10]
    return dates


def _read_dates(given: Given) -> Iterator[tuple[str, str | None]]:
    for name in ("due_on", "due_at", "start_on", "start_at"):
        value = text(given, name)
        form = "yyyy-mm-dd" if name.endswith("on") else "yyyy-mm-ddThh:mm:ss.fffZ"
        if value is not None and not _is_date(value, moment=name.endswith("at")):
            raise invalid(f"{name}: Date must be in ISO-8601 ({form}) format, not: {value}")
        yield name, value


def _is_date(value: str, *, moment: bool) -> bool:
    try:
        if moment:
            return bool(MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value))
        return len(value) == len("yyyy-mm-dd") and bool(date.fromisoformat(value))
    except ValueError:
        return False
