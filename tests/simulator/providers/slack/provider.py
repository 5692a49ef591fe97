"""Slack as the simulator plays it: routes, and the form of every answer.

Quirk of all methods: an error is HTTP 200 with `ok: false`; only a rate limit has its status.
Source: docs.slack.dev/apis/web-api, /apis/web-api/rate-limits.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.engine import Handler, Route
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.slack import arguments
from tests.simulator.providers.slack.arguments import Arguments, SlackError
from tests.simulator.providers.slack.conversations import WORKSPACES, Conversations
from tests.simulator.providers.slack.deliveries import RETRIES, Deliveries
from tests.simulator.providers.slack.directory import Directory
from tests.simulator.providers.slack.grants import Grants, Settings
from tests.simulator.providers.slack.oauth import OAuth
from tests.simulator.providers.slack.web_api import WebApi
from tests.simulator.standard.played import Played
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request

type Method = Callable[[Arguments, Call], dict[str, Any]]


class Slack(Played[Settings]):
    id = "slack"
    name = "Slack"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._grants = Grants(context)
        self._conversations = Conversations(context.now)
        self._oauth = OAuth(context, self._grants)
        self._deliveries = Deliveries(context)
        self._directory = Directory(self._grants, self._conversations, context.now)
        api = WebApi(self._grants, self._conversations, self._oauth)
        methods: dict[str, Method] = {
            "oauth.v2.access": self._oauth.access,
            "auth.test": api.test,
            "auth.revoke": api.revoke,
            "apps.uninstall": api.uninstall,
            "chat.postMessage": api.post_message,
            "conversations.create": api.create_channel,
        }
        self._routes = {
            ("GET", "/oauth/v2/authorize"): Route("authorize", self._oauth.ask),
            ("POST", "/oauth/v2/authorize"): Route("consent", self._oauth.decide),
        }
        for name, method in methods.items():
            self._routes["POST", f"/api/{name}"] = Route(name, self._called(method))
        lists: dict[str, Method] = {
            "conversations.list": self._directory.list_channels,
            "users.list": self._directory.list_users,
        }
        for name, method in lists.items():
            for verb in ("GET", "POST"):
                self._routes[verb, f"/api/{name}"] = Route(name, self._called(method))

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/oauth/v2/authorize",
            "tokenUrl": f"{base}/api/oauth.v2.access",
            "revocationUrl": f"{base}/api/apps.uninstall",
            "apiUrl": base,
        }

    def unknown(self, request: Request) -> Answer:
        if request.path.startswith("/api/"):
            return self.refusal("unknown_method")
        return Answer(status=HTTPStatus.NOT_FOUND, outcome="unknown_page")

    def refusal(self, error: str, **details: Any) -> Answer:
        return Answer.json({"ok": False, "error": error, **details}, outcome=error)

    def rate_limited(self, seconds: int) -> Answer:
        return Answer.json(
            {"ok": False, "error": "ratelimited"},
            status=HTTPStatus.TOO_MANY_REQUESTS,
            outcome="ratelimited",
            headers=(("Retry-After", str(seconds)),),
        )

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def again(self, sent: Sent, attempt: int) -> Sent:
        return self._deliveries.again(sent, attempt)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._directory.dataset(resource, account)

    def remove(self, account: str) -> bool:
        return self._grants.uninstall(account)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._conversations.state()

    def shown(self) -> Iterable[pages.Shown]:
        for workspace in WORKSPACES.values():
            installation = self._grants.installations.get(workspace.id)
            note = "Not connected."
            if installation:
                note = f"Connected, with {', '.join(installation.bot_scopes) or 'no scope'}."
            yield pages.Shown(
                label=f"{workspace.name} ({workspace.id})",
                note=note,
                messages=tuple(
                    (f"#{message.channel_name}", message.text)
                    for message in self._conversations.messages
                    if message.team == workspace.id
                ),
            )

    def _called(self, method: Method) -> Handler:
        def handle(request: Request, call: Call) -> Answer:
            try:
                given = arguments.read(request)
                answer = method(given, call)
            except SlackError as refused:
                return self.refusal(refused.error, **refused.details)
            warnings = given.warnings()
            if warnings:
                answer |= {
                    "warning": ",".join(warnings),
                    "response_metadata": {"warnings": warnings},
                }
            return Answer.json(answer, headers=self._scope_header(given, answer))

        return handle

    def _scope_header(
        self, given: Arguments, answer: dict[str, Any]
    ) -> tuple[tuple[str, str], ...]:
        """What the token may do now, whether it made the call or came with the answer."""
        token = self._grants.tokens.get(answer.get("access_token", given.token()))
        if token is None:
            return ()
        return (("x-oauth-scopes", ",".join(self._grants.scopes_of(token))),)
