"""Linear's lists of issues and projects: Relay pages, narrowed by when something was changed.

Rules played here: `first` is 250 at most; the order is that of making; what was deleted is in the
trash, and listed as `trashed` where archived things are asked for, until it is deleted once more; a
cursor is the id of the last one read, and is refused when that is no longer there, or has expired.

Sources: linear.app/developers/pagination, /filtering; the schema of @linear/sdk 98.0.0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.providers.linear.errors import invalid
from tests.simulator.providers.linear.workspaces import (
    PEOPLE,
    PROJECTS,
    WORKSPACES,
    Person,
    Workspace,
    team_at,
    uuid_of,
)

LARGEST_PAGE = 250


@dataclass(kw_only=True)
class Trashing(Collection):
    """What is deleted is in the trash, where it is still told of, and then for good. `given`: the
    cursors that are known.
    """

    given: set[str] = field(default_factory=set)

    def delete(self, id_: str) -> None:
        if self._body(id_)["trashed"]:
            super().delete(id_)
        else:
            self.update(id_, trashed=True, archivedAt=stamp(self.now()))

    def expire(self) -> None:
        super().expire()
        self.given.clear()

    def told(self, body: Body) -> list[Body]:
        """An object as it is; asked to be unruly, as it was before, too."""
        versions = [change.body for change in self.history if change.id == body["id"]]
        return [*versions[-2:-1], body] if self.unruly else [body]

    def ids(self) -> list[str]:
        return [str(body["id"]) for body in self.live() if not body["trashed"]]


class Lists:
    def __init__(self, now: Callable[[], float]) -> None:
        self.issues = {
            of.id: _collection(lambda n, at, of=of: _issue(of, n, at), now) for of in WORKSPACES
        }
        self.projects = {
            of.id: _collection(lambda n, at, of=of: _project(of, n, at), now) for of in WORKSPACES
        }
        for id_, workspace in PROJECTS.items():
            self.projects[workspace.id].create(id=id_, name="New hires")

    def dataset(self, resource: str, account: str) -> Collection:
        person = next(p for p in PEOPLE.values() if account in {p.id, p.label})
        return {"issues": self.issues, "projects": self.projects}[resource][person.workspace.id]

    def page(self, kind: str, person: Person, asked: Mapping[str, Any]) -> Body:
        held = {"issues": self.issues, "projects": self.projects}[kind][person.workspace.id]
        first, after = asked.get("first") or 50, asked.get("after")
        if not 1 <= first <= LARGEST_PAGE:
            raise invalid("first", first, "first must not be greater than 250")
        since = ((asked.get("filter") or {}).get("updatedAt") or {}).get("gte")
        ids = list(held.held)
        if after is not None and (after not in ids or after not in held.given):
            raise invalid("after", after, "after is no cursor")
        shown = [
            body
            for body in held.live()[ids.index(after) + 1 if after else 0 :]
            if (asked.get("includeArchived") or not body.get("archivedAt"))
            and (since is None or body["updatedAt"] >= since)
            and (person.owner or not (body.get("team") or {}).get("private"))
        ]
        nodes = shown[:first]
        end = nodes[-1]["id"] if nodes else None
        held.given.update(filter(None, [end]))
        return {
            "nodes": [version for body in nodes for version in held.told(body)],
            "pageInfo": {"hasNextPage": len(shown) > first, "endCursor": end},
        }


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _collection(make: Callable[[int, float], Body], now: Callable[[], float]) -> Trashing:
    return Trashing(make=make, now=now, touch=lambda body, at: body.update(updatedAt=stamp(at)))


def _common(id_: str, at: float) -> Body:
    return {"id": id_, "createdAt": stamp(at), "updatedAt": stamp(at), "trashed": False}


def _someone(workspace: Workspace) -> Body:
    person = next(each for each in PEOPLE.values() if each.workspace == workspace)
    return {"id": person.id, "name": person.name, "email": person.email}


def _issue(workspace: Workspace, number: int, at: float) -> Body:
    team = team_at(workspace, "ENG")
    return _common(uuid_of(f"listed issue {number} of {workspace.id}"), at) | {
        "number": float(1000 + number),
        "identifier": f"ENG-{1000 + number}",
        "title": f"Issue {number}",
        "description": None,
        "priority": 0.0,
        "priorityLabel": "No priority",
        "labelIds": [],
        "url": f"https://linear.app/{workspace.url_key}/issue/ENG-{1000 + number}",
        "team": {"id": team.id, "key": team.key, "name": team.name, "private": team.private},
        "state": {"id": team.state_id("Todo"), "name": "Todo", "type": "unstarted"},
        "creator": _someone(workspace),
        "assignee": None,
    }


def _project(workspace: Workspace, number: int, at: float) -> Body:
    id_ = uuid_of(f"listed project {number} of {workspace.id}")
    return _common(id_, at) | {
        "name": f"Project {number}",
        "description": "",
        "url": f"https://linear.app/{workspace.url_key}/project/{number}",
        "priority": 0,
        "progress": 0.0,
        "status": {
            "id": uuid_of(f"status of {workspace.id}"),
            "name": "Planned",
            "type": "planned",
        },
        "creator": _someone(workspace),
        "lead": None,
        "targetDate": "2026-12-24",
    }
