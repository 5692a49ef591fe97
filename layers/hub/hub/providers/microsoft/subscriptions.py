"""What Microsoft Graph is asked to tell: changes of the main calendar, of OneDrive, and of the
people in the directory.
https://learn.microsoft.com/graph/api/subscription-post-subscriptions
https://learn.microsoft.com/graph/api/resources/subscription

Quirks
- A subscription needs a scope to read what it tells of; one to write does not count.
- Both of its addresses are checked before the call that makes it is answered.
- It lives some days, and longer with each PATCH, which also takes the new access token in. Its
  secret stays: where ours has been replaced, it must be made anew.
- Nothing may be subscribed to twice (409 ObjectIdentifierInUse), so that one whose making broke
  off, because the answer was lost, stands in the way of the next: that one is ended first.

Unconfirmed: what counts as twice for `users`, which is the same for everybody in an organization
(taken: the person counts too); that scopes to write are really refused, as the documentation says.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hub.errors import ProviderUnavailable, SubscriptionGone
from hub.http_types import Answer, Request, Send
from hub.providers import _rest
from hub.providers._times import zulu
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.providers.microsoft.client import CALENDAR_READ, FILES_READ, PEOPLE_READ
from hub.values import NOTHING, Value

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
EVENTS: Final = "calendar_events"
ITEMS: Final = "drive_items"
USERS: Final = "users"
_PERSONAL: Final = "9188040d-6c67-4c5b-b112-36a304b66dad:"  # the tenant of all personal accounts
_MINUTES: Final = 60
_SPARE_MINUTES: Final = 10  # clocks differ, and beyond the longest is refused
_CONFLICT: Final = 409
_GONE: Final = 404
_PROOF: Final = "proof"


class _Kind(Value):
    """`path` and `changes` are Graph's words; `minutes`: how long a subscription may live."""

    path: str
    changes: tuple[str, ...]
    scope: str
    minutes: int


_KINDS: Final[Mapping[str, _Kind]] = {
    EVENTS: _Kind(
        path="me/events",
        changes=(CREATED, UPDATED, DELETED),
        scope=CALENDAR_READ,
        minutes=10_080,
    ),
    ITEMS: _Kind(path="me/drive/root", changes=(UPDATED,), scope=FILES_READ, minutes=42_300),
    USERS: _Kind(path="users", changes=(UPDATED, DELETED), scope=PEOPLE_READ, minutes=41_760),
}


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    is_personal = reach.connection.account_id.startswith(_PERSONAL)
    return tuple(
        Wanted(key=resource, resource=resource)
        for resource, kind in _KINDS.items()
        if kind.scope in reach.scopes and not (is_personal and resource == USERS)
    )


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:
    kind = _KINDS[wanted.key]
    asked = {
        "changeType": ",".join(kind.changes),
        "notificationUrl": notify.url,
        "lifecycleNotificationUrl": notify.url,
        "resource": kind.path,
        "expirationDateTime": _latest(reach, kind),
        "clientState": notify.secret,
    }
    answer = _call(reach, "POST", "", asked)
    if answer.status == _CONFLICT and _end_leftovers(reach, kind, notify):
        answer = _call(reach, "POST", "", asked)
    return _made(answer, notify)


def _end_leftovers(reach: Reach, kind: _Kind, notify: Notify) -> bool:
    """End those of our subscriptions to the same that are on nobody's record; tell whether there
    were any.
    """
    stem = notify.url.removesuffix(notify.webhook_id)
    listed = _checked(_rest.get(*_caller(reach), _url(reach))).get("value")
    leftovers = [
        _rest.required(each, "id")
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
        and str(each.get("resource")).strip("/").casefold() == kind.path
        and str(each.get("notificationUrl")).startswith(stem)
        and not reach.is_on_record(str(each["notificationUrl"]).removeprefix(stem))
    ]
    for external_id in leftovers:
        _end(reach, external_id)
    return bool(leftovers)


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:
    if held.more.get(_PROOF) != _proof(notify.secret):
        _delete(reach, held)
        raise SubscriptionGone
    longer = {"expirationDateTime": _latest(reach, _KINDS[held.key])}
    answer = _call(reach, "PATCH", held.external_id, longer)
    if answer.status == _GONE:
        raise SubscriptionGone
    return _made(answer, notify)


def _delete(reach: Reach, held: Held) -> None:
    _end(reach, held.external_id)


def _end(reach: Reach, external_id: str) -> None:
    answer = _call(reach, "DELETE", external_id)
    if answer.status != _GONE and (error := _rest.failure(answer)):
        raise error


def _made(answer: Answer, notify: Notify) -> Made:
    made = _checked(answer)
    return Made(
        external_id=_rest.required(made, "id"),
        ends_at=_seconds(_rest.required(made, "expirationDateTime")),
        more={_PROOF: _proof(notify.secret)},
    )


def _proof(secret: str) -> str:
    """Tell by which secret a subscription was made, without telling the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _latest(reach: Reach, kind: _Kind) -> str:
    seconds = reach.now + (kind.minutes - _SPARE_MINUTES) * _MINUTES
    return zulu(datetime.fromtimestamp(seconds, UTC))


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise ProviderUnavailable from None


def _call(reach: Reach, method: str, external_id: str, body: Mapping[str, Any] = NOTHING) -> Answer:
    """Call once to make, and twice if need be to change what is there: that may come twice."""
    send, token = _caller(reach)
    return send(
        Request(
            method=method,
            url=_url(reach, external_id),
            headers={"authorization": f"Bearer {token}"},
            json=body or None,
        ),
        seconds=_rest.CALL_SECONDS,
        attempts=1 if method == "POST" else 2,
    )


def _url(reach: Reach, external_id: str = "") -> str:
    of = f"/{_rest.segment(external_id)}" if external_id else ""
    return f"{reach.connection.endpoints.api}/v1.0/subscriptions{of}"


def _caller(reach: Reach) -> tuple[Send, str]:
    return reach.connection.send, reach.connection.token.reveal()


def _checked(answer: Answer) -> dict[str, Any]:
    if error := _rest.failure(answer):
        raise error
    return _rest.content(answer)


SUBSCRIBING: Final = Subscribing(wanted=_wanted, create=_create, delete=_delete, renew=_renew)
