"""What is synced of Jira: the issues and projects of a site, as far as the person sees them.

Issues are found by JQL, which must narrow its search down to something. Its times are minutes on
the clock of the person's own time zone, so that an incremental pass asks for so many minutes back,
which is the same everywhere. Deleted issues, and those the person no longer sees, are found by a
full pass a day. Projects have no delta: each pass reads them all.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search
https://support.atlassian.com/jira-software-cloud/docs/jql-fields (Updated)

Addresses that people could open are not told: see the package.

Not confirmed: how a page token that has ended is refused (taken for any 400 to one); that paging
goes on where it was when something is deleted meanwhile, which is not relied on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import (
    changed_at,
    identified,
    inner,
    objects,
    person,
    times,
    without_anywhere,
)
from hub.providers._rest import text
from hub.providers._sync import (
    DAY,
    Asked,
    Budget,
    Filter,
    Page,
    Resource,
    Shared,
    Sync,
    Takes,
)
from hub.providers._watermarks import Watermark
from hub.providers.jira.client import JiraClient
from hub.record import Person, Record

_PAGE: Final = 100
_PROJECTS_PAGE: Final = 50
_READ: Final = "read:jira-work"
_EVER: Final = "1970-01-01 00:00"
# The order of making, which changes do not disturb.
_ORDER: Final = "ORDER BY created ASC, key ASC"
_FIELDS: Final = (
    "summary",
    "description",
    "status",
    "issuetype",
    "project",
    "priority",
    "labels",
    "parent",
    "creator",
    "reporter",
    "assignee",
    "created",
    "updated",
    "duedate",
    "resolutiondate",
)
_LEFT_OUT: Final = frozenset({"avatarUrls", "iconUrl", "expand"})


def _issues(client: JiraClient, asked: Asked) -> Page:
    at, mark = asked.at or {}, Watermark(asked)
    minutes = at.get("minutes") or _minutes(mark.since, asked.now)
    content = client.search(
        _jql(minutes, asked.filters["projects"]), _FIELDS, _PAGE, at.get("token")
    )
    found = objects(content, "issues")
    mark.meet(changed_at(inner(each, "fields", "updated")) for each in found)
    token = text(content.get("nextPageToken"))
    return Page(
        records=tuple(map(_issue, found)),
        next=mark.following(token=token, minutes=minutes) if token else None,
        cursor=None if token else mark.next_pass(),
    )


def _minutes(since: str | None, now: float) -> int | None:
    """Give how many minutes back to look, rounded up."""
    if since is None:
        return None
    passed = datetime.fromtimestamp(now, UTC) - datetime.fromisoformat(since)
    return max(1, int(passed.total_seconds() // 60) + 1)


def _jql(minutes: int | None, projects: tuple[str, ...] | None) -> str:
    since = _EVER if minutes is None else f"-{minutes}m"
    only = f"project in ({', '.join(map(_quoted, projects))}) AND " if projects else ""
    return f'{only}updated >= "{since}" {_ORDER}'


def _quoted(value: str) -> str:
    """Write a value so that it cannot be taken for anything else in JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _issue(issue: dict[str, Any]) -> Record:
    fields = issue.get("fields")
    return Record(
        id=identified(issue.get("id")),
        title=text(inner(fields, "summary")) or "",
        people=_people(fields, {"reporter": "creator", "assignee": "assignee"}),
        times=times(
            created=inner(fields, "created"),
            updated=inner(fields, "updated"),
            ends=inner(fields, "resolutiondate"),
            due=inner(fields, "duedate"),
        ),
        state=(text(inner(fields, "status", "name")) or "").lower() or None,
        parent=text(inner(fields, "project", "id")),
        content=without_anywhere(issue, _LEFT_OUT),
    )


def _people(fields: Any, roles: Mapping[str, str]) -> tuple[Person, ...]:
    found: tuple[Person, ...] = ()
    for name, role in roles.items():
        who = inner(fields, name)
        of = (inner(who, each) for each in ("accountId", "displayName", "emailAddress"))
        found += person(role, *of)
    return found


def _projects(client: JiraClient, asked: Asked) -> Page:
    start: int = (asked.at or {}).get("start", 0)
    content = client.projects(start, _PROJECTS_PAGE)
    found, last = objects(content, "values"), content.get("isLast")
    if not isinstance(last, bool):
        raise ProviderUnavailable
    more = not last and bool(found)
    return Page(
        records=tuple(map(_project, found)), next={"start": start + len(found)} if more else None
    )


def _project(project: dict[str, Any]) -> Record:
    return Record(
        id=identified(project.get("id")),
        title=text(project.get("name")) or "",
        people=_people(project, {"lead": "owner"}),
        state="archived" if project.get("archived") is True else "active",
        content=without_anywhere(project, _LEFT_OUT),
    )


SYNC: Final = Sync(
    resources=(
        Resource(
            id="issues",
            kind="issue",
            explanation="Issues that the person sees",
            scopes=(_READ,),
            read=_issues,
            full_every=DAY,
            keeps_place=False,
            filters=(
                Filter(
                    id="projects",
                    explanation="Keys of the projects, all where none are named",
                    takes=Takes.IDS,
                ),
            ),
        ),
        Resource(
            id="projects",
            kind="project",
            explanation="Projects that the person sees",
            scopes=(_READ,),
            read=_projects,
            keeps_place=False,
        ),
    ),
    # All tenants together have 65,000 points an hour by default, a call costs one and one more for
    # each object: this leaves six for a call, as most find nothing new.
    budget=Budget(shared=Shared.APP, calls=900, seconds=300),
)
