"""What Jira's dynamic webhooks deliver. https://developer.atlassian.com/cloud/jira/platform/webhooks
How they are made is in `subscriptions`.

A delivery proves itself by a JWT (HS256) under the app's client secret.

The limit of that: the JWT covers no body, in anything that is documented of it. Whoever has seen a
delivery with its token can send any body in Jira's name until the token ends. So nothing but "this
has changed" is ever taken from a body, which costs a sync and tells nothing; no grant ends by it,
and a token that ends later than in a day is refused.

Quirks
- The body names a site by the hosts of its links, and the webhooks that matched by number.
- A retry is the same body, with the same `X-Atlassian-Webhook-Identifier`. No signature covers that
  header: the body itself tells a repetition.

Unconfirmed: the claims (issuer, audience, life; that there is an `exp` is taken for granted) and
whether one delivery may name webhooks of several people, which would be heard by each.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from hub.errors import InvalidRequest
from hub.providers._webhooks import (
    Event,
    Example,
    Heard,
    Keyring,
    Webhooks,
    body_id,
    no_account,
)
from hub.providers.jira.subscriptions import EVENTS, ISSUES, SUBSCRIBING, name_of
from hub.schemes import Incoming, SignedToken, Verdict

_TOKEN: Final = SignedToken()
_RESOURCES: Final = {
    "jira:issue_": (ISSUES, "issue", "id"),
    "comment_": (ISSUES, "issue", "id"),
    "jira:version_": ("projects", "version", "projectId"),
    "project_": ("projects", "project", "id"),
}
_LINKED: Final = ("issue", "comment", "version", "project")
_MOST_WEBHOOKS: Final = 100
_EXAMPLE_SECONDS: Final = 180


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    return _TOKEN.verify(incoming, keyring.client_secrets())


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    body = incoming.json()
    kind, matched = body.get("webhookEvent"), body.get("matchedWebhookIds")
    if not isinstance(kind, str) or not isinstance(matched, list):
        raise InvalidRequest
    numbers = dict.fromkeys(each for each in matched if type(each) is int)
    if not 0 < len(numbers) <= _MOST_WEBHOOKS:
        raise InvalidRequest
    site = _site(body)
    return (
        Heard(
            accounts=tuple(name_of(site, number) for number in numbers),
            dedup=body_id(incoming),
            events=(_event(kind, body),),
        ),
    )


def _site(body: dict[str, Any]) -> str:
    """Give the host that every link to what the event is about leads to."""
    hosts = {
        _host(each["self"])
        for each in map(body.get, _LINKED)
        if isinstance(each, dict) and "self" in each
    }
    if len(hosts) != 1:
        raise InvalidRequest
    return hosts.pop()


def _host(link: Any) -> str:
    try:
        parts = urlsplit(link if isinstance(link, str) else "")
    except ValueError:
        raise InvalidRequest from None
    if parts.scheme != "https" or not parts.netloc:
        raise InvalidRequest
    return parts.netloc.lower()


def _event(kind: str, body: dict[str, Any]) -> Event:
    at = body.get("timestamp")
    known = (of for begins, of in _RESOURCES.items() if kind.startswith(begins))
    resource, part, field = next(known, (None, "", ""))
    thing = body.get(part)
    of = thing.get(field) if isinstance(thing, dict) else None
    return Event(
        type=kind,
        resource=resource,
        external_id=str(of) if isinstance(of, str) or type(of) is int else None,
        occurred_at=at if type(at) is int else None,
    )


def _example(of: Example, keyring: Keyring) -> Incoming:
    """Make a delivery of the integration's webhook, about no issue in particular."""
    held = of.held
    if held is None:
        raise InvalidRequest
    body = {
        "timestamp": int(of.at * 1000),
        "webhookEvent": "targetym_test",
        "issue": {"self": f"https://{held.more['site']}/", "key": of.id},
        "matchedWebhookIds": [int(held.external_id)],
    }
    claims = {"iat": int(of.at), "exp": int(of.at) + _EXAMPLE_SECONDS}
    return Incoming(
        headers={
            "content-type": "application/json",
            "authorization": _TOKEN.sign(claims, keyring.client_secrets()[0]),
        },
        body=json.dumps(body).encode(),
        url=of.url,
        at=of.at,
    )


WEBHOOKS: Final = Webhooks(
    events=EVENTS,
    verify=_verify,
    read=_read,
    example=_example,
    routes=no_account,
    subscribing=SUBSCRIBING,
)
