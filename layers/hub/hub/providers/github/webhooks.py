"""GitHub's webhooks: a GitHub App's, one for all its installations, or hooks that an OAuth App's
grant made (`subscriptions`), each with a secret of its own.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries

The signature covers the body and no header, and there is no timestamp. So what happened is told by
what the body holds, never by `X-GitHub-Event`; and the same body is the same delivery, whatever
`X-GitHub-Delivery` says.

Quirks
- Deliveries are not tried again. The list of those that failed is for the app's private key, which
  this deployment does not have: the sync every 15 minutes finds what was missed.
- Where the app is installed and who may reach it are two things. An installation that ends, or is
  suspended, ends no grant by itself: what the grant still reaches is asked for, and only when that
  is nothing, it is over.
- All that a revoked authorization tells is whose it was, not when: told late, or sent again, it
  could end a grant that was given since. So it ends none, but has GitHub asked: a dead token is
  refused there. Since one such body is like the other, they are told apart by the unsigned
  `X-GitHub-Delivery`, here alone: all that could be gained by forging that is another question.
- In events of an installation `installation` is the whole of it, elsewhere its id alone.
- A pull request is an issue with another id: only the id of an issue is given.

Not confirmed: that /user/installations lists suspended ones; that a hook's `meta` event comes when
it is deleted by whoever made it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from hub.errors import GrantRefused, InvalidRequest
from hub.providers._times import milliseconds
from hub.providers._webhooks import (
    Effect,
    Event,
    Example,
    Heard,
    Keyring,
    Reach,
    Webhooks,
    body_id,
)
from hub.providers.github.client import APP_TOKEN
from hub.providers.github.subscriptions import SUBSCRIBING
from hub.schemes import Incoming, Signature, Verdict

ISSUES: Final = "issues"
REPOSITORIES: Final = "repositories"
_TEST: Final = "targetym_test"
_COMMON: Final = frozenset(
    {"action", "sender", "organization", "enterprise", "installation", "repository"}
)
_MARKS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("issue_comment", frozenset({"issue", "comment"})),
    ("issues", frozenset({"issue"})),
    ("pull_request", frozenset({"pull_request"})),
    ("label", frozenset({"label"})),
)
_INSTALLATION: Final = frozenset(
    {"created", "deleted", "new_permissions_accepted", "suspend", "unsuspend"}
)
_ENDS_OR_MOVES_HOOKS: Final = frozenset({"created", "deleted", "renamed", "transferred"})
_REPOSITORY: Final = _ENDS_OR_MOVES_HOOKS | {
    "archived",
    "edited",
    "privatized",
    "publicized",
    "unarchived",
}
_REVOKED: Final = "github_app_authorization"
_OF_THE_APP: Final = frozenset({"installation", "installation_repositories", _REVOKED})
_RESOURCE: Final[Mapping[str, str]] = {
    "issues": ISSUES,
    "issue_comment": ISSUES,
    "pull_request": ISSUES,
    "label": ISSUES,
    "repository": REPOSITORIES,
    "installation_repositories": REPOSITORIES,
}
_CLOCK: Final[Mapping[str, str]] = {
    "issues": "issue",
    "issue_comment": "comment",
    "pull_request": "pull_request",
    "repository": "repository",
    "installation": "installation",
    "installation_repositories": "installation",
}
_JSON: Final = "application/json"
_DELIVERY: Final = "x-github-delivery"
_MILLISECONDS: Final = 1000

SIGNATURE: Final = Signature(header="x-hub-signature-256", prefix=b"sha256=")


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    """Verify by the hook's own secret, where it is the hook of one integration, and by no other."""
    if incoming.webhook_id is not None:
        return SIGNATURE.verify(incoming, keyring.chosen(incoming.webhook_id))
    return SIGNATURE.verify(incoming, keyring.webhook_secrets())


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    if incoming.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise InvalidRequest("Webhooks are to be sent as application/json.")
    body = incoming.json()
    action = body.get("action")
    if not isinstance(action, str) or (kind := _kind(action, body)) is None:
        return ()
    by_hook = incoming.webhook_id is not None
    event = _event(kind, action, body, by_hook=by_hook)
    if event is None:
        return ()
    dedup = body_id(incoming)
    if kind == _REVOKED:
        dedup = f"{dedup}/{incoming.headers.get(_DELIVERY, '')}"
    if by_hook:
        return (Heard(webhook_id=incoming.webhook_id, dedup=dedup, events=(event,)),)
    accounts = _accounts(kind, body)
    return (Heard(accounts=accounts, dedup=dedup, events=(event,)),) if accounts else ()


def _kind(action: str, body: Mapping[str, Any]) -> str | None:
    """Tell what happened by what the body holds; None for what is no concern of ours, a hook's
    `ping` among it.
    """
    own = frozenset(body.keys() - _COMMON)
    if action == _TEST:
        return _TEST
    if own == {"hook", "hook_id"}:
        return "meta" if action == "deleted" else None
    if "repository" not in body:
        return _kind_of_app(action, own, _object(body, "installation"))
    marked = next((kind for kind, marks in _MARKS if marks <= own), None)
    is_of_repository = own <= {"changes"} and action in _REPOSITORY
    return marked or ("repository" if is_of_repository else None)


def _kind_of_app(action: str, own: frozenset[str], installation: Mapping[str, Any]) -> str | None:
    """Tell what happened to a GitHub App. Nothing else may be taken for it: grants end by it."""
    if own >= {"repositories_added", "repositories_removed"}:
        return "installation_repositories"
    if "account" in installation and own <= {"repositories", "requester"}:
        return "installation" if action in _INSTALLATION else None
    return _REVOKED if not own and action == "revoked" else None


def _event(kind: str, action: str, body: Mapping[str, Any], *, by_hook: bool) -> Event | None:
    effect = _effect(kind, action, by_hook=by_hook)
    if effect is None:
        return None
    return Event(
        type=kind if kind == _TEST else f"{kind}.{action}",
        resource=_RESOURCE.get(kind),
        external_id=_external_id(kind, body),
        occurred_at=_occurred_at(_object(body, _CLOCK.get(kind, ""))),
        effect=effect,
    )


def _effect(kind: str, action: str, *, by_hook: bool) -> Effect | None:
    """Tell what follows; None where it came amiss: what concerns the app comes by the app's own
    webhook alone, and what concerns one hook by that hook.
    """
    if kind == "meta":
        return Effect.LOST if by_hook else None
    if kind in _OF_THE_APP:
        return None if by_hook else Effect.MOVED
    moves = by_hook and kind == "repository" and action in _ENDS_OR_MOVES_HOOKS
    return Effect.MOVED if moves else Effect.CHANGED


def _accounts(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the installation, and whoever did it where that may be news to their grant."""
    installation = _id(_object(body, "installation"))
    sender = _id(_object(body, "sender"))
    found = []
    if installation and kind != _REVOKED:
        found.append(f"installation/{installation}")
    if sender and kind in _OF_THE_APP | {_TEST}:
        found.append(f"person/{sender}")
    return tuple(found)


def _external_id(kind: str, body: Mapping[str, Any]) -> str | None:
    if kind in {"issues", "issue_comment"}:
        return _id(_object(body, "issue"))
    return _id(_object(body, "repository")) if kind == "repository" else None


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _id(thing: Mapping[str, Any]) -> str | None:
    value = thing.get("id")
    return str(value) if type(value) is int and value > 0 else None


def _occurred_at(thing: Mapping[str, Any]) -> int | None:
    """Read when a thing was last changed: ISO 8601, or seconds where it is an installation."""
    at = thing.get("updated_at")
    return at * _MILLISECONDS if type(at) is int else milliseconds(at)


def _routes(reach: Reach) -> tuple[str, ...]:
    """Route by the installations that a person reaches through a GitHub App, and by the person."""
    if not reach.connection.token.reveal().startswith(APP_TOKEN):
        return ()
    installations = reach.client.installations()
    if not installations:
        raise GrantRefused
    return (
        f"person/{reach.connection.account_id}",
        *(f"installation/{each}" for each in installations),
    )


def _example(of: Example, keyring: Keyring) -> Incoming:
    """Name the account as it is routed, or by a person's number; a hook knows whose it is."""
    kind, _, number = of.account_id.rpartition("/")
    whose = "installation" if kind == "installation" else "sender"
    body = {"action": _TEST, "delivery": of.id, whose: {"id": int(number or 0)}}
    webhook_id = of.held.webhook_id if of.held else None
    unsigned = Incoming(
        headers={"content-type": _JSON},
        body=json.dumps(body).encode(),
        url=of.url,
        webhook_id=webhook_id,
        at=of.at,
    )
    secrets = keyring.chosen(webhook_id) if of.held else keyring.webhook_secrets()
    return unsigned.signed({SIGNATURE.header: SIGNATURE.sign(unsigned, secrets[0])})


WEBHOOKS: Final = Webhooks(
    events=(*_RESOURCE, "installation", _REVOKED),
    verify=_verify,
    read=_read,
    example=_example,
    routes=_routes,
    subscribing=SUBSCRIBING,
)
