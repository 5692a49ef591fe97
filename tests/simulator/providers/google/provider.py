"""Google as the simulator plays it: routes, and what a person sees of it.

All of Google's hosts are one here; their paths do not overlap.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.engine import Handler, Route
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.google.agenda import Agenda
from tests.simulator.providers.google.channels import RETRIES, Channels, tries_again
from tests.simulator.providers.google.consent import Consent
from tests.simulator.providers.google.contacts import Contacts
from tests.simulator.providers.google.door import Door
from tests.simulator.providers.google.drive import Drive
from tests.simulator.providers.google.errors import Refused, by_name, too_many_requests
from tests.simulator.providers.google.events import Calendars
from tests.simulator.providers.google.files import Files
from tests.simulator.providers.google.grants import Grants, Settings
from tests.simulator.providers.google.identity import claims
from tests.simulator.providers.google.messages import Mailboxes
from tests.simulator.providers.google.people import PEOPLE
from tests.simulator.providers.google.pubsub import SETTINGS, Watches
from tests.simulator.providers.google.scopes import OPENID
from tests.simulator.providers.google.tokens import Tokens
from tests.simulator.standard.keys import published_keys
from tests.simulator.standard.played import Played
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request


class Google(Played[Settings]):
    id = "google"
    name = "Google Workspace"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._grants = grants = Grants(context)
        self._agenda = agenda = Agenda(grants, context.now)
        self._calendars = Calendars(grants, context.now, agenda)
        self._drive = drive = Drive(grants, context.now)
        self._contacts = contacts = Contacts(grants, context.now)
        self._mailboxes, self._files = Mailboxes(grants), Files(grants, drive)
        self._channels = channels = Channels(context, grants)
        self._watches = watches = Watches(context, grants)
        self._userinfo = Door(
            grants, "openidconnect.googleapis.com", "GetOpenIdUserInfo", frozenset({OPENID})
        )
        consent = Consent(context, grants)
        tokens = Tokens(context, grants, consent)
        page, calendar = "/o/oauth2/v2/auth", "/calendar/v3/calendars/{calendar}/events"
        mail = "/gmail/v1/users/me"
        self._routes = {
            ("GET", page): _route("authorize", consent.ask),
            ("POST", page): _route("consent", consent.decide),
            ("POST", "/token"): _route("token", tokens.token),
            ("POST", "/revoke"): _route("revoke", tokens.revoke),
            ("GET", "/oauth2/v3/certs"): _route("certs", _certificates),
            ("GET", "/v1/userinfo"): _route("userinfo", self._who),
            ("GET", calendar): _route("events.list", agenda.list),
            ("POST", calendar): _route("events.insert", self._calendars.insert),
            ("POST", f"{calendar}/watch"): _route("events.watch", channels.watch_calendar),
            ("POST", "/drive/v3/changes/watch"): _route("changes.watch", channels.watch_drive),
            ("GET", "/drive/v3/files"): _route("files.list", drive.list),
            ("GET", "/drive/v3/changes"): _route("changes.list", drive.changes),
            ("GET", "/drive/v3/changes/startPageToken"): _route(
                "changes.startPageToken", drive.start_page
            ),
            ("GET", "/v1/people/me/connections"): _route("connections.list", contacts.list),
            ("POST", "/calendar/v3/channels/stop"): _route("channels.stop", channels.stop),
            ("POST", "/drive/v3/channels/stop"): _route("channels.stop", channels.stop),
            ("POST", "/gmail/v1/users/{user}/messages/send"): _route(
                "messages.send", self._mailboxes.send
            ),
            ("GET", f"{mail}/profile"): _route("users.profile", watches.profile),
            ("POST", f"{mail}/watch"): _route("users.watch", watches.watch),
            ("POST", f"{mail}/stop"): _route("users.stop", watches.stop),
            ("POST", "/drive/v3/files/{file}/permissions"): _route(
                "permissions.create", self._files.share
            ),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/o/oauth2/v2/auth",
            "tokenUrl": f"{base}/token",
            "revocationUrl": f"{base}/revoke",
            "apiUrl": base,
            **SETTINGS,
        }

    def refusal(self, error: str) -> Answer:
        return by_name(error).answer()

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(seconds).answer()

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        """`calendar`, `drive` or `gmail`: something of a person has changed."""
        if event == "gmail":
            return self._watches.of(account)
        return self._channels.of(event, account, **details)

    def gives_up(self, answer: Delivered) -> bool:
        return not tries_again(answer)

    def dataset(self, resource: str, account: str) -> Dataset:
        kinds: dict[str, Agenda | Drive | Contacts] = {
            "calendar_events": self._agenda,
            "drive_files": self._drive,
            "contacts": self._contacts,
        }
        return kinds[resource].dataset(account)

    def remove(self, account: str) -> bool:
        return self._grants.end(account)

    def state(self) -> dict[str, Any]:
        parts = (
            self._grants,
            self._calendars,
            self._mailboxes,
            self._files,
            self._channels,
            self._watches,
        )
        return {name: value for part in parts for name, value in part.state().items()}

    def shown(self) -> Iterable[pages.Shown]:
        for person in PEOPLE.values():
            grant = self._grants.grants.get(person.sub)
            note = f"Connected, with {', '.join(grant.scopes)}." if grant else "Not connected."
            label = f"{person.name} ({person.email})"
            yield pages.Shown(label=label, note=note, messages=tuple(self._done(person.sub)))

    def _done(self, sub: str) -> Iterable[tuple[str, str]]:
        for event in self._calendars.events:
            if event.sub == sub:
                yield "Calendar", f"{event.summary or '(No title)'}: {event.start} to {event.end}"
        for mail in self._mailboxes.mails:
            if mail.sub == sub:
                yield f"Mail to {', '.join(mail.to + mail.cc + mail.bcc)}", mail.subject
        for share in self._files.shares:
            if share.sub == sub:
                yield f"Drive: {self._files.name_of(share)}", f"{share.whom}: {share.role}"

    def _who(self, request: Request, call: Call) -> Answer:
        token = self._userinfo.enter(request, call)
        return Answer.json(claims(PEOPLE[token.sub], token.scopes))


def _certificates(request: Request, call: Call) -> Answer:
    return Answer.json(published_keys())


def _route(operation: str, handler: Callable[[Request, Call], Answer]) -> Route:
    return Route(operation, _answered(handler))


def _answered(handler: Handler) -> Handler:
    def handle(request: Request, call: Call) -> Answer:
        try:
            return handler(request, call)
        except Refused as refused:
            return refused.answer()

    return handle
