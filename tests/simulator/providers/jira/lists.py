"""Jira's search for issues and its list of projects.

Rules played here: a query must be bounded, and of the few forms that are read here; `updated` is
compared by the minute; pages of issues go on by a token, those of projects by an offset, so that
they shift when one is deleted; what is created by the API is found by the search.

Sources: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search,
/api-group-projects.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.jira.errors import JiraError
from tests.simulator.providers.jira.gateway import AVATAR, Gateway
from tests.simulator.providers.jira.people import GLOBEX, INITECH, SEATS, Person
from tests.simulator.providers.jira.projects import PROJECTS
from tests.simulator.wire import JSON, Answer, Malformed, Request, last

LARGEST_PAGE = 5000
LARGEST_PROJECTS_PAGE = 100
QUERY = re.compile(
    r'(?:project in \((?P<projects>"[^"\\]+"(?:, "[^"\\]+")*)\) AND )?'
    r'updated >= "(?:1970-01-01 00:00|-(?P<minutes>\d+)m)" ORDER BY created ASC, key ASC'
)
READ = "read:jira-work"


class Lists:
    def __init__(self, gateway: Gateway, now: Callable[[], float]) -> None:
        self._gateway, self._now = gateway, now
        self._issues = {site.name: _issues(now) for site in (INITECH, GLOBEX)}
        self._projects = {site.name: _projects(now) for site in (INITECH, GLOBEX)}

    def dataset(self, resource: str, account: str) -> Collection:
        seat = next(s for s in SEATS.values() if account in {s.id, s.label})
        return {"issues": self._issues, "projects": self._projects}[resource][seat.site.name]

    def add(self, site: str, id_: str, key: str, fields: Body) -> None:
        held = self._issues[site]
        at = stamp(self._now())
        held.create(id=id_, key=key, fields=_fields(fields["summary"], at) | fields)

    def search(self, request: Request, call: Call) -> Answer:
        seat = self._gateway.pass_on(request, call, READ)
        body = _body(request)
        asked = QUERY.fullmatch(str(body.get("jql")))
        if asked is None:
            raise JiraError("Error in the JQL Query, or unbounded.", outcome="jql")
        held = self._issues[seat.site.name]
        shown = [each for each in held.live() if self._matches(each, asked)]
        start = _opened(body.get("nextPageToken"), held.epoch)
        most = body.get("maxResults", 50)
        if not isinstance(most, int) or not 1 <= most <= LARGEST_PAGE:
            raise JiraError("maxResults is out of bounds", outcome="maxResults")
        rest = [each for each in shown if int(each["id"]) > start]
        page = [_narrowed(each, body.get("fields") or ["id"]) for each in rest[:most]]
        answer: Body = {"issues": page, "isLast": len(rest) <= most}
        if len(rest) > most:
            answer["nextPageToken"] = f"{held.epoch}.{page[-1]['id']}"
        return Answer.json(answer)

    def projects(self, request: Request, call: Call) -> Answer:
        seat = self._gateway.pass_on(request, call, READ)
        start = int(last(request.query, "startAt") or "0")
        most = int(last(request.query, "maxResults") or "50")
        if start < 0 or not 1 <= most <= LARGEST_PROJECTS_PAGE:
            raise JiraError("maxResults is out of bounds", outcome="maxResults")
        shown = sorted(self._projects[seat.site.name].live(), key=lambda each: str(each["key"]))
        page = shown[start : start + most]
        return Answer.json(
            {
                "startAt": start,
                "maxResults": most,
                "total": len(shown),
                "isLast": start + most >= len(shown),
                "values": page,
            }
        )

    def _matches(self, issue: Body, asked: re.Match[str]) -> bool:
        if projects := asked["projects"]:
            keys = projects.replace('"', "").split(", ")
            if issue["fields"]["project"].get("key") not in keys:
                return False
        if asked["minutes"] is None:
            return True
        updated = datetime.fromisoformat(issue["fields"]["updated"]).timestamp()
        since = self._now() - 60 * int(asked["minutes"])
        return updated // 60 >= since // 60


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _body(request: Request) -> Body:
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed:
        body = None
    known = {"jql", "fields", "maxResults", "nextPageToken"}
    if not isinstance(body, dict) or body.keys() - known:
        raise JiraError("Invalid request payload.", outcome="payload")
    return body


def _opened(token: Any, epoch: int) -> int:
    if token is None:
        return 0
    of, _, after = str(token).partition(".")
    if of != str(epoch) or not after.isdigit():
        raise JiraError("The provided next page token is invalid or expired.", outcome="token")
    return int(after)


def _narrowed(issue: Body, names: list[str]) -> Body:
    fields = {name: value for name, value in issue["fields"].items() if name in names}
    return {"id": issue["id"], "key": issue["key"], "expand": "", "fields": fields}


def _issues(now: Callable[[], float]) -> Collection:
    return Collection(
        make=lambda number, at: {
            "id": str(50_000 + number),
            "key": f"HR-{50_000 + number}",
            "fields": _fields(f"Issue {number}", stamp(at)),
        },
        now=now,
        touch=_touch,
    )


def _touch(issue: Body, at: float) -> None:
    """Take what a test changes for a field, where it is one."""
    changed = {name: issue.pop(name) for name in [*issue] if name not in {"id", "key", "fields"}}
    issue["fields"] = issue["fields"] | changed | {"updated": stamp(at)}


def _fields(summary: str, at: str) -> Body:
    grace = next(iter(SEATS.values())).person
    return {
        "summary": summary,
        "description": None,
        "status": {"id": "1", "name": "To Do", "iconUrl": AVATAR},
        "issuetype": {"id": "10001", "name": "Task"},
        "project": {"id": PROJECTS[0].id, "key": PROJECTS[0].key, "name": PROJECTS[0].name},
        "priority": {"id": "3", "name": "Medium"},
        "labels": [],
        "creator": _person(grace),
        "reporter": _person(grace),
        "assignee": None,
        "created": at,
        "updated": at,
        "duedate": None,
        "resolutiondate": None,
    }


def _person(person: Person) -> Body:
    return {
        "accountId": person.id,
        "displayName": person.name,
        "emailAddress": person.email,
        "active": True,
        "avatarUrls": {"48x48": AVATAR},
    }


def _projects(now: Callable[[], float]) -> Collection:
    held = Collection(
        make=lambda number, _: {
            "id": str(20_000 + number),
            "key": f"P{number}",
            "name": f"Project {number}",
            "description": "",
            "lead": _person(next(iter(SEATS.values())).person),
            "projectTypeKey": "business",
            "isPrivate": False,
            "avatarUrls": {"48x48": AVATAR},
        },
        now=now,
    )
    for each in PROJECTS:
        held.create(id=each.id, key=each.key, name=each.name)
    return held
