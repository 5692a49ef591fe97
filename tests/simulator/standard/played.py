"""What the simulator's providers have in common, as the engine wants it of them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from tests.simulator.datasets import Dataset
from tests.simulator.engine import Route
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request


class _Configured[Settings](Protocol):
    settings: Settings


class Played[Settings]:
    """A provider whose grants hold its settings. Its own are its routes, and all it answers."""

    _grants: _Configured[Settings]
    _routes: Mapping[tuple[str, str], Route]
    retries: tuple[float, ...] = ()

    @property
    def settings(self) -> Settings:
        return self._grants.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._grants.settings = settings

    def routes(self) -> Mapping[tuple[str, str], Route]:
        return self._routes

    def tick(self) -> None:
        """Do nothing of its own accord."""

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        """Give what is sent of an event; nothing, unless a provider says otherwise."""
        return []

    def again(self, sent: Sent, attempt: int) -> Sent:
        """Send the very same."""
        return sent

    def gives_up(self, answer: Delivered) -> bool:
        """Try again whatever was answered but success."""
        return False

    def settled(self, sent: Sent, answer: Delivered) -> None:
        """Draw no conclusion."""

    def dataset(self, resource: str, account: str) -> Dataset:
        """Give what an account holds of a resource. Raises LookupError."""
        raise LookupError(resource)

    def unknown(self, request: Request) -> Answer:
        return Answer(status=HTTPStatus.NOT_FOUND, outcome="unknown_page")
