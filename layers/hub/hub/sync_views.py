"""How syncs, their settings and what they have brought look from outside."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from hub import sync_settings
from hub.models import Integration, Run
from hub.providers._sync import Filter, Resource, Sync
from hub.store.records import Stored
from hub.store.sync_logs import Line
from hub.views import instant


class RunView(TypedDict):
    """A sync that is wanted or under way. `startedAt` None: it has not begun."""

    runId: str
    status: Literal["requested", "running"]
    startedAt: str | None


class CountsView(TypedDict):
    resource: str
    created: int
    updated: int
    deleted: int
    unchanged: int


class LogView(TypedDict):
    """A run that has ended. `errorCode` is the first failure's; `calls` those of its last
    invocation at the provider.
    """

    id: str
    trigger: Literal["schedule", "manual", "webhook", "connect"]
    startedAt: str
    finishedAt: str
    outcome: Literal["succeeded", "partial", "failed"]
    errorCode: str | None
    calls: int
    resources: list[CountsView]


class PersonView(TypedDict):
    """`role`: creator, owner, assignee, organizer, attendee, member, or self."""

    role: str
    id: str | None
    name: str | None
    email: str | None


class RecordView(TypedDict):
    """A synced object: what all providers have in common, and the provider's own `object`. A
    deleted one says that it is gone and nothing else. `truncated`: too large to be kept whole.
    `times` are created, updated, starts, ends, due, as far as they are known.
    """

    id: str
    kind: str
    deleted: bool
    modifiedAt: str
    title: str | None
    url: str | None
    people: list[PersonView]
    times: dict[str, str]
    state: str | None
    parent: str | None
    object: dict[str, Any] | None
    truncated: bool


class FilterView(TypedDict):
    id: str
    explanation: str
    takes: Literal["choices", "ids", "date"]
    choices: list[str]
    default: list[str] | str | None
    value: list[str] | str | None


class ResourceSettingsView(TypedDict):
    """`interval` is seconds. `granted`: whether the permissions given allow to read it."""

    resource: str
    explanation: str
    granted: bool
    enabled: bool
    interval: int
    filters: list[FilterView]


class SettingsView(TypedDict):
    """`roles`: who besides admin, hr and the person who connected may read records and use actions,
    of a connection that is a person's.
    """

    resources: list[ResourceSettingsView]
    roles: list[str]


def run(found: Run, *, running: bool) -> RunView:
    started = instant(found.started_at) if running else None
    return {
        "runId": found.id,
        "status": "running" if running else "requested",
        "startedAt": started,
    }


def log(line: Line) -> LogView:
    return {
        "id": line.run_id,
        "trigger": line.trigger.value,
        "startedAt": instant(line.started_at),
        "finishedAt": instant(line.finished_at),
        "outcome": line.outcome.value,
        "errorCode": line.error,
        "calls": line.calls,
        "resources": [
            {
                "resource": name,
                "created": each.created,
                "updated": each.updated,
                "deleted": each.deleted,
                "unchanged": each.unchanged,
            }
            for name, each in line.resources.items()
        ],
    }


def record(stored: Stored) -> RecordView:
    item = stored.item
    content = item.get("content")
    return {
        "id": stored.id,
        "kind": item["kind"],
        "deleted": stored.deleted,
        "modifiedAt": _precise(stored.modified_at),
        "title": item.get("title"),
        "url": item.get("url"),
        "people": [_person(each) for each in item.get("people", [])],
        "times": dict(item.get("times", {})),
        "state": item.get("state"),
        "parent": item.get("parent"),
        "object": json.loads(content) if content else None,
        "truncated": item.get("truncated", False),
    }


def settings(integration: Integration, sync: Sync) -> SettingsView:
    return {
        "resources": [_resource(integration, each) for each in sync.resources],
        "roles": list(integration.extra_roles),
    }


def _resource(integration: Integration, resource: Resource) -> ResourceSettingsView:
    chosen = sync_settings.of(integration, resource)
    return {
        "resource": resource.id,
        "explanation": resource.explanation,
        "granted": sync_settings.is_granted(integration, resource),
        "enabled": chosen.enabled,
        "interval": chosen.interval,
        "filters": [_filter(each, chosen.filters) for each in resource.filters],
    }


def _filter(declared: Filter, chosen: Mapping[str, Any]) -> FilterView:
    return {
        "id": declared.id,
        "explanation": declared.explanation,
        "takes": declared.takes.value,
        "choices": list(declared.choices),
        "default": _listed(declared.default),
        "value": _listed(chosen[declared.id]),
    }


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _person(person: Mapping[str, Any]) -> PersonView:
    return {
        "role": person["role"],
        "id": person.get("id"),
        "name": person.get("name"),
        "email": person.get("email"),
    }


def _precise(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
