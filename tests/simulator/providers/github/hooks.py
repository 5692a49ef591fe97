"""Webhooks that an OAuth App makes by API, in repositories and organizations.

Rules played here:
- A hook takes a scope of its own kind, and a person who administers the repository or owns the
  organization; whoever does not, does not find the place (404).
- The same URL with the same events is refused, and so is a 21st hook for an event in one place.
- An app sees the hooks that it made and no others. A new hook is sent a `ping`.
- Memberships of organizations are told with `read:org`.

Stricter than GitHub, where `repo` is enough for a repository's hooks.

Sources: docs.github.com/rest/repos/webhooks, /rest/orgs/webhooks, /rest/orgs/members;
@octokit/openapi-types 29.0.1; readthedocs/readthedocs.org issue 2561 ("Hook already exists"),
grafana/grafana pull request 129007 ("cannot have more than 20 hooks").
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.simulator.providers.github.api import ApiError, json_object, not_found, simple_user
from tests.simulator.providers.github.people import MEMBERS, REPOSITORIES
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request

MOST = 20
FIRST_ID = 41_000
type Greet = Callable[["Hook"], None]


@dataclass(slots=True, kw_only=True)
class Hook:
    """`place` is `repos/OWNER/NAME` or `orgs/NAME`."""

    id: int
    place: str
    url: str
    secret: str
    events: tuple[str, ...]

    def shown(self) -> dict[str, Any]:
        return {
            "type": "Organization" if self.place.startswith("orgs/") else "Repository",
            "id": self.id,
            "name": "web",
            "active": True,
            "events": list(self.events),
            "config": {
                "content_type": "json",
                "insecure_ssl": "0",
                "secret": "********",
                "url": self.url,
            },
            "updated_at": "2026-11-01T09:00:00Z",
            "created_at": "2026-11-01T09:00:00Z",
            "url": f"https://api.github.com/{self.place}/hooks/{self.id}",
        }


class Hooks:
    def __init__(self, greet: Greet) -> None:
        self._greet = greet
        self._made = 0
        self.hooks: dict[int, Hook] = {}
        self.others = 0  # hooks of other apps, in every place

    def create(self, token: Token, request: Request) -> Answer:
        place = _place(token, request)
        url, secret, events = _settings(json_object(request))
        here = [hook for hook in self.hooks.values() if hook.place == place]
        if any((hook.url, hook.events) == (url, events) for hook in here):
            raise _refused("Hook already exists on this repository")
        if len(here) + self.others >= MOST:
            raise _refused('The "issues" event cannot have more than 20 hooks')
        self._made += 1
        hook = Hook(id=FIRST_ID + self._made, place=place, url=url, secret=secret, events=events)
        self.hooks[hook.id] = hook
        self._greet(hook)
        return Answer.json(hook.shown(), status=HTTPStatus.CREATED)

    def listed(self, token: Token, request: Request) -> Answer:
        place = _place(token, request)
        return _list(hook.shown() for hook in self.hooks.values() if hook.place == place)

    def update(self, token: Token, request: Request) -> Answer:
        hook = self._found(token, request)
        hook.url, hook.secret, hook.events = _settings(json_object(request))
        return Answer.json(hook.shown())

    def delete(self, token: Token, request: Request) -> Answer:
        del self.hooks[self._found(token, request).id]
        return Answer(status=HTTPStatus.NO_CONTENT)

    def heard_by(self, event: str, places: set[str]) -> list[Hook]:
        return [
            hook for hook in self.hooks.values() if hook.place in places and event in hook.events
        ]

    def state(self) -> dict[str, Any]:
        return {
            "hooks": [{"id": hook.id, "place": hook.place} for hook in self.hooks.values()],
        }

    def _found(self, token: Token, request: Request) -> Hook:
        place, given = _place(token, request), request.named["hook"]
        hook = self.hooks.get(int(given)) if given.isdigit() else None
        if hook is None or hook.place != place:
            raise not_found()
        return hook


def memberships(token: Token, request: Request) -> Answer:
    if "read:org" not in token.scopes:
        raise ApiError(HTTPStatus.FORBIDDEN, "You need at least read:org scope", name="scope")
    return _list(
        {
            "state": "active",
            "role": roles[token.account],
            "organization": simple_user(name),
            "user": simple_user(token.account),
        }
        for name, roles in MEMBERS.items()
        if token.account in roles
    )


def _list(entries: Any) -> Answer:
    return Answer(
        body=json.dumps(list(entries)).encode(),
        headers=(("Content-Type", "application/json; charset=utf-8"),),
    )


def _place(token: Token, request: Request) -> str:
    if token.value.startswith("ghu_"):
        raise ApiError(HTTPStatus.FORBIDDEN, "Resource not accessible by integration")
    if "org" in request.named:
        name = request.named["org"]
        may = MEMBERS.get(name, {}).get(token.account) == "admin"
        scope, place = "admin:org_hook", f"orgs/{name}"
    else:
        name = f"{request.named['owner']}/{request.named['repo']}"
        repository = REPOSITORIES.get(name)
        may = repository is not None and token.account in repository.admins
        scope, place = "admin:repo_hook", f"repos/{name}"
    if not may or scope not in token.scopes:
        raise not_found()
    return place


def _settings(body: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    config, events = body.get("config"), body.get("events", ["push"])
    if not isinstance(config, dict) or not str(config.get("url", "")).startswith("http"):
        raise _refused("url is missing")
    if body.get("name", "web") != "web" or config.get("content_type") not in {"json", "form"}:
        raise _refused("name or content_type is wrong")
    return config["url"], str(config.get("secret", "")), tuple(events)


def _refused(message: str) -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Validation Failed",
        name="validation",
        errors=({"resource": "Hook", "code": "custom", "message": message},),
    )
