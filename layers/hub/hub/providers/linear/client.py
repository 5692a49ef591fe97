"""Linear's GraphQL API, as far as Targetym uses it. https://linear.app/developers/graphql

An error may come with any status, 200 among them, and is told by `extensions.code` and
`extensions.type` in the body; the status says more only where there is no such body. Limits are 400
with RATELIMITED and reset times in milliseconds. https://linear.app/developers/rate-limiting

The types are those of https://github.com/linear/linear/blob/master/packages/sdk/src/error.ts. Codes
are not documented but for RATELIMITED; they are those of answers that people kept: FORBIDDEN in
linear/linear issue 895, the others in tests of public repositories.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Request, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired

API: Final = "https://api.linear.app"
READ: Final = "read"
WRITE: Final = "write"
CREATE_ISSUES: Final = "issues:create"
ADMIN: Final = "admin"

_VIEWER: Final = "query { viewer { id name email organization { id name } } }"
_CREATE_ISSUE: Final = """\
mutation ($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier url } }
}"""
_CREATE_WEBHOOK: Final = """\
mutation ($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { success webhook { id } }
}"""
_WEBHOOK: Final = "query ($id: String!) { webhook(id: $id) { id enabled } }"
_DELETE_WEBHOOK: Final = "mutation ($id: String!) { webhookDelete(id: $id) { success } }"
_PERSON: Final = "{ id name email }"
_ISSUES: Final = f"""\
query ($first: Int!, $after: String, $filter: IssueFilter) {{
  issues(first: $first, after: $after, filter: $filter, includeArchived: true) {{
    nodes {{
      id identifier number title description priority priorityLabel estimate dueDate labelIds url
      createdAt updatedAt startedAt completedAt canceledAt archivedAt trashed
      team {{ id key name }} state {{ id name type }} project {{ id name }} parent {{ id }}
      creator {_PERSON} assignee {_PERSON}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_PROJECTS: Final = f"""\
query ($first: Int!, $after: String, $filter: ProjectFilter) {{
  projects(first: $first, after: $after, filter: $filter, includeArchived: true) {{
    nodes {{
      id name description url priority progress startDate targetDate
      createdAt updatedAt startedAt completedAt canceledAt archivedAt trashed
      status {{ id name type }} creator {_PERSON} lead {_PERSON}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_LIMITS: Final = ("requests", "complexity", "endpoint-requests")

_WRONG: Final = "Linear does not accept these values. Check the ids of team, people and labels."
_NOT_IN_PLAN: Final = "The plan of this Linear workspace does not include that."
_FULL: Final = "This Linear workspace has reached a limit of its plan. Ask its administrator."
_EXPLAINED: Final[Mapping[str, str]] = {
    "QUOTA_EXCEEDED": _FULL,
    "usage limit exceeded": _FULL,
    "feature not accessible": _NOT_IN_PLAN,
    "INPUT_ERROR": _WRONG,
    "INVALID_INPUT": _WRONG,
    "invalid input": _WRONG,
    "user error": _WRONG,
}
_NOT_ALLOWED: Final = (
    "Linear does not allow this with the permissions granted. Reconnect and grant the optional one "
    "too: choosing an issue's state needs it."
)
_ERRORS: Final[Mapping[str, type[HubError]]] = {
    "AUTHENTICATION_ERROR": ReauthRequired,
    "authentication error": ReauthRequired,
    "GRAPHQL_VALIDATION_FAILED": ProviderError,
    "graphql error": ProviderError,
    "internal error": ProviderUnavailable,
    "network error": ProviderUnavailable,
    "lock timeout": ProviderUnavailable,
    "bootstrap error": ProviderUnavailable,
}


class LinearClient:
    """The API for one person's token.

    `LinearClient(token).create_issue(team_id, "Laptop for Ada")`. Raises InvalidRequest for what
    Linear finds wrong with the arguments, ReauthRequired, InsufficientScope, RateLimited,
    ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(api)
        self._api = api

    def viewer(self) -> dict[str, Any]:
        """Tell whose token it is: `id`, `name`, `email`, and `organization` with `id`, `name`."""
        request = Request(
            url=f"{self._api}/graphql",
            headers={"authorization": f"Bearer {self._token}"},
            json={"query": _VIEWER},
        )
        answer = self._send(request, seconds=_rest.IDENTIFY_SECONDS, attempts=2)
        person = _read(answer, "viewer")
        workspace: Any = person.get("organization")
        return {
            "id": _rest.required(person, "id"),
            "name": _rest.text(person.get("name")),
            "email": _rest.text(person.get("email")),
            "organization": {
                "id": _rest.required(workspace, "id"),
                "name": _rest.text(workspace.get("name")),
            },
        }

    def create_issue(
        self,
        team: str,
        title: str,
        *,
        description: str | None = None,
        priority: int | None = None,
        due_date: str | None = None,
        assignee: str | None = None,
        project: str | None = None,
        parent: str | None = None,
        state: str | None = None,
        labels: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Create an issue. Everything that exists at Linear goes by its id, which is a UUID; a
        parent also by its identifier, such as ENG-12. The description is Markdown, the priority 1
        (urgent) to 4 (low) or 0, the due date a day such as 2026-11-30. Gives the issue's id,
        identifier and link.
        """
        given = {
            "teamId": team,
            "title": title,
            "description": description,
            "priority": priority,
            "dueDate": due_date,
            "assigneeId": assignee,
            "projectId": project,
            "parentId": parent,
            "stateId": state,
            "labelIds": list(labels) or None,
        }
        wanted = {name: value for name, value in given.items() if value is not None}
        payload = self._change("issueCreate", _CREATE_ISSUE, input=wanted)
        issue: Any = payload.get("issue")
        return {
            "id": _rest.required(issue, "id"),
            "identifier": _rest.text(issue.get("identifier")),
            "url": _rest.link(issue.get("url")),
        }

    def create_webhook(self, webhook_id: str, url: str, secret: str, types: Sequence[str]) -> str:
        """Have changes of these types in all public teams told to a URL, signed with the secret.
        The id, a UUID of version 4, is ours to choose; gives the one it got.
        """
        wanted = {
            "id": webhook_id,
            "url": url,
            "secret": secret,
            "resourceTypes": list(types),
            "allPublicTeams": True,
            "label": "Targetym",
        }
        payload = self._change("webhookCreate", _CREATE_WEBHOOK, input=wanted)
        return _rest.required(payload.get("webhook"), "id")

    def is_enabled(self, webhook_id: str) -> bool:
        """Tell whether a webhook is in use. Raises InvalidRequest if there is none such."""
        return self._ask("webhook", _WEBHOOK, id=webhook_id).get("enabled") is True

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook. Raises InvalidRequest if there is none such."""
        self._change("webhookDelete", _DELETE_WEBHOOK, id=webhook_id)

    def issues(self, first: int, after: str | None, since: str | None) -> dict[str, Any]:
        """Read a page of the issues that the person sees, archived ones and the trash included:
        `nodes` and `pageInfo`. `since`: only those changed since that time, ISO 8601 in UTC. Raises
        CursorExpired for an `after` that Linear does not take.
        """
        return self._list("issues", _ISSUES, first, after, since)

    def projects(self, first: int, after: str | None, since: str | None) -> dict[str, Any]:
        """Read a page of the projects that the person sees, as `issues`."""
        return self._list("projects", _PROJECTS, first, after, since)

    def _list(
        self, field: str, query: str, first: int, after: str | None, since: str | None
    ) -> dict[str, Any]:
        changed = {"updatedAt": {"gte": since}} if since else None
        answer = self._post(query, first=first, after=after, filter=changed)
        try:
            found = _read(answer, field)
        except InvalidRequest:
            if after is None:
                raise
            raise CursorExpired from None
        # What could not be read for a moment is null, and must not be taken for empty.
        if _errors(answer) and (missing := _failure(answer)).transient:
            raise missing
        return found

    def _change(self, field: str, query: str, **variables: Any) -> dict[str, Any]:
        payload = self._ask(field, query, **variables)
        if payload.get("success") is not True:
            raise ProviderError
        return payload

    def _ask(self, field: str, query: str, **variables: Any) -> dict[str, Any]:
        return _read(self._post(query, **variables), field)

    def _post(self, query: str, **variables: Any) -> Answer:
        body = {"query": query, "variables": variables}
        return _rest.post(self._send, self._token, f"{self._api}/graphql", body)


def _read(answer: Answer, field: str) -> dict[str, Any]:
    """Read a field of the answer's data. Errors beside it mean that something in it could not be
    read, and no more: what was asked for was done.
    """
    data = _rest.content(answer).get("data")
    found = data.get(field) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise _failure(answer)
    return found


def _failure(answer: Answer) -> HubError:
    """Tell what an answer without data means: by its codes first, by its status second."""
    for word in codes(answer):
        if word in {"RATELIMITED", "ratelimited"}:
            return RateLimited(retry_after=_wait(answer))
        if word in {"FORBIDDEN", "forbidden"}:
            return InsufficientScope(_NOT_ALLOWED)
        if explained := _EXPLAINED.get(word):
            return InvalidRequest(explained)
        if kind := _ERRORS.get(word):
            return kind(retry_after=answer.retry_after)
    refused = ProviderError() if _errors(answer) else ProviderUnavailable()
    return _rest.failure(answer) or refused


def codes(answer: Answer) -> list[str]:
    """Give the codes and types of an answer's errors, in order. A code says more than its type."""
    told = (error.get("extensions") for error in _errors(answer))
    found = [each.get(name) for each in told if isinstance(each, dict) for name in ("code", "type")]
    return [word for word in found if isinstance(word, str)]


def _errors(answer: Answer) -> list[dict[str, Any]]:
    errors = _rest.content(answer).get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _wait(answer: Answer) -> int | None:
    """Tell when the limits that are used up start anew."""
    return answer.retry_after or max(_resets(answer), default=None)


def _resets(answer: Answer) -> Iterator[int]:
    for limit in _LIMITS:
        left = answer.headers.get(f"x-ratelimit-{limit}-remaining")
        reset = _rest.header_number(answer, f"x-ratelimit-{limit}-reset")
        if left == "0" and reset is not None:
            yield _rest.seconds_until(reset / 1000, answer)
