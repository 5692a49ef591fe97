"""What Graph sends of its own accord: changes and lifecycle notices, several in one request.

Rules played here:
- Notices are not signed; each repeats its subscription's `clientState`.
- What is not taken is tried again for up to four hours, at growing intervals (these are made up:
  Microsoft tells but their sum).
- An event is told with its etag and an id of the notice, a person with a number and a time, a drive
  with nothing at all.

Sources: microsoft-graph-docs-contrib concepts/change-notifications-delivery-webhooks.md and
change-notifications-lifecycle-events.md; azure-docs articles/event-grid/azure-active-directory-
events.md (people); onedrive-api-docs issue 1214 and microsoft-graph-docs issue 11776 (drives).
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.simulator.providers.microsoft.directory import PEOPLE
from tests.simulator.providers.microsoft.subscriptions import (
    Subscription,
    Subscriptions,
    instant,
)
from tests.simulator.webhooks import Sent

RETRIES = (10.0, 30.0, 60.0, 180.0, 600.0, 1200.0, 2400.0, 4800.0, 5120.0)
LIFECYCLE = frozenset({"reauthorizationRequired", "subscriptionRemoved", "missed"})
RESOURCES = {"event": "me/events", "drive": "me/drive/root", "user": "users"}


class Notices:
    def __init__(self, subscriptions: Subscriptions, now: Callable[[], float]) -> None:
        self._subscriptions, self._now = subscriptions, now
        self._number = 0

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """`event.updated`, `drive.updated`, `user.deleted` and so on, as many as `count` says, of a
        person's subscriptions; `bare` leaves out the notice's id. Or a lifecycle event, of all of
        them or those to one `resource`.
        """
        if event in LIFECYCLE:
            resource = RESOURCES.get(str(details.get("resource")))
            concerned = self._subscriptions.of(account, resource)
            return [self._lifecycle(each, event) for each in concerned]
        kind, _, change = event.partition(".")
        concerned = self._subscriptions.of(account, RESOURCES[kind])
        return [
            self._sent(
                each.url,
                [
                    self._changed(each, kind, change, details)
                    for _ in range(details.get("count", 1))
                ],
            )
            for each in concerned
            if change in each.changes
        ]

    def _lifecycle(self, subscription: Subscription, event: str) -> Sent:
        notice = {**_about(subscription), "lifecycleEvent": event}
        if event == "subscriptionRemoved":
            subscription.gone = True
        return self._sent(subscription.lifecycle_url, [notice])

    def _changed(
        self, subscription: Subscription, kind: str, change: str, details: dict[str, Any]
    ) -> dict[str, Any]:
        notice = {**_about(subscription), "changeType": change}
        match kind:
            case "drive":
                return {**notice, "resource": "me/drive/root", "resourceData": None}
            case "user":
                return {**notice, **self._person(str(details.get("id", next(iter(PEOPLE)))))}
        told = {**notice, **self._event(subscription, str(details.get("id", uuid4().hex)))}
        return told if details.get("bare") else {"id": uuid4().hex[:13], **told}

    def _event(self, subscription: Subscription, event_id: str) -> dict[str, Any]:
        self._number += 1
        tag = b64encode(f"change {self._number:08}".encode()).decode()
        path = f"Users/{subscription.owner.oid}/Events/{event_id}"
        return {
            "resource": path,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": path,
                "@odata.etag": f'W/"{tag}"',
                "id": event_id,
            },
        }

    def _person(self, person_id: str) -> dict[str, Any]:
        self._number += 1
        tenant = PEOPLE[person_id].tenant.id
        return {
            "resource": f"Users/{person_id}",
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.User",
                "@odata.id": f"Users/{person_id}",
                "id": person_id,
                "organizationId": tenant,
                "eventTime": instant(self._now()),
                "sequenceNumber": 638_000_000_000_000_000 + self._number,
            },
        }

    def _sent(self, url: str, notices: list[dict[str, Any]]) -> Sent:
        return Sent(
            url=url,
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps({"value": notices}).encode(),
        )


def _about(subscription: Subscription) -> dict[str, Any]:
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": instant(subscription.ends_at),
        "clientState": subscription.state,
        "tenantId": subscription.owner.tenant.id,
    }
