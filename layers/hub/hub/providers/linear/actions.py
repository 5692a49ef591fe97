"""What people do through Linear, as typed inputs."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.linear.client import CREATE_ISSUES, LinearClient

type Id = Annotated[str, Len(1, 64)]

_PRIORITIES: Final = {"urgent": 1, "high": 2, "medium": 3, "low": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateIssue:
    team_id: Id
    title: Annotated[str, Len(1, 512)]
    description: Annotated[str, Len(1, 100_000)] | None = None
    priority: Literal["urgent", "high", "medium", "low"] | None = None
    due_date: date | None = None
    assignee_id: Id | None = None
    project_id: Id | None = None
    parent_id: Id | None = None
    state_id: Id | None = None
    label_ids: Annotated[tuple[Id, ...], Len(0, 50)] = ()


def _create_issue(client: LinearClient, given: CreateIssue) -> dict[str, Any]:
    return client.create_issue(
        given.team_id,
        given.title,
        description=given.description,
        priority=_PRIORITIES[given.priority] if given.priority else None,
        due_date=given.due_date.isoformat() if given.due_date else None,
        assignee=given.assignee_id,
        project=given.project_id,
        parent=given.parent_id,
        state=given.state_id,
        labels=given.label_ids,
    )


ACTIONS: Final = (
    Action(
        id="create_issue",
        explanation="Create an issue in a team",
        scope=CREATE_ISSUES,
        takes=CreateIssue,
        perform=_create_issue,
    ),
)
