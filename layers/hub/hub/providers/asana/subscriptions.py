"""Asana's webhooks, as they are made, looked after and ended.
https://developers.asana.com/reference/createwebhook
https://developers.asana.com/docs/webhooks-guide

There is one for each of a person's workspaces, which tells of projects, and one for each of their
projects, which tells of its tasks: a workspace does not tell of what happens in its projects.
Archived projects are not watched, and of more than `MOST_PROJECTS` the oldest are not: a webhook
each is what Asana has, and sync reads the others on its own schedule.

Quirks
- A webhook on a workspace must have filters, all of them on Asana's list. Of that list only
  `project` with `added` and `changed` is confirmed (thread 463270 of forum.asana.com); what ends a
  project, its own webhook tells.
- The answer holds the webhook's secret beside `data`, and nothing tells it again
  (Asana/openapi, createWebhook).
- A webhook does not end, but Asana deletes it after a day in which nothing was taken, and with what
  it is about. Whether it still lives is asked twice a day.
- Making one anew is the only cure for one that is not active: what it missed is read by a sync.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from hub.errors import HubError, ProviderUnavailable, SubscriptionGone
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted

PROJECTS: Final = "projects"
TASKS: Final = "tasks"
MOST_PROJECTS: Final = 50
MOST_WORKSPACES: Final = 10
SCOPES: Final = frozenset({"webhooks:read", "webhooks:write", "webhooks:delete"})
_CHECK_SECONDS: Final = 12 * 3600
_PAGE: Final = 100
_MOST_PAGES: Final = 3
_WORKSPACE: Final = "workspace"
_PROJECT: Final = "project"
_TELLS: Final = {_WORKSPACE: PROJECTS, _PROJECT: TASKS}
_FILTERS: Final = {
    _WORKSPACE: (("project", "added"), ("project", "changed")),
    _PROJECT: (
        *(("task", each) for each in ("added", "changed", "deleted", "removed", "undeleted")),
        *(("project", each) for each in ("deleted", "removed", "undeleted")),
    ),
}
_GONE: Final = frozenset({403, 404})  # 403: what it is about is no longer this person's to see


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    """Ask Asana what there is to watch, unless the grant is from before it was asked for this."""
    if not reach.scopes >= SCOPES:
        return ()
    api = reach.connection.endpoints.api
    workspaces = _oldest_first(_list(reach, f"{api}/workspaces?"))[:MOST_WORKSPACES]
    found = (
        project
        for workspace in workspaces
        for project in _list(
            reach, f"{api}/projects?workspace={_rest.segment(workspace)}&archived=false&"
        )
    )
    projects = _oldest_first(found)[-MOST_PROJECTS:]
    keys = [(_WORKSPACE, each) for each in workspaces] + [(_PROJECT, each) for each in projects]
    return tuple(Wanted(key=f"{kind}/{gid}", resource=_TELLS[kind]) for kind, gid in keys)


def _oldest_first(gids: Iterator[str]) -> list[str]:
    """Ids are numbers, and grow."""
    return sorted(gids, key=lambda gid: (len(gid), gid))


def _list(reach: Reach, url: str) -> Iterator[str]:
    """Give the ids of a list. Of a longer one than `_MOST_PAGES`, the first."""
    offset = ""
    for _ in range(_MOST_PAGES):
        page = _checked(_rest.get(*_caller(reach), f"{url}opt_fields=gid&limit={_PAGE}{offset}"))
        data, following = page.get("data"), page.get("next_page")
        if not isinstance(data, list):
            raise ProviderUnavailable
        yield from (_rest.required(each, "gid") for each in data)
        if not isinstance(following, dict):
            return
        offset = f"&offset={_rest.segment(_rest.required(following, 'offset'))}"


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:
    kind, _, gid = wanted.key.partition("/")
    webhook = {
        "resource": gid,
        "target": notify.url,
        "filters": [{"resource_type": of, "action": action} for of, action in _FILTERS[kind]],
    }
    api = reach.connection.endpoints.api
    answer = _checked(_rest.post(*_caller(reach), f"{api}/webhooks", {"data": webhook}))
    made = _rest.required(answer.get("data"), "gid")
    secret = _rest.text(answer.get("X-Hook-Secret"))
    if not secret:  # nothing it sends could ever be verified
        with suppress(HubError):
            _remove(reach, made)
        raise ProviderUnavailable
    return Made(external_id=made, secret=secret)


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:
    """Look whether it lives, and sends to where we are."""
    answer = _rest.get(*_caller(reach), _url(reach, held.external_id))
    if answer.status in _GONE:
        raise SubscriptionGone
    webhook = _checked(answer).get("data")
    if not isinstance(webhook, dict):
        raise ProviderUnavailable
    if webhook.get("active") is not True or webhook.get("target") != notify.url:
        _remove(reach, held.external_id)
        raise SubscriptionGone
    return Made(external_id=held.external_id)


def _delete(reach: Reach, held: Held) -> None:
    _remove(reach, held.external_id)


def _remove(reach: Reach, gid: str) -> None:
    answer = _rest.delete(*_caller(reach), _url(reach, gid))
    if answer.status not in _GONE:
        _checked(answer)


def _url(reach: Reach, gid: str) -> str:
    return f"{reach.connection.endpoints.api}/webhooks/{_rest.segment(gid)}"


def _caller(reach: Reach) -> tuple[Any, str]:
    return reach.connection.send, reach.connection.token.reveal()


def _checked(answer: Answer) -> dict[str, Any]:
    if error := _rest.failure(answer):
        raise error
    return _rest.content(answer)


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted,
    create=_create,
    delete=_delete,
    renew=_renew,
    check_seconds=_CHECK_SECONDS,
)
