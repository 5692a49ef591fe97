"""GitHub's `POST /repos/{owner}/{repo}/issues`.

Rules played here:
- Anybody who may read a repository may create issues in it; labels, assignees, milestone and type
  of one who may not push are dropped without a word.
- An OAuth App's token needs `repo`, or `public_repo` for a public one; without, nothing is found.
- A GitHub App's token reaches what both the app and the person reach: where the app is not
  installed, a public repository is refused and a private one is not found.
- A repository that was renamed answers with a redirect.

Stricter than GitHub where a client that is wrong might get away with it: a field that does not
exist is refused, and not passed over.

Sources: github/docs, content/rest/issues; @octokit/openapi-types 29.0.1, `issues/create`; PyGithub,
tests/ReplayData/Repository.testCreateIssue.txt (410), issue 132 (404 without the scope).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.providers.github.api import DOCS, ApiError, json_object, not_found, simple_user
from tests.simulator.providers.github.lists import Lists
from tests.simulator.providers.github.people import (
    INSTALLATIONS,
    PEOPLE,
    RENAMED,
    REPOSITORIES,
    Installation,
    Person,
    Repository,
)
from tests.simulator.providers.github.rules import Grants
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request

PAGE = f"{DOCS}/rest/issues/issues#create-an-issue"
LONGEST_TITLE, LONGEST_BODY = 256, 65_536
FIELDS = frozenset({"title", "body", "labels", "assignees", "milestone", "type"})
FIRST_ID = 3_100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: int
    number: int
    repository: str
    author: str
    title: str
    body: str | None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: int | None = None
    type: str | None = None
    at: float = field(default=0.0, repr=False)


class Issues:
    def __init__(self, grants: Grants, lists: Lists) -> None:
        self._grants, self._lists = grants, lists
        self.issues: list[Issue] = []
        self.uninstalled: set[int] = set()

    def installations(self, token: Token) -> list[Installation]:
        """Where the app is installed, as far as this person reaches."""
        if not self._grants.settings.installed:
            return []
        return [
            each
            for each in INSTALLATIONS
            if token.account in each.reachable_by and each.id not in self.uninstalled
        ]

    def create(self, token: Token, request: Request, now: float) -> Answer:
        person = PEOPLE[token.account]
        repository = self._repository(token, person, request.named)
        body = json_object(request)
        _check(body)
        if not repository.issues:
            raise ApiError(
                HTTPStatus.GONE, "Issues are disabled for this repo", name="disabled", page=PAGE
            )
        if repository.archived:
            raise ApiError(
                HTTPStatus.FORBIDDEN, "Repository was archived so is read-only.", name="archived"
            )
        issue = self._made(person, repository, body, now)
        self.issues.append(issue)
        answer = _told(issue)
        self._lists.add(repository, answer)
        return Answer.json(
            answer, status=HTTPStatus.CREATED, headers=(("Location", answer["url"]),)
        )

    def _repository(self, token: Token, person: Person, named: Any) -> Repository:
        name = f"{named['owner']}/{named['repo']}".lower()
        if new := RENAMED.get(name):
            url = f"https://api.github.com/repositories/{REPOSITORIES[new].id}/issues"
            raise ApiError(
                HTTPStatus.TEMPORARY_REDIRECT,
                "Moved Permanently",
                name="renamed",
                headers={"Location": url},
            )
        repository = REPOSITORIES.get(name)
        if repository is None or not repository.visible_to(person):
            raise not_found(PAGE)
        if token.value.startswith("gho_"):
            _check_scopes(token, repository)
        else:
            self._check_installed(token, repository)
        return repository

    def _check_installed(self, token: Token, repository: Repository) -> None:
        here = [one for one in self.installations(token) if one.account == repository.owner]
        if here and self._grants.settings.issues_permission:
            return
        if repository.private and not here:
            raise not_found(PAGE)
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "Resource not accessible by integration",
            name="not_accessible",
            page=PAGE,
            headers={"X-Accepted-GitHub-Permissions": "issues=write"},
        )

    def _made(
        self, person: Person, repository: Repository, body: dict[str, Any], now: float
    ) -> Issue:
        number = 1 + sum(issue.repository == repository.full_name for issue in self.issues)
        issue = Issue(
            id=FIRST_ID + len(self.issues),
            number=number,
            repository=repository.full_name,
            author=person.login,
            title=str(body["title"]),
            body=body.get("body"),
            at=now,
        )
        if person.login not in repository.pushers:
            return issue
        _check_known(repository, body)
        return Issue(
            **asdict(issue)
            | {
                "labels": tuple(body.get("labels", ())),
                "assignees": tuple(body.get("assignees", ())),
                "milestone": body.get("milestone"),
                "type": body.get("type"),
            }
        )

    def state(self) -> dict[str, Any]:
        return {"issues": [asdict(issue) for issue in self.issues]}


def _check_scopes(token: Token, repository: Repository) -> None:
    enough = {"repo"} if repository.private else {"repo", "public_repo"}
    if enough.isdisjoint(token.scopes):
        raise not_found(PAGE)


def _check(body: dict[str, Any]) -> None:
    unknown = body.keys() - FIELDS
    fits = (
        isinstance(body.get("title", ""), str | int)
        and isinstance(body.get("body"), str | None)
        and isinstance(body.get("milestone"), int | None)
        and isinstance(body.get("type"), str | None)
        and all(_texts(body.get(name, [])) for name in ("labels", "assignees"))
    )
    if unknown or not fits:
        message = "Invalid request.\n\nFor 'links/0/schema', a field is not what it must be."
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, message, name="invalid_request", page=PAGE)
    if not str(body.get("title", "")).strip():
        raise _invalid([{"resource": "Issue", "field": "title", "code": "missing_field"}])
    for name, longest in (("title", LONGEST_TITLE), ("body", LONGEST_BODY)):
        if len(str(body.get(name) or "")) > longest:
            words = f"{name} is too long (maximum is {longest} characters)"
            raise _invalid(
                [{"resource": "Issue", "field": name, "code": "custom", "message": words}]
            )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check_known(repository: Repository, body: dict[str, Any]) -> None:
    wrong = [("assignees", each) for each in body.get("assignees", ()) if each not in PEOPLE]
    milestone, kind = body.get("milestone"), body.get("type")
    if milestone is not None and milestone not in repository.milestones:
        wrong.append(("milestone", milestone))
    if kind is not None and kind not in repository.types:
        wrong.append(("type", kind))
    if wrong:
        raise _invalid(
            [
                {"value": value, "resource": "Issue", "field": name, "code": "invalid"}
                for name, value in wrong
            ]
        )


def _invalid(errors: Iterable[dict[str, Any]]) -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Validation Failed",
        name="validation",
        page=PAGE,
        errors=tuple(errors),
    )


def _told(issue: Issue) -> dict[str, Any]:
    at = datetime.fromtimestamp(issue.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"https://api.github.com/repos/{issue.repository}"
    return {
        "id": issue.id,
        "node_id": f"I_{issue.id}",
        "url": f"{url}/issues/{issue.number}",
        "repository_url": url,
        "html_url": f"https://github.com/{issue.repository}/issues/{issue.number}",
        "number": issue.number,
        "state": "open",
        "title": issue.title,
        "body": issue.body,
        "user": simple_user(issue.author),
        "labels": [
            {"id": 1 + n, "name": name, "color": "ededed", "default": False, "description": None}
            for n, name in enumerate(issue.labels)
        ],
        "assignee": simple_user(issue.assignees[0]) if issue.assignees else None,
        "assignees": [simple_user(login) for login in issue.assignees],
        "milestone": _milestone(issue.milestone),
        "type": {"id": 1, "name": issue.type, "description": None} if issue.type else None,
        "locked": False,
        "comments": 0,
        "closed_at": None,
        "created_at": at,
        "updated_at": at,
        "author_association": "NONE",
    }


def _milestone(number: int | None) -> dict[str, Any] | None:
    if number is None:
        return None
    return {"id": 7_000 + number, "number": number, "title": f"Milestone {number}", "state": "open"}
