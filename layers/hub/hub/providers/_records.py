"""Helpers to read providers' objects into records: absent and malformed are the same thing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._rest import text
from hub.providers._times import zulu
from hub.record import Person

_DATE: Final = 10  # characters


def objects(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Read the list of objects that a good answer has under this name. Raises
    ProviderUnavailable: a page that cannot be read must not be taken for an empty one.
    """
    found = content.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ProviderUnavailable
    return found


def inner(content: Any, *path: str) -> Any:
    """Give what lies at the end of a path of names, None if any of it is missing."""
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def without(content: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Give an object without secrets and what changes from one reading to the next."""
    left_out = frozenset(names)
    return {name: value for name, value in content.items() if name not in left_out}


def without_anywhere(value: Any, names: frozenset[str]) -> Any:
    """Give what a provider tells without these names, however deep they lie."""
    if isinstance(value, list):
        return [without_anywhere(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: without_anywhere(each, names) for name, each in without(value, names).items()}


def identified(value: Any) -> str:
    """Give an id as text. Raises ProviderUnavailable for an object without one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise ProviderUnavailable
    return value


def times(**given: Any) -> dict[str, str]:
    """Give the times that are there: ISO 8601 with an offset, a date alone, or seconds since
    1970, each as UTC with a Z or as the date.
    """
    read = {name: _instant(value) for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None}


def changed_at(value: Any) -> str:
    """Give when an object was last changed, as `times` does. Raises ProviderUnavailable for one
    that does not tell: by these times a pass finds where the next one begins.
    """
    moment = _instant(value)
    if moment is None:
        raise ProviderUnavailable
    return moment


def person(role: str, id_: Any = None, name: Any = None, email: Any = None) -> tuple[Person, ...]:
    """Give somebody as the only one of a tuple; an empty one where nothing is known of them."""
    who = None if id_ is None else str(id_)
    found = Person(role=role, id=who, name=text(name) or None, email=text(email) or None)
    return (found,) if found.id or found.name or found.email else ()


def _instant(value: Any) -> str | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return zulu(datetime.fromtimestamp(value, UTC), "seconds") if value else None
        if not isinstance(value, str):
            return None
        if len(value) == _DATE:
            return datetime.fromisoformat(value).date().isoformat()
        return zulu(datetime.fromisoformat(value), "seconds")
    except Exception:  # noqa: BLE001  # whatever it is, it is no time
        return None
