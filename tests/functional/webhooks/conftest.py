"""Every provider, one at a time."""

from collections.abc import Iterator

import pytest

from hub import providers
from tests.functional.conftest import Clock
from tests.functional.journey import Journey
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import Case
from tests.functional.webhooks.proofs import PROOFS

TOLD = providers.IDS
OF_BODY = [each for each in TOLD if PROOFS[each].of_body]
STAMPED = [each for each in TOLD if PROOFS[each].tolerance]


@pytest.fixture(scope="session", autouse=True)
def _write_the_table() -> Iterator[None]:
    yield
    attacks.write()


@pytest.fixture(params=TOLD)
def provider(request: pytest.FixtureRequest) -> str:
    told: str = request.param
    return told


@pytest.fixture
def case(provider: str, clock: Clock, journey: Journey) -> Case:
    """An integration that is connected and hears of its account."""
    case = Case(provider=provider, journey=journey, clock=clock)
    case.integration = case.connect()
    return case
