"""What JSON-over-HTTP clients of providers have in common: a bearer token, a deadline, and the
meaning of the statuses that mean the same everywhere (RFC 9110, RFC 6585, RFC 6750).
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import HubError, ProviderError, ProviderUnavailable, RateLimited, ReauthRequired
from hub.http_types import Answer, Request, Send

CALL_SECONDS: Final = 10.0
UNAUTHORIZED: Final = 401
TOO_MANY_REQUESTS: Final = 429
_ERRORS: Final = 400
_SERVER_ERRORS: Final = 500


def default_send(*hosts: str) -> Send:
    """Give a client of its own to code that uses a provider's client outside our functions."""
    from hub.http_client import HttpClient  # noqa: PLC0415  # declaring imports no requests

    return HttpClient(hosts).send


def post(
    send: Send,
    token: str,
    url: str,
    body: Mapping[str, Any],
) -> Answer:
    """Post JSON once; actions are never repeated by themselves."""
    return send(
        Request(
            url=url,
            headers={
                "authorization": f"Bearer {token}",
                "content-type": "application/json; charset=utf-8",
            },
            json=body,
        ),
        seconds=CALL_SECONDS,
    )


def failure(answer: Answer) -> HubError | None:
    """Tell what a status alone says; None for a success."""
    if answer.status < _ERRORS:
        return None
    if answer.status == UNAUTHORIZED:
        return ReauthRequired()
    if answer.status == TOO_MANY_REQUESTS:
        return RateLimited(retry_after=answer.retry_after)
    if answer.status >= _SERVER_ERRORS:
        return ProviderUnavailable(retry_after=answer.retry_after)
    return ProviderError()
