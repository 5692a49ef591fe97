"""Asana's lists of projects, with paging. Projects may come and go.

Source: developers.asana.com/reference/getprojects, /docs/pagination.
"""

from typing import Any

from tests.simulator.providers.asana.errors import invalid
from tests.simulator.providers.asana.fields import known_workspace
from tests.simulator.providers.asana.world import PROJECTS, Person, Project
from tests.simulator.wire import Answer, Request, last

MOST = 100


class Projects:
    def __init__(self) -> None:
        self.known = dict(PROJECTS)

    def listed(self, request: Request, person: Person) -> Answer:
        workspace = known_workspace(last(request.query, "workspace") or None, person)
        found = [each for each in self.visible(person) if each.workspace == workspace]
        return page(request, [_written(each) for each in found])

    def visible(self, person: Person) -> list[Project]:
        return [
            each
            for each in self.known.values()
            if each.workspace in person.workspaces and each.owner in {None, person.gid}
        ]

    def add(self, gid: str, workspace: str) -> None:
        self.known[gid] = Project(gid=gid, name="New project", workspace=workspace)


def page(request: Request, found: list[dict[str, Any]]) -> Answer:
    """Give a part of a list, and where it goes on."""
    limit, offset = last(request.query, "limit"), last(request.query, "offset") or "0"
    if not (limit.isdigit() and 1 <= int(limit) <= MOST):
        raise invalid("limit: Must be between 1 and 100")
    if not offset.isdigit():
        raise invalid("offset: Your pagination token is invalid.")
    end = int(offset) + int(limit)
    following = {"offset": str(end), "path": request.path, "uri": f"https://{request.path}"}
    content = {
        "data": found[int(offset) : end],
        "next_page": following if end < len(found) else None,
    }
    return Answer.json(content)


def _written(project: Project) -> dict[str, str]:
    return {"gid": project.gid, "resource_type": "project", "name": project.name}
