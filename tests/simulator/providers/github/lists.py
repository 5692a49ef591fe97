"""GitHub's lists of a person's repositories and of all issues they see, each page telling the next.

Rules played here: `per_page` is 100 at most; the next page is told by the `Link` header alone; an
OAuth App's token needs `repo`; what the API makes is in the list of all who may see it.

Sources: docs.github.com/en/rest/repos/repos, /rest/issues/issues, /rest/using-the-rest-api/
using-pagination-in-the-rest-api.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from tests.simulator.datasets import Body, Collection
from tests.simulator.providers.github.api import ApiError, not_found, simple_user
from tests.simulator.providers.github.people import PEOPLE, REPOSITORIES, Person, Repository, find
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 100


class Lists:
    def __init__(self, now: Callable[[], float]) -> None:
        self._repositories = {login: _repositories(PEOPLE[login], now) for login in PEOPLE}
        self._issues = {
            login: Collection(
                make=lambda number, at, of=login: _issue(of, number, at), now=now, touch=_touch
            )
            for login in PEOPLE
        }

    def dataset(self, resource: str, account: str) -> Collection:
        person = find(account)
        if person is None:
            raise LookupError(account)
        return {"repositories": self._repositories, "issues": self._issues}[resource][person.login]

    def add(self, repository: Repository, issue: Body) -> None:
        of = {"id": repository.id, "name": repository.name, "full_name": repository.full_name}
        for login, person in PEOPLE.items():
            if repository.visible_to(person):
                self._issues[login].create(**issue, repository=of)

    def repositories(self, token: Token, request: Request) -> Answer:
        return _page(request, self._repositories[token.account].live())

    def issues(self, token: Token, request: Request) -> Answer:
        if token.value.startswith("gho_") and "repo" not in token.scopes:
            raise not_found()
        asked = {name: last(request.query, name) for name in ("filter", "state", "sort")}
        if asked != {"filter": "all", "state": "all", "sort": "created"}:
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed")
        since = last(request.query, "since")
        held = self._issues[token.account].live()
        return _page(request, [each for each in held if each["updated_at"] >= since])


def _page(request: Request, found: list[Body]) -> Answer:
    size = int(last(request.query, "per_page") or "30")
    number = int(last(request.query, "page") or "1")
    if not 1 <= size <= LARGEST_PAGE:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "per_page is out of bounds")
    shown = found[(number - 1) * size : number * size]
    headers = [("Content-Type", "application/json; charset=utf-8")]
    if len(found) > number * size:
        query = {name: values[-1] for name, values in request.query.items()}
        asked = urlencode(query | {"page": str(number + 1)})
        url = f"http://{request.headers['host']}/github{request.path}?{asked}"
        headers.append(("Link", f'<{url}>; rel="next"'))
    return Answer(body=json.dumps(shown).encode(), headers=tuple(headers))


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _touch(body: Body, at: float) -> None:
    body["updated_at"] = stamp(at)


def _repositories(person: Person, now: Callable[[], float]) -> Collection:
    held = Collection(
        make=lambda number, at: _repository(person, number, at), now=now, touch=_touch
    )
    for one in REPOSITORIES.values():
        if person.login in one.readers | one.pushers | one.admins:
            held.create(
                id=one.id,
                name=one.name,
                full_name=one.full_name,
                private=one.private,
                archived=one.archived,
                owner=simple_user(one.owner),
                permissions={
                    "admin": person.login in one.admins,
                    "push": person.login in one.pushers,
                    "pull": True,
                },
            )
    return held


def _repository(person: Person, number: int, at: float) -> Body:
    name = f"project-{number}"
    return {
        "id": 800_000 + number,
        "name": name,
        "full_name": f"{person.login}/{name}",
        "html_url": f"https://github.com/{person.login}/{name}",
        "url": f"https://api.github.com/repos/{person.login}/{name}",
        "private": True,
        "archived": False,
        "owner": simple_user(person.login),
        "permissions": {"admin": False, "push": False, "pull": True},
        "stargazers_count": 0,
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "pushed_at": stamp(at),
    }


def _issue(login: str, number: int, at: float) -> Body:
    repository = REPOSITORIES["globex/handbook"]
    return {
        "id": 700_000 + number,
        "node_id": f"I_{number}",
        "number": number,
        "url": f"https://api.github.com/repos/{repository.full_name}/issues/{number}",
        "html_url": f"https://github.com/{repository.full_name}/issues/{number}",
        "title": f"Issue {number}",
        "body": None,
        "state": "open",
        "user": simple_user(login),
        "labels": [{"id": 1, "name": "hr", "color": "ededed", "url": "https://api.github.com/x"}],
        "assignees": [simple_user(login)],
        "milestone": None,
        "comments": 0,
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "closed_at": None,
        "repository": {
            "id": repository.id,
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
        },
    }
