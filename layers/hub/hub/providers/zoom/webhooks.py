"""Zoom's webhooks: the app's event subscriptions, one URL for all accounts.
https://developers.zoom.us/docs/api/webhooks/
https://developers.zoom.us/docs/api/meetings/events/, https://developers.zoom.us/docs/api/users/events/

Requests are signed with the app's secret token over `v0:<timestamp>:<body>`. The same token answers
the validation of our URL, at its setup and every 72 hours: the hex HMAC of a word that Zoom chose.
Whoever could have any text answered would have signatures made. So a request that claims to be
signed must be; one that does not is answered for a plain short word alone. No such word is the text
of a signature, which has colons in it.

Quirks
- There is no event id: an event is known by its name, its time and its object, since bodies of the
  same event have been seen to differ (devforum.zoom.us 128602).
- Tried again after 5, 20 and 60 minutes, and only what had no answer or a 5xx.
- `meeting.updated` may name no host, only who did it.
- `app_deauthorized` comes for published apps alone. What we hold of that person must go within ten
  days: tokens, what sealed values could be opened with, name and routes go at once. There is nobody
  to confirm it to: the Data Compliance API is no longer to be called since 2021 (devforum.zoom.us
  51768, Jericho/ZoomNet issues 203 and 463), and `user_data_retention` is gone with it.
- Events of users are told to those alone whose grant may list the users of the account.

Not confirmed: how old a timestamp may be, taken to be 5 minutes, and that a retry has a new one (if
not, retries are refused, and the sync every 15 minutes finds what was missed; an authorization that
ended is found by the next refresh); that event subscriptions made by API are signed with the same
secret token; that validations are always signed, as the documentation shows them.
"""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers._times import milliseconds
from hub.providers._webhooks import (
    Effect,
    Event,
    Example,
    Heard,
    Keyring,
    Reach,
    Reply,
    Webhooks,
    body_id,
)
from hub.providers.zoom.client import LIST_USERS
from hub.providers.zoom.subscriptions import SUBSCRIBING
from hub.schemes import Incoming, Signature, Stamp, Verdict

_STAMP: Final = "x-zm-request-timestamp"
_SIGNATURE: Final = "x-zm-signature"
_VALIDATION: Final = "endpoint.url_validation"
_PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIKE_SIGNED_TEXT: Final = "v0"
_LONGEST_VALIDATION: Final = 1024
_TEST: Final = "targetym.test"
_DEAUTHORIZED: Final = "app_deauthorized"
_MEETINGS: Final = frozenset(
    f"meeting.{each}"
    for each in (
        "created",
        "updated",
        "deleted",
        "permanently_deleted",
        "recovered",
        "started",
        "ended",
    )
)
_USERS: Final = frozenset(
    f"user.{each}"
    for each in (
        "created",
        "invitation_accepted",
        "updated",
        "activated",
        "deactivated",
        "disassociated",
        "deleted",
    )
)
_RECORDINGS: Final = frozenset({"recording.completed"})
_HEARD: Final = _MEETINGS | _USERS | _RECORDINGS | {_DEAUTHORIZED, _TEST}
_MILLISECONDS: Final = 1000


def _stamp(incoming: Incoming) -> bytes:
    return incoming.header(_STAMP)


def _covered(incoming: Incoming) -> bytes:
    return b"v0:%b:%b" % (incoming.header(_STAMP), incoming.body)


SIGNATURE: Final = Signature(
    header=_SIGNATURE, prefix=b"v0=", covers=_covered, stamp=Stamp(read=_stamp)
)


def _greet(incoming: Incoming, keyring: Keyring) -> Reply | None:
    """Answer a validation that does not claim to be signed; whatever does, is verified first."""
    if _SIGNATURE in incoming.headers or len(incoming.body) > _LONGEST_VALIDATION:
        return None
    try:
        word = _word(incoming)
    except InvalidRequest:
        return None
    secrets = keyring.webhook_secrets()
    if word is None or word.startswith(_LIKE_SIGNED_TEXT) or not secrets:
        return None
    return _answer(word, secrets[0])


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    return SIGNATURE.verify(incoming, keyring.webhook_secrets())


def _reply(incoming: Incoming, keyring: Keyring) -> Reply | None:
    """Answer a signed validation, with the secret that it was signed by."""
    word = _word(incoming)
    if word is None:
        return None
    by = next(
        each
        for each in keyring.webhook_secrets()
        if SIGNATURE.verify(incoming, (each,)) is Verdict.VERIFIED
    )
    return _answer(word, by)


def _word(incoming: Incoming) -> str | None:
    """Read the word that is to be answered; None if this is no validation. Raises InvalidRequest,
    for what is no plain short word, too.
    """
    body = incoming.json()
    if body.get("event") != _VALIDATION:
        return None
    word = _object(body, "payload").get("plainToken")
    if not isinstance(word, str) or not _PLAIN_WORD.fullmatch(word):
        raise InvalidRequest("This is no word to be validated by.")
    return word


def _answer(word: str, secret: bytes) -> Reply:
    encrypted = hmac.digest(secret, word.encode(), "sha256").hex()
    return Reply(
        body=json.dumps({"plainToken": word, "encryptedToken": encrypted}),
        content_type="application/json",
    )


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    body = incoming.json()
    kind, payload = body.get("event"), _object(body, "payload")
    account = payload.get("account_id")
    if not isinstance(kind, str):
        raise InvalidRequest
    if kind not in _HEARD:
        return ()
    if not isinstance(account, str) or not account:
        raise InvalidRequest
    accounts = _accounts(kind, account, payload)
    if not accounts:
        return ()
    about = _object(payload, "object")
    at = body.get("event_ts") or milliseconds(payload.get("deauthorization_time"))
    event = Event(
        type=kind,
        resource=_resource(kind),
        external_id=_text(about.get("id")),
        occurred_at=at if type(at) is int else None,
        effect=Effect.ERASED if kind == _DEAUTHORIZED else Effect.CHANGED,
    )
    which = _text(about.get("uuid")) or _text(about.get("id")) or accounts[0]
    dedup = f"{account}/{kind}/{at}/{which}" if type(at) is int else body_id(incoming)
    return (Heard(accounts=accounts, dedup=dedup, events=(event,)),)


def _accounts(kind: str, account: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the person whose meeting or grant it is, or the account whose user it is."""
    if kind in _USERS:
        return (account,)
    if kind == _DEAUTHORIZED:
        person = payload.get("user_id")
    else:
        person = _object(payload, "object").get("host_id") or payload.get("operator_id")
    if isinstance(person, str) and person:
        return (f"{account}/{person}",)
    return (account,) if kind == _TEST else ()


def _resource(kind: str) -> str | None:
    if kind in _MEETINGS:
        return "meetings"
    return "users" if kind in _USERS else None


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """Read an id, which is a number or text."""
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) and value else None


def _routes(reach: Reach) -> tuple[str, ...]:
    own = reach.connection.account_id
    return (own, own.partition("/")[0]) if LIST_USERS in reach.scopes else (own,)


def _example(of: Example, keyring: Keyring) -> Incoming:
    account, _, person = of.account_id.partition("/")
    body = {
        "event": _TEST,
        "event_ts": int(of.at * _MILLISECONDS),
        "payload": {"account_id": account, "object": {"id": of.id, "host_id": person}},
    }
    unsigned = Incoming(
        headers={"content-type": "application/json", _STAMP: str(int(of.at))},
        body=json.dumps(body).encode(),
        url=of.url,
        at=of.at,
    )
    signature = SIGNATURE.sign(unsigned, keyring.webhook_secrets()[0])
    return unsigned.signed({SIGNATURE.header: signature})


WEBHOOKS: Final = Webhooks(
    events=(*sorted(_MEETINGS | _USERS | _RECORDINGS), _DEAUTHORIZED),
    verify=_verify,
    greet=_greet,
    reply=_reply,
    read=_read,
    example=_example,
    routes=_routes,
    subscribing=SUBSCRIBING,
)
