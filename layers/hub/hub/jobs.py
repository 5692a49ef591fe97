"""Messages of our queues: versioned, ids only (no secret, name or address ever). Tokens that could
not be stored in time travel sealed; nothing but the integration's own key and salt opens them.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final, Self

from hub.errors import InvalidRequest
from hub.values import Value

VERSION: Final = 1
REVOKE: Final = "revoke"
STORE: Final = "store"
REFRESH: Final = "refresh"
SUBSCRIBE: Final = "subscribe"
KEYS: Final = "keys"


class RevokeJob(Value):
    """Revoke the tokens of one ended grant."""

    organization_id: str
    provider_id: str
    revocation_id: str

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "kind": REVOKE,
            "organizationId": self.organization_id,
            "providerId": self.provider_id,
            "revocationId": self.revocation_id,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            organization_id=item["organizationId"],
            provider_id=item["providerId"],
            revocation_id=item["revocationId"],
        )


class StoreJob(Value):
    """Store what a refresh gave and could not store (RF-07)."""

    organization_id: str
    provider_id: str
    integration_id: str
    attempt_id: str
    generation: int
    revision: int
    fence: int
    sealed: bytes
    scopes: tuple[str, ...] | None
    at: int
    expires_at: int | None
    due_at: int | None

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "kind": STORE,
            "organizationId": self.organization_id,
            "providerId": self.provider_id,
            "integrationId": self.integration_id,
            "attemptId": self.attempt_id,
            "generation": self.generation,
            "revision": self.revision,
            "fence": self.fence,
            "sealed": b64encode(self.sealed).decode(),
            "scopes": self.scopes,
            "at": self.at,
            "expiresAt": self.expires_at,
            "dueAt": self.due_at,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            organization_id=item["organizationId"],
            provider_id=item["providerId"],
            integration_id=item["integrationId"],
            attempt_id=item["attemptId"],
            generation=item["generation"],
            revision=item["revision"],
            fence=item["fence"],
            sealed=b64decode(item["sealed"], validate=True),
            scopes=None if item["scopes"] is None else tuple(item["scopes"]),
            at=item["at"],
            expires_at=item["expiresAt"],
            due_at=item["dueAt"],
        )


class RefreshJob(Value):
    """Refresh one integration's credentials, if they want it by then."""

    organization_id: str
    provider_id: str
    integration_id: str

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "kind": REFRESH,
            "organizationId": self.organization_id,
            "providerId": self.provider_id,
            "integrationId": self.integration_id,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            organization_id=item["organizationId"],
            provider_id=item["providerId"],
            integration_id=item["integrationId"],
        )


class SubscribeJob(Value):
    """See to the webhook subscriptions of one integration, or to one of them."""

    organization_id: str
    provider_id: str
    integration_id: str
    webhook_id: str | None = None

    def to_item(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "kind": SUBSCRIBE,
            "organizationId": self.organization_id,
            "providerId": self.provider_id,
            "integrationId": self.integration_id,
            "webhookId": self.webhook_id,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            organization_id=item["organizationId"],
            provider_id=item["providerId"],
            integration_id=item["integrationId"],
            webhook_id=item.get("webhookId"),
        )


class KeysJob(Value):
    """Fetch the public keys that a provider signs notifications with."""

    provider_id: str

    def to_item(self) -> dict[str, Any]:
        return {"version": VERSION, "kind": KEYS, "providerId": self.provider_id}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(provider_id=item["providerId"])


type Job = RevokeJob | StoreJob | SubscribeJob | KeysJob

_JOBS: Final[Mapping[str, type[Job]]] = {
    REVOKE: RevokeJob,
    STORE: StoreJob,
    SUBSCRIBE: SubscribeJob,
    KEYS: KeysJob,
}


def read(body: str) -> Job:
    """Read a message of the jobs queue. Raises InvalidRequest: it belongs in the dead-letter
    queue.
    """
    return _read(body, _JOBS)


def read_refresh(body: str) -> RefreshJob:
    """Read a message of the refresh queue. Raises as `read` does."""
    return _read(body, {REFRESH: RefreshJob})


def _read[Kind: (Job, RefreshJob)](body: str, kinds: Mapping[str, type[Kind]]) -> Kind:
    try:
        item = json.loads(body)
        if item["version"] != VERSION:
            raise InvalidRequest("This is no job of a version known here.")
        return kinds[item["kind"]].from_item(item)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidRequest("This is no job.") from None
