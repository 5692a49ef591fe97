"""The registry: the only place that lists providers.

A provider is imported when it is first asked for: connecting one costs nothing of the others.
"""

from functools import cache
from importlib import import_module
from typing import Final

from hub.errors import UnknownProvider
from hub.providers._provider import Provider

IDS: Final = (
    "slack",
    "google",
    "microsoft",
    "asana",
    "notion",
    "linear",
    "jira",
    "github",
    "zoom",
    "trello",
)


@cache
def _load(provider_id: str) -> Provider:
    declared: Provider = import_module(f"hub.providers.{provider_id}").PROVIDER
    return declared


def get(provider_id: str) -> Provider:
    """Give a provider. Raises UnknownProvider."""
    if provider_id not in IDS:
        raise UnknownProvider
    return _load(provider_id)


def everything() -> tuple[Provider, ...]:
    return tuple(map(_load, IDS))
