"""Linear's GraphQL endpoint: documents are read, validated and executed by graphql-core against the
part of the schema that is played.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSyntaxError,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.simulator.journal import Call
from tests.simulator.providers.linear.errors import ApiError, limits, not_found, unauthenticated
from tests.simulator.providers.linear.issues import PRIORITIES, Issue, Issues
from tests.simulator.providers.linear.lists import Lists
from tests.simulator.providers.linear.oauth import LinearGrants
from tests.simulator.providers.linear.webhooks import Webhook, Webhooks
from tests.simulator.providers.linear.workspaces import (
    PEOPLE,
    STATE_TEAMS,
    STATES,
    TEAMS,
    Person,
    Team,
    Workspace,
    uuid_of,
)
from tests.simulator.wire import JSON, Answer, Malformed, Request

NO_REQUEST = "POST body missing, invalid Content-Type, or JSON object has no keys."
SINCE = "2026-01-05T09:00:00.000Z"


class Graph:
    def __init__(
        self,
        grants: LinearGrants,
        issues: Issues,
        webhooks: Webhooks,
        lists: Lists,
        now: Callable[[], float],
    ) -> None:
        self._grants, self._issues, self._webhooks, self._now = grants, issues, webhooks, now
        self._lists = lists

    def answer(self, request: Request, call: Call) -> Answer:
        token = self._grants.bearer(request, call)
        if token is None:
            return self._refused(unauthenticated())
        asked = _asked(request)
        if asked is None:
            return Answer(
                status=HTTPStatus.BAD_REQUEST, body=NO_REQUEST.encode(), outcome="BAD_REQUEST"
            )
        person = PEOPLE[token.account]
        root = _Root(person, token.scopes, self._issues, self._webhooks, self._lists)
        return self._executed(root, asked)

    def _executed(self, root: "_Root", asked: Mapping[str, Any]) -> Answer:
        try:
            document = _document(asked["query"])
        except ApiError as refused:
            return self._refused(refused)
        done = execute_sync(
            _schema(),
            document,
            root,
            variable_values=asked.get("variables") or {},
            operation_name=asked.get("operationName"),
        )
        if not done.errors:
            return Answer.json({"data": done.data}, headers=limits(self._now()))
        error = done.errors[0]
        if isinstance(error.original_error, ApiError):
            where = {
                "path": error.path,
                "locations": [at.formatted for at in error.locations or ()],
            }
            return self._refused(error.original_error, **where)
        return self._refused(ApiError("GRAPHQL_VALIDATION_FAILED", error.message))

    def _refused(self, refused: ApiError, **where: Any) -> Answer:
        return Answer.json(
            refused.content(**where),
            status=refused.status or HTTPStatus.OK,
            outcome=refused.code,
            headers=limits(self._now()),
        )


def _asked(request: Request) -> dict[str, Any] | None:
    try:
        asked = request.json() if request.content_type == JSON else None
    except Malformed:
        return None
    return asked if isinstance(asked, dict) and isinstance(asked.get("query"), str) else None


def _document(text: str) -> DocumentNode:
    try:
        document = parse(text)
    except GraphQLSyntaxError as bad:
        raise ApiError("GRAPHQL_VALIDATION_FAILED", bad.message) from bad
    problems = validate(_schema(), document)
    if problems:
        raise ApiError("GRAPHQL_VALIDATION_FAILED", problems[0].message)
    return document


@cache
def _schema() -> GraphQLSchema:
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
    day = schema.type_map["TimelessDate"]
    if isinstance(day, GraphQLScalarType):
        day.parse_value = _day
    return schema


def _day(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise GraphQLError("TimelessDate must be a day such as 2026-11-30.")
    return date.fromisoformat(value).isoformat()


class _Root:
    """What a document's fields resolve to: methods for those of Query and Mutation."""

    def __init__(  # put together in one place
        self,
        person: Person,
        scopes: tuple[str, ...],
        issues: Issues,
        webhooks: Webhooks,
        lists: Lists,
    ) -> None:
        self._person, self._scopes = person, scopes
        self._issues, self._webhooks, self._lists = issues, webhooks, lists

    def viewer(self, _: Any) -> dict[str, Any]:
        return self._user(self._person)

    def organization(self, _: Any) -> dict[str, Any]:
        return _organization(self._person.workspace)

    def team(self, _: Any, id: str) -> dict[str, Any]:  # noqa: A002  # the argument's name there
        team = TEAMS.get(id)
        if team is None or not team.seen_by(self._person):
            raise not_found("Team")
        return _team(team)

    def issue(self, _: Any, id: str) -> dict[str, Any]:  # noqa: A002
        issue = self._issues.find(self._person, id)
        if issue is None:
            raise not_found("Issue")
        return self._written(issue)

    def issues(self, _: Any, **asked: Any) -> dict[str, Any]:
        return self._lists.page("issues", self._person, asked)

    def projects(self, _: Any, **asked: Any) -> dict[str, Any]:
        return self._lists.page("projects", self._person, asked)

    def issueCreate(self, _: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        issue = self._issues.create(self._person, self._scopes, input)
        number = float(len(self._issues.issues))
        written = self._written(issue)
        self._lists.issues[self._person.workspace.id].create(**written)
        return {"success": True, "lastSyncId": number, "issue": written}

    def webhook(self, _: Any, id: str) -> dict[str, Any]:  # noqa: A002
        return _webhook(self._webhooks.find(self._person, self._scopes, id))

    def webhookCreate(self, _: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N802
        made = self._webhooks.create(self._person, self._scopes, input)
        return {"success": True, "lastSyncId": 1.0, "webhook": _webhook(made)}

    def webhookDelete(self, _: Any, id: str) -> dict[str, Any]:  # noqa: A002, N802
        self._webhooks.delete(self._person, self._scopes, id)
        return {"success": True, "lastSyncId": 1.0, "entityId": id}

    def _user(self, person: Person) -> dict[str, Any]:
        display = person.email.partition("@")[0]
        return {
            "id": person.id,
            "name": person.name,
            "displayName": display,
            "email": person.email,
            "initials": "".join(word[0] for word in person.name.split()),
            "url": f"https://linear.app/{person.workspace.url_key}/profiles/{display}",
            "active": True,
            "admin": person.owner,
            "owner": person.owner,
            "guest": False,
            "app": False,
            "isMe": person == self._person,
            "isAssignable": True,
            "isMentionable": True,
            "supportsAgentSessions": False,
            "canAccessAnyPublicTeam": True,
            "createdIssueCount": sum(
                issue.creator == person.id for issue in self._issues.issues.values()
            ),
            "avatarBackgroundColor": "#5e6ad2",
            "inviteHash": uuid_of(f"invitation of {person.id}"),
            "createdAt": SINCE,
            "updatedAt": SINCE,
            "organization": _organization(person.workspace),
        }

    def _written(self, issue: Issue) -> dict[str, Any]:
        return {
            "id": issue.id,
            "number": float(issue.number),
            "identifier": issue.identifier,
            "title": issue.title,
            "description": issue.description,
            "priority": float(issue.priority),
            "priorityLabel": PRIORITIES[issue.priority],
            "dueDate": issue.due_date,
            "labelIds": list(issue.labels),
            "url": issue.url,
            "createdAt": issue.created_at,
            "updatedAt": issue.created_at,
            "team": _team(TEAMS[issue.team]),
            "state": _state(issue.state),
            "creator": self._user(PEOPLE[issue.creator]),
            "assignee": self._user(PEOPLE[issue.assignee]) if issue.assignee else None,
        }


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "enabled": webhook.enabled,
        "allPublicTeams": True,
        "resourceTypes": list(webhook.types),
        "label": webhook.label,
        "createdAt": SINCE,
        "updatedAt": SINCE,
    }


def _organization(workspace: Workspace) -> dict[str, Any]:
    return {
        "id": workspace.id,
        "name": workspace.name,
        "urlKey": workspace.url_key,
        "userCount": sum(one.workspace == workspace for one in PEOPLE.values()),
    }


def _team(team: Team) -> dict[str, Any]:
    return {
        "id": team.id,
        "key": team.key,
        "name": team.name,
        "displayName": team.name,
        "private": team.private,
    }


def _state(state_id: str) -> dict[str, Any]:
    _, name = STATE_TEAMS[state_id]
    return {"id": state_id, "name": name, "type": STATES[name]}
