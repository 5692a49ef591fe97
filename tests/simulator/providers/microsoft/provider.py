"""Microsoft 365 as the simulator plays it: routes, and what a person sees of it.

Entra ID and Graph are one host here; their paths do not overlap.
"""

from collections.abc import Iterable
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.microsoft.calendars import Calendars
from tests.simulator.providers.microsoft.consent import EntraConsent
from tests.simulator.providers.microsoft.deltas import Deltas
from tests.simulator.providers.microsoft.directory import PEOPLE, find
from tests.simulator.providers.microsoft.door import Door
from tests.simulator.providers.microsoft.drives import ITEMS, Drives
from tests.simulator.providers.microsoft.errors import by_name, entra_error, too_many_requests
from tests.simulator.providers.microsoft.mailboxes import Mailboxes
from tests.simulator.providers.microsoft.notices import RETRIES, Notices
from tests.simulator.providers.microsoft.scopes import ME, SCOPES
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.providers.microsoft.subscriptions import Subscriptions
from tests.simulator.providers.microsoft.teams import TEAMS, Teams
from tests.simulator.providers.microsoft.tokens import EntraTokens, discovery, rules
from tests.simulator.standard.grants import Grants
from tests.simulator.standard.keys import published_keys
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.standard.rules import OAuthError
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request

DRIVE = "/v1.0/me/drive/root"
AUTHORIZE, TOKEN = "/{tenant}/oauth2/v2.0/authorize", "/{tenant}/oauth2/v2.0/token"


class Microsoft(Played[Settings]):
    id = "microsoft"
    name = "Microsoft 365"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._now = context.now
        self._grants = grants = Grants(context, rules(SCOPES), Settings())
        consent = EntraConsent(context, grants)
        tokens = EntraTokens(context, grants, consent)
        self._profiles = Door(grants, "directory", ME)
        self._deltas = deltas = Deltas(grants, context.now)
        self._calendars = Calendars(grants, deltas, context.now)
        self._mailboxes = Mailboxes(grants)
        self._teams, self._drives = Teams(grants, context.now), Drives(grants)
        self._subscriptions = subscriptions = Subscriptions(context, grants)
        self._notices = Notices(subscriptions, context.now)
        events, invite = "/events", "/items/{item}/invite"
        self._routes = {
            ("GET", AUTHORIZE): route("authorize", consent.ask),
            ("POST", AUTHORIZE): route("consent", consent.decide),
            ("POST", TOKEN): route("token", tokens.token, self._refuse),
            ("GET", "/{tenant}/v2.0/.well-known/openid-configuration"): route(
                "discovery", discovery
            ),
            ("GET", "/{tenant}/discovery/v2.0/keys"): route("keys", _keys),
            ("GET", "/v1.0/me"): route("me.get", self._me),
            ("GET", "/v1.0/me/calendar"): route("calendar.get", self._calendars.calendar),
            ("POST", f"/v1.0/me{events}"): route("events.create", self._calendars.create),
            ("POST", f"/v1.0/me/calendars/{{calendar}}{events}"): route(
                "events.create", self._calendars.create
            ),
            ("POST", "/v1.0/me/sendMail"): route("mail.send", self._mailboxes.send),
            ("POST", "/v1.0/teams/{team}/channels/{channel}/messages"): route(
                "messages.post", self._teams.post
            ),
            ("GET", "/v1.0/me/drive"): route("drive.get", self._drives.drive),
            ("GET", "/v1.0/me/drive/items/{item}"): route("items.get", self._drives.item),
            ("GET", "/v1.0/drives/{drive}/items/{item}"): route("items.get", self._drives.item),
            ("POST", f"/v1.0/me/drive{invite}"): route("items.invite", self._drives.invite),
            ("POST", f"/v1.0/drives/{{drive}}{invite}"): route("items.invite", self._drives.invite),
            ("GET", "/v1.0/me/calendarView/delta"): route("events.delta", deltas.calendar_view),
            ("GET", f"{DRIVE}/delta"): route("items.delta", deltas.drive),
            ("GET", "/v1.0/users/delta"): route("users.delta", deltas.directory),
            ("GET", "/v1.0/subscriptions"): route("subscriptions.list", subscriptions.list_own),
            ("POST", "/v1.0/subscriptions"): route("subscriptions.create", subscriptions.create),
            ("PATCH", "/v1.0/subscriptions/{id}"): route(
                "subscriptions.update", subscriptions.update
            ),
            ("DELETE", "/v1.0/subscriptions/{id}"): route(
                "subscriptions.delete", subscriptions.delete
            ),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        """The tenant is left open: it is a setting of the registration."""
        return {
            "authorizationUrl": f"{base}{AUTHORIZE}",
            "tokenUrl": f"{base}{TOKEN}",
            "apiUrl": base,
        }

    def refusal(self, error: str) -> Answer:
        return by_name(error, self._now())

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(seconds).answer()

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        return self._notices.of(event, account, **details)

    def dataset(self, resource: str, account: str) -> Dataset:
        return self._deltas.dataset(resource, account)

    def remove(self, account: str) -> bool:
        """An administrator revokes all sessions of a person."""
        person = find(account)
        return person is not None and self._grants.end_account(person.oid)

    def state(self) -> dict[str, Any]:
        parts = (
            self._grants,
            self._calendars,
            self._mailboxes,
            self._teams,
            self._drives,
            self._subscriptions,
        )
        return {name: value for part in parts for name, value in part.state().items()}

    def shown(self) -> Iterable[pages.Shown]:
        for person in PEOPLE.values():
            note = self._grants.note(person.oid)
            label = f"{person.name} ({person.user_name})"
            yield pages.Shown(label=label, note=note, messages=tuple(self._done(person.oid)))

    def _done(self, oid: str) -> Iterable[tuple[str, str]]:
        for event in (one for one in self._calendars.events if one.owner == oid):
            yield "Calendar", f"{event.subject or '(No title)'}: {event.start} to {event.end}"
        for mail in (one for one in self._mailboxes.mails if one.owner == oid):
            yield f"Mail to {', '.join(mail.to + mail.cc + mail.bcc)}", mail.subject
        for post in (one for one in self._teams.posts if one.owner == oid):
            yield f"Teams: {TEAMS[post.team].name}", post.text
        for share in (one for one in self._drives.shares if one.owner == oid):
            yield f"OneDrive: {ITEMS[share.item].name}", f"{share.whom}: {share.role}"

    def _refuse(self, error: OAuthError) -> Answer:
        return entra_error(error, self._now())

    def _me(self, request: Request, call: Call) -> Answer:
        person = self._profiles.enter(request, call)
        return Answer.json(
            {
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
                "id": person.oid,
                "displayName": person.name,
                "mail": person.mail,
                "userPrincipalName": person.user_name,
            }
        )


def _keys(request: Request, call: Call) -> Answer:
    return Answer.json(published_keys())
