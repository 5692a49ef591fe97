"""A webhook of the workspace's own, for integrations that were granted `admin`. Everybody else
hears by the webhook of our app, of which `webhooks` tells.

- It covers all public teams, those to come included; a private team's changes are told to nobody
  who did not set up a webhook there.
- Its id and its secret are ours to choose: the id is that of our URL, which the body repeats.
- It does not end, but is disabled once deliveries have failed for long, and only by hand enabled
  again: one that is found disabled is deleted, and another made.

Whether the scope is enough where the person is no administrator is unconfirmed.

Source: the schema of @linear/sdk 98.0.0; https://linear.app/developers/webhooks
"""

from contextlib import suppress
from typing import Final

from hub.errors import InvalidRequest, SubscriptionGone
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted
from hub.providers.linear.client import ADMIN

ISSUES: Final = "issues"
PROJECTS: Final = "projects"
RESOURCES: Final = {
    "Issue": (ISSUES, "id"),
    "Comment": (ISSUES, "issueId"),
    "IssueLabel": (ISSUES, ""),
    "Attachment": (ISSUES, "issueId"),
    "Reaction": (ISSUES, "issueId"),
    "Project": (PROJECTS, "id"),
    "ProjectUpdate": (PROJECTS, "projectId"),
}
"""By type of what changed: the resource concerned, and where its object's id stands."""

_CHECK_SECONDS: Final = 86_400


def _wanted(reach: Reach) -> tuple[Wanted, ...]:
    return (Wanted(key="workspace"),) if ADMIN in reach.scopes else ()


def _create(reach: Reach, wanted: Wanted, notify: Notify) -> Made:  # noqa: ARG001
    webhook_id = reach.client.create_webhook(
        notify.webhook_id, notify.url, notify.secret, tuple(RESOURCES)
    )
    return Made(external_id=webhook_id)


def _look(reach: Reach, held: Held, notify: Notify) -> Made:  # noqa: ARG001
    try:
        enabled = reach.client.is_enabled(held.external_id)
    except InvalidRequest:
        raise SubscriptionGone from None
    if not enabled:
        _delete(reach, held)
        raise SubscriptionGone
    return Made(external_id=held.external_id)


def _delete(reach: Reach, held: Held) -> None:
    with suppress(InvalidRequest):  # there is none such any more
        reach.client.delete_webhook(held.external_id)


SUBSCRIBING: Final = Subscribing(
    wanted=_wanted, create=_create, delete=_delete, renew=_look, check_seconds=_CHECK_SECONDS
)
