"""Asana as the simulator plays it: routes, the API's door, and what a person sees of it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.engine import Route
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.asana import fields
from tests.simulator.providers.asana.consent import SCOPES, AsanaConsent, Settings
from tests.simulator.providers.asana.errors import NAMED, ApiError, refuse
from tests.simulator.providers.asana.hooks import RETRIES, Hooks
from tests.simulator.providers.asana.lists import TaskLists
from tests.simulator.providers.asana.projects import Held, Projects
from tests.simulator.providers.asana.tasks import Tasks
from tests.simulator.providers.asana.tokens import ACCESS_LIFE, AsanaTokens
from tests.simulator.providers.asana.world import PEOPLE, WORKSPACES, Person, find
from tests.simulator.standard.grants import Grants
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.standard.rules import OAuthError, Rules
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request

API = "/api/1.0"
RULES = Rules(
    provider="Asana",
    account_word="Account",
    scopes=SCOPES,
    basic=False,
    code_life=900,
    access_life=ACCESS_LIFE,
    access_prefix="1/",
    refresh_prefix="2/",
)


class Asana(Played[Settings]):
    id = "asana"
    name = "Asana"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._grants = grants = Grants(context, RULES, Settings())
        self._tasks, self._projects = Tasks(context.now), Projects()
        projects = self._projects
        self._lists = TaskLists(projects, context.now)
        self._hooks = hooks = Hooks(context, grants, projects)
        consent = AsanaConsent(context, grants, {one.gid: one.email for one in PEOPLE.values()})
        tokens = AsanaTokens(context, grants, consent)
        page = "/-/oauth_authorize"
        self._routes = {
            ("GET", page): route("authorize", consent.ask),
            ("POST", page): route("consent", consent.decide),
            ("POST", "/-/oauth_token"): route("token", tokens.token, refuse),
            ("POST", "/-/oauth_revoke"): route("revoke", tokens.revoke, refuse),
            ("POST", "/-/token_info"): route("token_info", tokens.introspect, refuse),
            ("GET", f"{API}/users/{{user}}"): self._api("users.get", "users:read", self._user),
            ("GET", f"{API}/workspaces"): self._api(
                "workspaces.list", "workspaces:read", self._workspaces
            ),
            ("GET", f"{API}/projects"): self._api(
                "projects.list", "projects:read", projects.listed
            ),
            ("POST", f"{API}/webhooks"): self._api(
                "webhooks.create", "webhooks:write", hooks.create
            ),
            ("GET", f"{API}/webhooks/{{webhook}}"): self._api(
                "webhooks.get", "webhooks:read", hooks.get
            ),
            ("DELETE", f"{API}/webhooks/{{webhook}}"): self._api(
                "webhooks.delete", "webhooks:delete", hooks.delete
            ),
            ("POST", f"{API}/tasks"): self._api("tasks.create", "tasks:write", self._create),
            ("GET", f"{API}/tasks"): self._api("tasks.list", "tasks:read", self._lists.listed),
            ("GET", f"{API}/tasks/{{task}}"): self._api("tasks.get", "tasks:read", self._task),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/-/oauth_authorize",
            "tokenUrl": f"{base}/-/oauth_token",
            "revocationUrl": f"{base}/-/oauth_revoke",
            "apiUrl": f"{base}{API}",
        }

    def unknown(self, request: Request) -> Answer:
        if request.path.startswith(f"{API}/"):
            return ApiError("not_found").answer()
        return Answer(status=HTTPStatus.NOT_FOUND, outcome="unknown_page")

    def refusal(self, error: str) -> Answer:
        return ApiError(error).answer() if error in NAMED else refuse(OAuthError(error))

    def rate_limited(self, seconds: int) -> Answer:
        return ApiError("rate_limited", retry_after=seconds).answer()

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._hooks.of(event, account, **details)

    def settled(self, sent: Sent, answer: Delivered) -> None:
        self._hooks.settled(sent, answer)

    def dataset(self, resource: str, account: str) -> Dataset:
        person = find(account)
        if person is None:
            raise LookupError(account)
        if resource == "projects":
            return Held(self._projects, person)
        return {"tasks": self._lists.held}[resource][person.workspaces[0]]

    def remove(self, account: str) -> bool:
        person = find(account)
        return person is not None and self._grants.end_account(person.gid)

    def state(self) -> dict[str, Any]:
        made = [asdict(task) for task in self._tasks.made.values()]
        return {**self._grants.state(), "tasks": made, "webhooks": self._hooks.state()}

    def shown(self) -> Iterable[pages.Shown]:
        for person in PEOPLE.values():
            note = self._grants.note(person.gid)
            made = (task for task in self._tasks.made.values() if task.by == person.gid)
            yield pages.Shown(
                label=f"{person.name} ({person.email})",
                note=note,
                messages=tuple((WORKSPACES[task.workspace].name, task.name) for task in made),
            )

    def _api(
        self, operation: str, scope: str, handle: Callable[[Request, Person], Answer]
    ) -> Route:
        def enter(request: Request, call: Call) -> Answer:
            token = self._grants.bearer(request, call)
            if token is None:
                raise ApiError("expired" if self._expired(request.bearer()) else "not_authorized")
            if not {scope, "default"} & set(token.scopes):
                raise ApiError("forbidden")
            return handle(request, PEOPLE[token.account])

        return route(operation, enter)

    def _expired(self, value: str | None) -> bool:
        """Whether a token would still be good if it were younger."""
        token = self._grants.tokens.get(value or "")
        return token is not None and not (token.dead or token.grant.ended)

    def _user(self, request: Request, person: Person) -> Answer:
        reference = request.named["user"]
        found = person if reference == "me" else find(reference)
        if found is None:
            raise ApiError("not_found", f"user: Unknown object: {reference}")
        shared = [one for one in found.workspaces if one in person.workspaces]
        record = {
            "gid": found.gid,
            "resource_type": "user",
            "name": found.name,
            "email": found.email,
            "photo": None,
            "workspaces": [_workspace(one) for one in shared],
        }
        return Answer.json({"data": record})

    def _workspaces(self, _: Request, person: Person) -> Answer:
        listed = [_workspace(one) for one in person.workspaces]
        return Answer.json({"data": listed, "next_page": None})

    def _create(self, request: Request, person: Person) -> Answer:
        task = self._tasks.create(fields.content(request), person)
        record = self._tasks.record(task)
        self._lists.held[task.workspace].create(**record)
        return Answer.json(
            {"data": record},
            status=HTTPStatus.CREATED,
            headers=(("Location", f"{API}/tasks/{task.gid}"),),
        )

    def _task(self, request: Request, person: Person) -> Answer:
        task = self._tasks.find(request.named["task"], person)
        return Answer.json({"data": self._tasks.record(task)})


def _workspace(gid: str) -> dict[str, str]:
    return {"gid": gid, "resource_type": "workspace", "name": WORKSPACES[gid].name}
