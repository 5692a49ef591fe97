"""Zoom as the simulator plays it: routes, and what a person sees of it.

Its two hosts are one here; their paths do not overlap.
"""

from collections.abc import Iterable
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.zoom.deliveries import RETRIES, Deliveries, tries_again
from tests.simulator.providers.zoom.door import Door
from tests.simulator.providers.zoom.errors import TRACKING, TooMany, by_name
from tests.simulator.providers.zoom.lists import Lists
from tests.simulator.providers.zoom.meetings import Meetings
from tests.simulator.providers.zoom.members import Members
from tests.simulator.providers.zoom.oauth import OAuth
from tests.simulator.providers.zoom.rules import READ_USER, RULES, Settings
from tests.simulator.providers.zoom.users import USERS, find
from tests.simulator.standard.grants import Grants
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request


class Zoom(Played[Settings]):
    id = "zoom"
    name = "Zoom"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._grants = Grants(context, RULES, Settings())
        self._door = Door(self._grants)
        self._meetings = Meetings(self._door, context.mint, context.now)
        self._lists = Lists(self._door, self._meetings, context.now)
        oauth = OAuth(context, self._grants)
        self._members = members = Members(oauth.app_tokens)
        self._deliveries = Deliveries(context, lambda: self.settings, members)
        events = "/v2/marketplace/app/event_subscription"
        self._routes = {
            ("GET", "/oauth/authorize"): route("authorize", oauth.ask),
            ("POST", "/oauth/authorize"): route("consent", oauth.decide),
            ("POST", "/oauth/token"): route("token", oauth.token),
            ("POST", "/oauth/revoke"): route("revoke", oauth.revoke),
            ("GET", "/v2/users/{user}"): route("users.get", self._user),
            ("GET", "/v2/users"): route("users.list", self._lists.users),
            ("GET", "/v2/users/{user}/meetings"): route("meetings.list", self._lists.meetings),
            ("POST", "/v2/users/{user}/meetings"): route("meetings.create", self._meetings.create),
            ("GET", events): route("event_subscription.list", members.listed),
            ("DELETE", events): route("event_subscription.remove", members.remove),
            ("PATCH", f"{events}/{{id}}"): route("event_subscription.add", members.add),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/oauth/authorize",
            "tokenUrl": f"{base}/oauth/token",
            "revocationUrl": f"{base}/oauth/revoke",
            "apiUrl": f"{base}/v2",
        }

    def refusal(self, error: str) -> Answer:
        return by_name(error).answer()

    def rate_limited(self, seconds: int) -> Answer:
        """With 0 seconds it is the account's second that is used up, else its day."""
        return TooMany(self._now() + seconds if seconds else None).answer()

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._deliveries.of(event, account, **details)

    def again(self, sent: Sent, attempt: int) -> Sent:
        return self._deliveries.again(sent)

    def gives_up(self, answer: Delivered) -> bool:
        return not tries_again(answer)

    def tick(self) -> None:
        self._deliveries.revalidate()

    def dataset(self, resource: str, account: str) -> Dataset:
        found: Dataset = self._lists.dataset(resource, account)
        return found

    def remove(self, account: str) -> bool:
        user = find(account)
        return user is not None and self._grants.end_account(user.id)

    def state(self) -> dict[str, Any]:
        parts = (self._grants, self._meetings, self._members, self._deliveries)
        return {name: value for part in parts for name, value in part.state().items()}

    def shown(self) -> Iterable[pages.Shown]:
        for user in USERS.values():
            note = self._grants.note(user.id)
            yield pages.Shown(
                label=f"{user.first_name} {user.last_name} ({user.email})",
                note=note,
                messages=tuple(
                    (f"Meeting {one.id}", f"{one.topic}: {one.start}, {one.duration} minutes")
                    for one in self._meetings.meetings
                    if one.user == user.id
                ),
            )

    def _user(self, request: Request, call: Call) -> Answer:
        user = self._door.enter(request, call, READ_USER)
        return Answer.json(user.shown(), headers=TRACKING)
