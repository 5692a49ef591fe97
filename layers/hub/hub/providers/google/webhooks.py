"""Google's push channels for Calendar and Drive. Gmail's notifications, which come without a
webhook id, are read by `pubsub`.
https://developers.google.com/workspace/calendar/api/guides/push
https://developers.google.com/workspace/drive/api/guides/push

One channel is one subscription; its id is our webhook id. Notifications are headers without a body
and are not signed: they repeat a word that we chose for the channel, derived from its id.

Quirks
- A channel cannot be renewed: a new one is made, and overlaps the old until that is stopped.
- The first message, `sync`, comes before the answer to the call that makes the channel.
- Drive's changes are watched from a page token on; which life a channel got, the answer tells.
- A channel may only be stopped with a token of whoever made it.
"""

from typing import Any, Final

from hub.errors import InvalidRequest
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers._webhooks import (
    Event,
    Example,
    Heard,
    Held,
    Keyring,
    Made,
    Notify,
    Reach,
    Subscribing,
    Wanted,
    Webhooks,
)
from hub.providers.google import mailbox, pubsub
from hub.providers.google.client import CALENDAR, DRIVE
from hub.providers.google.mailbox import MAILBOX
from hub.schemes import Incoming, Verdict, is_chosen

EVENTS: Final = "calendar_events"
FILES: Final = "drive_files"
_WORD: Final = "x-goog-channel-token"
_CHANNEL: Final = "x-goog-channel-id"
_RESOURCE: Final = "x-goog-resource-id"
_STATE: Final = "x-goog-resource-state"
_NUMBER: Final = "x-goog-message-number"
_MOST_DIGITS: Final = 15
_LIFE_MILLISECONDS: Final = 7 * 86_400 * 1000
_SCOPE_OF: Final = {EVENTS: CALENDAR, FILES: DRIVE}
_GONE: Final = 404


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    """Compare the channel's word. The address, too, must be the channel's own."""
    if incoming.webhook_id is None:
        return pubsub.verify(incoming, keyring)
    if incoming.headers.get(_CHANNEL) != incoming.webhook_id:
        return Verdict.INVALID
    return is_chosen(incoming.headers.get(_WORD, ""), keyring.chosen(incoming.webhook_id))


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    if incoming.webhook_id is None:
        return pubsub.read(incoming)
    state, number = incoming.headers.get(_STATE, ""), incoming.headers.get(_NUMBER, "")
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        raise InvalidRequest
    if state == "sync":
        return ()
    return (
        Heard(
            webhook_id=incoming.webhook_id,
            dedup=f"{incoming.webhook_id}/{incoming.headers.get(_RESOURCE, '')}/{int(number)}",
            events=(Event(type=state),),
        ),
    )


def _routes(reach: Reach) -> tuple[str, ...]:
    address = mailbox.address(reach)
    return (pubsub.route(address),) if address else ()


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    channels = tuple(
        Wanted(key=resource, resource=resource)
        for resource, scope in _SCOPE_OF.items()
        if scope in reach.scopes
    )
    return (*channels, Wanted(key=MAILBOX)) if mailbox.address(reach) else channels


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:
    if wanted.key == MAILBOX:
        return mailbox.watch(reach)
    api = reach.connection.endpoints.api
    if wanted.key == EVENTS:
        return _watch(reach, f"{api}/calendar/v3/calendars/primary/events/watch", notify)
    start = _checked(_rest.get(*_caller(reach), f"{api}/drive/v3/changes/startPageToken"))
    page = _rest.segment(_rest.required(start, "startPageToken"))
    return _watch(reach, f"{api}/drive/v3/changes/watch?pageToken={page}", notify)


def _watch(reach: Reach, url: str, notify: Notify) -> Made:
    channel = {
        "id": notify.webhook_id,
        "type": "web_hook",
        "address": notify.url,
        "token": notify.secret,
        "expiration": int(reach.now * 1000) + _LIFE_MILLISECONDS,
    }
    made = _checked(_rest.post(*_caller(reach), url, channel))
    return Made(
        external_id=_rest.required(made, "id"),
        ends_at=mailbox.ends_at(made),
        more={"resourceId": _rest.required(made, "resourceId")},
    )


def _renew(reach: Reach, held: Held, notify: Notify) -> Made | None:  # noqa: ARG001
    return mailbox.watch(reach) if held.key == MAILBOX else None


def _delete(reach: Reach, held: Held) -> None:
    answer = mailbox.stop(reach) if held.key == MAILBOX else _stop(reach, held)
    if answer.status != _GONE:
        _checked(answer)


def _stop(reach: Reach, held: Held) -> Answer:
    kind = "calendar" if held.key == EVENTS else "drive"
    url = f"{reach.connection.endpoints.api}/{kind}/v3/channels/stop"
    channel = {"id": held.external_id, "resourceId": held.more["resourceId"]}
    return _rest.post(*_caller(reach), url, channel)


def _caller(reach: Reach) -> tuple[Any, str]:
    return reach.connection.send, reach.connection.token.reveal()


def _checked(answer: Answer) -> dict[str, Any]:
    if error := _rest.failure(answer):
        raise error
    return _rest.content(answer)


def _example(of: Example, keyring: Keyring) -> Incoming:
    held = of.held
    if held is None or held.key == MAILBOX:
        raise InvalidRequest("Of a mailbox only Google itself can tell anything.")
    return Incoming(
        headers={
            _CHANNEL: held.webhook_id,
            _RESOURCE: held.more["resourceId"],
            _STATE: "exists",
            _NUMBER: str(int(of.at * 1000)),
            _WORD: keyring.chosen(held.webhook_id)[0].decode(),
        },
        url=of.url,
        webhook_id=held.webhook_id,
        at=of.at,
    )


WEBHOOKS: Final = Webhooks(
    events=("calendar.exists", "drive.change", pubsub.HISTORY),
    verify=_verify,
    read=_read,
    example=_example,
    routes=_routes,
    published=pubsub.fetch_keys,
    subscribing=Subscribing(
        wanted=_wanted,
        create=_create,
        renew=_renew,
        delete=_delete,
        of_account=frozenset({MAILBOX}),
    ),
)
