"""What people do through GitHub, as typed inputs. The limits are GitHub's own."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from hub.limits import Interval, Len
from hub.providers._values import Action
from hub.providers.github.client import REPO, GitHubClient

type Label = Annotated[str, Len(1, 50)]
type Login = Annotated[str, Len(1, 39)]


@dataclass(frozen=True, kw_only=True)
class CreateIssue:
    """`repository` is written as owner/name; `milestone` is its number."""

    repository: Annotated[str, Len(3, 140)]
    title: Annotated[str, Len(1, 256)]
    body: Annotated[str, Len(0, 65_536)] | None = None
    labels: Annotated[tuple[Label, ...], Len(0, 100)] = ()
    assignees: Annotated[tuple[Login, ...], Len(0, 10)] = ()
    milestone: Annotated[int, Interval(ge=1, le=2_147_483_647)] | None = None
    type: Annotated[str, Len(1, 100)] | None = None


def _create_issue(client: GitHubClient, given: CreateIssue) -> dict[str, Any]:
    return client.create_issue(
        given.repository,
        given.title,
        given.body,
        labels=given.labels,
        assignees=given.assignees,
        milestone=given.milestone,
        kind=given.type,
    )


ACTIONS: Final = (
    Action(
        id="create_issue",
        explanation="Create an issue in a repository",
        scope=REPO,
        takes=CreateIssue,
        perform=_create_issue,
    ),
)
