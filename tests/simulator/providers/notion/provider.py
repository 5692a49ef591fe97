"""Notion as the simulator plays it: routes, and what a person sees of it."""

from collections.abc import Iterable
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.oauth import Context
from tests.simulator.providers.notion.api import Api
from tests.simulator.providers.notion.deliveries import RETRIES, Deliveries
from tests.simulator.providers.notion.errors import by_name, refuse_client, too_many_requests
from tests.simulator.providers.notion.oauth import RULES, NotionGrants, OAuth, Settings
from tests.simulator.providers.notion.search import Search
from tests.simulator.providers.notion.workspaces import SEATS, find
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request


class Notion(Played[Settings]):
    id = "notion"
    name = "Notion"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._grants = grants = NotionGrants(context, RULES, Settings())
        consent = Consent(context, grants, {seat.id: seat.label for seat in SEATS.values()})
        oauth = OAuth(context, grants, consent)
        self._search = Search(context.now)
        self._api = api = Api(grants, self._search, context.now)
        self._deliveries = Deliveries(context, grants)
        page = "/v1/oauth/authorize"
        self._routes = {
            ("GET", page): route("authorize", consent.ask),
            ("POST", page): route("consent", consent.decide),
            ("POST", "/v1/oauth/token"): route("token", oauth.token, refuse_client),
            ("POST", "/v1/oauth/revoke"): route("revoke", oauth.revoke, refuse_client),
            ("GET", "/v1/users/me"): route("users.me", api.who),
            ("POST", "/v1/pages"): route("pages.create", api.create_page),
            ("POST", "/v1/search"): route("search", api.search),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/v1/oauth/authorize",
            "tokenUrl": f"{base}/v1/oauth/token",
            "revocationUrl": f"{base}/v1/oauth/revoke",
            "apiUrl": f"{base}/v1",
        }

    def unknown(self, request: Request) -> Answer:
        """A URL that Notion does not publish is refused before the token is looked at."""
        return by_name("invalid_request_url")

    def refusal(self, error: str) -> Answer:
        return by_name(error)

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(seconds)

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def again(self, sent: Sent, attempt: int) -> Sent:
        return self._deliveries.again(sent, attempt)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._search.dataset(resource, account)

    def remove(self, account: str) -> bool:
        """What the person does in Notion's settings, under Connections."""
        seat = find(account)
        return seat is not None and self._grants.end_account(seat.id)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._api.state()

    def shown(self) -> Iterable[pages.Shown]:
        for seat in SEATS.values():
            connected = self._grants.living(seat.id)
            yield pages.Shown(
                label=seat.label,
                note="Connected." if connected else "Not connected.",
                messages=tuple(
                    ("Page", page.title) for page in self._api.pages if page.bot == seat.bot_id
                ),
            )
