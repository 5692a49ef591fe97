"""Asana's list of a project's tasks, narrowed by when they were modified.

Rules played here: a project that is gone, or not the person's to see, is refused; `modified_since`
is a moment; what the API makes is in the list of its projects.

Source: developers.asana.com/reference/gettasks.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.providers.asana.errors import ApiError, invalid
from tests.simulator.providers.asana.fields import gid
from tests.simulator.providers.asana.projects import Projects, page
from tests.simulator.providers.asana.tasks import MOMENT
from tests.simulator.providers.asana.world import ADA, PROJECTS, WORKSPACES, Person
from tests.simulator.wire import Answer, Request, last


class TaskLists:
    """`held`: the tasks of each workspace."""

    def __init__(self, projects: Projects, now: Callable[[], float]) -> None:
        self._projects = projects
        self.held = {
            workspace: Collection(
                make=lambda number, at, of=workspace: _task(of, number, at),
                now=now,
                id_field="gid",
                touch=lambda body, at: body.update(modified_at=stamp(at)),
                epoch=0,
            )
            for workspace in WORKSPACES
        }

    def listed(self, request: Request, person: Person) -> Answer:
        project = gid("project", last(request.query, "project"))
        if project not in self._projects.known:
            raise ApiError("not_found", f"project: Unknown object: {project}")
        if project not in {each.gid for each in self._projects.visible(person)}:
            raise ApiError("forbidden", "You do not have access to this project.")
        since = last(request.query, "modified_since")
        if since and not MOMENT.fullmatch(since):
            raise invalid("modified_since: Not a moment.")
        held = self.held[self._projects.known[project].workspace]
        found = [
            each
            for each in held.live()
            if project in {one["gid"] for one in each["projects"]} and each["modified_at"] >= since
        ]
        return page(request, found, held.epoch)


def stamp(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _task(workspace: str, number: int, at: float) -> Body:
    project = next(one for one in PROJECTS.values() if one.workspace == workspace)
    by: dict[str, Any] = {"gid": ADA.gid, "resource_type": "user", "name": ADA.name}
    return {
        "gid": str(1_240_000_000_000_000 + number),
        "resource_type": "task",
        "resource_subtype": "default_task",
        "name": f"Task {number}",
        "notes": "",
        "completed": False,
        "completed_at": None,
        "created_at": stamp(at),
        "modified_at": stamp(at),
        "due_on": "2026-12-24",
        "created_by": by,
        "assignee": by,
        "projects": [{"gid": project.gid, "resource_type": "project", "name": project.name}],
        "tags": [],
        "parent": None,
        "permalink_url": f"https://app.asana.com/1/{workspace}/task/{number}",
    }
