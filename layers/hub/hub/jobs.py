"""Jobs of the one jobs queue: versioned, ids only (no secret, name or address ever)."""

import json
from collections.abc import Mapping
from typing import Any, Final, Self

from hub.errors import InvalidRequest
from hub.values import Value

VERSION: Final = 1
REVOKE: Final = "revoke"


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
        if item.get("version") != VERSION or item.get("kind") != REVOKE:
            raise InvalidRequest("This is no job of a kind and version known here.")
        return cls(
            organization_id=item["organizationId"],
            provider_id=item["providerId"],
            revocation_id=item["revocationId"],
        )


def read(body: str) -> RevokeJob:
    """Read a queue message. Raises InvalidRequest: it belongs in the dead-letter queue."""
    try:
        return RevokeJob.from_item(json.loads(body))
    except (ValueError, KeyError, AttributeError):
        raise InvalidRequest("This is no job.") from None
