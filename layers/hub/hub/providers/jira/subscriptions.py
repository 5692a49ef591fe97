"""Jira's dynamic webhooks: one for each integration, made, kept alive and ended by API.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks

- An app has one URL for all of its webhooks, so that it cannot tell them apart. What is delivered
  names those that matched, by numbers that are unique on a site: a webhook is known by its site's
  host and its number together.
- Refusals come item by item, in an answer of 200.
- A filter must be given, of a few fields and with `=`, `!=`, `IN` and `NOT IN` alone. One for all
  issues is not documented: `project != EMPTY` was accepted by Jira for others, and matched them all
  (superplanehq/superplane; ShipfoxHQ/shipfox pull request 1272 with `null`).
- A webhook lives for 30 days and is renewed. Renewing and ending ignore numbers that Jira does not
  know, so that only a list tells whether one is still there.
- A person may have five on a site, each integration of that account taking one, whatever
  organization it belongs to.
- While an app is not shared, only webhooks made by its owner are delivered: everybody else's are
  made and never heard of.

Jira tells apps nothing of projects by this way. It would of versions, which nothing is synced of.
"""

from datetime import datetime
from typing import Any, Final

from hub.errors import ProviderError, ProviderUnavailable, ReauthRequired, SubscriptionGone
from hub.http_types import Answer, Request
from hub.providers import _rest
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.providers.jira import gateway
from hub.values import NOTHING

SCOPE: Final = "manage:jira-webhook"
ISSUES: Final = "issues"
EVENTS: Final = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
)
_EVERY_ISSUE: Final = "project != EMPTY"
_LIFE_SECONDS: Final = 30 * 86_400
_MOST: Final = 100


def name_of(site: str, number: int | str) -> str:
    """Give what a webhook is known by, of the host of its site and its number there."""
    return f"{site}#{number}"


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    return (Wanted(key=ISSUES, resource=ISSUES),) if SCOPE in reach.scopes else ()


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:  # noqa: ARG001
    site = _site(reach)
    url, _, _ = notify.url.partition("?")
    hook = {"events": EVENTS, "jqlFilter": _EVERY_ISSUE}
    made = _checked(_call(reach, "POST", "", {"url": url, "webhooks": [hook]}))
    number = _created(made.json().get("webhookRegistrationResult"))
    return Made(external_id=number, ends_at=_in_a_month(reach), more={"site": site})


def _created(results: Any) -> str:
    """Read the number of the one webhook that was asked for."""
    result = results[0] if isinstance(results, list) and len(results) == 1 else None
    if not isinstance(result, dict):
        raise ProviderUnavailable
    number = result.get("createdWebhookId")
    if type(number) is int:
        return str(number)
    raise ProviderError if result.get("errors") else ProviderUnavailable


def _renew(reach: Reach, held: Held, notify: Notify) -> Made:  # noqa: ARG001
    """Let it live on, if it still does; its site may have got another name."""
    site, number = _site(reach), int(held.external_id)
    listed = _checked(_call(reach, "GET", f"?maxResults={_MOST}")).json().get("values")
    if not isinstance(listed, list):
        raise ProviderUnavailable
    if not any(isinstance(each, dict) and each.get("id") == number for each in listed):
        raise SubscriptionGone
    renewed = _checked(_call(reach, "PUT", "/refresh", {"webhookIds": [number]}))
    ends_at = _seconds(renewed.json().get("expirationDate"))
    return Made(
        external_id=held.external_id, ends_at=ends_at or _in_a_month(reach), more={"site": site}
    )


def _delete(reach: Reach, held: Held) -> None:
    _checked(_call(reach, "DELETE", "", {"webhookIds": [int(held.external_id)]}))


def _names(held: Held) -> tuple[str, ...]:
    return (name_of(held.more["site"], held.external_id),)


def _site(reach: Reach) -> str:
    """Give the host of the site that the integration is pinned to."""
    own, connection = _cloud_id(reach), reach.connection
    sites = gateway.find_sites(connection.send, connection.token.reveal(), connection.endpoints.api)
    hosts = [site.host for site in sites if site.id == own]
    if not hosts:
        raise ReauthRequired
    if not hosts[0]:
        raise ProviderUnavailable
    return hosts[0]


def _call(reach: Reach, method: str, path: str, body: Any = None) -> Answer:
    connection = reach.connection
    cloud_id = _rest.segment(_cloud_id(reach))
    request = Request(
        method=method,
        url=f"{connection.endpoints.api}/ex/jira/{cloud_id}/rest/api/3/webhook{path}",
        headers={
            "authorization": f"Bearer {connection.token.reveal()}",
            **({"content-type": "application/json"} if body else NOTHING),
        },
        json=body,
    )
    return connection.send(request, seconds=_rest.CALL_SECONDS)


def _cloud_id(reach: Reach) -> str:
    return reach.connection.account_id.partition("/")[0]


def _checked(answer: Answer) -> Answer:
    if refused := gateway.failure(answer):
        raise refused
    return answer


def _in_a_month(reach: Reach) -> int:
    return int(reach.now) + _LIFE_SECONDS


def _seconds(date: Any) -> int | None:
    """Read a date: documented as a number, of milliseconds, and shown as text (ISO 8601)."""
    if type(date) is int:
        return date // 1000
    try:
        return int(datetime.fromisoformat(date).timestamp())
    except (TypeError, ValueError):
        return None


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted, create=_create, delete=_delete, renew=_renew, names=_names
)
