"""Jira's issues, as they are created and read by version 3 of its API.

Stricter than Jira in one thing: rich text may have no nodes but those that plain text needs.

Sources: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues,
/cloud/jira/platform/apis/document/structure; words as they came in pycontribs/jira issue 934,
wso2/product-integrator-mi issue 3420, lesstif/php-jira-rest-client issue 351.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.jira.errors import JiraError, refused
from tests.simulator.providers.jira.gateway import Gateway
from tests.simulator.providers.jira.lists import Lists
from tests.simulator.providers.jira.people import SEATS, Seat
from tests.simulator.providers.jira.projects import IssueType, Project, find_project, find_type
from tests.simulator.wire import JSON, Answer, Malformed, Request

LONGEST_SUMMARY = 255
LONGEST_TEXT = 32_767
NO_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
NAMED = frozenset({"project", "issuetype", "parent"})
INLINE = {"text": {"type", "text"}, "hardBreak": {"type"}}

type Check = Callable[[Any, Project, Seat], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: str
    key: str
    site: str
    reporter: str
    type: str
    fields: dict[str, Any]


class Issues:
    def __init__(self, gateway: Gateway, lists: Lists) -> None:
        self._gateway, self._lists = gateway, lists
        self.made: list[Issue] = []

    def create(self, request: Request, call: Call) -> Answer:
        seat = self._gateway.pass_on(request, call, "write:jira-work")
        fields = _fields(request)
        project = find_project(fields.get("project"))
        if project is None:
            raise JiraError(errors={"project": "Specify a valid project ID or key"})
        if not project.open:
            raise JiraError(
                "You do not have permission to create issues in this project.", outcome="project"
            )
        kind = find_type(fields.get("issuetype"))
        if kind is None:
            raise JiraError(errors={"issuetype": "Specify a valid issue type"})
        if wrong := self._wrong(fields, kind, project, seat):
            raise JiraError(errors=wrong)
        issue = Issue(
            id=str(10_000 + len(self.made)),
            key=f"{project.key}-{len(self.made) + 1}",
            site=seat.site.name,
            reporter=seat.person.email,
            type=kind.name,
            fields=fields,
        )
        self.made.append(issue)
        self._lists.add(issue.site, issue.id, issue.key, fields)
        return Answer.json(_named(issue, seat), status=201)

    def read(self, request: Request, call: Call) -> Answer:
        seat = self._gateway.pass_on(request, call, "read:jira-work")
        issue = self._find(request.named["issue"], seat)
        if issue is None:
            raise refused("not_found")
        fields = issue.fields | {"issuetype": {"name": issue.type}, "status": {"name": "To Do"}}
        return Answer.json(_named(issue, seat) | {"expand": "", "fields": fields})

    def myself(self, request: Request, call: Call) -> Answer:
        seat = self._gateway.pass_on(request, call, "read:jira-user")
        return Answer.json(
            {
                "self": f"{_api(seat)}/user?accountId={seat.person.id}",
                "accountId": seat.person.id,
                "accountType": "atlassian",
                "emailAddress": seat.person.email,
                "displayName": seat.person.name,
                "active": True,
                "timeZone": "Europe/Paris",
                "locale": "en_GB",
            }
        )

    def state(self) -> dict[str, Any]:
        return {"issues": [asdict(issue) for issue in self.made]}

    def _find(self, reference: str, seat: Seat) -> Issue | None:
        here = (one for one in self.made if one.site == seat.site.name)
        return next((one for one in here if reference in {one.id, one.key}), None)

    def _wrong(
        self, fields: Mapping[str, Any], kind: IssueType, project: Project, seat: Seat
    ) -> dict[str, str]:
        wrong = {
            name: f"{words} is required."
            for name, words in kind.required.items()
            if not fields.get(name)
        }
        for name in fields.keys() - CHECKS.keys() - NAMED - kind.required.keys():
            wrong[name] = (
                f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            )
        if "parent" in fields and self._find(_reference(fields["parent"], "key"), seat) is None:
            wrong["parent"] = "Could not find issue by id or key."
        for name, check in CHECKS.items():
            given = name in fields or name == "summary"
            if given and (words := check(fields.get(name), project, seat)):
                wrong[name] = words
        return wrong


def _fields(request: Request) -> dict[str, Any]:
    try:
        content = request.json() if request.content_type == JSON else None
    except Malformed:
        content = None
    fields = content.get("fields") if isinstance(content, dict) else None
    if not isinstance(fields, dict) or content.keys() != {"fields"}:
        raise JiraError(NO_PAYLOAD, outcome="payload")
    return fields


def _reference(value: Any, *names: str) -> str:
    """What an object names something by, of the names that may be used and `id`."""
    found = [value.get(name) for name in ("id", *names)] if isinstance(value, dict) else []
    return next((one for one in found if isinstance(one, str)), "")


def _api(seat: Seat) -> str:
    return f"https://api.atlassian.com/ex/jira/{seat.site.id}/rest/api/3"


def _named(issue: Issue, seat: Seat) -> dict[str, Any]:
    return {"id": issue.id, "key": issue.key, "self": f"{_api(seat)}/issue/{issue.id}"}


def _summary(value: Any, *_: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "You must specify a summary of the issue."
    if "\n" in value or "\r" in value:
        return "The summary is invalid because it contains newline characters."
    too_long = len(value) > LONGEST_SUMMARY
    return "Summary must be less than 255 characters." if too_long else None


def _description(value: Any, *_: Any) -> str | None:
    if not _is_document(value):
        return NO_DOCUMENT
    length = sum(len(one.get("text", "")) for block in value["content"] for one in _inline(block))
    limit = f"{LONGEST_TEXT:,} characters"
    words = f"The entered text is too long. It exceeds the allowed limit of {limit}."
    return words if length > LONGEST_TEXT else None


def _is_document(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"type", "version", "content"}:
        return False
    blocks = value["content"]
    if (value["type"], value["version"]) != ("doc", 1) or not isinstance(blocks, list):
        return False
    return all(map(_is_paragraph, blocks))


def _is_paragraph(block: Any) -> bool:
    known = isinstance(block, dict) and {"type"} <= block.keys() <= {"type", "content"}
    if not known or block["type"] != "paragraph" or not isinstance(_inline(block), list):
        return False
    return all(map(_is_inline, _inline(block)))


def _is_inline(node: Any) -> bool:
    kind = node.get("type") if isinstance(node, dict) else None
    if not isinstance(kind, str) or node.keys() != INLINE.get(kind):
        return False
    return kind == "hardBreak" or (isinstance(node["text"], str) and bool(node["text"]))


def _inline(block: Any) -> Any:
    return block.get("content", [])


def _labels(value: Any, *_: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        return "data was not an array of strings"
    for label in value:
        if not label or any(c.isspace() for c in label):
            return f"The label '{label}' contains spaces which is invalid."
    return None


def _assignee(value: Any, _: Project, seat: Seat) -> str | None:
    account = _reference(value, "accountId")
    here = {one.person.id for one in SEATS.values() if one.site == seat.site}
    return None if account in here else f"User '{account}' cannot be assigned issues."


def _priority(value: Any, *_: Any) -> str | None:
    known = PRIORITIES.keys() | set(PRIORITIES.values())
    return None if _reference(value, "name") in known else "The priority selected is invalid."


def _due_date(value: Any, *_: Any) -> str | None:
    with contextlib.suppress(ValueError, TypeError):
        if date.fromisoformat(value).isoformat() == value:
            return None
    return f"Error parsing date string: {value}"


CHECKS: Mapping[str, Check] = {
    "summary": _summary,
    "description": _description,
    "labels": _labels,
    "assignee": _assignee,
    "priority": _priority,
    "duedate": _due_date,
}
