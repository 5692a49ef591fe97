"""Zoom's event subscriptions by API: the people of one subscription, where our registration names
one as `eventSubscriptionId`.
https://developers.zoom.us/docs/api/marketplace/#tag/app
https://developers.zoom.us/blog/webhook-management-with-zoom-api/

An app's event subscription is made once, by whoever runs the deployment. In the app's settings it
can tell of everybody who added the app, and then nothing is left to do here. One that is made by
API (`POST /marketplace/app/event_subscription`) tells of those who were added to it: people are
when they connect, and are removed again when they disconnect.

Quirks
- It belongs to the app: calls take a token for our client credentials, and no person's. Zoom gives
  that the scopes by itself.
- A subscription that was made in the app's settings cannot be changed by API.
- Nothing ends it. Once a day we look whether the person still is in it.

The shapes are those of Zoom's own client (@zoom/rivet, marketplace.d.ts). Not confirmed: that
adding a person twice is a success and removing one who is not in it a 404, and the query that
lists them.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from hub.errors import ClientRefused, ReauthRequired, SubscriptionGone
from hub.http_types import Answer, Request
from hub.providers import _rest
from hub.providers._standard import basic
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted

SETTING: Final = "eventSubscriptionId"
_DAY: Final = 86_400
_NOT_FOUND: Final = 404


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    subscription = reach.registration.settings.get(SETTING)
    return (Wanted(key=f"subscription/{subscription}"),) if subscription else ()


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:  # noqa: ARG001  # our URL it has
    subscription = wanted.key.rpartition("/")[2]
    account, _, person = reach.connection.account_id.partition("/")
    body = {"user_ids": [person], "account_id": account}
    _check(_call(reach, "PATCH", f"/{_rest.segment(subscription)}", body=body))
    return Made(external_id=subscription)


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:  # noqa: ARG001  # as above
    account, _, person = reach.connection.account_id.partition("/")
    query = {"user_id": person, "account_id": account, "subscription_scope": "user"}
    answer = _call(reach, "GET", query=query)
    _check(answer)
    listed = answer.json().get("event_subscriptions")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if held.external_id not in [each.get("event_subscription_id") for each in found]:
        raise SubscriptionGone
    return Made(external_id=held.external_id)


def _delete(reach: Reach, held: Held) -> None:
    account, _, person = reach.connection.account_id.partition("/")
    query = {
        "event_subscription_id": held.external_id,
        "user_ids": person,
        "account_id": account,
    }
    answer = _call(reach, "DELETE", query=query)
    if answer.status != _NOT_FOUND:
        _check(answer)


def _call(
    reach: Reach,
    method: str,
    path: str = "",
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Answer:
    url = f"{reach.connection.endpoints.api}/marketplace/app/event_subscription{path}"
    request = Request(
        method=method,
        url=f"{url}?{urlencode(query)}" if query else url,
        headers={"authorization": f"Bearer {_app_token(reach)}"},
        json=body,
    )
    return reach.connection.send(request, seconds=_rest.CALL_SECONDS)


def _app_token(reach: Reach) -> str:
    """Get a token of the app itself (RFC 6749 section 4.4). It is used once, and not kept."""
    request = Request(
        url=reach.connection.endpoints.token,
        headers={"authorization": basic(reach.registration)},
        form={"grant_type": "client_credentials"},
    )
    answer = reach.connection.send(request, seconds=_rest.CALL_SECONDS)
    _check(answer)
    return _rest.required(answer.json(), "access_token")


def _check(answer: Answer) -> None:
    """Raise what an answer refuses. Who is not let in here is our app, not the person."""
    error = _rest.failure(answer)
    if isinstance(error, ReauthRequired):
        raise ClientRefused
    if error is not None:
        raise error


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted, create=_create, renew=_renew, delete=_delete, check_seconds=_DAY
)
