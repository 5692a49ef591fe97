"""Jira's dynamic webhooks, as apps make them by API, and what they deliver.

Rules played here:
- One URL for an app, without a query; five webhooks for a person on a site, each for 30 days.
- What is refused of one webhook is told in its place, with 200 for the whole.
- Renewing and ending pass over numbers that are not known. Numbers are unique on a site only.
- A delivery names all webhooks that matched. While the app is not shared, only those count that its
  owner made.
- An app that is taken off a site, or whose grant has ended, is told nothing more.

Where the sources say nothing: who sees whose webhooks (here a person their own), what a token says
and how long it lives.

Sources: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks, the description of
that API for machines (what is passed over), QuackbackIO/quackback issue 352 ("Operator is not is
unsupported"), superplanehq/superplane ("Empty JQL search not supported").
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.jira.errors import JiraError
from tests.simulator.providers.jira.gateway import Gateway
from tests.simulator.providers.jira.grants import Grants
from tests.simulator.providers.jira.people import Seat
from tests.simulator.wire import JSON, Answer, Malformed, Request, last

SCOPE = "manage:jira-webhook"
LIFE = 30 * 86_400
MOST = 5
EVENTS = frozenset(
    f"{thing}_{what}"
    for thing in ("jira:issue", "comment")
    for what in ("created", "updated", "deleted")
) | {"issue_property_set", "issue_property_deleted", "jira:version_created"}
FIELDS = frozenset({"issueKey", "project", "issuetype", "status", "assignee", "reporter"})
CLAUSE = re.compile(r"(\w+)\s+(!=|=|not in|in|is not|is)\s+(.+)", re.IGNORECASE)
OPERATORS = frozenset({"=", "!=", "in", "not in"})


@dataclass(slots=True, kw_only=True)
class Hook:
    number: int
    seat: Seat
    url: str
    events: tuple[str, ...]
    filter: str
    ends_at: float

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.number,
            "url": self.url,
            "events": list(self.events),
            "jqlFilter": self.filter,
            "expirationDate": _iso(self.ends_at),
        }


class Hooks:
    def __init__(self, context: Context, grants: Grants, gateway: Gateway) -> None:
        self._now, self._grants, self._gateway = context.now, grants, gateway
        self._numbers: dict[str, int] = {}
        self.made: list[Hook] = []

    def create(self, request: Request, call: Call) -> Answer:
        seat = self._enter(request, call)
        body = _body(request)
        url, wanted = body.get("url"), body.get("webhooks")
        if not isinstance(url, str) or urlsplit(url).query or not isinstance(wanted, list):
            raise JiraError("The request contains invalid data.", outcome="payload")
        if any(hook.url != url for hook in self._live()):
            raise JiraError("Only a single URL per app is allowed.", outcome="url")
        results = [self._created(seat, url, each) for each in wanted]
        return Answer.json({"webhookRegistrationResult": results})

    def listed(self, request: Request, call: Call) -> Answer:
        seat = self._enter(request, call)
        start, most = (int(last(request.query, name) or default) for name, default in _PAGE)
        own = [hook.shown() for hook in self._of(seat)]
        page = own[start : start + most]
        return Answer.json(
            {
                "maxResults": most,
                "startAt": start,
                "total": len(own),
                "isLast": start + most >= len(own),
                "values": page,
            }
        )

    def refresh(self, request: Request, call: Call) -> Answer:
        ends_at = self._now() + LIFE
        for hook in self._named(request, call):
            hook.ends_at = ends_at
        return Answer.json({"expirationDate": _iso(ends_at)})

    def delete(self, request: Request, call: Call) -> Answer:
        for hook in self._named(request, call):
            self.made.remove(hook)
        return Answer(status=HTTPStatus.ACCEPTED)

    def matching(self, event: str, seat: Seat) -> list[Hook]:
        """The webhooks on a site that are told of an event there."""
        owner = self._grants.settings.owner
        return [
            hook
            for hook in self._live()
            if hook.seat.site == seat.site
            and event in hook.events
            and (not owner or hook.seat.person.email == owner)
        ]

    def state(self) -> dict[str, Any]:
        return {"webhooks": [{"seat": h.seat.label, **h.shown()} for h in self._live()]}

    def _enter(self, request: Request, call: Call) -> Seat:
        self._gateway.pass_on(request, call, SCOPE)
        return self._gateway.pass_on(request, call, "read:jira-work")

    def _created(self, seat: Seat, url: str, wanted: Any) -> dict[str, Any]:
        events = tuple(wanted.get("events") or ()) if isinstance(wanted, dict) else ()
        if not events or not EVENTS.issuperset(events):
            raise JiraError("The request contains invalid data.", outcome="events")
        if wrong := _wrong_filter(wanted.get("jqlFilter")):
            return {"errors": [wrong]}
        if len(self._of(seat)) >= MOST:
            return {"errors": [f"The maximum number of webhooks ({MOST}) was reached."]}
        number = self._numbers[seat.site.id] = self._numbers.get(seat.site.id, 0) + 1
        hook = Hook(
            number=number,
            seat=seat,
            url=url,
            events=events,
            filter=wanted["jqlFilter"],
            ends_at=self._now() + LIFE,
        )
        self.made.append(hook)
        return {"createdWebhookId": hook.number}

    def _named(self, request: Request, call: Call) -> list[Hook]:
        seat = self._enter(request, call)
        numbers = _body(request).get("webhookIds")
        if not isinstance(numbers, list) or not numbers:
            raise JiraError("The request contains invalid data.", outcome="payload")
        return [hook for hook in self._of(seat) if hook.number in numbers]

    def _of(self, seat: Seat) -> list[Hook]:
        return [hook for hook in self._live() if hook.seat == seat]

    def _live(self) -> list[Hook]:
        return [
            hook
            for hook in self.made
            if self._now() < hook.ends_at and self._grants.covers(hook.seat)
        ]


_PAGE = (("startAt", "0"), ("maxResults", "100"))


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed:
        body = None
    if not isinstance(body, dict):
        raise JiraError("The request contains invalid data.", outcome="payload")
    return body


def _wrong_filter(text: Any) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return "Empty JQL search not supported"
    for clause in re.split(r"\s+AND\s+", text):
        found = CLAUSE.fullmatch(clause.strip())
        if found is None or found[1] not in FIELDS:
            return f"Clause {clause} is unsupported"
        if found[2].lower() not in OPERATORS:
            return f"Operator {found[2].lower()} is unsupported"
    return None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
