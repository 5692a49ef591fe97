"""The words in which a provider's webhooks are declared: how notifications are verified and read,
and what is asked for at the provider, until when.

Nothing here, nor in a provider's `webhooks.py`, is imported for anything but webhooks.
"""

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from hub.errors import InvalidRequest
from hub.http_types import Send
from hub.models import Secret
from hub.providers._values import Client, Connection
from hub.schemes import Incoming, Verdict
from hub.values import NOTHING, Value

type PublicKeys = Mapping[str, Mapping[str, str]]
"""Parameters of public keys (RFC 7517) by their ids."""


class Effect(StrEnum):
    """What a notification means to us.

    CHANGED: something may have changed; content is read back by sync, never taken from here.
    REVOKED: the grant has ended at the provider. ERASED: likewise, and what we hold of it must go.
    MOVED: what the grant reaches has changed, so that routes and subscriptions are seen to anew.
    LOST: the provider has dropped the subscription. EXPIRING: it wants it renewed now.
    MISSED: notifications were lost, so that the resource must be read in full.
    """

    CHANGED = "changed"
    REVOKED = "revoked"
    ERASED = "erased"
    MOVED = "moved"
    LOST = "lost"
    EXPIRING = "expiring"
    MISSED = "missed"


class Event(Value):
    """One thing a notification tells: ids and times only, no name, no address, no text.

    `type` is the provider's own word, `resource` the sync resource concerned (None: that of the
    subscription, or none at all), `external_id` the object's id there, `occurred_at` milliseconds
    by the provider's clock.
    """

    type: str
    resource: str | None = None
    external_id: str | None = None
    occurred_at: int | None = None
    effect: Effect = Effect.CHANGED


class Heard(Value):
    """What one verified request tells about one account.

    Either `webhook_id`, where the subscription's own secret verified it, or `accounts`: ids of
    accounts that the verified bytes name, as `Webhooks.routes` or `Subscribing.names` gives them.
    Integrations of any of them hear it. Both, where that secret is not ours alone: the subscription
    must then be of one of the accounts. `dedup` is the same for each repetition and for nothing
    else: an id inside the signed body, else `body_id`.
    """

    webhook_id: str | None = None
    accounts: tuple[str, ...] = ()
    dedup: str
    events: tuple[Event, ...]


class Reply(Value, hidden=("body", "headers", "kept")):
    """An answer to a provider. `kept` is a secret that it sent unsigned and an operator must see:
    it goes to the worker, sealed.
    """

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = NOTHING
    kept: Secret | None = None


class Keyring(Protocol):
    """The secrets that verify a provider's notifications, those active now. Each may be asked for
    only when needed: reading one may cost a request.
    """

    def webhook_secrets(self) -> tuple[bytes, ...]:
        """Give the provider's webhook secrets from our registration."""

    def client_secrets(self) -> tuple[bytes, ...]:
        """Give the client secret of our registration."""

    def setting(self, name: str) -> str:
        """Give another value of our registration's parameter; empty if there is none."""

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        """Give the secret we chose for a subscription (`Notify.secret`). Reads nothing."""

    def stored(self, webhook_id: str | None) -> tuple[bytes, ...]:
        """Give the secret that the provider chose for a subscription (`Made.secret`): one read."""

    def published(self) -> PublicKeys:
        """Give the public keys that the provider publishes, as they were fetched last, none that
        are older than a day: one read in ten minutes.
        """

    def is_expected(self, webhook_id: str | None) -> bool:
        """Tell whether a subscription is being made right now, so that an unsigned handshake for
        it may be answered: one read.
        """


def every_id(webhook_id: str) -> bool:  # noqa: ARG001
    """Take any subscription for one on record: none is ended by mistake."""
    return True


class Reach(Value):
    """An integration within reach, for making and ending subscriptions. `client` is what the
    provider's `make_client` gives, `connection` what it is made of; `now` is seconds.
    `is_on_record` tells whether a webhook id is any integration's, of any organization: what bears
    another was left over when making it broke off.
    """

    client: Any
    connection: Connection
    registration: Client
    scopes: frozenset[str]
    now: float
    is_on_record: Callable[[str], bool] = every_id


class Wanted(Value):
    """A subscription an integration should have. `key` tells it from the integration's others and
    stays the same (`calendar_events`, or `project/<id>`); `resource` as in Event.
    """

    key: str
    resource: str | None = None


class Notify(Value, hidden=("secret",)):
    """Where a provider is to send notifications, and a secret for it to prove itself by, which we
    chose for this subscription alone.
    """

    webhook_id: str
    url: str
    secret: str


class Made(Value, hidden=("secret",)):
    """What a provider said to a subscription. `ends_at`: seconds, None where it does not end;
    `renew_in`: after how many seconds to renew it, where half of its life is not what the provider
    advises; `more`: whatever is needed to end it again; `secret`: where the provider chose it.
    """

    external_id: str
    ends_at: int | None = None
    renew_in: int | None = None
    more: Mapping[str, str] = NOTHING
    secret: str | None = None


class Held(Value):
    """A subscription on record."""

    webhook_id: str
    key: str
    resource: str | None
    external_id: str
    ends_at: int | None
    more: Mapping[str, str]


def no_names(held: Held) -> tuple[str, ...]:  # noqa: ARG001
    """Tell a subscription by its webhook id alone."""
    return ()


class Subscribing(Value):
    """How subscriptions are made by API, for providers that have one.

    `wanted` says which an integration should have; it may ask the provider. `create` raises what
    clients raise. `delete` does not mind one that is gone. `renew` lets one live longer and raises
    SubscriptionGone; None, or a None that it gives, where a provider can only make a new one, which
    then overlaps the old.
    `check_seconds`: where subscriptions do not end, how often `renew` looks whether one still is.
    `names`: the ids by which notifications name a subscription, where one URL serves all of them.
    `of_account`: keys of those that the provider has once for an account, however many integrations
    hold it, and whose notifications name the account. The last integration ends one; with each
    renewal routes are seen to, since an account may have got another name.
    """

    wanted: Callable[[Reach], tuple[Wanted, ...]]
    create: Callable[[Reach, Wanted, Notify], Made]
    delete: Callable[[Reach, Held], None]
    renew: Callable[[Reach, Held, Notify], Made | None] | None = None
    check_seconds: int | None = None
    names: Callable[[Held], tuple[str, ...]] = no_names
    of_account: frozenset[str] = frozenset()


class Example(Value):
    """What a test notification is made for: the integration's account as `Webhooks.routes` names
    it, empty where it does not, and its subscription where the provider's notifications come by
    one. `url` is where it goes, `at` seconds, `id` new.
    """

    account_id: str
    held: Held | None
    url: str
    at: float
    id: str


def no_reply(incoming: Incoming, keyring: Keyring) -> Reply | None:  # noqa: ARG001
    """Know no handshake."""
    return None


def own_account(reach: Reach) -> tuple[str, ...]:
    """Route by the id of the external account itself."""
    return (reach.connection.account_id,)


def no_account(reach: Reach) -> tuple[str, ...]:  # noqa: ARG001
    """Route by subscription alone."""
    return ()


class Webhooks(Value):
    """How one provider notifies.

    - `events` names what it may tell, for the catalogue.
    - `greet` answers a handshake that comes unsigned, or None; it changes nothing, and answers
      only where `Keyring.is_expected`, or what gives no one a signature.
    - `verify` gives the verdict. It does not raise.
    - `reply` answers a verified request that is a handshake and no event, or None.
    - `read` reads a verified request; empty where there is nothing to tell. Raises InvalidRequest.
    - `routes`: the ids by which notifications name an integration's account, for those that come
      without a subscription of its own. Raises GrantRefused where the grant is alive and reaches
      nothing any more, and what clients raise.
    - `example` makes a signed test notification: `Incoming`, as it would come.
    - `published` fetches the public keys that the provider signs notifications with, by their ids;
      None where our registration gets none that are signed so.
    - `by_hand`: a person subscribes at the provider, once for the app, and an operator must be
      shown what its handshake brings (`Reply.kept`).
    """

    events: tuple[str, ...]
    verify: Callable[[Incoming, Keyring], Verdict]
    read: Callable[[Incoming], tuple[Heard, ...]]
    example: Callable[[Example, Keyring], Incoming]
    greet: Callable[[Incoming, Keyring], Reply | None] = no_reply
    reply: Callable[[Incoming, Keyring], Reply | None] = no_reply
    routes: Callable[[Reach], tuple[str, ...]] = own_account
    published: Callable[[Send, Client], PublicKeys | None] | None = None
    by_hand: bool = False
    subscribing: Subscribing | None = None


def body_id(incoming: Incoming) -> str:
    """Give a request's identity where its body holds none: the SHA-256 of the raw body, without
    what the transport adds.
    """
    return hashlib.sha256(incoming.body).hexdigest()


def _unheard(incoming: Incoming, keyring: Keyring) -> Verdict:  # noqa: ARG001
    return Verdict.INVALID


def _nothing(incoming: Incoming) -> tuple[Heard, ...]:  # noqa: ARG001
    return ()


def _no_example(of: Example, keyring: Keyring) -> Incoming:  # noqa: ARG001
    raise InvalidRequest("This provider does not notify.")


SILENT: Final = Webhooks(
    events=(), verify=_unheard, read=_nothing, example=_no_example, routes=no_account
)
"""Of a provider that does not notify: whatever comes in its name is refused."""
