"""Graph's subscriptions, for one person's calendar and files and for an organization's people.

Rules played here:
- A scope to read is needed, and one to write is none; whoever made a subscription alone sees it.
- What may be told of, and for how long, is the resource's; less than 45 minutes are made 45.
- Both addresses are tried with a `validationToken` before the call is answered, and must repeat it
  as plain text.
- The same resource and changes twice are refused, also where a subscription of them is forgotten.
- Only the end can be changed.

Taken without a source: whose subscription `users` is, where two people of an organization make one
(here, each person's own), and the codes of 400.

Sources: microsoft-graph-docs-contrib api-reference/v1.0/api/subscription-post-subscriptions.md and
resources/subscription.md, concepts/change-notifications-delivery-webhooks.md; refusals as they came
in microsoft-graph-docs issues 3436 (403), 4819 (changeType) and nodejs-webhooks-sample issue 350,
409 as abraunegg/onedrive keeps it in its source.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.simulator.journal import Call
from tests.simulator.oauth import Context, with_query
from tests.simulator.providers.microsoft.directory import Person, find
from tests.simulator.providers.microsoft.door import Door, json_object, text
from tests.simulator.providers.microsoft.errors import GraphError, bad_request, trace
from tests.simulator.providers.microsoft.scopes import (
    ME,
    READ_CALENDAR,
    READ_FILES,
    READ_PEOPLE,
)
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.webhooks import Sent
from tests.simulator.wire import Answer, Request

SHORTEST = 45 * 60
LONGEST_STATE = 128
_NAMES = """
changeType clientState encryptionCertificate encryptionCertificateId expirationDateTime
includeResourceData latestSupportedTlsVersion lifecycleNotificationUrl notificationQueryOptions
notificationUrl resource
"""
PROPERTIES = frozenset(_NAMES.split())
FORBIDDEN = "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]"
UNPROVEN = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
    "validation request."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    changes: frozenset[str]
    scope: str
    minutes: int


KINDS = {
    "me/events": Kind(
        changes=frozenset({"created", "updated", "deleted"}), scope=READ_CALENDAR, minutes=10_080
    ),
    "me/drive/root": Kind(changes=frozenset({"updated"}), scope=READ_FILES, minutes=42_300),
    "users": Kind(changes=frozenset({"updated", "deleted"}), scope=READ_PEOPLE, minutes=41_760),
}


@dataclass(slots=True, kw_only=True)
class Subscription:
    id: str
    owner: Person
    resource: str
    changes: frozenset[str]
    url: str
    lifecycle_url: str
    state: str
    ends_at: float
    gone: bool = False


class Subscriptions:
    def __init__(self, context: Context, grants: Grants[Settings]) -> None:
        self._grants, self._door = grants, Door(grants, "directory", ME)
        self._now, self._call = context.now, context.call
        self._client_id = context.client.client_id
        self.made: list[Subscription] = []

    def create(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        body = json_object(request, "subscription", PROPERTIES)
        resource, kind = _kind(body)
        if kind.scope not in self._door.scopes_of(request, call)[1]:
            raise GraphError(HTTPStatus.FORBIDDEN, "ExtensionError", FORBIDDEN)
        wanted = Subscription(
            id=str(uuid4()),
            owner=person,
            resource=resource,
            changes=_changes(body, kind),
            url=_address(body, "notificationUrl"),
            lifecycle_url=_address(body, "lifecycleNotificationUrl"),
            state=_state(body),
            ends_at=self._end(body, kind),
        )
        self._refuse_twice(wanted)
        for url in (wanted.url, wanted.lifecycle_url):
            self._prove(url)
        self.made.append(wanted)
        return Answer.json(self._shown(wanted), status=HTTPStatus.CREATED)

    def list_own(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        own = [each for each in self.made if each.owner == person and self._lives(each)]
        return Answer.json({"value": [self._shown(each) for each in own]})

    def update(self, request: Request, call: Call) -> Answer:
        found = self._find(request, call)
        body = json_object(request, "subscription", {"expirationDateTime"})
        found.ends_at = self._end(body, KINDS[found.resource])
        return Answer.json(self._shown(found))

    def delete(self, request: Request, call: Call) -> Answer:
        self._find(request, call).gone = True
        return Answer(status=HTTPStatus.NO_CONTENT)

    def of(self, account: str, resource: str | None) -> list[Subscription]:
        """What is alive of a person's, of one resource or all, while the grant is."""
        person = find(account)
        if person is None or not self._grants.living(person.oid):
            return []
        return [
            each
            for each in self.made
            if each.owner == person and self._lives(each) and resource in {None, each.resource}
        ]

    def state(self) -> dict[str, Any]:
        return {
            "subscriptions": [
                {
                    "id": each.id,
                    "owner": each.owner.oid,
                    "resource": each.resource,
                    "changes": ",".join(sorted(each.changes)),
                    "live": self._lives(each),
                    "ends_at": each.ends_at,
                }
                for each in self.made
            ]
        }

    def _find(self, request: Request, call: Call) -> Subscription:
        person = self._door.enter(request, call)
        for each in self.made:
            if each.id == request.named["id"] and each.owner == person and self._lives(each):
                return each
        raise GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", "The object was not found.")

    def _lives(self, subscription: Subscription) -> bool:
        return not subscription.gone and self._now() < subscription.ends_at

    def _end(self, body: dict[str, Any], kind: Kind) -> float:
        given, now = text(body, "expirationDateTime"), self._now()
        try:
            ends_at = datetime.fromisoformat(given).timestamp()
        except ValueError as bad:
            raise _invalid("expirationDateTime is a required property.") from bad
        if ends_at <= now:
            raise _invalid("Subscription expiration must be in the future.")
        if ends_at > now + kind.minutes * 60:
            words = f"Subscription expiration can only be {kind.minutes} minutes in the future."
            raise _invalid(words)
        return max(ends_at, now + SHORTEST)

    def _refuse_twice(self, wanted: Subscription) -> None:
        for each in self.made:
            same = (each.owner, each.resource, each.changes)
            if self._lives(each) and same == (wanted.owner, wanted.resource, wanted.changes):
                words = f"Subscription Id {each.id} already exists for the requested combination"
                raise GraphError(HTTPStatus.CONFLICT, "ObjectIdentifierInUse", words)

    def _prove(self, url: str) -> None:
        """Have the address repeat a word that is written with what a query must escape."""
        words = "Validation: Testing client application reachability for subscription Request-Id: "
        word = words + trace(f"{url} {self._now()}")
        answer = self._call(
            Sent(
                url=with_query(url, validationToken=word),
                headers={"Content-Type": "text/plain; charset=utf-8"},
            )
        )
        plain = answer.headers.get("content-type", "").partition(";")[0] == "text/plain"
        if answer.status != HTTPStatus.OK or not plain or answer.body != word.encode():
            raise bad_request("ValidationError", UNPROVEN)

    def _shown(self, each: Subscription) -> dict[str, Any]:
        return {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "id": each.id,
            "resource": each.resource,
            "applicationId": self._client_id,
            "changeType": ",".join(sorted(each.changes)),
            "clientState": None,
            "notificationUrl": each.url,
            "notificationQueryOptions": None,
            "lifecycleNotificationUrl": each.lifecycle_url,
            "expirationDateTime": instant(each.ends_at),
            "creatorId": each.owner.oid,
            "includeResourceData": None,
            "latestSupportedTlsVersion": "v1_2",
            "encryptionCertificate": None,
            "encryptionCertificateId": None,
            "notificationUrlAppId": None,
        }


def instant(at: float) -> str:
    """A time with seven digits below the second, as Graph writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _kind(body: dict[str, Any]) -> tuple[str, Kind]:
    resource = text(body, "resource").strip("/")
    if resource not in KINDS:
        raise _invalid(f"resource '{resource}' is not supported.")
    return resource, KINDS[resource]


def _changes(body: dict[str, Any], kind: Kind) -> frozenset[str]:
    given = frozenset(text(body, "changeType").split(","))
    if not given <= kind.changes:
        wrong = ",".join(sorted(given - kind.changes))
        raise _invalid(f"Invalid 'changeType' attribute: '{wrong}'.")
    return given


def _address(body: dict[str, Any], name: str) -> str:
    """An address with https; on this machine without."""
    url = text(body, name)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
        raise _invalid(f"The {name} must be an https address.")
    return url


def _state(body: dict[str, Any]) -> str:
    given = text(body, "clientState")
    if not given or len(given) > LONGEST_STATE:
        raise _invalid("clientState is required, with 128 characters at most.")
    return given


def _invalid(words: str) -> GraphError:
    return bad_request("InvalidRequest", words)
