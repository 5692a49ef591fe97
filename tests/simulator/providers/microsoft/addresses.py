"""E-mail addresses as Outlook and OneDrive take them."""

import re
from collections.abc import Mapping
from typing import Any

from tests.simulator.providers.microsoft.door import check_properties
from tests.simulator.providers.microsoft.errors import bad_request

ADDRESS = re.compile(r"[^\s@<>,;\"]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")


def is_address(value: Any) -> bool:
    return isinstance(value, str) and ADDRESS.fullmatch(value) is not None


def addresses(content: Mapping[str, Any], name: str, kind: str, *also: str) -> tuple[str, ...]:
    """The addresses of recipients or attendees, whether they are any or not."""
    given = content.get(name) or []
    if not isinstance(given, list):
        raise bad_request("RequestBodyRead", f"A collection is expected for '{name}'.")
    return tuple(_address(one, kind, also) for one in given)


def _address(given: Any, kind: str, also: tuple[str, ...]) -> str:
    inner = given.get("emailAddress") if isinstance(given, dict) else None
    if not isinstance(inner, dict):
        raise bad_request("RequestBodyRead", f"'emailAddress' is missing in a '{kind}'.")
    check_properties(given, kind, {"emailAddress", *also})
    check_properties(inner, "emailAddress", {"address", "name"})
    return str(inner.get("address"))
