"""Asana's webhooks, as they come. https://developers.asana.com/docs/webhooks-guide

Each webhook is about one workspace or one project (`subscriptions`) and has a secret that Asana
chooses for it.

Quirks
- While the call that makes a webhook is open, Asana posts the secret to its address and wants it
  back. Nothing signs that, so it is repeated only while a webhook is being made there, and nothing
  is kept of it: the secret that counts comes with the call's answer.
- The first heartbeat may come before that answer is stored: it is NOT_YET, and comes again.
- Heartbeats have no events. They come every eight hours.
- Events have no id: a delivery is known by its bytes. `user` may be null.
- What is not taken within ten seconds is tried again for 24 hours, longer pauses each time; then
  Asana deletes the webhook. So one that nobody knows here ends by being refused. That a 410 would
  end it sooner is not documented.
- Nothing tells that a grant has ended.

Unconfirmed: the body of the handshake (examples show none, or `{}`).
"""

import json
import re
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers import _rest
from hub.providers._times import milliseconds
from hub.providers._webhooks import (
    Effect,
    Event,
    Example,
    Heard,
    Keyring,
    Reply,
    Webhooks,
    body_id,
    no_account,
)
from hub.providers.asana.subscriptions import PROJECTS, SUBSCRIBING, TASKS
from hub.schemes import Incoming, Signature, Verdict

SIGNATURE: Final = Signature(header="x-hook-signature")
_HANDSHAKE: Final = "x-hook-secret"
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,256}")
_ACTIONS: Final = ("added", "changed", "deleted", "removed", "undeleted")
_RESOURCES: Final = {
    "project": PROJECTS,
    "project_membership": PROJECTS,
    "project_status": PROJECTS,
    "status_update": PROJECTS,
    "task": TASKS,
    "section": TASKS,
}


def _greet(incoming: Incoming, keyring: Keyring) -> Reply | None:
    """Repeat the word of a handshake. What is signed, or tells of something, is none (WH-04)."""
    word = incoming.headers.get(_HANDSHAKE, "")
    plain = _PLAIN.fullmatch(word) and SIGNATURE.header not in incoming.headers
    if not plain or incoming.webhook_id is None or _tells(incoming):
        return None
    if not keyring.is_expected(incoming.webhook_id):
        return None
    return Reply(headers={_HANDSHAKE: word})


def _tells(incoming: Incoming) -> bool:
    if not incoming.body:
        return False
    try:
        return bool(incoming.json().get("events"))
    except InvalidRequest:
        return True


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    webhook_id = incoming.webhook_id
    if webhook_id is None or not incoming.header(SIGNATURE.header):
        return Verdict.INVALID
    verdict = SIGNATURE.verify(incoming, keyring.stored(webhook_id))
    too_early = verdict is not Verdict.VERIFIED and keyring.is_expected(webhook_id)
    return Verdict.NOT_YET if too_early else verdict


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    told = incoming.json().get("events", [])
    if not isinstance(told, list):
        raise InvalidRequest
    if not told:
        return ()
    return (
        Heard(
            webhook_id=incoming.webhook_id,
            dedup=f"{incoming.webhook_id}/{body_id(incoming)}",
            events=tuple(_event(each if isinstance(each, dict) else {}) for each in told),
        ),
    )


def _event(told: dict[str, Any]) -> Event:
    """Read an event. Of what has no place in a sync, such as a comment, it is about the parent."""
    kind, gid = _object(told.get("resource"))
    about, of = (kind, gid) if kind in _RESOURCES else _object(told.get("parent"))
    action = _rest.text(told.get("action")) or ""
    return Event(
        type=f"{kind}.{action}",
        resource=_RESOURCES.get(about),
        external_id=of if about in _RESOURCES else gid,
        occurred_at=milliseconds(told.get("created_at")),
        effect=Effect.MOVED if _rearranges(kind, action, told) else Effect.CHANGED,
    )


def _object(told: Any) -> tuple[str, str | None]:
    """Give an object's type and id; none of either where there is no object."""
    found = told if isinstance(told, dict) else {}
    return _rest.text(found.get("resource_type")) or "", _rest.text(found.get("gid"))


def _rearranges(kind: str, action: str, told: dict[str, Any]) -> bool:
    """Tell whether there is a project more or less to watch; archived ones are not."""
    change = told.get("change")
    field = change.get("field") if isinstance(change, dict) else None
    return kind == "project" and (action != "changed" or field == "archived")


def _example(of: Example, keyring: Keyring) -> Incoming:
    secrets = keyring.stored(of.held.webhook_id) if of.held else ()
    if of.held is None or not secrets:
        raise InvalidRequest
    event = {
        "action": "changed",
        "created_at": None,
        "resource": {"gid": of.id, "resource_type": "targetym_test"},
        "parent": None,
        "user": None,
    }
    unsigned = Incoming(
        headers={"content-type": "application/json"},
        body=json.dumps({"events": [event]}).encode(),
        url=of.url,
        webhook_id=of.held.webhook_id,
        at=of.at,
    )
    return unsigned.signed({SIGNATURE.header: SIGNATURE.sign(unsigned, secrets[0])})


WEBHOOKS: Final = Webhooks(
    events=tuple(f"{kind}.{action}" for kind in ("project", "task") for action in _ACTIONS),
    verify=_verify,
    read=_read,
    example=_example,
    greet=_greet,
    routes=no_account,
    subscribing=SUBSCRIBING,
)
