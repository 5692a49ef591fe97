"""An app registered with one provider of the simulator, driven by hand: what all have in common."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.simulator.oauth import ClientCredentials, challenge_of
from tests.simulator.person import Person
from tests.simulator.server import Simulator

PREFIX = "http://localhost:4500/api/integrations"
VERIFIER = "v" * 43
S256 = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


@dataclass(slots=True)
class Clock:
    """Stands still until the simulator is told to advance."""

    time: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.time


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass(frozen=True)
class Registered:
    """`asked` is what it asks for consent with, `account` who gives it, where a test says nothing
    else.
    """

    simulator: Simulator

    provider: ClassVar[str]
    client: ClassVar[ClientCredentials]
    asked: ClassVar[Mapping[str, str]]
    account: ClassVar[str | None] = None

    @classmethod
    def alone(cls, **options: Callable[[], float]) -> Simulator:
        """A simulator with this app and no other."""
        return Simulator({cls.provider: cls.client}, redirect_prefix=PREFIX, **options)

    @property
    def endpoints(self) -> dict[str, str]:
        return self.simulator.endpoints(self.provider)

    @property
    def state(self) -> dict[str, Any]:
        return self.simulator.state()[self.provider]

    def authorize_url(self, **changes: str | None) -> str:
        query = {**self.asked, "state": "the-state", **changes}
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.endpoints['authorizationUrl']}?{urlencode(given)}"

    def come_back(
        self, account: str | None = None, untick: tuple[str, ...] = (), **query: str | None
    ) -> dict[str, str]:
        """What the browser of a person who approves comes back with."""
        url = self.authorize_url(**query)
        return query_of(Person().approve(url, account or self.account, untick))

    def code(
        self, account: str | None = None, untick: tuple[str, ...] = (), **query: str | None
    ) -> str:
        return self.come_back(account, untick, **query)["code"]


def playing(app: type[Registered]) -> tuple[Any, Any]:
    """Give the fixtures `running`, a simulator with this app alone, and `simulator`, the same as at
    its start for each test.
    """

    @pytest.fixture(scope="module")
    def running() -> Iterator[Simulator]:
        with app.alone() as simulator:
            yield simulator

    @pytest.fixture
    def simulator(running: Simulator) -> Simulator:
        running.reset()
        return running

    return running, simulator
