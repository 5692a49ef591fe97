"""Asana's tasks, as far as Targetym uses them.

https://developers.asana.com/reference/createtask
https://developers.asana.com/docs/errors
https://developers.asana.com/docs/rate-limits
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from hub.errors import HubError, InsufficientScope, InvalidRequest
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired, Vanished
from hub.providers._times import zulu

API: Final = "https://app.asana.com/api/1.0"
READ_TASKS: Final = "tasks:read"
READ_PROJECTS: Final = "projects:read"
CREATE: Final = "tasks:write"

# Asana's errors have a text and no code: what is wrong is told by the status alone.
_EXPLAINED: Final[Mapping[int, str]] = {
    400: "Asana does not accept these values. Check the ids, the days and the people.",
    402: "The Asana plan of this workspace does not include one of these fields.",
    403: (
        "This Asana account may not do that there. Ask whoever runs the project or workspace; if "
        "they find nothing wrong, reconnect and grant every permission."
    ),
    404: "Asana knows no such workspace, project or task, or this account may not see it.",
}
_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403
_MISSING: Final = 404
_NOWHERE: Final = "Say where the task belongs: in a workspace, in projects, or below a parent."
_START_ALONE: Final = "A task that has a start needs a due day or time as well."
_START_TOO_EXACT: Final = "A task that starts at a time is due at a time, not on a day."

type Day = date | datetime
"""A day, or a moment of it: a datetime with an offset."""
type CustomValue = str | float | Sequence[str] | None
"""Text, a number, or the ids of options or people, as the custom field wants it."""


class AsanaClient:
    """Tasks, for one person's token.

    `AsanaClient(token).create_task("Welcome Ada", projects=["1201"], due=date(2026, 12, 1))`.
    Raises InvalidRequest for what Asana finds wrong with the arguments, ReauthRequired,
    RateLimited, ProviderError, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(api)
        self._api = api

    def create_task(
        self,
        name: str,
        *,
        workspace: str | None = None,
        projects: Sequence[str] = (),
        parent: str | None = None,
        notes: str | None = None,
        assignee: str | None = None,
        due: Day | None = None,
        start: Day | None = None,
        followers: Sequence[str] = (),
        tags: Sequence[str] = (),
        custom_fields: Mapping[str, CustomValue] | None = None,
    ) -> dict[str, Any]:
        """Create a task in a workspace, in projects or below another task: at least one of them.
        People are named by id, by e-mail address or as `me`, all else by id. Gives the task's id
        and link.
        """
        if not (workspace or projects or parent):
            raise InvalidRequest(_NOWHERE)
        task = {
            "name": name,
            "workspace": workspace,
            "projects": list(projects),
            "parent": parent,
            "notes": notes,
            "assignee": assignee,
            "followers": list(followers),
            "tags": list(tags),
            "custom_fields": dict(custom_fields or {}),
            **_days(due, start),
        }
        given = {field: value for field, value in task.items() if value not in (None, [], {})}
        answer = _rest.post(self._send, self._token, f"{self._api}/tasks", {"data": given})
        if refused := _failure(answer):
            raise refused
        created: Any = answer.json().get("data")
        return {
            "id": _rest.required(created, "gid"),
            "url": _rest.link(created.get("permalink_url")),
        }

    def workspaces(self, limit: int, offset: str | None = None) -> dict[str, Any]:
        """Read a page of the person's workspaces: `data`, and `next_page` with an `offset`."""
        return self._list("workspaces", limit=limit, offset=offset)

    def projects(
        self, workspace: str, fields: str, limit: int, offset: str | None = None
    ) -> dict[str, Any]:
        """Read a page of a workspace's projects, archived ones included. Raises Vanished for a
        workspace that is no more, InsufficientScope for one that is not the person's to see or
        where the grant does not suffice, CursorExpired for an offset that is none.
        """
        return self._list(
            "projects", workspace=workspace, opt_fields=fields, limit=limit, offset=offset
        )

    def tasks(
        self,
        project: str,
        fields: str,
        limit: int,
        offset: str | None = None,
        since: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of a project's tasks. `since`: only those modified since that time, ISO 8601
        in UTC. Raises as `projects`.
        https://developers.asana.com/reference/gettasks
        """
        return self._list(
            "tasks",
            project=project,
            opt_fields=fields,
            limit=limit,
            offset=offset,
            modified_since=since,
        )

    def _list(self, what: str, **query: Any) -> dict[str, Any]:
        answer = _rest.read(self._send, self._token, f"{self._api}/{what}", query)
        if answer.status == _FORBIDDEN:
            raise InsufficientScope
        if answer.status == _MISSING:
            raise Vanished
        if answer.status == _BAD_REQUEST and query["offset"] is not None:
            raise CursorExpired
        if refused := _rest.failure(answer):
            raise refused
        return answer.json()


def _days(due: Day | None, start: Day | None) -> dict[str, str]:
    """Give the fields for days (`due_on`) and moments (`due_at`): each has one of the two."""
    if start is not None and due is None:
        raise InvalidRequest(_START_ALONE)
    if isinstance(start, datetime) and not isinstance(due, datetime):
        raise InvalidRequest(_START_TOO_EXACT)
    return {
        f"{word}_{'at' if isinstance(day, datetime) else 'on'}": _written(day)
        for word, day in {"due": due, "start": start}.items()
        if day is not None
    }


def _written(day: Day) -> str:
    """Write a day as it is, a moment in UTC: Asana takes no other offset."""
    return zulu(day) if isinstance(day, datetime) else day.isoformat()


def _failure(answer: Answer) -> HubError | None:
    if explained := _EXPLAINED.get(answer.status):
        return InvalidRequest(explained)
    return _rest.failure(answer)
