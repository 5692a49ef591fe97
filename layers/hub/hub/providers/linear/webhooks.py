"""Linear's webhooks. https://linear.app/developers/webhooks

Two kinds come here. The app has one for all workspaces: its URL, `/api/webhooks/linear`, and the
types `RESOURCES` names are set by hand in the OAuth application, whose signing secret is our
`webhookSecret`; Linear registers it with each workspace that authorises the app. The other is made
by API: see `subscriptions`. Its secret is derived from the webhook id in its URL, and whoever
administers the workspace can read it there: it speaks for its own subscription alone, whose
integration must be of the organization that the body names, and it ends no grant (WH-13).

Quirks
- The signature covers the body, and in it `webhookTimestamp`, in milliseconds, which may be a
  minute off, as in Linear's own SDK. The header `Linear-Timestamp` is covered by nothing.
- No id in the body tells a delivery: `webhookId` is the webhook's, and `Linear-Delivery` a header
  that is not signed. A repetition is what says the same but for when it was sent.
- A delivery that is not answered with 200 in five seconds is tried again after a minute, an hour
  and six hours; a webhook that goes on failing is disabled. Of the app's one nobody is told that.
- `OAuthApp` revoked is about the whole workspace: it names an organization and no person, and comes
  to the app's webhook without being asked for. Of one person's tokens `OAuthAuthorization` tells,
  which is not asked for and ends nothing: whether it also comes when a refresh spends a token is
  not known, and a grant that has ended shows at its next use.
- A person's integration hears of all public teams of the workspace: what the person may not see,
  sync does not find.

Unconfirmed: whether a retry has a new stamp. `webhookTimestamp` is described as when it was sent,
`createdAt` as when the payload was made; but others hold that a retry is the same bytes
(vercel/eve issue 1570), and then each comes too late and is refused: the regular sync finds what
it would have told.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers._webhooks import Effect, Event, Example, Heard, Keyring, Reach, Webhooks
from hub.providers.linear.subscriptions import RESOURCES, SUBSCRIBING
from hub.schemes import Incoming, Signature, Stamp, Verdict

_SENT_AT: Final = "webhookTimestamp"
_OF_SENDING: Final = frozenset({_SENT_AT, "webhookId"})
_APP: Final = "OAuthApp"
_ENDED: Final = "revoked"


def _stamp(incoming: Incoming) -> bytes:
    try:
        at = incoming.json().get(_SENT_AT)
    except InvalidRequest:
        return b""
    return str(at).encode() if type(at) is int else b""


_SIGNATURE: Final = Signature(header="linear-signature")
_FRESH: Final = Stamp(read=_stamp, tolerance=60, milliseconds=True)


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    """Read the stamp only in a body that Linear has signed."""
    verdict = _SIGNATURE.verify(incoming, _secrets(incoming.webhook_id, keyring))
    is_late = verdict is Verdict.VERIFIED and not _FRESH.is_near(incoming)
    return Verdict.INVALID if is_late else verdict


def _secrets(webhook_id: str | None, keyring: Keyring) -> tuple[bytes, ...]:
    return keyring.webhook_secrets() if webhook_id is None else keyring.chosen(webhook_id)


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    body = incoming.json()
    kind, action, organization = (_text(body, n) for n in ("type", "action", "organizationId"))
    ends = (kind, action, incoming.webhook_id) == (_APP, _ENDED, None)
    return (
        Heard(
            webhook_id=incoming.webhook_id,
            accounts=(organization,),
            dedup=_identity(body),
            events=(_event(kind, action, body, Effect.REVOKED if ends else Effect.CHANGED),),
        ),
    )


def _event(kind: str, action: str, body: dict[str, Any], effect: Effect) -> Event:
    resource, field = RESOURCES.get(kind, (None, ""))
    data = body.get("data")
    of = data.get(field) if isinstance(data, dict) else None
    return Event(
        type=f"{kind}.{action}",
        resource=resource,
        external_id=of if isinstance(of, str) else None,
        occurred_at=_milliseconds(body.get("createdAt")),
        effect=effect,
    )


def _identity(body: dict[str, Any]) -> str:
    """Give a digest of all that is said but for when, and by which webhook."""
    said = {name: value for name, value in body.items() if name not in _OF_SENDING}
    try:
        text = json.dumps(said, sort_keys=True)
    except RecursionError:
        raise InvalidRequest from None
    return hashlib.sha256(text.encode()).hexdigest()


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest
    return value


def _milliseconds(moment: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(moment).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _routes(reach: Reach) -> tuple[str, ...]:
    """Route by workspace: no change tells whose integration sees it."""
    return (_workspace(reach.connection.account_id),)


def _workspace(account_id: str) -> str:
    return account_id.partition(":")[0]


def _example(of: Example, keyring: Keyring) -> Incoming:
    webhook_id = of.held.webhook_id if of.held else None
    body = {
        "type": "Targetym",
        "action": "test",
        "organizationId": _workspace(of.account_id),
        "data": {"id": of.id},
        "webhookId": webhook_id,
        _SENT_AT: int(of.at * 1000),
    }
    unsigned = Incoming(
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
        url=of.url,
        webhook_id=webhook_id,
        at=of.at,
    )
    signature = _SIGNATURE.sign(unsigned, _secrets(webhook_id, keyring)[0])
    return unsigned.signed({_SIGNATURE.header: signature})


WEBHOOKS: Final = Webhooks(
    events=(
        *(f"{kind}.{action}" for kind in RESOURCES for action in ("create", "update", "remove")),
        f"{_APP}.{_ENDED}",
    ),
    verify=_verify,
    read=_read,
    example=_example,
    routes=_routes,
    subscribing=SUBSCRIBING,
)
