"""Where a list goes on, in a form that callers pass back unread."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from hub.errors import InvalidRequest

LONGEST: Final = 2000


def closed(*parts: str | int) -> str:
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def opened(cursor: str, *kinds: type) -> list[Any]:
    """Read a cursor of parts of these kinds. Raises InvalidRequest."""
    try:
        parts = json.loads(urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, RecursionError):
        parts = None
    fits = isinstance(parts, list) and [type(each) for each in parts] == list(kinds)
    if len(cursor) > LONGEST or not fits:
        raise InvalidRequest("cursor is not one this endpoint gave.")
    return list(parts)


def limit(text: str | None, default: int, most: int) -> int:
    """Read how many a page is to have. Raises InvalidRequest."""
    if text is None:
        return default
    number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (number and 1 <= int(text) <= most):
        raise InvalidRequest(f"limit is a number from 1 to {most}.")
    return int(text)
