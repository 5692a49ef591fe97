"""The registry: the only place that lists providers."""

from typing import Final

from hub.errors import UnknownProvider
from hub.providers import google, slack
from hub.providers._provider import Provider

_PROVIDERS: Final = {each.id: each for each in (slack.PROVIDER, google.PROVIDER)}


def get(provider_id: str) -> Provider:
    try:
        return _PROVIDERS[provider_id]
    except KeyError:
        raise UnknownProvider from None


def everything() -> tuple[Provider, ...]:
    return tuple(_PROVIDERS.values())
