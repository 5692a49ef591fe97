"""What the simulator remembers of the calls it got: who, what, when, never a secret itself.

A secret is told apart by its fingerprint. The secrets that were handed out are kept beside, for
the tests that search everything the product writes for them; no HTTP answer ever carries those.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to a provider, in the order in which they took effect."""

    provider: str
    operation: str
    at: float
    outcome: str = ""
    status: int = 0
    fault: str | None = None
    client_authenticated: bool | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)

    def saw(self, name: str, secret: str | None) -> None:
        if secret:
            self.fingerprints[name] = fingerprint(secret)

    def shown(self) -> dict[str, Any]:
        return asdict(self)


class Mint:
    """Makes every code and token, and remembers them all, also across a reset."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def issue(self, prefix: str, *, size: int = 24) -> str:
        return self.remember(prefix + secrets.token_hex(size))

    def remember(self, value: str) -> str:
        """A secret made elsewhere; also in the form it has in a URL, where that is another."""
        self._issued |= {value, quote(value, safe="")}
        return value

    def issued(self) -> frozenset[str]:
        return frozenset(self._issued)
