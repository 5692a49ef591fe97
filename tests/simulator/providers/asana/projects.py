"""Asana's lists of projects, with paging. Projects may come and go.

Source: developers.asana.com/reference/getprojects, /docs/pagination.
"""

from dataclasses import replace
from itertools import count
from typing import Any

from tests.simulator.datasets import NoSuchObject
from tests.simulator.providers.asana.errors import invalid
from tests.simulator.providers.asana.fields import known_workspace
from tests.simulator.providers.asana.world import ADA, PROJECTS, WORKSPACES, Person, Project
from tests.simulator.wire import Answer, Request, last

MOST = 100
EPOCH = 1_000_000


class Projects:
    def __init__(self) -> None:
        self.known = dict(PROJECTS)
        self.numbers = count(1)
        self.epoch = 0

    def listed(self, request: Request, person: Person) -> Answer:
        workspace = known_workspace(last(request.query, "workspace") or None, person)
        found = [each for each in self.visible(person) if each.workspace == workspace]
        return page(request, [_written(each) for each in found], self.epoch)

    def visible(self, person: Person) -> list[Project]:
        return [
            each
            for each in self.known.values()
            if each.workspace in person.workspaces and each.owner in {None, person.gid}
        ]

    def add(self, gid: str, workspace: str) -> None:
        self.known[gid] = Project(gid=gid, name="New project", workspace=workspace)


class Held:
    """The projects that a person sees, as a dataset."""

    unruly = False

    def __init__(self, projects: Projects, person: Person) -> None:
        self._projects, self._person = projects, person

    def create(self, **fields: Any) -> str:
        gid = str(1_230_000_000_000_000 + next(self._projects.numbers))
        self._projects.add(gid, self._person.workspaces[0])
        self.update(gid, **fields)
        return gid

    def update(self, id_: str, **fields: Any) -> None:
        if id_ not in self._projects.known:
            raise NoSuchObject(id_)
        self._projects.known[id_] = replace(self._projects.known[id_], **fields)

    def delete(self, id_: str) -> None:
        if self._projects.known.pop(id_, None) is None:
            raise NoSuchObject(id_)

    def expire(self) -> None:
        self._projects.epoch += 1

    def ids(self) -> list[str]:
        return [each.gid for each in self._projects.visible(self._person)]


def page(request: Request, found: list[dict[str, Any]], epoch: int = 0) -> Answer:
    """Give a part of a list, and where it goes on. Offsets of an earlier epoch have expired."""
    limit, offset = last(request.query, "limit"), last(request.query, "offset") or "0"
    if not (limit.isdigit() and 1 <= int(limit) <= MOST):
        raise invalid("limit: Must be between 1 and 100")
    if not offset.isdigit():
        raise invalid("offset: Your pagination token is invalid.")
    of, start = divmod(int(offset), EPOCH)
    if start and of != epoch:
        raise invalid("offset: Your pagination token has expired.")
    end = start + int(limit)
    following = {
        "offset": str(epoch * EPOCH + end),
        "path": request.path,
        "uri": f"https://{request.path}",
    }
    content = {
        "data": found[start:end],
        "next_page": following if end < len(found) else None,
    }
    return Answer.json(content)


def _written(project: Project) -> dict[str, Any]:
    """The record in full; `opt_fields` would leave some of it out."""
    workspace = WORKSPACES[project.workspace]
    return {
        "gid": project.gid,
        "resource_type": "project",
        "name": project.name,
        "archived": False,
        "completed": False,
        "created_at": "2026-01-05T09:00:00.000Z",
        "modified_at": "2026-01-05T09:00:00.000Z",
        "due_on": "2026-12-24",
        "owner": {"gid": ADA.gid, "resource_type": "user", "name": ADA.name},
        "workspace": {"gid": workspace.gid, "resource_type": "workspace", "name": workspace.name},
        "permalink_url": f"https://app.asana.com/1/{workspace.gid}/project/{project.gid}",
    }
