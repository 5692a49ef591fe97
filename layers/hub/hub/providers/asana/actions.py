"""What people do through Asana, as typed inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.asana.client import CREATE, AsanaClient

type Gid = Annotated[str, Len(1, 64)]
type AsanaUser = Annotated[str, Len(1, 320)]  # an id, an e-mail address, or "me"
type AsanaValue = Annotated[str, Len(0, 4096)] | float | Annotated[tuple[Gid, ...], Len(0, 100)]


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateTask:
    name: Annotated[str, Len(1, 1024)]
    workspace: Gid | None = None
    projects: Annotated[tuple[Gid, ...], Len(0, 20)] = ()
    parent: Gid | None = None
    notes: Annotated[str, Len(1, 50_000)] | None = None
    assignee: AsanaUser | None = None
    due: datetime | date | None = None
    start: datetime | date | None = None
    followers: Annotated[tuple[AsanaUser, ...], Len(0, 100)] = ()
    tags: Annotated[tuple[Gid, ...], Len(0, 20)] = ()
    custom_fields: Annotated[Mapping[Gid, AsanaValue | None], Len(0, 60)] | None = None


def _create_task(client: AsanaClient, given: CreateTask) -> dict[str, Any]:
    return client.create_task(
        given.name,
        workspace=given.workspace,
        projects=given.projects,
        parent=given.parent,
        notes=given.notes,
        assignee=given.assignee,
        due=given.due,
        start=given.start,
        followers=given.followers,
        tags=given.tags,
        custom_fields=given.custom_fields,
    )


ACTIONS: Final = (
    Action(
        id="create_task",
        explanation="Create a task",
        scope=CREATE,
        takes=CreateTask,
        perform=_create_task,
    ),
)
