"""Jira Cloud as the simulator plays it: Atlassian's authorization server, its gateway, and Jira.

Sources: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps. Quirks: the token endpoint
takes JSON and has never heard of PKCE; a spent refresh token is taken for ten minutes more; there
is no revocation.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.engine import Handler, Route
from tests.simulator.oauth import Context
from tests.simulator.providers.jira.deliveries import RETRIES, Deliveries, tries_again
from tests.simulator.providers.jira.errors import as_atlassian, by_name, too_many_requests
from tests.simulator.providers.jira.gateway import Gateway
from tests.simulator.providers.jira.grants import Grants, Settings
from tests.simulator.providers.jira.hooks import Hooks
from tests.simulator.providers.jira.issues import Issues
from tests.simulator.providers.jira.lists import Lists
from tests.simulator.providers.jira.people import SEATS
from tests.simulator.providers.jira.scopes import OFFLINE, SCOPES
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.grants import Pair
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.standard.rules import Body, Pkce, Rotation, Rules
from tests.simulator.standard.tokens import Tokens
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request

ACCESS_LIFE = 3600
RULES = Rules(
    provider="Jira",
    account_word="Site",
    scopes=SCOPES,
    required_query={"audience": "api.atlassian.com", "prompt": "consent"},
    pkce=Pkce.UNKNOWN,
    basic=False,
    body=Body.JSON,
    code_prefix="eyJhbGciOiJIUzI1NiJ9.",
    access_prefix="eyJraWQiOiJhdXRoIn0.",
    access_life=ACCESS_LIFE,
    refresh_prefix="eyJraWQiOiJyZWZyZXNoIn0.",
    refresh_life=90 * 86_400,
    offline_scope=OFFLINE,
    rotation=Rotation(grace=600, reuse_ends_grant=True),
)


class Jira(Played[Settings]):
    id = "jira"
    name = "Jira"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._grants = grants = Grants(context, RULES)
        gateway = Gateway(grants)
        self._lists = lists = Lists(gateway, context.now)
        self._issues = issues = Issues(gateway, lists)
        self.hooks = hooks = Hooks(context, grants, gateway)
        self._deliveries = Deliveries(context, hooks)
        consent = Consent(
            context,
            grants,
            {seat.id: seat.label for seat in SEATS.values()},
            denied={
                "error": "access_denied",
                "error_description": "User did not authorize the request",
            },
        )
        tokens = Tokens(context, grants, consent, _written)
        site = "/ex/jira/{site}/rest/api/3"
        self._routes = {
            ("GET", "/authorize"): route("authorize", consent.ask),
            ("POST", "/authorize"): route("consent", consent.decide),
            ("POST", "/oauth/token"): _token(tokens.token),
            ("GET", "/oauth/token/accessible-resources"): route("sites", gateway.sites),
            ("GET", "/me"): route("me", gateway.me),
            ("GET", f"{site}/myself"): route("myself", issues.myself),
            ("POST", f"{site}/issue"): route("issue.create", issues.create),
            ("GET", f"{site}/issue/{{issue}}"): route("issue.read", issues.read),
            ("POST", f"{site}/search/jql"): route("issue.search", lists.search),
            ("GET", f"{site}/project/search"): route("project.search", lists.projects),
            ("POST", f"{site}/webhook"): route("webhook.create", hooks.create),
            ("GET", f"{site}/webhook"): route("webhook.list", hooks.listed),
            ("PUT", f"{site}/webhook/refresh"): route("webhook.refresh", hooks.refresh),
            ("DELETE", f"{site}/webhook"): route("webhook.delete", hooks.delete),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/authorize",
            "tokenUrl": f"{base}/oauth/token",
            "apiUrl": base,
        }

    def unknown(self, request: Request) -> Answer:
        return Answer.json({"code": 404, "message": "Not Found"}, status=HTTPStatus.NOT_FOUND)

    def refusal(self, error: str) -> Answer:
        return by_name(error)

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(seconds, self._now())

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def again(self, sent: Sent, attempt: int) -> Sent:
        return self._deliveries.again(sent, attempt)

    def gives_up(self, answer: Delivered) -> bool:
        return not tries_again(answer)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._lists.dataset(resource, account)

    def remove(self, account: str) -> bool:
        return self._grants.remove(account)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._issues.state() | self.hooks.state()

    def shown(self) -> Iterable[pages.Shown]:
        for seat in SEATS.values():
            note = self._grants.note(seat.id)
            made = [
                (issue.key, issue.fields["summary"])
                for issue in self._issues.made
                if (issue.site, issue.reporter) == (seat.site.name, seat.person.email)
            ]
            yield pages.Shown(label=seat.label, note=note, messages=tuple(made))


def _token(handler: Handler) -> Route:
    return route("token", handler, as_atlassian)


def _written(pair: Pair) -> dict[str, Any]:
    answer = {
        "access_token": pair.access.value,
        "expires_in": ACCESS_LIFE,
        "token_type": "Bearer",
        "scope": " ".join(pair.grant.scopes),
    }
    return answer | ({"refresh_token": pair.refresh.value} if pair.refresh else {})
