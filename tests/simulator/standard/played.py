"""What the simulator's providers have in common, as the engine wants it of them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from tests.simulator.engine import Route
from tests.simulator.wire import Answer, Request


class _Configured[Settings](Protocol):
    settings: Settings


class Played[Settings]:
    """A provider whose grants hold its settings. Its own are its routes, and all it answers."""

    _grants: _Configured[Settings]
    _routes: Mapping[tuple[str, str], Route]

    @property
    def settings(self) -> Settings:
        return self._grants.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._grants.settings = settings

    def routes(self) -> Mapping[tuple[str, str], Route]:
        return self._routes

    def unknown(self, request: Request) -> Answer:
        return Answer(status=HTTPStatus.NOT_FOUND, outcome="unknown_page")
