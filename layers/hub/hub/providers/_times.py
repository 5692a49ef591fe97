"""Times as people give them, in the forms that providers take, and as providers give them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.errors import InvalidRequest

_BEGINNING: Final = datetime.fromtimestamp(0, UTC)


def universal(time: datetime) -> datetime:
    """Give a time with an offset as the same moment in UTC. Raises InvalidRequest."""
    if time.utcoffset() is None:
        raise InvalidRequest("A time needs an offset such as Z or +01:00.")
    try:
        return time.astimezone(UTC)
    except OverflowError:  # an hour before the year 1 began, or after the last one ended
        raise InvalidRequest("A time lies outside of the years 1 to 9999.") from None


def zulu(time: datetime, timespec: str = "milliseconds") -> str:
    """Write a moment in UTC with a Z, for those who know no other offsets. Raises
    InvalidRequest.
    """
    return universal(time).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def milliseconds(moment: Any) -> int | None:
    """Read a moment in ISO 8601 with its offset, such as 2026-11-26T08:30:00.125Z, as milliseconds
    since 1970; None for anything else.
    """
    try:
        read = datetime.fromisoformat(moment)
        return (read - _BEGINNING) // timedelta(milliseconds=1)
    except (ValueError, TypeError):  # TypeError: no text, or a moment without an offset
        return None


def earlier(moment: str, seconds: int) -> str:
    """Give a moment of `zulu` so much earlier, in whole seconds: where to look for changes from,
    with a provider that is not exact about when they happened.
    """
    return zulu(datetime.fromisoformat(moment) - timedelta(seconds=seconds), "seconds")
