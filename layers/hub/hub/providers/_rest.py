"""What JSON-over-HTTP clients of providers have in common: a bearer token, a deadline, and the
meaning of the statuses that mean the same everywhere (RFC 9110, RFC 6585, RFC 6750).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from hub.errors import (
    HubError,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Request, Send
from hub.values import NOTHING

CALL_SECONDS: Final = 10.0
IDENTIFY_SECONDS: Final = 4.0
UNAUTHORIZED: Final = 401
TOO_MANY_REQUESTS: Final = 429
_ERRORS: Final = 400
_SERVER_ERRORS: Final = 500
_WHOLE_NUMBER: Final = re.compile("[0-9]{1,14}")


def default_send(*apis: str) -> Send:
    """Give a client that calls these APIs and nothing else, to code that uses a provider's client
    outside our functions.
    """
    from hub.http_client import HttpClient  # noqa: PLC0415  # declaring imports no requests

    return HttpClient({urlsplit(api).netloc for api in apis}).send


def post(
    send: Send,
    token: str,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] = NOTHING,
) -> Answer:
    """Post JSON once; actions are never repeated by themselves."""
    return send(
        Request(
            url=url,
            headers={
                "authorization": f"Bearer {token}",
                "content-type": "application/json; charset=utf-8",
                **headers,
            },
            json=body,
        ),
        seconds=CALL_SECONDS,
    )


def get(send: Send, token: str, url: str, headers: Mapping[str, str] = NOTHING) -> Answer:
    """Read once more if the first try got no usable answer: reading changes nothing. For finding
    out whose grant it is, within the callback's time.
    """
    return send(
        Request(method="GET", url=url, headers={"authorization": f"Bearer {token}", **headers}),
        seconds=IDENTIFY_SECONDS,
        attempts=2,
    )


def read(
    send: Send,
    token: str,
    url: str,
    query: Mapping[str, Any] = NOTHING,
    headers: Mapping[str, str] = NOTHING,
) -> Answer:
    """Read a page once: whoever reads pages comes again by themselves, and never at once after a
    limit. What the query has no value for is left out.
    """
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return send(
        Request(
            method="GET",
            url=f"{url}?{asked}" if asked else url,
            headers={"authorization": f"Bearer {token}", **headers},
        ),
        seconds=CALL_SECONDS,
    )


def followed(url: Any, api: str) -> str:
    """Give an address to read on at, as the provider gave it, if it lies within this API. Raises
    ProviderError: our token is sent nowhere else (WH-17).
    """
    base = f"{api.rstrip('/')}/"
    if not isinstance(url, str) or not url.isprintable() or not url.startswith(base):
        raise ProviderError
    return url


def delete(send: Send, token: str, url: str) -> Answer:
    """Delete, once more if the first try got no usable answer: what is gone stays gone."""
    return send(
        Request(method="DELETE", url=url, headers={"authorization": f"Bearer {token}"}),
        seconds=IDENTIFY_SECONDS,
        attempts=2,
    )


def segment(value: str) -> str:
    """Give a value as one segment of a path. Dots alone would be taken for a way up the path,
    however they are written: InvalidRequest.
    """
    if value in {".", ".."}:
        raise InvalidRequest("This is no id.")
    return quote(value, safe="")


def content(answer: Answer) -> dict[str, Any]:
    """Read the object that an answer holds, an empty one where it holds something else: what a
    refusal looks like is never sure.
    """
    try:
        return answer.json()
    except ProviderUnavailable:
        return {}


def entries(answer: Answer) -> list[dict[str, Any]]:
    """Read the list of objects that a good answer is. Raises ProviderUnavailable for anything
    else.
    """
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise ProviderUnavailable from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ProviderUnavailable
    return found


def text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def required(content: Any, name: str) -> str:
    """Read a text that every good answer has; one without it is the provider's fault."""
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, str) or not value:
        raise ProviderUnavailable
    return value


def link(value: Any) -> str | None:
    """Give an address that people may open, if it is one: https, on one line."""
    plain = isinstance(value, str) and value.isprintable() and " " not in value
    return value if plain and value.startswith("https://") else None


def header_number(answer: Answer, name: str) -> int | None:
    """Read a header that is a whole number, and no more of one than a time in milliseconds has."""
    value = answer.headers.get(name, "")
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else None


def seconds_until(moment: float, answer: Answer) -> int:
    """Tell how long to wait from when an answer was asked for, between a second and an hour."""
    return int(min(max(moment - answer.sent_at, 1), 3600))


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
