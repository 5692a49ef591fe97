"""What is synced of Linear: the issues and projects that the person sees.

Lists are in the order of making, which changes do not disturb, and can be narrowed to what was
changed since a time. What is in the trash is listed as such until it is deleted for good, and is
gone for us; what the person no longer sees, a full pass a day finds.
https://linear.app/developers/pagination https://linear.app/developers/filtering

An issue counts 10.3 points of complexity (0.1 a property, 1 an object), a page of them 1,030 of the
10,000 that a query may have. An hour has 5,000 calls, but 2,000,000 points, which are the less.
https://linear.app/developers/rate-limiting

What of an object is closed to the person is null, with an error beside it that says so; it stays
that way, so the object is taken without it.

Not confirmed: that putting something into the trash counts as changing it; the most that a page may
have (250 is said); whether a list goes on where it was when the object that its cursor names has
been deleted for good, so nothing that one reading alone has missed is taken for gone.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import changed_at, identified, inner, objects, person, times
from hub.providers._rest import link, text
from hub.providers._sync import DAY, Asked, Budget, Page, Resource, Shared, Sync
from hub.providers._watermarks import Watermark
from hub.providers.linear.client import READ, LinearClient
from hub.record import Person, Record

_PAGE: Final = 100

type _List = Callable[[LinearClient, str | None, str | None], dict[str, Any]]


def _reader(
    list_: _List, record: Callable[[dict[str, Any]], Record]
) -> Callable[[LinearClient, Asked], Page]:
    def read(client: LinearClient, asked: Asked) -> Page:
        mark = Watermark(asked)
        content = list_(client, (asked.at or {}).get("after"), mark.since)
        found = {identified(each.get("id")): each for each in objects(content, "nodes")}
        mark.meet(changed_at(each.get("updatedAt")) for each in found.values())
        after = _next(content)
        return Page(
            records=tuple(record(each) for each in found.values() if not _is_gone(each)),
            gone=tuple(id_ for id_, each in found.items() if _is_gone(each)),
            next=mark.following(after=after) if after else None,
            cursor=None if after else mark.next_pass(),
        )

    return read


def _next(content: Mapping[str, Any]) -> str | None:
    more = inner(content, "pageInfo", "hasNextPage")
    after = text(inner(content, "pageInfo", "endCursor"))
    if not isinstance(more, bool) or (more and not after):
        raise ProviderUnavailable
    return after if more else None


def _is_gone(found: Mapping[str, Any]) -> bool:
    return found.get("trashed") is True


def _issue(issue: dict[str, Any]) -> Record:
    state = text(inner(issue, "state", "type"))
    return Record(
        id=identified(issue.get("id")),
        title=text(issue.get("title")) or "",
        url=link(issue.get("url")),
        people=_person("creator", issue) + _person("assignee", issue),
        times=times(
            created=issue.get("createdAt"),
            updated=issue.get("updatedAt"),
            starts=issue.get("startedAt"),
            ends=issue.get("completedAt") or issue.get("canceledAt"),
            due=issue.get("dueDate"),
        ),
        state="archived" if issue.get("archivedAt") else state,
        parent=text(inner(issue, "project", "id")),
        content=issue,
    )


def _project(project: dict[str, Any]) -> Record:
    state = text(inner(project, "status", "type"))
    return Record(
        id=identified(project.get("id")),
        title=text(project.get("name")) or "",
        url=link(project.get("url")),
        people=_person("creator", project) + _person("owner", project, "lead"),
        times=times(
            created=project.get("createdAt"),
            updated=project.get("updatedAt"),
            starts=project.get("startDate") or project.get("startedAt"),
            ends=project.get("completedAt") or project.get("canceledAt"),
            due=project.get("targetDate"),
        ),
        state="archived" if project.get("archivedAt") else state,
        content=project,
    )


def _person(role: str, found: Mapping[str, Any], name: str = "") -> tuple[Person, ...]:
    who = found.get(name or role)
    return person(role, inner(who, "id"), inner(who, "name"), inner(who, "email"))


SYNC: Final = Sync(
    resources=(
        Resource(
            id="issues",
            kind="issue",
            explanation="Issues that the person sees, archived ones included",
            scopes=(READ,),
            read=_reader(lambda client, after, since: client.issues(_PAGE, after, since), _issue),
            full_every=DAY,
            keeps_place=False,
        ),
        Resource(
            id="projects",
            kind="project",
            explanation="Projects that the person sees, archived ones included",
            scopes=(READ,),
            read=_reader(
                lambda client, after, since: client.projects(_PAGE, after, since), _project
            ),
            full_every=DAY,
            keeps_place=False,
        ),
    ),
    # Pages of 1,550,000 points an hour, so that people's own actions have room.
    budget=Budget(shared=Shared.ACCOUNT, calls=100, seconds=240),
)
