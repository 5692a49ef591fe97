"""Secrets of this deployment: SSM SecureStrings, kept for a while.

Read by boto3 alone: Powertools' parameters would be a tenth of a webhook function's cold start, and
its cache knows no last value that serves while a re-read fails.
"""

from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hub import runtime
from hub.errors import Misconfigured, TemporarilyUnavailable

_FRESH_SECONDS: Final = 300
_RETRY_SECONDS: Final = 30
_STALE_SECONDS: Final = 3600
_MOST_NAMES: Final = 10  # of one GetParameters call


@dataclass(slots=True)
class _Known:
    """A parameter's last value, when it was read, and when to read it anew."""

    value: str
    read_at: float
    next_read_at: float


_known: dict[str, _Known] = {}


def read(name: str) -> str | None:
    """Read a SecureString, at most every five minutes; while a re-read fails, the last value
    serves for up to an hour. None if there is no such parameter. Raises TemporarilyUnavailable.
    """
    known, now = _known.get(name), runtime.clock()
    if known and now < known.next_read_at:
        return known.value
    try:
        answer = runtime.aws("ssm").get_parameter(Name=name, WithDecryption=True)
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return None
        if known and now - known.read_at < _STALE_SECONDS:
            known.next_read_at = min(now + _RETRY_SECONDS, known.read_at + _STALE_SECONDS)
            return known.value
        raise TemporarilyUnavailable from error
    value: str = answer["Parameter"]["Value"]
    _known[name] = _Known(value=value, read_at=now, next_read_at=now + _FRESH_SECONDS)
    return value


def _is_missing(error: Exception) -> bool:
    """Tell a parameter that is not there from one that could not be read."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ParameterNotFound"


def require(name: str) -> str:
    """Read a SecureString as `read` does. Raises Misconfigured if there is none."""
    value = read(name)
    if value is None:
        raise Misconfigured(f"There is no parameter {name}.")
    return value


def existing(names: list[str]) -> set[str]:
    """Tell which parameters there are, without reading a secret. Raises TemporarilyUnavailable."""
    found: set[str] = set()
    try:
        for first in range(0, len(names), _MOST_NAMES):
            some = names[first : first + _MOST_NAMES]
            answer = runtime.aws("ssm").get_parameters(Names=some, WithDecryption=False)
            found |= {each["Name"] for each in answer["Parameters"]}
    except (ClientError, BotoCoreError) as error:
        raise TemporarilyUnavailable from error
    return found
