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


class _Message(Value):
    """What every message says. A kind of message is a subclass: its fields are what it carries, in
    JSON under their names in camel case; those with a default may be missing.
    """

    kind = ""
    provider_id: str

    def to_item(self) -> dict[str, Any]:
        carried = {_camel(name): getattr(self, name) for name in self._fields}
        return {"version": VERSION, "kind": self.kind, **carried}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read it. Raises KeyError, TypeError, ValueError for what is none."""
        given = {name: item.get(_camel(name), default) for name, default in cls._defaults.items()}
        needed = {name: item[_camel(name)] for name in cls._fields if name not in given}
        return cls(**given, **needed)


class RevokeJob(_Message):
    """Revoke the tokens of one ended grant."""

    kind = "revoke"
    organization_id: str
    revocation_id: str


class StoreJob(_Message):
    """Store what a refresh gave and could not store (RF-07)."""

    kind = "store"
    organization_id: str
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
        return {**super().to_item(), "sealed": b64encode(self.sealed).decode()}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        scopes = None if item["scopes"] is None else tuple(item["scopes"])
        sealed = b64decode(item["sealed"], validate=True)
        return super().from_item({**item, "sealed": sealed, "scopes": scopes})


class RefreshJob(_Message):
    """Refresh one integration's credentials, if they want it by then."""

    kind = "refresh"
    organization_id: str
    integration_id: str


class SyncJob(_Message):
    """Sync one integration, if anything of it is to be done by then."""

    kind = "sync"
    organization_id: str
    integration_id: str


class SubscribeJob(_Message):
    """See to the webhook subscriptions of one integration, or to one of them."""

    kind = "subscribe"
    organization_id: str
    integration_id: str
    webhook_id: str | None = None


class ForgetJob(_Message):
    """Remove what was synced of one integration."""

    kind = "forget"
    organization_id: str
    integration_id: str
    generation: int


class KeysJob(_Message):
    """Fetch the public keys that a provider signs notifications with."""

    kind = "keys"


type Job = RevokeJob | StoreJob | SubscribeJob | ForgetJob | KeysJob

_JOBS: Final[Mapping[str, type[Job]]] = {
    each.kind: each for each in (RevokeJob, StoreJob, SubscribeJob, ForgetJob, KeysJob)
}


def read(body: str) -> Job:
    """Read a message of the jobs queue. Raises InvalidRequest: it belongs in the dead-letter
    queue.
    """
    return _read(body, _JOBS)


def read_refresh(body: str) -> RefreshJob:
    """Read a message of the refresh queue. Raises as `read` does."""
    return _read(body, {RefreshJob.kind: RefreshJob})


def read_sync(body: str) -> SyncJob:
    """Read a message of the sync queue. Raises as `read` does."""
    return _read(body, {SyncJob.kind: SyncJob})


def _read[Kind: (Job, RefreshJob, SyncJob)](body: str, kinds: Mapping[str, type[Kind]]) -> Kind:
    try:
        item = json.loads(body)
        if item["version"] != VERSION:
            raise InvalidRequest("This is no job of a version known here.")
        return kinds[item["kind"]].from_item(item)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidRequest("This is no job.") from None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
