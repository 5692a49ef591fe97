"""Hooks that an OAuth App's grant makes: of organizations that the person owns, and of repositories
that the person administers. A GitHub App needs none: it has a webhook of its own.
https://docs.github.com/en/rest/orgs/webhooks, https://docs.github.com/en/rest/repos/webhooks
https://docs.github.com/en/rest/orgs/members#list-organization-memberships-for-the-authenticated-user

Quirks
- Nobody gets a hook without asking for it: each kind has a scope that is unticked by default. The
  organizations that a person owns are told with `read:org` alone.
- GitHub takes 20 hooks for each event in one place. Of a person's places we take some: up to 5
  organizations, and the 20 repositories outside of these that were pushed to last.
- A hook does not end. Each day it is written anew as it should be, which tells whether it is still
  there, and gives it the present secret.
- Hooks go by the names of their places. One whose repository was renamed is found by the redirect
  that GitHub answers with: followed once, and within its API alone.
"""

import json
from collections.abc import Mapping
from copy import replace
from typing import Any, Final

from hub.errors import ProviderUnavailable, SubscriptionGone
from hub.http_types import Answer, Request
from hub.providers import _rest
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.providers.github.client import APP_TOKEN, HEADERS, failure

ORGANIZATION_HOOKS: Final = "admin:org_hook"
REPOSITORY_HOOKS: Final = "admin:repo_hook"
READ_ORGANIZATIONS: Final = "read:org"
MOST_ORGANIZATIONS: Final = 5
MOST_REPOSITORIES: Final = 20
EVENTS: Final = ("issues", "issue_comment", "label", "pull_request", "repository", "meta")
_DAY: Final = 86_400
_OK: Final = range(200, 300)
_RENAMED: Final = frozenset({301, 302, 307, 308})
_NOT_FOUND: Final = 404


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    if reach.connection.token.reveal().startswith(APP_TOKEN):
        return ()
    owned: list[str] = []
    places: list[str] = []
    if {ORGANIZATION_HOOKS, READ_ORGANIZATIONS} <= reach.scopes:
        owned = _organizations(reach)[:MOST_ORGANIZATIONS]
        places = [f"orgs/{_rest.segment(each)}" for each in owned]
    if REPOSITORY_HOOKS in reach.scopes:
        places += _repositories(reach, owned)[:MOST_REPOSITORIES]
    return tuple(Wanted(key=place) for place in places)


def _organizations(reach: Reach) -> list[str]:
    """Give the names of the organizations that a person owns."""
    found = _list(reach, "/user/memberships/orgs?state=active&per_page=100")
    return sorted(
        _rest.required(each.get("organization"), "login")
        for each in found
        if each.get("role") == "admin"
    )


def _repositories(reach: Reach, owned: list[str]) -> list[str]:
    """Give the paths of repositories that a person administers, those pushed to last first, without
    those whose organization has a hook.
    """
    found = _list(reach, "/user/repos?sort=pushed&per_page=100")
    return [
        f"repos/{_rest.segment(owner)}/{_rest.segment(_rest.required(each, 'name'))}"
        for each in found
        if _is_administered(each)
        and (owner := _rest.required(each.get("owner"), "login")) not in owned
    ]


def _is_administered(repository: Mapping[str, Any]) -> bool:
    permissions = repository.get("permissions")
    may = isinstance(permissions, dict) and permissions.get("admin") is True
    return may and repository.get("archived") is not True


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:
    _end_leftovers(reach, wanted.key, notify)
    body = {"name": "web", **_settings(notify)}
    return _made(_call(reach, "POST", f"/{wanted.key}/hooks", body))


def _end_leftovers(reach: Reach, place: str, notify: Notify) -> None:
    """Delete those of our hooks in a place that are on nobody's record: making one broke off. An
    app is shown no hooks but its own.
    """
    stem = notify.url.removesuffix(notify.webhook_id)
    for hook in _list(reach, f"/{place}/hooks?per_page=100"):
        config = hook.get("config")
        url = str(config.get("url")) if isinstance(config, dict) else ""
        if url.startswith(stem) and not reach.is_on_record(url.removeprefix(stem)):
            _call(reach, "DELETE", f"/{place}/hooks/{_rest.segment(str(hook.get('id')))}")


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:
    answer = _call(reach, "PATCH", _path(held), _settings(notify))
    if answer.status == _NOT_FOUND:
        raise SubscriptionGone
    return _made(answer)


def _delete(reach: Reach, held: Held) -> None:
    answer = _call(reach, "DELETE", _path(held))
    if answer.status != _NOT_FOUND:
        _check(answer)


def _settings(notify: Notify) -> dict[str, Any]:
    return {
        "active": True,
        "events": list(EVENTS),
        "config": {
            "url": notify.url,
            "content_type": "json",
            "secret": notify.secret,
            "insecure_ssl": "0",
        },
    }


def _path(held: Held) -> str:
    return f"/{held.key}/hooks/{_rest.segment(held.external_id)}"


def _made(answer: Answer) -> Made:
    _check(answer)
    hook = answer.json().get("id")
    if type(hook) is not int:
        raise ProviderUnavailable
    return Made(external_id=str(hook))


def _list(reach: Reach, path: str) -> list[Mapping[str, Any]]:
    url = f"{reach.connection.endpoints.api}{path}"
    answer = _rest.get(reach.connection.send, reach.connection.token.reveal(), url, HEADERS)
    _check(answer)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise ProviderUnavailable from None
    if not isinstance(found, list):
        raise ProviderUnavailable
    return [each for each in found if isinstance(each, dict)]


def _call(reach: Reach, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    api = reach.connection.endpoints.api
    request = Request(
        method=method,
        url=f"{api}{path}",
        headers={"authorization": f"Bearer {reach.connection.token.reveal()}", **HEADERS},
        json=body,
    )
    answer = reach.connection.send(request, seconds=_rest.CALL_SECONDS)
    place = answer.headers.get("location", "")
    if answer.status in _RENAMED and place.startswith(f"{api}/"):
        return reach.connection.send(replace(request, url=place), seconds=_rest.CALL_SECONDS)
    return answer


def _check(answer: Answer) -> None:
    if answer.status not in _OK:
        raise failure(answer)


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted, create=_create, renew=_renew, delete=_delete, check_seconds=_DAY
)
