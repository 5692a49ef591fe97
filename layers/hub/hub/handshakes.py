"""Handshakes by hand: a person subscribes at the provider, once for the whole app, and needs what
the provider then sends here, unsigned. An operator opens the door for it for ten minutes, the
worker keeps what comes, sealed, and it is shown once.
"""

from collections.abc import Callable, Mapping
from typing import Final

from hub import providers
from hub.audit import WriteLine
from hub.errors import InvalidRequest, NotFound
from hub.models import Secret
from hub.store import handshakes
from hub.store.database import Database
from hub.store.subscriptions import EXPECTED_SECONDS
from hub.values import Value
from hub.webhook_secrets import open_secret

EXPECTED: Final = "handshake.expected"
SHOWN: Final = "handshake.shown"
_NOTHING: Final = (
    "No handshake has come, or it was shown before. Expect one, and have the provider send it "
    "again."
)


class Means(Value):
    """What it takes: `secrets` reads the ingress secrets that are active, `write` a line of the
    audit.
    """

    database: Database
    secrets: Callable[[], tuple[bytes, ...]]
    write: WriteLine
    clock: Callable[[], float]


def expect(means: Means, provider_id: str) -> int:
    """Let a handshake in; give for how many seconds. Raises UnknownProvider, InvalidRequest,
    TemporarilyUnavailable.
    """
    _check(provider_id)
    handshakes.expect(means.database, provider_id, means.clock())
    means.write(EXPECTED, _line(provider_id, "expected"))
    return EXPECTED_SECONDS


def show(means: Means, provider_id: str) -> Secret:
    """Give what came, and forget it. Raises as `expect` does, NotFound if nothing has come, and
    Unreadable if the ingress secret is another by now.
    """
    _check(provider_id)
    found = handshakes.take(means.database, provider_id, means.clock())
    if found is None:
        means.write(SHOWN, _line(provider_id, "nothing"))
        raise NotFound(_NOTHING)
    means.write(SHOWN, _line(provider_id, "shown"))
    return Secret(open_secret(found, means.secrets()).decode())


def _check(provider_id: str) -> None:
    if not providers.get(provider_id).load_webhooks().by_hand:
        raise InvalidRequest("With this provider no handshake is done by hand.")


def _line(provider_id: str, outcome: str) -> Mapping[str, str]:
    return {"by": "operator", "provider": provider_id, "outcome": outcome}
