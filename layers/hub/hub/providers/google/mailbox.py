"""Watching a Gmail mailbox. https://developers.google.com/workspace/gmail/api/guides/push

There is one watch for a mailbox and a Cloud project, whoever asked for it, and to whichever topic
was said last; it lives for seven days and is asked for again every day, as Google advises. `stop`
ends it for everybody.

Quirks
- Not every Google account has a mailbox, and an administrator may switch Gmail off: who has none is
  not watched.
- An address may change, and notifications then name the new one. It is looked up with each renewal.
- No mail is synced: what is heard goes to the bus as `gmail.history`, of no resource.
"""

from typing import Any, Final

from hub.errors import InsufficientScope, InvalidRequest, ProviderError, ProviderUnavailable
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers._webhooks import Made, Reach
from hub.providers.google.client import MAIL_METADATA, failure
from hub.providers.google.settings import TOPIC, watches_mailboxes

MAILBOX: Final = "gmail"
_AUTH: Final = "https://www.googleapis.com/auth"
_WATCHING: Final = frozenset(
    {
        MAIL_METADATA,
        f"{_AUTH}/gmail.readonly",
        f"{_AUTH}/gmail.modify",
        "https://mail.google.com/",
    }
)
_NO_MAILBOX: Final = (InvalidRequest, InsufficientScope)
_DAY: Final = 86_400
_MOST_DIGITS: Final = 15


def address(reach: Reach) -> str | None:
    """Give the address of the mailbox that is to be watched; None if none is."""
    if not watches_mailboxes(reach.registration.settings) or not _WATCHING & reach.scopes:
        return None
    answer = _rest.get(*_caller(reach), f"{_me(reach)}/profile")
    refused = failure(answer)
    if isinstance(refused, _NO_MAILBOX):
        return None
    if refused:
        raise refused
    return _rest.required(answer.json(), "emailAddress")


def watch(reach: Reach) -> Made:
    """Watch it, or go on watching it."""
    topic = {"topicName": reach.registration.settings[TOPIC]}
    answer = _rest.post(*_caller(reach), f"{_me(reach)}/watch", topic)
    refused = failure(answer)
    if isinstance(refused, _NO_MAILBOX):  # since a moment ago; it stops nothing else
        raise ProviderError
    if refused:
        raise refused
    return Made(external_id="me", ends_at=ends_at(answer.json()), renew_in=_DAY)


def stop(reach: Reach) -> Answer:
    return _rest.post(*_caller(reach), f"{_me(reach)}/stop", {})


def ends_at(made: dict[str, Any]) -> int:
    """Read when what was made ends: milliseconds, which come as text."""
    told = str(made.get("expiration"))
    if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
        raise ProviderUnavailable
    return int(told) // 1000


def _me(reach: Reach) -> str:
    return f"{reach.connection.endpoints.apis['gmail']}/gmail/v1/users/me"


def _caller(reach: Reach) -> tuple[Any, str]:
    return reach.connection.send, reach.connection.token.reveal()
