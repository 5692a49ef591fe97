"""What people may set of a resource: whether it is synced, how often, and what of it."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.models import Integration
from hub.providers._sync import Filter, Resource, Sync, Takes
from hub.values import NOTHING, Value

DEFAULT_INTERVAL: Final = 900
SHORTEST_INTERVAL: Final = 300
LONGEST_INTERVAL: Final = 86_400
_MOST_IDS: Final = 100
_LONGEST_ID: Final = 256


class ResourceSettings(Value):
    """`interval` is seconds; `filters` has a value for each that the resource declares."""

    enabled: bool = True
    interval: int = DEFAULT_INTERVAL
    filters: Mapping[str, Any] = NOTHING

    @property
    def fingerprint(self) -> str:
        """Tell filters apart: records read by others are not what people asked for."""
        return json.dumps(dict(self.filters), sort_keys=True) if self.filters else ""


def of(integration: Integration, resource: Resource) -> ResourceSettings:
    """Give what is in force: what people have set, else the default."""
    stored = integration.sync_settings.get(resource.id, NOTHING)
    chosen = stored.get("filters", NOTHING)
    return ResourceSettings(
        enabled=stored.get("enabled", True),
        interval=stored.get("interval", DEFAULT_INTERVAL),
        filters={each.id: _in_force(each, chosen.get(each.id)) for each in resource.filters},
    )


def is_granted(integration: Integration, resource: Resource) -> bool:
    """Tell whether the grant allows to read a resource."""
    granted = integration.scopes_granted
    return not resource.scopes or any(scope in granted for scope in resource.scopes)


def active(integration: Integration, sync: Sync) -> tuple[Resource, ...]:
    """Give what is to be synced of an integration."""
    return tuple(
        each
        for each in sync.resources
        if is_granted(integration, each) and of(integration, each).enabled
    )


def checked_filter(declared: Filter, value: Any) -> Any:
    """Give a filter's value in the form it is stored in. Raises InvalidRequest."""
    if declared.takes is Takes.DATE:
        return _date(declared, value)
    if not isinstance(value, list) or not value or len(value) > _MOST_IDS:
        raise InvalidRequest(f"{declared.id} is a list of 1 to {_MOST_IDS} values.")
    if not all(isinstance(each, str) and 0 < len(each) <= _LONGEST_ID for each in value):
        raise InvalidRequest(f"{declared.id} holds texts of 1 to {_LONGEST_ID} characters.")
    if declared.takes is Takes.CHOICES and not set(value) <= set(declared.choices):
        raise InvalidRequest(f"{declared.id} is of {', '.join(declared.choices)}.")
    if not all(each.isprintable() for each in value):
        raise InvalidRequest(f"{declared.id} holds what is no id.")
    return sorted(set(value))


def _date(declared: Filter, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        raise InvalidRequest(f"{declared.id} is a date, such as 2026-11-26.") from None


def _in_force(declared: Filter, chosen: Any) -> Any:
    value = declared.default if chosen is None else chosen
    return tuple(value) if isinstance(value, list) else value
