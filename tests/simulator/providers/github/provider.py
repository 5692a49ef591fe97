"""GitHub as the simulator plays it: routes, and what a person sees of it.

github.com and api.github.com are one host here; their paths do not overlap.
"""

import dataclasses
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.engine import Route
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.github.api import (
    ApiError,
    Door,
    by_name,
    not_found,
    secondary_limit,
    simple_user,
    user,
)
from tests.simulator.providers.github.applications import Applications
from tests.simulator.providers.github.consent import Consent
from tests.simulator.providers.github.deliveries import Deliveries
from tests.simulator.providers.github.hooks import memberships
from tests.simulator.providers.github.issues import Issues
from tests.simulator.providers.github.lists import Lists
from tests.simulator.providers.github.people import PEOPLE, Installation, find
from tests.simulator.providers.github.rules import Grants, Settings
from tests.simulator.providers.github.tokens import Tokens, refusal
from tests.simulator.standard.grants import Token
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request

type Inside = Callable[[Token, Request], Answer]


class GitHub(Played[Settings]):
    id = "github"
    name = "GitHub"

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._grants = grants = Grants(context)
        self._lists = Lists(context.now)
        self._issues, self._door = Issues(grants, self._lists), Door(grants)
        self._deliveries = Deliveries(context, lambda: grants.settings, self._issues)
        hooks, repository = self._deliveries.hooks, "/repos/{owner}/{repo}/hooks"
        consent = Consent(context, grants)
        tokens, applications = Tokens(context, grants, consent), Applications(context, grants)
        page, application = "/login/oauth/authorize", "/applications/{client_id}"
        self._routes = {
            ("GET", page): route("authorize", consent.ask),
            ("POST", page): route("consent", consent.decide),
            ("POST", "/login/oauth/access_token"): route("token", tokens.token),
            ("DELETE", f"{application}/grant"): route("revoke", applications.end_grant),
            ("DELETE", f"{application}/token"): route("revoke_token", applications.end_token),
            ("GET", "/user"): self._inside("user", self._user),
            ("GET", "/user/installations"): self._inside("installations", self._installations),
            ("POST", "/repos/{owner}/{repo}/issues"): self._inside("issues.create", self._create),
            ("GET", "/user/repos"): self._inside("repos", self._lists.repositories),
            ("GET", "/issues"): self._inside("issues.list", self._lists.issues),
            ("GET", "/user/memberships/orgs"): self._inside("memberships", memberships),
        }
        for place in (repository, "/orgs/{org}/hooks"):
            self._routes |= {
                ("GET", place): self._inside("hooks.list", hooks.listed),
                ("POST", place): self._inside("hooks.create", hooks.create),
                ("PATCH", f"{place}/{{hook}}"): self._inside("hooks.update", hooks.update),
                ("DELETE", f"{place}/{{hook}}"): self._inside("hooks.delete", hooks.delete),
            }

    @Played.settings.setter
    def settings(self, settings: Settings) -> None:
        self._grants.configure(settings)

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/login/oauth/authorize",
            "tokenUrl": f"{base}/login/oauth/access_token",
            "revocationUrl": f"{base}/applications/{{client_id}}/grant",
            "apiUrl": base,
        }

    def unknown(self, request: Request) -> Answer:
        return not_found().answer()

    def refusal(self, error: str) -> Answer:
        refused = by_name(error, self._now())
        return refused.answer() if refused else refusal(error)

    def rate_limited(self, seconds: int) -> Answer:
        return secondary_limit(seconds, self._now()).answer()

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._lists.dataset(resource, account)

    def remove(self, account: str) -> bool:
        person = find(account)
        return person is not None and self._grants.end_account(person.login)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._issues.state() | self._deliveries.hooks.state()

    def shown(self) -> Iterable[pages.Shown]:
        for person in PEOPLE.values():
            connected = self._grants.living(person.login)
            yield pages.Shown(
                label=f"{person.name} ({person.login})",
                note="Connected." if connected else "Not connected.",
                messages=tuple(
                    (f"{issue.repository} #{issue.number}", issue.title)
                    for issue in self._issues.issues
                    if issue.author == person.login
                ),
            )

    def _inside(self, operation: str, handler: Inside) -> Route:
        """A call of the API, whose answers all tell of the limits, refusals too."""

        def handle(request: Request, call: Call) -> Answer:
            token = self._door.enter(request, call)
            try:
                answer = handler(token, request)
            except ApiError as refused:
                answer = refused.answer()
            told = self._door.leave(token, self._now())
            return dataclasses.replace(answer, headers=(*answer.headers, *told))

        return route(operation, handle)

    def _user(self, token: Token, request: Request) -> Answer:
        return Answer.json(user(token))

    def _installations(self, token: Token, request: Request) -> Answer:
        if token.value.startswith("gho_"):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "You must authenticate with an access token authorized to a GitHub App in order to "
                "list installations",
                name="not_an_app",
            )
        found = [self._installation(each) for each in self._issues.installations(token)]
        return Answer.json({"total_count": len(found), "installations": found})

    def _installation(self, installation: Installation) -> dict[str, Any]:
        permissions = dict(installation.permissions)
        if not self.settings.issues_permission:
            permissions["issues"] = "read"
        return {
            "id": installation.id,
            "account": simple_user(installation.account),
            "repository_selection": "all",
            "html_url": f"https://github.com/settings/installations/{installation.id}",
            "app_id": 4_711,
            "app_slug": "targetym",
            "target_id": 2_001,
            "target_type": installation.kind,
            "permissions": permissions,
            "events": ["issues"],
            "created_at": "2026-01-05T09:00:00Z",
            "updated_at": "2026-01-05T09:00:00Z",
            "single_file_name": None,
            "suspended_by": None,
            "suspended_at": None,
        }

    def _create(self, token: Token, request: Request) -> Answer:
        return self._issues.create(token, request, self._now())
