"""Jira Cloud's REST API, version 3, as far as Targetym uses it.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from hub.errors import HubError, InvalidRequest, ProviderError, ProviderUnavailable
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired
from hub.providers.jira import gateway
from hub.providers.jira.document import to_document
from hub.providers.jira.gateway import API

_CREATED: Final = 201
_BAD_REQUEST: Final = 400
_EXPANDED: Final = "description,lead"
_FIELDS: Final[Mapping[str, str]] = {
    "project": "Jira knows no such project, or this account may not create issues in it.",
    "issuetype": "The project has no such issue type. Their names may be in another language.",
    "summary": "Jira takes a summary of one line and at most 255 characters.",
    "description": "Jira does not accept this description. It may be too long.",
    "labels": "A label in Jira has no spaces and at most 255 characters.",
    "assignee": "Issues of this project cannot be assigned to this person.",
    "priority": "The project has no such priority, or does not use priorities.",
    "parent": "This issue type cannot be put under that parent issue.",
    "duedate": "The project does not take this due date.",
}
_OTHER_FIELDS: Final = (
    "The project wants further fields for this issue type. Choose another type, or create the "
    "issue in Jira."
)
_EXPLAINED: Final[Mapping[int, str]] = {
    400: "Jira does not accept these values. Check the project and who may create issues in it.",
    403: "This account may not do that in Jira. Ask an administrator of the project.",
    404: "Jira knows no such project or issue, or this account may not see it.",
    422: "The project is set up in a way that does not allow this. Ask its administrator.",
}


class JiraClient:
    """One site's API for one person's token. `cloud_id` names the site: `gateway.find_sites` lists
    those that a token reaches.

    `JiraClient(token, cloud_id).create_issue("HR", "Prepare a laptop")`. Raises InvalidRequest for
    what Jira finds wrong with the arguments, ReauthRequired, also where the grant does not cover
    the site any more, InsufficientScope, RateLimited, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, cloud_id: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._site = f"{api}/ex/jira/{_rest.segment(cloud_id)}/rest/api/3"
        self._send = send or _rest.default_send(api)

    def create_issue(
        self,
        project: str,
        summary: str,
        *,
        issue_type: str = "Task",
        description: str | None = None,
        labels: Sequence[str] = (),
        assignee: str | None = None,
        priority: str | None = None,
        parent: str | None = None,
        due: date | None = None,
    ) -> dict[str, Any]:
        """Create an issue; `project` and `parent` by key or id, `issue_type` and `priority` by
        name or id, `assignee` by account id. Gives the issue's id and key.
        """
        fields = {
            "project": _named("key", project),
            "issuetype": _named("name", issue_type),
            "summary": summary,
            "description": to_document(description) if description else None,
            "labels": list(labels) or None,
            "assignee": {"accountId": assignee} if assignee else None,
            "priority": _named("name", priority) if priority else None,
            "parent": _named("key", parent) if parent else None,
            "duedate": due.isoformat() if due else None,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        answer = _rest.post(self._send, self._token, f"{self._site}/issue", {"fields": given})
        if refused := _failure(answer):
            raise refused
        if answer.status != _CREATED:
            raise ProviderUnavailable
        created = answer.json()
        return {"id": _rest.required(created, "id"), "key": _rest.required(created, "key")}

    def search(
        self, jql: str, fields: Sequence[str], most: int, token: str | None = None
    ) -> dict[str, Any]:
        """Read a page of the issues that a query finds: `issues`, and `nextPageToken` if there are
        more. Raises CursorExpired for a token that Jira does not take.
        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search
        """
        body = {"jql": jql, "fields": list(fields), "maxResults": most}
        if token is not None:
            body["nextPageToken"] = token
        answer = _rest.post(self._send, self._token, f"{self._site}/search/jql", body)
        if token is not None and answer.status == _BAD_REQUEST:
            raise CursorExpired
        return _read(answer)

    def projects(self, start: int, most: int) -> dict[str, Any]:
        """Read a page of the projects that the person sees: `values`, and whether it `isLast`.
        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects
        """
        url = f"{self._site}/project/search"
        query = {"startAt": start, "maxResults": most, "orderBy": "key", "expand": _EXPANDED}
        return _read(_rest.read(self._send, self._token, url, query))


def _read(answer: Answer) -> dict[str, Any]:
    if refused := _failure(answer):
        raise refused
    return answer.json()


def _named(by: str, value: str) -> dict[str, str]:
    """Ids are numbers, keys and names are not."""
    return {"id" if value.isascii() and value.isdigit() else by: value}


def _failure(answer: Answer) -> HubError | None:
    """Put what Jira itself refuses into our words: by the fields it names, or by the status."""
    refused = gateway.failure(answer)
    if type(refused) is not ProviderError:
        return refused
    words = _explain_fields(answer) if answer.status == _BAD_REQUEST else None
    words = words or _EXPLAINED.get(answer.status)
    return InvalidRequest(words) if words else refused


def _explain_fields(answer: Answer) -> str | None:
    errors = _rest.content(answer).get("errors")
    if not isinstance(errors, dict) or not errors:
        return None
    known = [words for name, words in _FIELDS.items() if name in errors]
    return " ".join(known) or _OTHER_FIELDS
