"""What is synced of Asana: the projects of a person's workspaces, and the tasks in them.

Projects have no delta: each pass reads them all. Tasks are read project by project, in an
incremental pass those modified since; what was deleted, or taken out of all projects, is found by a
full pass a day. Streams of events would tell of deletions, but cost as many calls and more for each
task that they name, and end after a day without one.
https://developers.asana.com/reference/gettasks https://developers.asana.com/docs/pagination

A missing scope looks like a workspace or project that is closed to the person. So one that is
refused among others holds nothing, but where all are, nothing is taken for gone.

Tasks that are in no project, those of people's own lists, are not read. Archived projects are
listed, and their tasks are not read any more: they are kept as they were until the full pass. That
also finds the tasks of a project that was shared with the person later. Of more than a hundred
workspaces the first are read.

Not confirmed: whether `modified_since` rounds; that an app with single scopes may read /events at
all. Asana's SDK (5.4.0) names a scope for each call that we make and none for that one, and calls
without one were refused (those for sections, cloudnative-co/asana-cli issue 3).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.errors import InsufficientScope
from hub.providers._records import changed_at, identified, inner, objects, person, times
from hub.providers._rest import link, text
from hub.providers._sync import (
    DAY,
    Asked,
    Budget,
    Cursor,
    Page,
    Resource,
    Shared,
    Sync,
    Vanished,
)
from hub.providers._watermarks import Watermark
from hub.providers.asana.client import READ_PROJECTS, READ_TASKS, AsanaClient
from hub.record import Record

_PAGE: Final = 100  # Asana's most
_PROJECT_FIELDS: Final = (
    "name,notes,archived,completed,completed_at,created_at,modified_at,start_on,due_on,"
    "permalink_url,owner.name,team.name,workspace.name"
)
_TASK_FIELDS: Final = (
    "name,notes,completed,completed_at,created_at,modified_at,start_on,start_at,due_on,due_at,"
    "permalink_url,assignee.name,created_by.name,parent.name,projects.name,tags.name,"
    "resource_subtype"
)


def _projects(client: AsanaClient, asked: Asked) -> Page:
    at = asked.at
    if at is None:
        left = _gids(client.workspaces(_PAGE))
        return Page(records=(), next={"left": left} if left else None)
    found, onward = _project_page(client, at, _PROJECT_FIELDS)
    return Page(records=tuple(map(_project, found)), next=onward)


def _tasks(client: AsanaClient, asked: Asked) -> Page:
    """First find the projects, workspace by workspace, then read one after the other."""
    at, mark = asked.at or {}, Watermark(asked)
    if "workspaces" not in at:
        left = _gids(client.workspaces(_PAGE))
        return _turn(mark, workspaces={"left": left} if left else None, projects=[])
    projects: list[str] = at["projects"]
    if at["workspaces"] is not None:
        listed, onward = _project_page(client, at["workspaces"], "archived")
        found = [each for each in listed if each.get("archived") is not True]
        known = [*projects, *(identified(each.get("gid")) for each in found)]
        return _turn(mark, workspaces=onward, projects=known)
    content, opened = _unless_closed(
        lambda: client.tasks(projects[0], _TASK_FIELDS, _PAGE, at.get("offset"), mark.since),
        opened=at.get("opened", False),
        last=len(projects) == 1,
    )
    found = objects(content, "data")
    mark.meet(changed_at(each.get("modified_at")) for each in found)
    following = _offset(content)
    left = projects if following else projects[1:]
    page = _turn(mark, workspaces=None, projects=left, opened=opened, offset=following)
    return Page(records=tuple(map(_task, found)), next=page.next, cursor=page.cursor)


def _turn(
    mark: Watermark,
    *,
    workspaces: Cursor | None,
    projects: list[str],
    opened: bool = False,
    offset: str | None = None,
) -> Page:
    """Give a page without records that says where the pass goes on, or that it ends."""
    if workspaces is None and not projects:
        return Page(records=(), cursor=mark.next_pass())
    place = {"workspaces": workspaces, "projects": projects, "opened": opened}
    return Page(records=(), next=mark.following(**place, **({"offset": offset} if offset else {})))


def _project_page(
    client: AsanaClient, at: Cursor, fields: str
) -> tuple[list[dict[str, Any]], Cursor | None]:
    """Give a page of projects, and where their list goes on: on the workspace's next page, or with
    the next workspace.
    """
    left: list[str] = at["left"]
    content, opened = _unless_closed(
        lambda: client.projects(left[0], fields, _PAGE, at.get("offset")),
        opened=at.get("opened", False),
        last=len(left) == 1,
    )
    found = objects(content, "data")
    if offset := _offset(content):
        return found, {"left": left, "opened": opened, "offset": offset}
    return found, {"left": left[1:], "opened": opened} if left[1:] else None


def _unless_closed(
    read: Callable[[], dict[str, Any]], *, opened: bool, last: bool
) -> tuple[dict[str, Any], bool]:
    """Read a page, an empty one where its workspace or project is gone or closed, and tell whether
    any so far was not refused. Raises InsufficientScope when the last one is refused as all others
    were.
    """
    try:
        return read(), True
    except Vanished:
        return {"data": []}, True
    except InsufficientScope:
        if last and not opened:
            raise
        return {"data": []}, opened


def _offset(content: Mapping[str, Any]) -> str | None:
    return text(inner(content, "next_page", "offset"))


def _gids(content: Mapping[str, Any]) -> list[str]:
    return [identified(each.get("gid")) for each in objects(content, "data")]


def _project(project: dict[str, Any]) -> Record:
    owner = project.get("owner")
    done = "completed" if project.get("completed") is True else "active"
    return Record(
        id=identified(project.get("gid")),
        title=text(project.get("name")) or "",
        url=link(project.get("permalink_url")),
        people=person("owner", inner(owner, "gid"), inner(owner, "name")),
        times=times(
            created=project.get("created_at"),
            updated=project.get("modified_at"),
            starts=project.get("start_on"),
            ends=project.get("completed_at"),
            due=project.get("due_on"),
        ),
        state="archived" if project.get("archived") is True else done,
        parent=text(inner(project, "workspace", "gid")),
        content=project,
    )


def _task(task: dict[str, Any]) -> Record:
    creator, assignee = task.get("created_by"), task.get("assignee")
    projects = task.get("projects")
    return Record(
        id=identified(task.get("gid")),
        title=text(task.get("name")) or "",
        url=link(task.get("permalink_url")),
        people=person("creator", inner(creator, "gid"), inner(creator, "name"))
        + person("assignee", inner(assignee, "gid"), inner(assignee, "name")),
        times=times(
            created=task.get("created_at"),
            updated=task.get("modified_at"),
            starts=task.get("start_at") or task.get("start_on"),
            ends=task.get("completed_at"),
            due=task.get("due_at") or task.get("due_on"),
        ),
        state="completed" if task.get("completed") is True else "open",
        parent=text(inner(projects[0], "gid")) if isinstance(projects, list) and projects else None,
        content=task,
    )


SYNC: Final = Sync(
    resources=(
        Resource(
            id="projects",
            kind="project",
            explanation="Projects of the person's workspaces, archived ones included",
            scopes=(READ_PROJECTS,),
            read=_projects,
            keeps_place=False,
        ),
        Resource(
            id="tasks",
            kind="task",
            explanation="Tasks in the projects that the person sees",
            scopes=(READ_TASKS,),
            read=_tasks,
            full_every=DAY,
            keeps_place=False,
        ),
    ),
    # Of the 150 a minute that a token has in a free workspace.
    budget=Budget(shared=Shared.INTEGRATION, calls=120, seconds=60),
)
