"""What is synced of GitHub: the repositories that the person and the app both reach, and the issues
in all of them.

Issues come from one list over all repositories, oldest first, which changes do not disturb; an
incremental pass reads those updated since, in one call where nothing was. Deleted and transferred
ones, and those of repositories that are no longer reached, are found by a full pass a day. Pull
requests are among the issues and are left out. Repositories have no delta: each pass reads them.
https://docs.github.com/en/rest/issues/issues https://docs.github.com/en/rest/repos/repos

Left out is what moves without anything having happened to the object: counters, and the addresses
of the API itself.

Not confirmed: that for a GitHub App's token the list has the issues of all repositories where the
app is installed and may read them.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.providers._records import changed_at, identified, inner, person, times
from hub.providers._rest import link, text
from hub.providers._sync import DAY, Asked, Budget, Page, Resource, Shared, Sync
from hub.providers._watermarks import Watermark
from hub.providers.github.client import REPO, GitHubClient
from hub.record import Person, Record

_PAGE: Final = 100  # GitHub's most
_PEOPLE: Final = ("id", "login", "type", "html_url")
_REPOSITORY: Final = (
    "id",
    "name",
    "full_name",
    "description",
    "html_url",
    "homepage",
    "language",
    "topics",
    "visibility",
    "private",
    "fork",
    "archived",
    "disabled",
    "is_template",
    "has_issues",
    "default_branch",
    "created_at",
    "updated_at",
    "pushed_at",
    "permissions",
)
_ISSUE: Final = (
    "id",
    "number",
    "title",
    "body",
    "state",
    "state_reason",
    "html_url",
    "locked",
    "comments",
    "author_association",
    "created_at",
    "updated_at",
    "closed_at",
)


def _repositories(client: GitHubClient, asked: Asked) -> Page:
    reader, at = client.reader(), asked.at
    found, url = reader.following(at["url"]) if at else reader.repositories(_PAGE)
    return Page(records=tuple(map(_repository, found)), next={"url": url} if url else None)


def _issues(client: GitHubClient, asked: Asked) -> Page:
    reader, mark = client.reader(), Watermark(asked)
    url = (asked.at or {}).get("url")
    found, url = reader.following(url) if url else reader.issues(_PAGE, mark.since)
    mark.meet(changed_at(each.get("updated_at")) for each in found)
    return Page(
        records=tuple(_issue(each) for each in found if "pull_request" not in each),
        next=mark.following(url=url) if url else None,
        cursor=None if url else mark.next_pass(),
    )


def _repository(repository: dict[str, Any]) -> Record:
    owner = repository.get("owner")
    return Record(
        id=identified(repository.get("id")),
        title=text(repository.get("full_name")) or "",
        url=link(repository.get("html_url")),
        people=_person("owner", owner) if inner(owner, "type") == "User" else (),
        times=times(created=repository.get("created_at"), updated=repository.get("updated_at")),
        state="archived" if repository.get("archived") is True else "active",
        content=_some(repository, _REPOSITORY) | {"owner": _kept(owner, _PEOPLE)},
    )


def _issue(issue: dict[str, Any]) -> Record:
    people = _person("creator", issue.get("user"))
    for each in _all(issue, "assignees"):
        people += _person("assignee", each)
    parent = inner(issue, "repository", "id")
    content = _some(issue, _ISSUE) | {
        "user": _kept(issue.get("user"), _PEOPLE),
        "assignees": [_kept(each, _PEOPLE) for each in _all(issue, "assignees")],
        "labels": [_kept(each, ("id", "name", "color")) for each in _all(issue, "labels")],
        "milestone": _kept(issue.get("milestone"), ("id", "number", "title", "state", "due_on")),
        "type": _kept(issue.get("type"), ("id", "name")),
        "repository": _kept(issue.get("repository"), ("id", "name", "full_name", "private")),
    }
    return Record(
        id=identified(issue.get("id")),
        title=text(issue.get("title")) or "",
        url=link(issue.get("html_url")),
        people=people,
        times=times(
            created=issue.get("created_at"),
            updated=issue.get("updated_at"),
            ends=issue.get("closed_at"),
            due=inner(issue, "milestone", "due_on"),
        ),
        state=text(issue.get("state")),
        parent=str(parent) if isinstance(parent, int) else None,
        content=content,
    )


def _all(issue: Mapping[str, Any], name: str) -> list[Any]:
    found = issue.get(name)
    return found if isinstance(found, list) else []


def _person(role: str, user: Any) -> tuple[Person, ...]:
    return person(role, inner(user, "id"), inner(user, "login"))


def _kept(value: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Give of an object what it has of these names; None where there is no object."""
    return _some(value, names) if isinstance(value, dict) else None


def _some(value: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}


SYNC: Final = Sync(
    resources=(
        Resource(
            id="repositories",
            kind="repository",
            explanation="Repositories that the person can see, archived ones included",
            scopes=(REPO,),
            read=_repositories,
            keeps_place=False,
        ),
        Resource(
            id="issues",
            kind="issue",
            explanation="Issues in these repositories, without pull requests",
            scopes=(REPO,),
            read=_issues,
            full_every=DAY,
            keeps_place=False,
        ),
    ),
    # Of the 5,000 an hour that a person has for all apps together.
    budget=Budget(shared=Shared.ACCOUNT, calls=200, seconds=360),
)
