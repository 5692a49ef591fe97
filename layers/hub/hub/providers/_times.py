"""Times as people give them, in the forms that providers take."""

from datetime import UTC, datetime

from hub.errors import InvalidRequest


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
