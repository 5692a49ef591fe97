"""Linear as the simulator plays it: routes, and what a person sees of it."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.oauth import Context
from tests.simulator.providers.linear.deliveries import RETRIES, Deliveries
from tests.simulator.providers.linear.errors import named, too_many_requests
from tests.simulator.providers.linear.graph import Graph
from tests.simulator.providers.linear.issues import Issues
from tests.simulator.providers.linear.lists import Lists
from tests.simulator.providers.linear.oauth import (
    LinearConsent,
    LinearGrants,
    LinearTokens,
    Revocation,
    Settings,
)
from tests.simulator.providers.linear.webhooks import Webhooks
from tests.simulator.providers.linear.workspaces import PEOPLE, TEAMS, Person
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.standard.rules import OAuthError
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer


class Linear(Played[Settings]):
    id = "linear"
    name = "Linear"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._grants = LinearGrants(context)
        self._issues = Issues(context.now)
        consent = LinearConsent(context, self._grants)
        tokens = LinearTokens(context, self._grants, consent)
        self.webhooks = Webhooks()
        self._deliveries = Deliveries(context, self._grants, self.webhooks)
        self._lists = Lists(context.now)
        graph = Graph(self._grants, self._issues, self.webhooks, self._lists, context.now)
        self._routes = {
            ("GET", "/oauth/authorize"): route("authorize", consent.ask),
            ("POST", "/oauth/authorize"): route("consent", consent.decide),
            ("POST", "/oauth/token"): route("token", tokens.token),
            ("POST", "/oauth/revoke"): route("revoke", Revocation(self._grants).revoke),
            ("POST", "/graphql"): route("graphql", graph.answer),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/oauth/authorize",
            "tokenUrl": f"{base}/oauth/token",
            "revocationUrl": f"{base}/oauth/revoke",
            "apiUrl": base,
        }

    def refusal(self, error: str) -> Answer:
        """Codes of the API are in capitals, those of the token endpoint are not."""
        if not error.isupper():
            return OAuthError(error).answer()
        refused = named(error)
        status = refused.status or HTTPStatus.OK
        return Answer.json(refused.content(), status=status, outcome=error)

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(self._now(), seconds)

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def again(self, sent: Sent, attempt: int) -> Sent:
        return self._deliveries.again(sent)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._lists.dataset(resource, account)

    def remove(self, account: str) -> bool:
        return self._grants.end_account(account)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._issues.state() | self.webhooks.state()

    def shown(self) -> Iterable[pages.Shown]:
        for person in PEOPLE.values():
            note = self._grants.note(person.id)
            teams = ", ".join(
                f"{team.name} is {team.id}" for team in TEAMS.values() if team.seen_by(person)
            )
            yield pages.Shown(
                label=person.label,
                note=f"{note} Teams: {teams}.",
                messages=tuple(self._created_by(person)),
            )

    def _created_by(self, person: Person) -> Iterable[tuple[str, str]]:
        for issue in self._issues.issues.values():
            if issue.creator == person.id:
                yield issue.identifier, issue.title
