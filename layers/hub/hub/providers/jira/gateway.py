"""Atlassian's API gateway, which stands before Jira: which sites a token reaches, whose it is, and
what the gateway refuses by itself.

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps
https://developer.atlassian.com/cloud/jira/platform/rate-limiting
"""

import json
import re
from datetime import datetime
from typing import Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.values import Value

API: Final = "https://api.atlassian.com"
FORBIDDEN: Final = 403
_OK: Final = 200
_SITE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ACCOUNT_ID: Final = re.compile(r"[!-~]{1,128}")
_JIRA: Final = ":jira"  # in the scopes of Jira's products, and in no other product's


class Site(Value):
    """A Jira site; `id` is the cloudid by which calls name it, `host` where people find it, as far
    as Atlassian says.
    """

    id: str
    name: str
    host: str = ""


class Person(Value):
    id: str
    name: str


def find_sites(send: Send, token: str, api: str = API) -> tuple[Site, ...]:
    """Give the Jira sites that a token reaches: none where the grant covers none any more.

    One site comes as several entries, one for each of its products, which nothing but their scopes
    tells apart.
    """
    answer = _rest.get(send, token, f"{api}/oauth/token/accessible-resources")
    found: dict[str, Site] = {}
    for entry in _list(_content(answer)):
        if _of_jira(entry):
            site = _site(entry)
            found.setdefault(site.id, site)
    return tuple(found.values())


def find_person(send: Send, token: str, api: str = API) -> Person:
    """Tell whose token it is: the Atlassian account, the same on all sites."""
    content = _content(_rest.get(send, token, f"{api}/me"))
    account_id = _rest.required(content, "account_id")
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise ProviderUnavailable
    name = _rest.text(content.get("email")) or _rest.text(content.get("name"))
    return Person(id=account_id, name=name or "Atlassian account")


def failure(answer: Answer) -> HubError | None:
    """Tell what an answer refuses, as far as it is the gateway's; None for a success.

    A missing scope has the status of a dead token, and only the words tell. A 403 in the gateway's
    own form is about the app on this site, one in Jira's form about the person in Jira.
    """
    refused = _rest.failure(answer)
    message = _rest.content(answer).get("message") if refused else None
    if isinstance(refused, RateLimited):
        return RateLimited(retry_after=_wait(answer))
    if isinstance(message, str) and answer.status == _rest.UNAUTHORIZED and "scope" in message:
        return InsufficientScope()
    if message is not None and answer.status == FORBIDDEN:
        return ReauthRequired()
    return refused


def _content(answer: Answer) -> Any:
    if refused := failure(answer):
        raise refused
    if answer.status != _OK:
        raise ProviderUnavailable
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise ProviderUnavailable from None


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ProviderUnavailable
    return value


def _of_jira(entry: Any) -> bool:
    scopes = entry.get("scopes") if isinstance(entry, dict) else None
    return any(isinstance(scope, str) and _JIRA in scope for scope in _list(scopes))


def _site(entry: Any) -> Site:
    site_id = _rest.required(entry, "id")
    if not _SITE_ID.fullmatch(site_id):
        raise ProviderUnavailable
    address = _rest.link(entry.get("url")) or ""
    host = address.removeprefix("https://").rstrip("/")
    name = _rest.text(entry.get("name")) or host or site_id
    shown = f"{name} ({host})" if host and host != name else name
    return Site(id=site_id, name=shown, host=host.lower())


def _wait(answer: Answer) -> int | None:
    """Read how long to wait: in seconds, or until a moment where the seconds are left out."""
    if answer.retry_after is not None:
        return answer.retry_after
    try:
        moment = datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return None
    return _rest.seconds_until(moment.timestamp(), answer) if moment.tzinfo else None
