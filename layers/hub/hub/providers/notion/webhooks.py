"""Notion's webhooks. https://developers.notion.com/reference/webhooks
https://developers.notion.com/reference/webhooks-events-delivery

An app has one subscription for all workspaces, made by hand in the developer portal, so there is
nothing to subscribe to. When it is made, Notion sends a verification token, unsigned; a person
pastes it into the portal, and from then on it signs every event.

Quirks
- Nothing signed tells a delivery's time: repetitions are known by the event's `id` alone. Up to
  eight tries, the last after about 24 hours.
- Events hold ids and times, no content; often several changes are one event, in no certain order.
- `accessible_by` names the people and bots of the app that reach the entity: an event is for their
  grants alone. Where it is absent (data sources, in the documented samples), it is for every grant
  in the workspace. A grant's bot is what `users/me` tells (/reference/get-self): for that no
  capability is needed.
- That the grant has ended is not told.
- Unconfirmed: whether a handshake ever has more than its one field; what Notion makes of answers
  that take long.
"""

import json
import re
from datetime import datetime
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.models import Secret
from hub.providers import _rest
from hub.providers._times import milliseconds
from hub.providers._webhooks import Event, Example, Heard, Keyring, Reach, Reply, Webhooks
from hub.providers.notion.client import VERSION
from hub.schemes import Incoming, Signature, Verdict

PAGES: Final = "pages"
DATA_SOURCES: Final = "data_sources"
SIGNATURE: Final = Signature(header="x-notion-signature", prefix=b"sha256=")
_RESOURCES: Final = {"page": PAGES, "database": DATA_SOURCES, "data_source": DATA_SOURCES}
_EVENTS: Final = (
    "page.created",
    "page.content_updated",
    "page.properties_updated",
    "page.moved",
    "page.deleted",
    "page.undeleted",
    "page.locked",
    "page.unlocked",
    "database.created",
    "database.moved",
    "database.deleted",
    "database.undeleted",
    "data_source.created",
    "data_source.content_updated",
    "data_source.schema_updated",
    "data_source.moved",
    "data_source.deleted",
    "data_source.undeleted",
    "comment.created",
    "comment.updated",
    "comment.deleted",
)
_HANDSHAKE: Final = "verification_token"
_OF_EVENTS: Final = frozenset({"id", "type", "workspace_id", "entity", "data"})
_ISSUED: Final = re.compile(r"[\x21-\x7e]{16,200}")
_MOST_BOTS: Final = 100


def _greet(incoming: Incoming, keyring: Keyring) -> Reply | None:
    """Take a verification token while an operator waits for one, to show it. What looks like an
    event as well is no handshake (WH-04); nor does it get past `_read`.
    """
    if b'"verification_token"' not in incoming.body:
        return None
    body = incoming.json()
    token = body.get(_HANDSHAKE)
    if not isinstance(token, str) or not _ISSUED.fullmatch(token) or _OF_EVENTS & body.keys():
        return None
    return Reply(kept=Secret(token)) if keyring.is_expected(None) else None


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    return SIGNATURE.verify(incoming, keyring.webhook_secrets())


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    body = incoming.json()
    if _HANDSHAKE in body:
        raise InvalidRequest
    kind, workspace, entity = _given(body, "type"), _given(body, "workspace_id"), body.get("entity")
    of = entity.get("id") if isinstance(entity, dict) else None
    event = Event(
        type=kind,
        resource=_RESOURCES.get(kind.partition(".")[0]),
        external_id=_rest.text(of),
        occurred_at=milliseconds(body.get("timestamp")),
    )
    accounts = _accounts(workspace, body.get("accessible_by"))
    return (Heard(accounts=accounts, dedup=_given(body, "id"), events=(event,)),)


def _given(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest
    return value


def _accounts(workspace: str, accessible_by: Any) -> tuple[str, ...]:
    """Give the bots that reach what an event is about, the workspace where it does not say."""
    listed = accessible_by if isinstance(accessible_by, list) else []
    bots = [
        _account_of(workspace, each["id"])
        for each in listed
        if isinstance(each, dict) and each.get("type") == "bot" and isinstance(each.get("id"), str)
    ]
    return tuple(bots) if listed and len(bots) <= _MOST_BOTS else (workspace,)


def _account_of(workspace: str, bot: str) -> str:
    return f"{workspace}/{bot}"


def _routes(reach: Reach) -> tuple[str, ...]:
    """Route by the workspace, and by the grant's own bot there."""
    to = reach.connection
    answer = _rest.get(to.send, to.token.reveal(), f"{to.endpoints.api}/users/me", VERSION)
    if refused := _rest.failure(answer):
        raise refused
    return (to.account_id, _account_of(to.account_id, _rest.required(answer.json(), "id")))


def _example(of: Example, keyring: Keyring) -> Incoming:
    workspace, _, bot = of.account_id.partition("/")
    body = {
        "id": of.id,
        "timestamp": datetime.fromtimestamp(of.at).astimezone().isoformat(),
        "workspace_id": workspace,
        "type": "targetym.test",
        "accessible_by": [{"id": bot, "type": "bot"}] if bot else [],
        "attempt_number": 1,
    }
    unsigned = Incoming(
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
        url=of.url,
        at=of.at,
    )
    signature = SIGNATURE.sign(unsigned, keyring.webhook_secrets()[0])
    return unsigned.signed({SIGNATURE.header: signature})


WEBHOOKS: Final = Webhooks(
    events=_EVENTS,
    greet=_greet,
    verify=_verify,
    read=_read,
    example=_example,
    routes=_routes,
    by_hand=True,
)
