"""What people do through Jira, as typed inputs."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.jira.client import JiraClient

WRITE: Final = "write:jira-work"


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateIssue:
    """`project` and `parent` are keys or ids, `issue_type` and `priority` names or ids. A
    description is plain text, with blank lines between its paragraphs.
    """

    project: Annotated[str, Len(1, 255)]
    summary: Annotated[str, Len(1, 255)]
    issue_type: Annotated[str, Len(1, 255)] = "Task"
    description: Annotated[str, Len(1, 32_767)] | None = None
    labels: Annotated[tuple[Annotated[str, Len(1, 255)], ...], Len(0, 100)] = ()
    assignee_id: Annotated[str, Len(1, 128)] | None = None
    priority: Annotated[str, Len(1, 255)] | None = None
    parent: Annotated[str, Len(1, 255)] | None = None
    due_date: date | None = None


def _create_issue(client: JiraClient, given: CreateIssue) -> dict[str, Any]:
    return client.create_issue(
        given.project,
        given.summary,
        issue_type=given.issue_type,
        description=given.description,
        labels=given.labels,
        assignee=given.assignee_id,
        priority=given.priority,
        parent=given.parent,
        due=given.due_date,
    )


ACTIONS: Final = (
    Action(
        id="create_issue",
        explanation="Create an issue in a project",
        scope=WRITE,
        takes=CreateIssue,
        perform=_create_issue,
    ),
)
